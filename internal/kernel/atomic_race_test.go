//go:build race

package kernel_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"unsafe"

	"github.com/terrella-go/terrella/internal/kernel"
)

// A value that is loaded and stored again, each atomically, loses updates of others.
func TestAtomicsAreSchedulingPoints(t *testing.T) {
	lost := func(add func(*int64)) (n int) {
		for seed := range uint64(50) {
			kernel.Run(kernel.Config{Seed: seed}, func() {
				var sum int64
				var wg sync.WaitGroup
				for range 2 {
					wg.Go(func() { add(&sum) })
				}
				wg.Wait()
				if sum != 2 {
					n++
				}
			})
		}
		return n
	}
	typed := func(x *int64) *atomic.Int64 { return (*atomic.Int64)(unsafe.Pointer(x)) }
	for _, add := range []func(x *int64){
		func(x *int64) { typed(x).Store(typed(x).Load() + 1) },
		func(x *int64) { atomic.StoreInt64(x, atomic.LoadInt64(x)+1) },
	} {
		if n := lost(add); n < 5 {
			t.Errorf("an update was lost in %d of 50 worlds; want some", n)
		}
	}
	for _, add := range []func(x *int64){
		func(x *int64) { typed(x).Add(1) },
		func(x *int64) { atomic.AddInt64(x, 1) },
		func(x *int64) {
			for old := atomic.LoadInt64(x); !atomic.CompareAndSwapInt64(x, old, old+1); old = atomic.LoadInt64(x) {
			}
		},
	} {
		if n := lost(add); n > 0 {
			t.Errorf("an addition was lost in %d worlds", n)
		}
	}
}
