package hashiraft

import (
	"fmt"
	"testing"
	"time"

	simnet "github.com/terrella-go/terrella/net"
	"github.com/terrella-go/terrella/sim"
	"pgregory.net/rapid"
)

// TestDefaultStorm is TestHashiRaft with the library's own storm, whose plan shrinks. Raft panics
// when it can't write down its term, so the disks work. With HASHIRAFT_FORGET_VOTES=1 it finds the bug within 500
// seeds, in plans that do not get small: each fault moves the elections after it.
func TestDefaultStorm(t *testing.T) {
	sim.Config{Runs: 8}.Test(t, func(w *sim.World) {
		if err := w.Net().SetLinks(simnet.Link{Latency: simnet.Constant(time.Millisecond)}); err != nil {
			w.Fatal(err)
		}
		c := newCluster(w, 3+2*w.Rand("cluster").IntN(2))
		pauses := rapid.IntRange(1, 100)
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
