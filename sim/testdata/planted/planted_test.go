// Package planted holds tests that fail, each in a way of its own. The tests of
// package sim run them and look at what is reported.
package planted

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
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
			time.Sleep(time.Second)
			panic("oh dear")
		}()
		time.Sleep(time.Minute)
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
