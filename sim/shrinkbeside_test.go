package sim_test

import (
	"context"
	"fmt"
	"log"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/terrella-go/terrella/sim"
	"pgregory.net/rapid"
)

// suspicious is a world of a server and two clients in a storm. It fails when the server, started again and with a clock that is wrong, is sent a
// number above 10: it takes two faults and an operation of many. It fails at once, or, as worlds whose history is judged do, at the end.
func suspicious(atOnce bool) func(*sim.World) {
	return func(w *sim.World) {
		var found atomic.Pointer[string]
		suspect(w, atOnce, &found, func() {})
		convict(w, &found)
	}
}

// suspect is a suspicious world up to the verdict. It keeps what it finds in a variable, and has a node do something again and again.
func suspect(w *sim.World, atOnce bool, found *atomic.Pointer[string], do func()) {
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
				bad := fmt.Sprintf("start %d with a clock that is wrong is sent %d", n.Incarnation()+1, x)
				found.Store(&bad)
				if atOnce {
					w.Fatal(bad)
				}
			}
			fmt.Fprintln(c, x)
			c.Close()
		}
	})
	w.Node("restless", func(ctx context.Context, n *sim.Node) error {
		for ctx.Err() == nil {
			do()
			time.Sleep(150 * time.Millisecond)
		}
		return nil
	})
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
}

func convict(w *sim.World, found *atomic.Pointer[string]) {
	if bad := found.Load(); bad != nil {
		w.Fatal(*bad)
	}
}

// What worlds share here: what one has found, how often servers were asked, and how many worlds there were.
var (
	sharedFinding atomic.Pointer[string]
	sharedCount   atomic.Int64
	worldsSoFar   atomic.Int64
)

// What a failure is made smaller to does not depend on how many worlds run at a time, nor does the number of runs that are counted: also if
// the worlds share variables. Where that is noticed, one world runs at a time.
func TestShrunkFailureDoesNotDependOnCores(t *testing.T) {
	var captured atomic.Pointer[string]
	for _, c := range []struct {
		name   string
		shares bool
		cores  []int
		world  func(*sim.World)
	}{
		{"nothing but a number that nobody reads", false, []int{1, 2, 8}, func(w *sim.World) {
			worldsSoFar.Add(1)
			suspicious(true)(w)
		}},
		{"a package-level variable", true, []int{1, 2}, func(w *sim.World) {
			sharedFinding.Store(nil)
			suspect(w, false, &sharedFinding, func() {})
			convict(w, &sharedFinding)
		}},
		{"a variable of the test", true, []int{1, 2}, func(w *sim.World) {
			captured.Store(nil)
			suspect(w, false, &captured, func() {})
			convict(w, &captured)
		}},
		{"a variable that is put back", true, []int{1, 2}, func(w *sim.World) {
			var found atomic.Pointer[string]
			sharedCount.Store(0)
			suspect(w, false, &found, func() { time.Sleep(time.Duration(sharedCount.Add(1)%3) * time.Millisecond) })
			sharedCount.Store(0)
			convict(w, &found)
		}},
		{"a variable of the standard library", true, []int{1, 2}, func(w *sim.World) {
			var found atomic.Pointer[string]
			log.SetPrefix("")
			suspect(w, false, &found, func() {
				n := len(log.Prefix()) + 1
				log.SetPrefix(strings.Repeat("x", n%3))
				time.Sleep(time.Duration(n) * time.Millisecond)
			})
			log.SetPrefix("")
			convict(w, &found)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			all := sim.ShrinkTimes(t, sim.Config{Runs: 500}, len(c.cores)-1, 150, c.cores, c.world)
			if len(all) != len(c.cores)-1 {
				t.Fatalf("%d failures; want %d", len(all), len(c.cores)-1)
			}
			beside := false
			for i, times := range all {
				for _, s := range times[1:] {
					beside = beside || s.Workers > 1
					if s.File != times[0].File || s.Runs != times[0].Runs {
						t.Errorf("failure %d, %d worlds at a time: after %d runs it is\n%s\none at a time, after %d, it is\n%s", i, s.Workers, s.Runs, s.File, times[0].Runs, times[0].File)
					}
				}
			}
			if beside == c.shares && runtime.GOMAXPROCS(0) > 1 {
				t.Errorf("worlds have run side by side: %v; want %v", beside, !c.shares)
			}
		})
	}
}

// BenchmarkShrink makes failures smaller one world at a time and with two, in turn, and reports how many times as long the first takes: the
// median over failures. It needs two idle cores. A search begins one world at a time, to find out whether more may run; so searches that are soon over,
// as those of the first two worlds are, gain less than those of the third, whose worlds take longer. What else limits the gain is that two worlds of one
// process share an allocator (see BenchmarkSideBySide), and what ran ahead in vain.
func BenchmarkShrink(b *testing.B) {
	for _, bench := range []struct {
		name  string
		world func(*sim.World)
	}{
		{"FailsAtOnce", suspicious(true)},
		{"FailsAtEnd", suspicious(false)},
		{"FailsLate", func(w *sim.World) {
			var found atomic.Pointer[string]
			suspect(w, false, &found, func() {})
			w.Run(time.Minute)
			convict(w, &found)
		}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			var gain []float64
			var runs, took float64
			ok := testing.RunTests(func(string, string) (bool, error) { return true, nil }, []testing.InternalTest{{Name: "Shrink", F: func(t *testing.T) {
				for _, times := range sim.ShrinkTimes(t, sim.Config{Runs: 10000}, max(b.N, 4), 300, []int{1, 2}, bench.world) {
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
