package sim_test

import (
	"testing"
	"time"

	"github.com/terrella-go/terrella/sim"
)

// BenchmarkPlan runs worlds of three clients and a server in a storm, draws the plan of each again, outside of it, and writes it down as a failure file
// has it. It reports how long all that takes a world, and its share of the world's time. Plans are written down for worlds that fail
// only; here it is done for each.
func BenchmarkPlan(b *testing.B) {
	world := registerWorld(false)
	var worlds, draw, write time.Duration
	faults := 0
	ok := testing.RunTests(func(string, string) (bool, error) { return true, nil }, []testing.InternalTest{{Name: "Plan", F: func(t *testing.T) {
		for _, c := range sim.PlanCosts(t, max(b.N, 200), func(w *sim.World, storm func(sim.Storm)) {
			var nodes []*sim.Node
			for _, name := range []string{"x", "y", "z"} {
				nodes = append(nodes, w.Node(name, idle))
			}
			storm(sim.Storm{Nodes: nodes, Without: []string{"disk-model"}}) // which is drawn elsewhere, when a disk is made
			world(w)
		}) {
			worlds, draw, write, faults = worlds+c.World, draw+c.Draw, write+c.Write, faults+c.Faults
		}
	}}})
	if !ok {
		b.Fatal("a world failed")
	}
	n := float64(max(b.N, 200))
	b.ReportMetric(float64(worlds)/n, "ns/world")
	b.ReportMetric(float64(faults)/n, "faults/world")
	b.ReportMetric(float64(draw)/n, "draw-ns/world")
	b.ReportMetric(float64(write)/n, "write-ns/world")
	b.ReportMetric(100*float64(draw)/float64(worlds), "draw-%")
	b.ReportMetric(100*float64(draw+write)/float64(worlds), "draw-and-write-%")
	b.ReportMetric(0, "ns/op")
}
