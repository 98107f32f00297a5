package sim_test

import (
	"slices"
	"testing"
	"time"

	"github.com/terrella-go/terrella/sim"
)

// BenchmarkSideBySide runs worlds of three clients and a server, two at a time and one at a time in turn, and reports
// how many times as many are done in a second (the ratio of the medians of many stretches). It needs two idle cores.
func BenchmarkSideBySide(b *testing.B) {
	const stretches = 21
	world := registerWorld(false)
	var times [2][]float64
	ok := testing.RunTests(func(string, string) (bool, error) { return true, nil }, []testing.InternalTest{{Name: "SideBySide", F: func(t *testing.T) {
		for range stretches {
			for i, parallel := range []int{1, 2} {
				began := time.Now()
				sim.Config{Runs: max(b.N/stretches, 16), Parallel: parallel}.Test(t, world)
				times[i] = append(times[i], float64(time.Since(began)))
			}
		}
	}}})
	if !ok {
		b.Fatal("a world failed")
	}
	for i := range times {
		slices.Sort(times[i])
	}
	b.ReportMetric(times[0][stretches/2]/times[1][stretches/2], "x-as-many")
}
