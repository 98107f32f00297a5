package kernel_test

import (
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
