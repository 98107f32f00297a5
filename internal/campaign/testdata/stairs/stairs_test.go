// Package stairs holds a bug that takes several faults at the right times: what guidance is for.
package stairs

import (
	"context"
	"testing"
	"time"

	"github.com/terrella-go/terrella/sim"
)

// top is how many crashes it takes, each within the right fifth of its own two seconds.
const top = 4

func TestStairs(t *testing.T) { sim.Config{Planted: true, Runs: 100_000}.Test(t, world(true)) }

// TestStairsWithoutState has the same bug, and tells nobody how far it has come.
func TestStairsWithoutState(t *testing.T) {
	sim.Config{Planted: true, Runs: 100_000}.Test(t, world(false))
}

func world(tell bool) func(*sim.World) {
	return func(w *sim.World) {
		step := 0
		w.Node("a", func(ctx context.Context, n *sim.Node) error {
			const each = 2 * time.Second
			if at := w.Elapsed(); n.Incarnation() > 0 && at/each == time.Duration(step) && at%each < each/5 {
				step++
			}
			<-ctx.Done()
			return nil
		})
		if tell {
			w.State(func() uint64 { return uint64(step) })
		}
		w.Inject(sim.Storm{Kinds: []string{"stop", "pause", "slow"}, Every: 3 * time.Second, Length: 50 * time.Millisecond})
		w.Run(top * 2 * time.Second)
		if step == top {
			w.Fatal("at the top of the stairs")
		}
	}
}
