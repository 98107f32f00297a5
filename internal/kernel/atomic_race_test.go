//go:build race

package kernel_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/terrella-go/terrella/internal/kernel"
)

// A value that is loaded and stored again, each atomically, loses updates of others.
func TestAtomicsAreSchedulingPoints(t *testing.T) {
	lost := func(add func(*atomic.Int64)) (n int) {
		for seed := range uint64(50) {
			kernel.Run(kernel.Config{Seed: seed}, func() {
				var sum atomic.Int64
				var wg sync.WaitGroup
				for range 2 {
					wg.Go(func() { add(&sum) })
				}
				wg.Wait()
				if sum.Load() != 2 {
					n++
				}
			})
		}
		return n
	}
	if n := lost(func(x *atomic.Int64) { x.Store(x.Load() + 1) }); n < 5 {
		t.Errorf("an update was lost in %d of 50 worlds; want some", n)
	}
	if n := lost(func(x *atomic.Int64) { x.Add(1) }); n > 0 {
		t.Errorf("Add lost an update in %d worlds", n)
	}
}
