package hashiraft

import (
	"testing"
	"time"

	simnet "github.com/terrella-go/terrella/net"
	"github.com/terrella-go/terrella/sim"
)

// BenchmarkCluster lets one virtual second pass for each iteration, in a world of three servers whose
// network has a latency of 1 ms. It reports virtual seconds for each second that the process used of its
// processors, garbage collection included.
//
//	idle     nobody writes: heartbeats and empty replication, as raft's defaults have it
//	writing  one client raises a register ten times a second; every write is synced on two disks at least
func BenchmarkCluster(b *testing.B) {
	b.Run("idle", func(b *testing.B) { benchmarkCluster(b, func(*cluster) {}) })
	b.Run("writing", func(b *testing.B) {
		benchmarkCluster(b, func(c *cluster) { c.write("register", 100*time.Millisecond) })
	})
}

func benchmarkCluster(b *testing.B, load func(*cluster)) {
	var used time.Duration
	inTest(b, func(t *testing.T) {
		// Called twice: the first world of a test is run once more than it counts.
		sim.Config{Runs: 1}.Test(t, func(w *sim.World) {
			if err := w.Net().SetLinks(simnet.Link{Latency: simnet.Constant(time.Millisecond)}); err != nil {
				w.Fatal(err)
			}
			c := newCluster(w, 3)
			load(c)
			w.Run(5 * time.Second) // there is a leader
			began := cpuTime()
			w.Run(time.Duration(b.N) * time.Second)
			used = cpuTime() - began
		})
	})
	b.ReportMetric(float64(b.N)/used.Seconds(), "virtual-s/cpu-s")
}

// inTest runs f as a test: worlds want a testing.T, and a benchmark has none.
func inTest(b *testing.B, f func(*testing.T)) {
	all := func(string, string) (bool, error) { return true, nil }
	if !testing.RunTests(all, []testing.InternalTest{{Name: b.Name(), F: f}}) {
		b.Fatal("the world failed")
	}
}
