package sim_test

import (
	"context"
	"math/rand"
	"runtime"
	"slices"
	"sync/atomic"
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

// Worlds that others run beside are the worlds that they are alone: those that pass, those that fail, at once, at their end or by a panic, and those that a
// search for smaller cases runs. With -sim.runs it takes other numbers of seeds.
func TestWorldsBesideOthersAreTheSame(t *testing.T) {
	for name, test := range map[string]struct {
		world func(*sim.World)
		runs  int
		fails bool
	}{
		"fails at once":   {suspicious(true), 20, true},
		"fails at end":    {suspicious(false), 20, true},
		"history":         {registerWorld(true), 3, true},
		"correct history": {registerWorld(false), 3, false},
		"panics": {func(w *sim.World) {
			w.Client(func(ctx context.Context, n *sim.Node) {
				m := map[int]*int{1: nil, 2: nil, 3: new(int)}
				for range 3 {
					for k := range m {
						time.Sleep(time.Duration(k) * time.Millisecond)
						if rand.Intn(3) == 0 {
							*m[k] = 1
						}
					}
				}
			})
			w.Run(time.Second)
		}, 20, true},
	} {
		t.Run(name, func(t *testing.T) {
			compared, failed, other := sim.Beside(t, sim.Config{Runs: test.runs}, []int{2, 3, 8}, test.world)
			for _, text := range other {
				t.Error(text)
			}
			t.Logf("%d runs beside others were compared, %d worlds fail", compared, failed)
			if (failed > 0) != test.fails || compared < 6 {
				t.Errorf("%d runs were compared, %d worlds fail", compared, failed)
			}
		})
	}
}

var inWorld atomic.Int32

// Worlds that depend on others, by a counter of the package of how many there are, are found out.
func TestWorldsThatDependOnOthersAreFound(t *testing.T) {
	_, _, other := sim.Beside(t, sim.Config{Runs: 5}, []int{3}, func(w *sim.World) {
		inWorld.Add(1)
		defer inWorld.Add(-1)
		for range 30_000_000 { // long enough for another to begin, also on one core
			if inWorld.Load() > 1 {
				rand.Int()
				break
			}
		}
	})
	if len(other) == 0 {
		t.Error("no world was another one beside others")
	}
}
