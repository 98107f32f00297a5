package kernel_test

import (
	"flag"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/terrella-go/terrella/internal/kernel"
)

// each runs a benchmark natively, in a synctest bubble, and in worlds of both strategies.
func each(b *testing.B, f func(n int)) {
	b.Run("native", func(b *testing.B) { f(b.N) })
	b.Run("synctest", func(b *testing.B) { inBubble(b, f) })
	inWorlds(b, f)
}

// inBubble runs f in a bubble; synctest takes a T, which a benchmark has none of. RunTests
// would repeat it as often as -count says.
func inBubble(b *testing.B, f func(n int)) {
	count := flag.Lookup("test.count").Value
	old := count.String()
	count.Set("1")
	defer count.Set(old)
	ok := testing.RunTests(func(string, string) (bool, error) { return true, nil }, []testing.InternalTest{{
		Name: "bubble",
		F:    func(t *testing.T) { synctest.Test(t, func(*testing.T) { f(b.N) }) },
	}})
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
}

func BenchmarkEmpty(b *testing.B) {
	b.Run("native", func(b *testing.B) {
		for range b.N {
			done := make(chan int)
			go func() { close(done) }()
			<-done
		}
	})
	b.Run("world", func(b *testing.B) {
		for range b.N {
			kernel.Run(kernel.Config{}, func() {})
		}
	})
}

// BenchmarkDecision has many goroutines runnable at all times.
func BenchmarkDecision(b *testing.B) {
	for _, goroutines := range []int{10, 1000} {
		b.Run(map[int]string{10: "10", 1000: "1000"}[goroutines], func(b *testing.B) {
			kernel.Run(kernel.Config{Seed: 1}, func() {
				var wg sync.WaitGroup
				left := b.N
				var mu sync.Mutex
				for range goroutines {
					wg.Go(func() {
						for left > 0 {
							left--
							mu.Lock()
							mu.Unlock()
						}
					})
				}
				wg.Wait()
			})
		})
	}
}
