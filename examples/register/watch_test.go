package register

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/terrella-go/terrella/checker"
	"github.com/terrella-go/terrella/sim"
)

// TestWatch: a history is checked while it happens, and the world stops at the first answer that
// cannot be right. The bug is a reader that trusts its copy for a second.
func TestWatch(t *testing.T) {
	type op = checker.Op[int]
	type result = checker.OpResult[int]
	var stale, after atomic.Int64 // of several worlds
	sim.Config{Planted: true}.Test(t, func(w *sim.World) {
		var h checker.History[op, result]
		checker.Watch(w, checker.Register(0), &h)
		value, draw := 0, w.Rand("pauses")
		w.Client(func(ctx context.Context, _ *sim.Node) {
			for i := 1; ctx.Err() == nil; i++ {
				h.Do(0, op{Kind: checker.Write, Value: i}, func() (result, error) { value = i; return result{}, nil })
				time.Sleep(time.Duration(500+draw.IntN(3000)) * time.Millisecond)
			}
		})
		w.Client(func(ctx context.Context, _ *sim.Node) {
			held, since := 0, time.Time{}
			for ctx.Err() == nil {
				if time.Since(since) > time.Second {
					held, since = value, time.Now()
				}
				if held != value {
					stale.Add(1)
				}
				h.Do(1, op{Kind: checker.Read}, func() (result, error) { return result{Value: held}, nil })
				if held != value {
					after.Add(1)
				}
				time.Sleep(300 * time.Millisecond)
			}
		})
		w.Run(time.Minute)
		checker.Linearizable(w, checker.Register(0), &h)
	})
	if stale.Load() == 0 || after.Load() != 0 {
		t.Errorf("%d stale reads were made, and worlds went on after %d; want them to stop at the first", stale.Load(), after.Load())
	}
}
