package twophase

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	simnet "github.com/terrella-go/terrella/net"
	"github.com/terrella-go/terrella/sim"
	"pgregory.net/rapid"
)

var banks = []string{"east", "north", "west"}

// anyTransfer generates transfers between two banks.
var anyTransfer = rapid.Custom(func(t *rapid.T) Transfer {
	pair := rapid.Permutation(banks).Draw(t, "banks")
	return Transfer{From: pair[0], To: pair[1], Amount: rapid.IntRange(1, 50).Draw(t, "amount")}
})

// TestTwoPhase: through all storms, when all is settled the money is what it was.
//
// With TWOPHASE_BUG=1 the banks forget what they have prepared when they start again.
func TestTwoPhase(t *testing.T) {
	sim.Test(t, world(os.Getenv("TWOPHASE_BUG") != ""))
}

// world returns the world of TestTwoPhase; forget has the banks forget what they have prepared.
func world(forget bool) func(*sim.World) {
	return func(w *sim.World) {
		if err := w.Net().SetLinks(simnet.Link{Latency: simnet.Constant(10 * time.Millisecond)}); err != nil {
			w.Fatal(err)
		}
		config := func(n *sim.Node) Config {
			return Config{Net: n.Net(), Disk: n.Disk(), ForgetInDoubt: forget}
		}
		w.Node(Coordinator, func(ctx context.Context, n *sim.Node) error { return ServeCoordinator(ctx, config(n)) })
		for _, name := range banks {
			w.Node(name, func(ctx context.Context, n *sim.Node) error { return ServeBank(ctx, name, config(n)) })
		}
		w.Inject(sim.Storm{})
		var client *sim.Node
		for range 2 {
			client = w.Client(func(ctx context.Context, n *sim.Node) {
				for i := 0; ctx.Err() == nil; i++ {
					transfer := sim.Draw(w, anyTransfer, "transfer")
					transfer.ID = fmt.Sprint(n.Name(), "/", i)
					ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
					transfer.Do(ctx, n.Net())
					cancel()
					time.Sleep(100 * time.Millisecond)
				}
			})
		}
		w.Run(20 * time.Second)
		w.Heal()
		w.Eventually(30*time.Second, "the money is what it was", func() error { return settled(client) })
	}
}

// settled returns an error unless no transfer is in doubt and the banks hold together what they did at first.
func settled(n *sim.Node) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	sum := 0
	for _, name := range banks {
		b, err := BalanceOf(ctx, n.Net(), name)
		if err != nil {
			return err
		}
		if b.InDoubt > 0 {
			return fmt.Errorf("%d transfers are in doubt at %s", b.InDoubt, name)
		}
		sum += b.Money
	}
	if sum != initial*len(banks) {
		return fmt.Errorf("the banks hold %d together; want %d", sum, initial*len(banks))
	}
	return nil
}
