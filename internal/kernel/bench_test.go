package kernel_test

import (
	"flag"
	"math/bits"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/terrella-go/terrella/internal/kernel"
)

// each runs a benchmark natively, in a synctest bubble, and in worlds of both strategies, and compares.
func each(b *testing.B, f func(n int)) {
	b.Run("native", func(b *testing.B) { f(b.N) })
	b.Run("synctest", func(b *testing.B) { inBubble(b, f) })
	inWorlds(b, f)
	world := func(n int) { kernel.Run(kernel.Config{Seed: 1}, func() { f(n) }) }
	b.Run("world-to-native", func(b *testing.B) { compare(b, "x-native", 20_000, world, f) })
	b.Run("world-to-synctest", func(b *testing.B) { compareWithBubble(b, world, f) })
}

// compareWithBubble compares what a world takes with what f takes in a bubble.
func compareWithBubble(b *testing.B, world, f func(n int)) {
	withT(b, func(t *testing.T) {
		compare(b, "x-synctest", 20_000, world, func(n int) { synctest.Test(t, func(*testing.T) { f(n) }) })
	})
}

// inBubble runs f in a bubble.
func inBubble(b *testing.B, f func(n int)) {
	withT(b, func(t *testing.T) { synctest.Test(t, func(*testing.T) { f(b.N) }) })
}

// withT runs f with a T, which synctest takes and a benchmark has none of. RunTests would repeat it as
// often as -count says.
func withT(b *testing.B, f func(t *testing.T)) {
	count := flag.Lookup("test.count").Value
	old := count.String()
	count.Set("1")
	defer count.Set(old)
	ok := testing.RunTests(func(string, string) (bool, error) { return true, nil }, []testing.InternalTest{{Name: "bubble", F: f}})
	if !ok {
		b.Fatal("the bubble failed")
	}
}

func inWorlds(b *testing.B, f func(n int)) {
	for _, s := range []kernel.Strategy{kernel.FIFO, kernel.Random} {
		b.Run("world-"+s.String(), func(b *testing.B) {
			kernel.Run(kernel.Config{Seed: 1, Strategy: s}, func() { f(b.N) })
		})
	}
}

func BenchmarkPingPong(b *testing.B) {
	each(b, func(n int) {
		ping, pong := make(chan int), make(chan int)
		go func() {
			for v := range ping {
				pong <- v
			}
		}()
		for i := range n {
			ping <- i
			<-pong
		}
		close(ping)
	})
}

func BenchmarkMutex(b *testing.B) {
	each(b, func(n int) {
		var mu sync.Mutex
		for range n {
			mu.Lock()
			mu.Unlock()
		}
	})
}

func BenchmarkRWMutex(b *testing.B) {
	each(b, func(n int) {
		var mu sync.RWMutex
		for range n {
			mu.RLock()
			mu.RUnlock()
		}
	})
}

func BenchmarkSpawn(b *testing.B) {
	each(b, func(n int) {
		done := make(chan int)
		for range n {
			go func() { done <- 1 }()
			<-done
		}
	})
}

func BenchmarkSleep(b *testing.B) {
	f := func(n int) {
		for range n {
			time.Sleep(time.Microsecond)
		}
	}
	b.Run("synctest", func(b *testing.B) { inBubble(b, f) })
	inWorlds(b, f)
	b.Run("world-to-synctest", func(b *testing.B) {
		compareWithBubble(b, func(n int) { kernel.Run(kernel.Config{Seed: 1}, func() { f(n) }) }, f)
	})
}

func BenchmarkSelect(b *testing.B) {
	each(b, func(n int) {
		ping, pong, stop := make(chan int), make(chan int), make(chan int)
		go func() {
			for {
				select {
				case v := <-ping:
					pong <- v
				case <-stop:
					return
				}
			}
		}()
		for i := range n {
			select {
			case ping <- i:
				<-pong
			case <-stop:
			}
		}
		close(stop)
	})
}

// BenchmarkTimers sets and stops a timer among a hundred that are pending.
func BenchmarkTimers(b *testing.B) {
	each(b, func(n int) {
		for range 100 {
			defer time.AfterFunc(time.Hour, func() {}).Stop()
		}
		for range n {
			time.AfterFunc(time.Minute, func() {}).Stop()
		}
	})
}

// compare runs two functions in turn, in many short stretches, and reports by which factor the first takes longer: the
// ratio of the medians. What else the machine does meanwhile befalls both.
//
// A stretch has least runs or more, so that what it begins with does not count.
func compare(b *testing.B, unit string, least int, this, that func(n int)) {
	const stretches = 51
	n := max(b.N/stretches, least)
	var times [2][]float64
	for range stretches {
		for i, f := range []func(int){this, that} {
			began := time.Now()
			f(n)
			times[i] = append(times[i], float64(time.Since(began)))
		}
	}
	for i := range times {
		slices.Sort(times[i])
	}
	b.ReportMetric(times[0][stretches/2]/times[1][stretches/2], unit)
	b.ReportMetric(times[0][stretches/2]/float64(n), "ns/op")
}

// BenchmarkEmptyWorld starts and ends worlds in which nothing happens.
func BenchmarkEmptyWorld(b *testing.B) {
	bubbles := func(t *testing.T, n int) {
		for range n {
			synctest.Test(t, func(*testing.T) {})
		}
	}
	withT(b, func(t *testing.T) {
		compare(b, "x-synctest", 100, func(n int) {
			for range n {
				kernel.Run(kernel.Config{}, func() {})
			}
		}, func(n int) { bubbles(t, n) })
	})
}

// yields returns a function that has a world make n decisions with so many goroutines runnable, each of
// which yields in each turn.
func yields(goroutines int) func(n int) { return yieldsAfter(goroutines, func(int) {}) }

// yieldsAfter is yields with something done in each turn.
func yieldsAfter(goroutines int, inTurn func(left int)) func(n int) {
	return func(n int) {
		kernel.Run(kernel.Config{Seed: 1}, func() {
			var wg sync.WaitGroup
			left := n
			for range goroutines {
				wg.Go(func() {
					for left > 0 {
						left--
						inTurn(left)
						runtime.Gosched()
					}
				})
			}
			wg.Wait()
		})
	}
}

func BenchmarkDecision(b *testing.B) {
	b.Run("10", func(b *testing.B) { yields(10)(b.N) })
	b.Run("1000", func(b *testing.B) { yields(1000)(b.N) })
	b.Run("1000-to-10", func(b *testing.B) { compare(b, "x-10", 200_000, yields(1000), yields(10)) })
}

// BenchmarkHashing reports what a decision's part of the schedule hash costs, as a share of the decision: turns in which what the
// runtime's simHashStep computes is computed once more, in the same surroundings, against turns in which it is not. Both
// call a function, so that the call is not counted.
func BenchmarkHashing(b *testing.B) {
	var state struct{ hash, last, now uint64 }
	hashed := yieldsAfter(10, func(left int) {
		state.hash = bits.RotateLeft64((state.hash^state.last^uint64(left))*0x9e3779b97f4a7c15, 29) ^ state.now
	})
	plain := yieldsAfter(10, func(left int) { state.last = uint64(left) })
	compare(b, "with-to-without", 200_000, hashed, plain)
}
