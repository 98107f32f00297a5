package sim_test

import (
	"context"
	"testing"
	"time"

	"github.com/terrella-go/terrella/sim"
)

// A campaign is told how many servers lead and how often they have begun to, so that `terrella fuzz --guide` varies the worlds that
// get further.
func ExampleWorld_State() {
	_ = func(t *testing.T) { // func TestElections(t *testing.T) in a test file
		sim.Test(t, func(w *sim.World) {
			var leading, elections uint64 // changed by the servers
			for _, name := range []string{"a", "b", "c"} {
				w.Node(name, func(ctx context.Context, n *sim.Node) error { return echo(ctx, n) })
			}
			w.State(func() uint64 { return leading<<32 | min(elections, 10) })
			w.Inject(sim.Storm{})
			w.Run(time.Minute)
		})
	}
}
