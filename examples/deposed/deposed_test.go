package deposed

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/terrella-go/terrella/checker"
	"github.com/terrella-go/terrella/examples/internal/cell"
	simnet "github.com/terrella-go/terrella/net"
	"github.com/terrella-go/terrella/sim"
	"pgregory.net/rapid"
)

// TestDeposed: through all storms clients see one value, changed at one moment by each write.
//
// With DEPOSED_BUG=1 a leader does not ask whether it still leads.
func TestDeposed(t *testing.T) {
	sim.Test(t, world(os.Getenv("DEPOSED_BUG") != ""))
}

// clients are what each of them asks for: two read and write, one only reads, and stays with a leader for as long as that answers.
var clients = []*rapid.Generator[cell.Op]{cell.AnyOp, cell.AnyOp, rapid.Just(cell.Op{Kind: checker.Read})}

// world returns the world of TestDeposed; trust has a leader not ask whether it still leads.
func world(trust bool) func(*sim.World) {
	return func(w *sim.World) {
		if err := w.Net().SetLinks(simnet.Link{Latency: simnet.Constant(time.Millisecond)}); err != nil {
			w.Fatal(err)
		}
		servers := []string{"a", "b", "c"}
		for _, name := range servers {
			w.Node(name, func(ctx context.Context, n *sim.Node) error {
				return Serve(ctx, Config{Net: n.Net(), Disk: n.Disk(), Name: name, Servers: servers, TrustSelf: trust})
			})
		}
		w.Inject(sim.Storm{})
		var h checker.History[cell.Op, cell.Result]
		var last *sim.Node
		for i, ops := range clients {
			last = w.Client(func(ctx context.Context, n *sim.Node) {
				c := &Client{Net: n.Net(), Servers: servers}
				for ctx.Err() == nil {
					op := sim.Draw(w, ops, "op")
					h.Do(i, op, func() (cell.Result, error) { return cell.Do(ctx, c, op, ErrNothing) })
					time.Sleep(300 * time.Millisecond)
				}
			})
		}
		w.Run(10 * time.Second)
		w.Heal()
		w.Eventually(20*time.Second, "the number is read again", func() error {
			c := &Client{Net: last.Net(), Servers: servers}
			_, err := cell.Do(context.Background(), c, cell.Op{Kind: checker.Read}, ErrNothing)
			return err
		})
		checker.Linearizable(w, checker.Register(0), &h)
	}
}
