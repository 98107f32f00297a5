package deposed

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/terrella-go/terrella/checker"
	simnet "github.com/terrella-go/terrella/net"
	"github.com/terrella-go/terrella/sim"
	"pgregory.net/rapid"
)

// anyOp generates reads and writes. Hardly any value is written twice.
var anyOp = rapid.Custom(func(t *rapid.T) checker.Op[int] {
	if rapid.Bool().Draw(t, "read") {
		return checker.Op[int]{Kind: checker.Read}
	}
	return checker.Op[int]{Kind: checker.Write, Value: rapid.IntRange(1, 1_000_000).Draw(t, "value")}
})

// TestDeposed: through all storms clients see one value, changed at one moment by each write.
//
// With DEPOSED_BUG=1 a leader does not ask whether it still leads.
func TestDeposed(t *testing.T) {
	sim.Test(t, world(os.Getenv("DEPOSED_BUG") != ""))
}

// clients are what each of them asks for: two read and write, one only reads, and stays with a leader for as long as that answers.
var clients = []*rapid.Generator[checker.Op[int]]{anyOp, anyOp, rapid.Just(checker.Op[int]{Kind: checker.Read})}

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
		var h checker.History[checker.Op[int], checker.OpResult[int]]
		var last *sim.Node
		for i, ops := range clients {
			last = w.Client(func(ctx context.Context, n *sim.Node) {
				c := &Client{Net: n.Net(), Servers: servers}
				for ctx.Err() == nil {
					op := sim.Draw(w, ops, "op")
					h.Do(i, op, func() (checker.OpResult[int], error) { return do(ctx, c, op) })
					time.Sleep(300 * time.Millisecond)
				}
			})
		}
		w.Run(10 * time.Second)
		w.Heal()
		w.Eventually(20*time.Second, "the number is read again", func() error {
			_, err := do(context.Background(), &Client{Net: last.Net(), Servers: servers}, checker.Op[int]{Kind: checker.Read})
			return err
		})
		checker.Linearizable(w, checker.Register(0), &h)
	}
}

// do carries out an operation.
func do(ctx context.Context, c *Client, op checker.Op[int]) (r checker.OpResult[int], err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	switch op.Kind {
	case checker.Read:
		r.Value, err = c.Read(ctx)
	case checker.Write:
		err = c.Write(ctx, op.Value)
	default:
		err = fmt.Errorf("no operation %v", op.Kind)
	}
	if op.Kind == checker.Read || errors.Is(err, ErrNothing) {
		err = checker.Failed(err) // without effect
	}
	return r, err
}
