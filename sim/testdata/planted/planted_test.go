// Package planted holds tests that fail, each in a way of its own. The tests of
// package sim run them and look at what is reported.
package planted

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/terrella-go/terrella/internal/kernel"
	"github.com/terrella-go/terrella/sim"
)

func TestMain(m *testing.M) {
	fmt.Println("TestMain: before")
	code := m.Run()
	fmt.Println("TestMain: after")
	os.Exit(code)
}

func TestPass(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		var wg sync.WaitGroup
		for i := range 5 {
			wg.Go(func() {
				for range 5 {
					time.Sleep(time.Duration(w.Rand("pause").IntN(i+1)) * time.Second)
				}
			})
		}
		wg.Wait()
	})
}

func TestSubtests(t *testing.T) {
	for _, name := range []string{"good", "bad (one)"} {
		t.Run(name, func(t *testing.T) {
			sim.Test(t, func(w *sim.World) {
				time.Sleep(time.Second)
				if name != "good" {
					w.Fatal("this one is bad")
				}
			})
		})
	}
}

func TestPatched(t *testing.T) {
	if !kernel.Patched {
		t.Fatal("the runtime is not patched")
	}
}

func TestTagged(t *testing.T) {
	if tagged {
		t.Fatal("built with the tag")
	}
}

func TestInvariant(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		n := 0
		w.Invariant("stays small", func() error {
			if n > 5 {
				return fmt.Errorf("n is %d", n)
			}
			return nil
		})
		for {
			n++
			w.Log("n becomes", n)
			time.Sleep(time.Second)
		}
	})
}

func TestEventually(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		w.Eventually(10*time.Second, "comes true", func() error { return errors.New("not yet") })
	})
}

func TestDeadlock(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		var mu sync.Mutex
		w.Node("a", func(context.Context, *sim.Node) error {
			mu.Lock()
			select {}
		})
		time.Sleep(time.Second)
		mu.Lock()
	})
}

func TestStepLimit(t *testing.T) {
	sim.Config{MaxSteps: 1000}.Test(t, func(w *sim.World) {
		for {
			time.Sleep(time.Nanosecond)
		}
	})
}

func TestTimeLimit(t *testing.T) {
	sim.Config{MaxTime: time.Minute}.Test(t, func(w *sim.World) {
		for {
			time.Sleep(time.Second)
		}
	})
}

func TestNodeError(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		w.Node("a", func(context.Context, *sim.Node) error {
			time.Sleep(time.Second)
			return errors.New("out of luck")
		})
		time.Sleep(time.Minute)
	})
}

func TestTwoNodesOfOneName(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		for range 2 {
			w.Node("a", func(context.Context, *sim.Node) error { return nil })
		}
	})
}

func TestPanic(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		time.Sleep(time.Second)
		panic("oh dear")
	})
}

func TestPanicOnNode(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		w.Node("a", func(context.Context, *sim.Node) error { panic("oh dear") })
		time.Sleep(time.Minute)
	})
}

func TestPanicElsewhere(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		go func() {
			go func() {
				time.Sleep(time.Second)
				panic("oh dear")
			}()
		}()
		time.Sleep(time.Minute)
	})
}

func TestFatalError(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		w.Node("a", func(context.Context, *sim.Node) error {
			go func() {
				var mu sync.Mutex
				mu.Unlock()
			}()
			return nil
		})
		time.Sleep(time.Minute)
	})
}

func TestPanicIsCrash(t *testing.T) {
	sim.Config{PanicIsCrash: true}.Test(t, func(w *sim.World) {
		a := w.Node("a", func(context.Context, *sim.Node) error { panic("oh dear") })
		time.Sleep(time.Second)
		w.Eventually(10*time.Second, "comes true", func() error {
			if !a.Running() {
				return errors.New("a is down")
			}
			return nil
		})
	})
}

func TestPartialDeadlock(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		w.Node("a", func(context.Context, *sim.Node) error {
			var a, b sync.Mutex
			go func() {
				a.Lock()
				time.Sleep(time.Second)
				b.Lock()
			}()
			b.Lock()
			time.Sleep(time.Second)
			a.Lock()
			return nil
		})
		for range 1000 {
			time.Sleep(time.Second)
		}
	})
}

func TestLeak(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		forgotten := make(chan int)
		go func() { <-forgotten }()
		time.Sleep(time.Second)
	})
}

func TestLivelock(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		ball := make(chan int)
		go func() {
			for n := range ball {
				ball <- n
			}
		}()
		time.Sleep(time.Second)
		for {
			ball <- 1
			<-ball
		}
	})
}

func TestNeverYields(t *testing.T) {
	sim.Config{Watchdog: 200 * time.Millisecond}.Test(t, func(w *sim.World) {
		w.Node("a", func(context.Context, *sim.Node) error {
			for n := 0; ; n++ {
			}
		})
		time.Sleep(time.Minute)
	})
}

func TestPreempt(t *testing.T) {
	sim.Config{Watchdog: time.Millisecond, Preempt: true, Runs: 2}.Test(t, func(w *sim.World) {
		var done atomic.Bool
		go func() { done.Store(true) }()
		for !done.Load() {
		}
	})
}

func TestMemory(t *testing.T) {
	sim.Config{MaxMemory: 64 << 20}.Test(t, func(w *sim.World) {
		var all [][]byte
		for {
			all = append(all, make([]byte, 1<<16))
			runtime.KeepAlive(all)
		}
	})
}

func TestRealTime(t *testing.T) {
	sim.Config{MaxReal: 200 * time.Millisecond, MaxSteps: 1 << 40}.Test(t, func(w *sim.World) {
		for {
			time.Sleep(time.Second)
		}
	})
}

var sharedChannel = make(chan int)

func TestSharedChannel(t *testing.T) {
	sim.Config{Parallel: 2}.Test(t, func(w *sim.World) {
		// The worlds take their time, so that two of them are here at once.
		go func() {
			for range 100_000 {
				sharedChannel <- 1
			}
		}()
		for range 100_000 {
			<-sharedChannel
			w.Rand("work")
		}
	})
}

var sharedLock struct {
	sync.Mutex
	users int
}

func TestSharedLock(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				for range 10 {
					sharedLock.Lock()
					sharedLock.users++
					for range 100 {
						runtime.Gosched()
					}
					sharedLock.users--
					sharedLock.Unlock()
					time.Sleep(time.Millisecond)
				}
			})
		}
		wg.Wait()
	})
}

var worlds int

func TestNondeterminism(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		worlds++
		var wg sync.WaitGroup
		for i := range 5 {
			wg.Go(func() {
				time.Sleep(time.Duration(i) * time.Second)
				if i == 3 && worlds%2 == 0 {
					time.Sleep(time.Millisecond)
				}
			})
		}
		wg.Wait()
	})
}

func TestEventsDiffer(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		worlds++
		time.Sleep(time.Second)
		w.Log("this is world", worlds)
	})
}

func TestInsideAWorld(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		sim.Test(t, func(w *sim.World) {})
	})
}

func TestParallelBefore(t *testing.T) {
	t.Parallel()
	sim.Test(t, func(w *sim.World) {})
}

func TestParallelInside(t *testing.T) {
	sim.Test(t, func(w *sim.World) { t.Parallel() })
}

func TestFatalOfT(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		time.Sleep(time.Second)
		t.Fatal("failed by the T")
	})
}

func TestDataRace(t *testing.T) {
	sim.Config{Runs: 1}.Test(t, func(w *sim.World) {
		shared := 0
		for range 2 {
			go func() {
				shared++
				time.Sleep(time.Second)
			}()
		}
		time.Sleep(time.Minute)
	})
}

var leaked chan int

func TestChannelOfAnotherWorld(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		if leaked == nil {
			leaked = make(chan int, 1)
		}
		leaked <- 1
		<-leaked
	})
}

func TestBadConfig(t *testing.T) {
	sim.Config{Runs: -1}.Test(t, func(w *sim.World) {})
}
