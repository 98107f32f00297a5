package hashiraft

import (
	"fmt"
	"testing"
	"time"

	"github.com/terrella-go/terrella/examples/internal/planted"
	simnet "github.com/terrella-go/terrella/net"
	"github.com/terrella-go/terrella/sim"
	"pgregory.net/rapid"
)

// allLogs is more than a world's entries. A server whose log is ahead of a snapshot that it is sent panics in raft 1.8.0 ("log not
// found": issue 697 of hashicorp/raft), and with a snapshot every 64 entries storms find that first.
const allLogs = 1 << 16

// TestDefaultStorm is TestHashiRaft with the library's own storm, whose plan shrinks. Raft panics
// when it can't write down its term, so the disks work. The servers are far from each other, as on three continents: elections take
// a while. With HASHIRAFT_FORGET_VOTES=1 it finds the bug.
func TestDefaultStorm(t *testing.T) {
	sim.Config{Runs: 8}.Test(t, func(w *sim.World) {
		if err := w.Net().SetLinks(simnet.Link{Latency: simnet.Constant(100 * time.Millisecond)}); err != nil {
			w.Fatal(err)
		}
		c := newCluster(w, 3+2*w.Rand("cluster").IntN(2))
		c.trailing = allLogs
		pauses := rapid.IntRange(100, 5000)
		var writers []*writer
		for i := range 3 {
			writers = append(writers, c.writeAfter(fmt.Sprintf("register%d", i), func() time.Duration {
				return time.Duration(sim.Draw(w, pauses, "pause in ms")) * time.Millisecond
			}))
		}
		w.Inject(sim.Storm{Without: []string{"io-error", "disk-full"}})
		w.Run(stormTime)
		w.Heal()
		for _, wr := range writers {
			w.Eventually(healTime, "acknowledged writes are there: "+wr.register, wr.check)
		}
		w.Eventually(healTime, "the servers agree", c.agree)
	})
}

func TestForgottenVoteIsSmall(t *testing.T) {
	planted.Check(t, planted.Bug{Test: "TestDefaultStorm", Env: "HASHIRAFT_FORGET_VOTES=1", Faults: 3, Operations: 6, Nodes: []string{"a", "b", "c"}})
}
