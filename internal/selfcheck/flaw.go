package selfcheck

import (
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/terrella-go/terrella/internal/kernel"
)

// begun is the planted flaw: it survives from one world to the next.
var begun atomic.Uint64

// carryOver is a program that does one thing in every other world and another in the rest.
func carryOver() {
	odd := begun.Add(1)%2 == 1
	var wg sync.WaitGroup
	wg.Go(func() { pause(odd) })
	wg.Go(func() { pause(!odd) })
	wg.Wait()
}

func pause(long bool) {
	if long {
		time.Sleep(2 * time.Millisecond)
	}
	time.Sleep(time.Millisecond)
}

// caughtWithin reports whether two runs of carryOver in this process are told apart.
func caughtWithin() bool {
	var first kernel.Record
	kernel.Run(kernel.Config{Record: &first}, carryOver)
	var second kernel.Record
	r := kernel.Run(kernel.Config{Record: &second, Compare: &first}, carryOver)
	return r.Outcome == kernel.Diverged
}

// processHash is the schedule hash of a program that sleeps as many nanoseconds as its process has for an id.
func processHash() uint64 {
	return kernel.Run(kernel.Config{}, func() {
		time.Sleep(time.Duration(os.Getpid()))
		time.Sleep(time.Nanosecond)
	}).Hash
}
