package sim_test

import (
	"context"
	"testing"
	"time"

	simnet "github.com/terrella-go/terrella/net"
	"github.com/terrella-go/terrella/sim"
)

// A failure is certain from when on the network has lost what it takes, and not before: what happens to packets is drawn anew in each
// future, as the schedule is.
func TestCertainOnceThePacketIsLost(t *testing.T) {
	const every, fateful = 100 * time.Millisecond, 7
	open, certain := sim.SinceWhen(t, sim.Config{Runs: 100}, func(w *sim.World) {
		if err := w.Net().SetLinks(simnet.Link{Latency: simnet.Constant(time.Millisecond), Loss: 0.3}); err != nil {
			w.Fatal(err)
		}
		var arrived [2 * fateful]bool
		w.Node("b", func(ctx context.Context, n *sim.Node) error {
			s, err := n.Net().ListenPacket("udp", ":53")
			if err != nil {
				return err
			}
			for buf := make([]byte, 1); ; {
				if _, _, err := s.ReadFrom(buf); err != nil {
					return err
				}
				arrived[buf[0]] = true
			}
		})
		w.Node("a", func(ctx context.Context, n *sim.Node) error {
			c, err := n.Net().Dial("udp", "b:53")
			if err != nil {
				return err
			}
			for i := range arrived {
				time.Sleep(every)
				c.Write([]byte{byte(i)})
			}
			return nil
		})
		w.Run(every * (2*fateful + 1))
		if !arrived[fateful] {
			w.Fatal("a packet is missing")
		}
	})
	// The next step is that of the next packet.
	if sent := every * (fateful + 1); open != sent || certain != sent+every {
		t.Errorf("open at %v, certain at %v; the packet was lost at %v", open, certain, sent)
	}
}
