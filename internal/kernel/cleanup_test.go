package kernel_test

import (
	"runtime"
	"sync/atomic"
	"testing"
	"time"
	"weak"

	"github.com/terrella-go/terrella/internal/kernel"
)

// A program in a world does not see the collector; outside of worlds it does.
func TestNoGarbageIsSeenToBeCollected(t *testing.T) {
	var finalized, cleaned atomic.Int32
	var forgotten weak.Pointer[thing]
	litter := func() {
		x := new(thing)
		runtime.SetFinalizer(x, func(*thing) { finalized.Add(1) })
		y := new(thing)
		runtime.AddCleanup(y, func(int) { cleaned.Add(1) }, 0).Stop()
		runtime.AddCleanup(y, func(int) { cleaned.Add(1) }, 0)
		forgotten = weak.Make(new(thing))
	}
	collect := func() {
		for range 5 {
			runtime.GC()
			time.Sleep(10 * time.Millisecond)
		}
	}
	kernel.Run(kernel.Config{}, func() {
		litter()
		collect()
		if forgotten.Value() == nil {
			t.Error("a weak pointer has lost its value in a world")
		}
	})
	collect()
	if f, c := finalized.Load(), cleaned.Load(); f != 0 || c != 0 {
		t.Errorf("%d finalizers and %d cleanups of a world have run", f, c)
	}
	if forgotten.Value() != nil {
		t.Error("what a weak pointer pointed to outlives its world")
	}
	litter()
	collect()
	if f, c := finalized.Load(), cleaned.Load(); f != 1 || c != 1 {
		t.Errorf("%d finalizers and %d cleanups have run outside of worlds; want one each", f, c)
	}
}
