package lease_test

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/terrella-go/terrella/examples/internal/ask"
	"github.com/terrella-go/terrella/examples/internal/planted"
	"github.com/terrella-go/terrella/examples/lease"
	simnet "github.com/terrella-go/terrella/net"
	"github.com/terrella-go/terrella/sim"
)

// A guarded thing may be used by one client at a time. Grants of the lock are numbered: a use
// by virtue of one after a use by virtue of a later one means that there were two holders.
type guarded struct {
	granted atomic.Int64
	used    atomic.Int64             // the latest grant by which it was used
	by      map[string]*atomic.Int64 // for each client the latest of its own
}

// TestLease: through storms in which clocks drift within the bound, nobody uses what the lock guards while another holds it, and
// when the storm is over both clients come by it again.
//
// With LEASE_BUG=1 clients trust their clocks.
func TestLease(t *testing.T) {
	sim.Test(t, world(os.Getenv("LEASE_BUG") != ""))
}

// world returns the world of TestLease; trust has clients trust their clocks.
func world(trust bool) func(*sim.World) {
	return func(w *sim.World) {
		if err := w.Net().SetLinks(simnet.Link{Latency: simnet.Constant(500 * time.Microsecond)}); err != nil {
			w.Fatal(err)
		}
		clients := []string{"x", "y"}
		g := guarded{by: make(map[string]*atomic.Int64)}
		for _, name := range clients {
			g.by[name] = new(atomic.Int64)
		}
		w.Node("server", func(ctx context.Context, n *sim.Node) error {
			s := &lease.Server{Clock: n.Clock(), Term: term}
			if n.Incarnation() > 0 {
				s.Restarted()
			}
			return ask.Serve(ctx, n.Net(), func(ctx context.Context, client string) (int64, error) {
				for !s.Acquire(client) {
					if ctx.Err() != nil {
						return 0, ctx.Err()
					}
					n.Clock().Sleep(max(s.Free(), time.Microsecond))
				}
				return g.granted.Add(1), nil
			})
		})
		for _, name := range clients {
			w.Node(name, func(ctx context.Context, n *sim.Node) error { return use(ctx, w, n, &g, trust) })
		}
		w.Inject(sim.Storm{Without: []string{"suspend"}, MaxDrift: bound})
		w.Run(2 * time.Minute)
		w.Heal()
		calm := g.granted.Load()
		// A request that a fault has swallowed is given up after two terms, a server that has just started again grants nothing for one,
		// and then each client in turn may hold the lock for one.
		w.Eventually(6*term, "both use the lock again", func() error {
			for _, name := range clients {
				if g.by[name].Load() <= calm {
					return fmt.Errorf("%s has not used it since", name)
				}
			}
			return nil
		})
	}
}

// use takes the lock again and again, uses what it guards until the last moment, and then leaves it to the other for a while.
func use(ctx context.Context, w *sim.World, n *sim.Node, g *guarded, trust bool) error {
	c := &lease.Client{Name: n.Name(), Clock: n.Clock(), Term: term, Bound: bound}
	if trust {
		c.Bound = 0
	}
	var grant int64
	c.Acquire = func(client string) bool {
		ctx, cancel := context.WithTimeout(ctx, 2*term)
		defer cancel()
		var err error
		grant, err = ask.To[int64](ctx, n.Net(), "server", client)
		return err == nil
	}
	for ctx.Err() == nil {
		until, ok := c.Hold()
		for ok {
			left := c.Clock.Until(until)
			if left <= 0 {
				break
			}
			// Between the look at the clock and the use the process can't be stopped: there is no lock, channel or sleep.
			if before := g.used.Swap(grant); before > grant {
				w.Fatalf("two holders: %s uses the lock by grant %d, after it was used by grant %d", n.Name(), grant, before)
			}
			g.by[n.Name()].Store(grant)
			c.Clock.Sleep(max(left/2, 50*time.Microsecond))
		}
		time.Sleep(term / 10)
	}
	return nil
}

func TestPlanted(t *testing.T) {
	planted.Check(t, planted.Bug{Test: "TestLease", Env: "LEASE_BUG=1", Faults: 3, Operations: 6, Nodes: []string{"server"}})
}

// TestTrustedClocks is TestLease with the bug: clients trust their clocks. Its worlds have to find it; terrella fuzz reports it.
func TestTrustedClocks(t *testing.T) {
	sim.Config{Planted: true, Runs: 5000}.Test(t, world(true))
}
