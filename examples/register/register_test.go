package register

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/terrella-go/terrella/checker"
	"github.com/terrella-go/terrella/examples/internal/cell"
	simnet "github.com/terrella-go/terrella/net"
	"github.com/terrella-go/terrella/sim"
)

// TestRegister: through all storms clients see one value, changed at one moment by each write.
//
// With REGISTER_BUG=1 the servers acknowledge before they sync.
func TestRegister(t *testing.T) {
	sim.Test(t, world(os.Getenv("REGISTER_BUG") != ""))
}

// world returns the world of TestRegister; early has the servers acknowledge before they sync.
func world(early bool) func(*sim.World) {
	return func(w *sim.World) {
		if err := w.Net().SetLinks(simnet.Link{Latency: simnet.Constant(time.Millisecond)}); err != nil {
			w.Fatal(err)
		}
		servers := []string{"a", "b", "c"}
		for _, name := range servers {
			w.Node(name, func(ctx context.Context, n *sim.Node) error {
				return Serve(ctx, Config{Net: n.Net(), Disk: n.Disk(), AckBeforeSync: early})
			})
		}
		w.Inject(sim.Storm{})
		var h checker.History[cell.Op, cell.Result]
		var last *sim.Node
		for i := range 2 {
			last = w.Client(func(ctx context.Context, n *sim.Node) {
				c := &Client{Net: n.Net(), Name: n.Name(), Servers: servers}
				for ctx.Err() == nil {
					op := sim.Draw(w, cell.AnyOp, "op")
					h.Do(i, op, func() (cell.Result, error) { return cell.Do(ctx, c, op, ErrNothing) })
					time.Sleep(300 * time.Millisecond)
				}
			})
		}
		w.Run(10 * time.Second)
		w.Heal()
		w.Eventually(20*time.Second, "the register is read again", func() error {
			c := &Client{Net: last.Net(), Name: "end", Servers: servers}
			_, err := cell.Do(context.Background(), c, cell.Op{Kind: checker.Read}, ErrNothing)
			return err
		})
		checker.Linearizable(w, checker.Register(0), &h)
	}
}
