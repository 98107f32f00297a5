package sim_test

import (
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/terrella-go/terrella/sim"
)

// BenchmarkSideBySide runs worlds of three clients and a server in three ways in turn: one at a time on one core, one at a time with a second core
// for the collector of garbage, and two at a time on two cores. It reports how many times as many two at a time are in a second
// as the one and the other (ratios of the medians of stretches of b.N/7 worlds). It needs two idle cores.
func BenchmarkSideBySide(b *testing.B) {
	const stretches = 7
	ways := []struct{ cores, parallel int }{{1, 1}, {2, 1}, {2, 2}}
	world := registerWorld(false)
	times := make([][]float64, len(ways))
	ok := testing.RunTests(func(string, string) (bool, error) { return true, nil }, []testing.InternalTest{{Name: "SideBySide", F: func(t *testing.T) {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
		for range stretches {
			for i, way := range ways {
				runtime.GOMAXPROCS(way.cores)
				began := time.Now()
				sim.Config{Runs: max(b.N/stretches, 16), Parallel: way.parallel}.Test(t, world)
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
	b.ReportMetric(times[0][stretches/2]/times[2][stretches/2], "x-one-core")
	b.ReportMetric(times[1][stretches/2]/times[2][stretches/2], "x-one-and-collector")
}
