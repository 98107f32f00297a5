package kernel_test

import (
	"math/rand"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/terrella-go/terrella/internal/kernel"
)

// Timers that are due when they are set. Unpatched, Go 1.25 never comes back from the last of them, which
// waits for a lock that it holds.
func TestTimersDueAtOnce(t *testing.T) {
	fired := 0
	res := kernel.Run(kernel.Config{Seed: 1, MaxSteps: 1000}, func() {
		<-time.After(0)
		fired++
		timer := time.NewTimer(time.Hour)
		timer.Reset(-time.Second)
		<-timer.C
		fired++
		done := make(chan bool, 1)
		time.AfterFunc(0, func() { done <- true })
		<-done
		fired++
		timer.Stop()
		go func() {
			<-timer.C
			fired++
			done <- true
		}()
		time.Sleep(time.Second) // until it waits
		timer.Reset(0)
		<-done
	})
	if res.Outcome != kernel.Done || res.Elapsed != time.Second || fired != 4 {
		t.Errorf("%v after %v, with %d of 4 timers fired", res.Outcome, res.Elapsed, fired)
	}
}

// Whether a timer that was stopped is still in the heap when it is set again must not depend on the collector. Unpatched, the runtime
// leaves it there if the collector is about to stop the goroutine that tidies up, and the timer keeps its place among
// those of the same instant where it would otherwise have been given a new one.
func TestStoppedTimersAreForgottenWhateverTheCollectorDoes(t *testing.T) {
	var stop atomic.Bool
	var collecting sync.WaitGroup
	collecting.Go(func() {
		for !stop.Load() {
			runtime.GC()
		}
	})
	defer collecting.Wait()
	defer stop.Store(true)
	world := func() uint64 {
		return kernel.Run(kernel.Config{Seed: 1}, func() {
			nothing := func() {}
			for range 50_000 {
				a := time.AfterFunc(time.Hour, nothing)
				a.Stop()
				b := time.AfterFunc(time.Hour, nothing)
				a.Reset(time.Hour)
				a.Stop()
				b.Stop()
			}
			time.Sleep(time.Duration(1 + rand.Intn(1000)))
			done := make(chan int)
			for range 8 {
				go func() { done <- 1 }()
			}
			for range 8 {
				<-done
			}
		}).Hash
	}
	first := world()
	for i := range 15 {
		if h := world(); h != first {
			t.Fatalf("world %d has the schedule hash %#x; the first had %#x", i+2, h, first)
		}
	}
}
