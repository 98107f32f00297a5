package kernel_test

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/terrella-go/terrella/internal/kernel"
	"github.com/terrella-go/terrella/internal/prng"
)

// lives starts a goroutine for each way of waiting that there is. All of them call touch whenever they
// run, and when they are unwound.
func lives(touch func(string)) {
	var (
		mu, held sync.Mutex
		rw       sync.RWMutex
		wg       sync.WaitGroup
		empty    = make(chan int)
		unread   = make(chan int)
		full     = make(chan int, 1)
		cond     = sync.NewCond(new(sync.Mutex))
	)
	held.Lock()
	rw.Lock()
	wg.Add(1)
	full <- 1
	spin := func(name string, f func()) {
		go func() {
			defer touch("deferred " + name)
			for {
				touch(name)
				f()
			}
		}()
	}
	spin("lock and unlock", func() { mu.Lock(); touch("locked"); mu.Unlock(); time.Sleep(time.Millisecond) })
	spin("mutex", func() { held.Lock() })
	spin("rwmutex read", func() { rw.RLock() })
	spin("rwmutex write", func() { rw.Lock() })
	spin("waitgroup", func() { wg.Wait() })
	spin("cond", func() { cond.L.Lock(); cond.Wait(); cond.L.Unlock() })
	spin("receive", func() { <-empty })
	spin("send", func() { unread <- 1 })
	spin("full", func() { full <- 1 })
	spin("nil channel", func() { <-(chan int)(nil) })
	spin("nothing", func() { select {} })
	spin("select", func() {
		select {
		case <-empty:
		case full <- 1:
		case <-time.After(3 * time.Millisecond):
		}
	})
	spin("sleep", func() { time.Sleep(time.Millisecond) })
	spin("yield", func() { runtime.Gosched(); time.Sleep(time.Millisecond) })
	tick := time.NewTicker(time.Millisecond)
	spin("ticker", func() { <-tick.C })
	spin("context", func() {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Millisecond)
		defer cancel()
		<-ctx.Done()
	})
	var again func()
	again = func() { touch("afterfunc"); time.AfterFunc(time.Millisecond, again) }
	again()
	spin("coroutine", func() {
		next, _ := iter.Pull(func(yield func(int) bool) {
			defer touch("deferred in coroutine")
			for i := 0; yield(i); i++ {
				touch("coroutine")
				time.Sleep(time.Millisecond)
			}
		})
		for range 3 {
			next()
		}
	})
}

func TestKilledGroupRunsNoFurtherInstruction(t *testing.T) {
	for seed := range uint64(100) {
		var dead, ran unseen
		touch := func(what string) {
			ran.add(1)
			if dead.get() != 0 {
				t.Errorf("seed %d: ran after the kill: %s", seed, what)
			}
		}
		r := kernel.Run(kernel.Config{Seed: seed}, func() {
			g := kernel.NewGroup()
			g.Go(prng.Key(1), func() { lives(touch) })
			time.Sleep(time.Duration(seed) * 100 * time.Microsecond)
			g.Kill()
			dead.add(1)
			runtime.GC()
			time.Sleep(time.Second)
		})
		if r.Outcome != kernel.Done || r.Left != 0 {
			t.Fatalf("seed %d: %+v", seed, r)
		}
		if seed > 0 && ran.get() < 20 {
			t.Fatalf("seed %d: the group ran %d times only before the kill", seed, ran.get())
		}
	}
}

func TestGroupMayKillItself(t *testing.T) {
	for seed := range uint64(50) {
		var after, unwound bool
		r := kernel.Run(kernel.Config{Seed: seed}, func() {
			g := kernel.NewGroup()
			g.Go(prng.Key(1), func() {
				defer func() { unwound = true }()
				lives(func(string) {})
				time.Sleep(10 * time.Millisecond)
				g.Kill()
				after = true
			})
			time.Sleep(time.Second)
		})
		if r.Outcome != kernel.Done || r.Left != 0 || after || unwound {
			t.Fatalf("seed %d: %+v, ran on %v, deferred functions ran %v", seed, r, after, unwound)
		}
	}
}

func TestKillSparesOthers(t *testing.T) {
	// A channel, a mutex and a condition that two groups share keep working for the group that
	// is left, whatever the other was waiting for.
	for seed := range uint64(100) {
		var got unseen
		r := kernel.Run(kernel.Config{Seed: seed}, func() {
			var mu sync.Mutex
			cond := sync.NewCond(&mu)
			ch := make(chan int)
			worker := func(count bool) func() {
				return func() {
					for range 3 {
						go func() {
							for range ch {
								if count {
									got.add(1)
								}
							}
						}()
						go func() {
							mu.Lock()
							cond.Wait()
							mu.Unlock()
							if count {
								got.add(1)
							}
						}()
					}
				}
			}
			victim, survivor := kernel.NewGroup(), kernel.NewGroup()
			victim.Go(prng.Key(1), worker(false))
			survivor.Go(prng.Key(2), worker(true))
			time.Sleep(time.Millisecond)
			victim.Kill()
			for i := range 10 {
				ch <- i
			}
			cond.Broadcast()
			time.Sleep(time.Millisecond)
		})
		if r.Outcome != kernel.Done || got.get() != 13 {
			t.Fatalf("seed %d: %v, the survivors got %d of 13", seed, r.Outcome, got.get())
		}
	}
}

func TestFrozenGroupGoesOnAfterThaw(t *testing.T) {
	for seed := range uint64(50) {
		var frozen, count unseen
		before := 0
		kernel.Run(kernel.Config{Seed: seed}, func() {
			g := kernel.NewGroup()
			g.Go(prng.Key(1), func() {
				lives(func(what string) {
					count.add(1)
					if frozen.get() != 0 {
						t.Errorf("seed %d: ran while frozen: %s", seed, what)
					}
				})
			})
			time.Sleep(10 * time.Millisecond)
			g.Freeze()
			frozen.add(1)
			before = count.get()
			time.Sleep(time.Second)
			frozen.add(-1)
			g.Thaw()
			time.Sleep(10 * time.Millisecond)
		})
		if count.get() == before {
			t.Errorf("seed %d: the group did not go on", seed)
		}
	}
}

func TestFrozenGroupCanBeKilled(t *testing.T) {
	r := kernel.Run(kernel.Config{}, func() {
		g := kernel.NewGroup()
		g.Go(prng.Key(1), func() { lives(func(string) {}) })
		time.Sleep(10 * time.Millisecond)
		g.Freeze()
		time.Sleep(10 * time.Millisecond)
		g.Kill()
		time.Sleep(10 * time.Millisecond)
	})
	if r.Outcome != kernel.Done || r.Left != 0 {
		t.Errorf("%+v", r)
	}
}

// What a group decides follows from its key and from nothing that others do.
func TestUnrelatedGoroutinesMoveNothing(t *testing.T) {
	trace := func(seed uint64, noise int) string {
		var out string
		kernel.Run(kernel.Config{Seed: seed}, func() {
			for i := range noise {
				other := kernel.NewGroup()
				other.Go(prng.Key(100+i), func() {
					for {
						time.Sleep(time.Millisecond)
					}
				})
			}
			g := kernel.NewGroup()
			g.Go(prng.Key(1), func() {
				var mu sync.Mutex
				for i := range 5 {
					go func() {
						for range 5 {
							mu.Lock()
							out += fmt.Sprint(i)
							mu.Unlock()
							runtime.Gosched()
						}
					}()
				}
			})
			time.Sleep(100 * time.Millisecond)
		})
		return out
	}
	for seed := range uint64(50) {
		if alone, beside := trace(seed, 0), trace(seed, 7); alone != beside {
			t.Errorf("seed %d: alone %s, beside others %s", seed, alone, beside)
		}
	}
}

// Whether a timer that was stopped, or whose channel nobody waits for, is still in the heap depends on the other timers of
// the world. What is begun after it must not.
func TestUnrelatedTimersMoveNothing(t *testing.T) {
	trace := func(seed uint64, noise int) string {
		var out notes
		kernel.Run(kernel.Config{Seed: seed}, func() {
			for i := range noise {
				other := kernel.NewGroup()
				other.Go(prng.Key(100+i), func() {
					for {
						time.Sleep(time.Duration(300+i) * time.Microsecond)
					}
				})
			}
			g := kernel.NewGroup()
			g.Go(prng.Key(1), func() {
				work := make(chan int)
				go func() {
					for i := range 20 {
						time.Sleep(time.Millisecond)
						work <- i
					}
				}()
				late := time.NewTimer(time.Second)
				again := time.NewTimer(time.Second)
				for {
					select {
					case i := <-work:
						again.Stop()
						again.Reset(time.Second)
						go func() { out.add(fmt.Sprintf("%d:%x ", i, rand.Uint32())) }()
						time.Sleep(500 * time.Microsecond)
					case <-late.C:
					case <-again.C:
					}
				}
			})
			time.Sleep(100 * time.Millisecond)
		})
		return out.text
	}
	for seed := range uint64(50) {
		if alone, beside := trace(seed, 0), trace(seed, 7); alone != beside {
			t.Errorf("seed %d: alone\n%s, beside others\n%s", seed, alone, beside)
		}
	}
}

// An unseen is a number by which goroutines of a world tell a test how far they are. The race detector does not see
// it: that the world has one turn orders these accesses, and is what is tested.
type unseen struct{ n int }

//go:norace
func (u *unseen) add(n int) { u.n += n }

//go:norace
func (u *unseen) get() int { return u.n }

// Notes are an unseen text.
type notes struct{ text string }

//go:norace
func (n *notes) add(text string) { n.text += text }
