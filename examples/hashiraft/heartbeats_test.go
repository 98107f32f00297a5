package hashiraft

import (
	"fmt"
	"testing"
	"time"

	simnet "github.com/terrella-go/terrella/net"
	"github.com/terrella-go/terrella/sim"
)

// TestPausedLeaders: leaders stand still again and again, as under a collector of garbage or on a machine that is moved. The others elect
// another; who led goes on where it was, with what clients and the new leader have sent it in the meantime.
func TestPausedLeaders(t *testing.T) {
	sim.Config{Runs: 8}.Test(t, pausedLeaders(false))
}

// TestFastHeartbeats is TestPausedLeaders with the bug that raft 1.8.0 has; see [Config.FastHeartbeats]. Its worlds have to find it.
func TestFastHeartbeats(t *testing.T) {
	sim.Config{Planted: true, Runs: 2000}.Test(t, pausedLeaders(true))
}

// pausedLeaders returns the world of TestPausedLeaders.
func pausedLeaders(fastHeartbeats bool) func(*sim.World) {
	return func(w *sim.World) {
		if err := w.Net().SetLinks(simnet.Link{Latency: simnet.Constant(time.Millisecond)}); err != nil {
			w.Fatal(err)
		}
		c := newCluster(w, 3)
		c.trailing = allLogs
		c.fastHeartbeats = c.fastHeartbeats || fastHeartbeats
		var writers []*writer
		for i := range 10 {
			writers = append(writers, c.write(fmt.Sprintf("register%d", i), 150*time.Millisecond))
		}
		w.Inject(sim.Storm{Kinds: []string{"pause"}, Aim: []sim.Role{c.leader()}, Every: 3 * time.Second, Length: 2500 * time.Millisecond})
		w.Run(stormTime)
		w.Heal()
		for _, wr := range writers {
			w.Eventually(healTime, "acknowledged writes are there: "+wr.register, wr.check)
		}
		w.Eventually(healTime, "the servers agree", c.agree)
	}
}

// leader is the role of servers that lead.
func (c *cluster) leader() sim.Role {
	return sim.Where(func(n *sim.Node) bool {
		for i, node := range c.nodes {
			if node == n {
				return c.safety.present(i).leads() != 0
			}
		}
		return false
	}).Named("leader")
}
