package sim_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/terrella-go/terrella/sim"
	"pgregory.net/rapid"
)

// suspicious is a world of a server and two clients in a storm. It fails when the server, started again and with a clock that is wrong, is sent a
// number above 10: it takes two faults and an operation of many. It fails at once, or, as worlds whose history is judged do, at the end.
func suspicious(atOnce bool) func(*sim.World) {
	return func(w *sim.World) { suspiciousWorld(w, atOnce) }
}

func suspiciousWorld(w *sim.World, atOnce bool) {
	bad := ""
	server := w.Node("server", func(ctx context.Context, n *sim.Node) error {
		l, err := n.Net().Listen("tcp", ":80")
		if err != nil {
			return err
		}
		for {
			c, err := l.Accept()
			if err != nil {
				return err
			}
			var x int
			fmt.Fscan(c, &x)
			if off := n.Clock().Now().Sub(w.Now()).Abs(); off > time.Millisecond && n.Incarnation() > 0 && x > 10 {
				bad = fmt.Sprintf("start %d with a clock that is wrong is sent %d", n.Incarnation()+1, x)
				if atOnce {
					w.Fatal(bad)
				}
			}
			fmt.Fprintln(c, x)
			c.Close()
		}
	})
	w.Node("idle", idle)
	w.Inject(sim.Storm{Nodes: []*sim.Node{server}, Every: 300 * time.Millisecond})
	numbers := rapid.IntRange(0, 20)
	for range 2 {
		w.Client(func(ctx context.Context, n *sim.Node) {
			for ctx.Err() == nil {
				if c, err := n.Net().Dial("tcp", "server:80"); err == nil {
					x := sim.Draw(w, numbers, "number")
					c.SetDeadline(time.Now().Add(time.Second))
					fmt.Fprintln(c, x)
					fmt.Fscan(c, &x)
					c.Close()
				}
				time.Sleep(20 * time.Millisecond)
			}
		})
	}
	w.Run(10 * time.Second)
	if bad != "" {
		w.Fatal(bad)
	}
}

// What a failure is made smaller to does not depend on how many worlds run at a time, nor does the number of runs that are counted.
func TestShrunkFailureDoesNotDependOnCores(t *testing.T) {
	all := sim.ShrinkTimes(t, sim.Config{Runs: 500}, 3, []int{1, 2, 8}, suspicious(true))
	if len(all) != 3 {
		t.Fatalf("%d failures; want 3", len(all))
	}
	for i, times := range all {
		for _, s := range times[1:] {
			if s.File != times[0].File || s.Runs != times[0].Runs {
				t.Errorf("failure %d, %d worlds at a time: after %d runs it is\n%s\none at a time, after %d, it is\n%s", i, s.Workers, s.Runs, s.File, times[0].Runs, times[0].File)
			}
		}
	}
}

// BenchmarkShrink makes failures smaller one world at a time and with two, in turn, and reports how many times as long the first takes: the
// median over failures. It needs two idle cores.
func BenchmarkShrink(b *testing.B) {
	for _, atOnce := range []bool{true, false} {
		b.Run(map[bool]string{true: "FailsAtOnce", false: "FailsAtEnd"}[atOnce], func(b *testing.B) {
			var gain []float64
			var runs, took float64
			ok := testing.RunTests(func(string, string) (bool, error) { return true, nil }, []testing.InternalTest{{Name: "Shrink", F: func(t *testing.T) {
				for _, times := range sim.ShrinkTimes(t, sim.Config{Runs: 10000}, max(b.N, 4), []int{1, 2}, suspicious(atOnce)) {
					gain = append(gain, float64(times[0].Took)/float64(times[1].Took))
					runs += float64(times[0].Runs)
					took += float64(times[0].Took)
				}
			}}})
			if !ok {
				b.Fatal("a search failed")
			}
			slices.Sort(gain)
			b.ReportMetric(gain[len(gain)/2], "x-one-at-a-time")
			b.ReportMetric(took/runs, "ns/run")
			b.ReportMetric(0, "ns/op")
		})
	}
}
