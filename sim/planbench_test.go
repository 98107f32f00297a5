package sim_test

import (
	"slices"
	"testing"

	"github.com/terrella-go/terrella/sim"
)

// BenchmarkPlan runs worlds of three clients and a server in a storm with the plan drawn, and with the same plan given. It
// reports the median, over worlds, of how many percent longer the first takes: what drawing a plan costs.
func BenchmarkPlan(b *testing.B) {
	world := registerWorld(false)
	var more []float64
	ok := testing.RunTests(func(string, string) (bool, error) { return true, nil }, []testing.InternalTest{{Name: "Plan", F: func(t *testing.T) {
		drawn, given := sim.PlanTimes(t, max(b.N, 200), func(w *sim.World) {
			var nodes []*sim.Node
			for _, name := range []string{"x", "y", "z"} {
				nodes = append(nodes, w.Node(name, idle))
			}
			w.Inject(sim.Storm{Nodes: nodes})
			world(w)
		})
		for i := range drawn {
			more = append(more, 100*(float64(drawn[i])/float64(given[i])-1))
		}
	}}})
	if !ok {
		b.Fatal("a world failed")
	}
	slices.Sort(more)
	b.ReportMetric(more[len(more)/2], "%-more")
	b.ReportMetric(0, "ns/op")
}
