// Package worlds holds tests that fail, die and disagree on purpose, for the tests of campaigns.
package worlds

import (
	"context"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/terrella-go/terrella/sim"
	"github.com/terrella-go/terrella/sim/prop"
)

// work is what most worlds do: a little of everything that takes time.
func work(w *sim.World) {
	for _, name := range []string{"a", "b"} {
		w.Node(name, func(ctx context.Context, n *sim.Node) error {
			for ctx.Err() == nil {
				time.Sleep(100 * time.Millisecond)
			}
			return nil
		})
	}
	w.Run(10 * time.Second)
}

func TestPasses(t *testing.T) { sim.Test(t, work) }

// TestBusy has worlds that take some milliseconds, as those of real programs do.
func TestBusy(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		work(w)
		w.Run(10 * time.Minute)
	})
}

// TestSevens fails in one world of seven, by two properties.
func TestSevens(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		work(w)
		prop.Always(w.Seed()%14 != 0, "not divisible by fourteen")
		prop.Always(w.Seed()%7 != 0, "not divisible by seven")
	})
}

// TestCrashes fails when the storm crashes a node.
func TestCrashes(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		starts := 0
		w.Node("a", func(ctx context.Context, n *sim.Node) error {
			starts++
			<-ctx.Done()
			return nil
		})
		w.Invariant("never starts again", func() error {
			if starts > 1 {
				return context.Canceled
			}
			return nil
		})
		w.Inject(sim.Storm{Kinds: []string{"crash", "pause", "slow-link"}})
		w.Run(30 * time.Second)
	})
}

// TestBudget fails if more nodes are down at a time than the storm may take down.
func TestBudget(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		var nodes []*sim.Node
		for _, name := range []string{"a", "b", "c"} {
			nodes = append(nodes, w.Node(name, func(ctx context.Context, n *sim.Node) error {
				<-ctx.Done()
				return nil
			}))
		}
		down := func() (n uint64) {
			for _, node := range nodes {
				if !node.Running() {
					n++
				}
			}
			return n
		}
		w.State(down)
		w.Invariant("a majority runs", func() error {
			if down() > 1 {
				return context.Canceled
			}
			return nil
		})
		w.Inject(sim.Storm{Tolerate: sim.Minority(nodes), Kinds: []string{"crash", "kill"}, Every: time.Second, Length: time.Second})
		w.Run(10 * time.Second)
	})
}

// TestSteps fails when the node was stopped once in each of three seconds.
func TestSteps(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		step := 0
		w.Node("a", func(ctx context.Context, n *sim.Node) error {
			if n.Incarnation() > 0 && w.Elapsed()/time.Second == time.Duration(2*step) {
				step++
			}
			<-ctx.Done()
			return nil
		})
		w.State(func() uint64 { return uint64(step) })
		w.Inject(sim.Storm{Kinds: []string{"stop", "pause"}, Every: 3 * time.Second, Length: 50 * time.Millisecond})
		w.Run(10 * time.Second)
		prop.Always(step < 3, "no three steps")
	})
}

// TestOwnPlan is about a crash at just this time, which no campaign may move.
func TestOwnPlan(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		node := w.Node("a", func(ctx context.Context, n *sim.Node) error {
			if n.Incarnation() > 0 {
				prop.Always(w.Elapsed() == 3*time.Second, "started again at three seconds")
			}
			<-ctx.Done()
			return nil
		})
		w.State(func() uint64 { return uint64(w.Elapsed()) })
		w.Inject(sim.Plan{"crash a at 2s for 1s"})
		w.Run(5 * time.Second)
		prop.Always(node.Incarnation() == 1, "started again")
	})
}

func TestSubtests(t *testing.T) {
	t.Run("one", func(t *testing.T) { sim.Test(t, work) })
	t.Run("two", func(t *testing.T) {
		sim.Test(t, work)
		sim.Test(t, work)
	})
	t.Run("none", func(t *testing.T) {})
}

// worlds counts those of this process: what it decides is no property of a seed.
var worlds int

func TestOutlives(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		if worlds++; worlds > 20 {
			w.Fatal("more than twenty worlds")
		}
	})
}

// TestDies ends its process in one world of nine, as the system does when it runs out of memory.
func TestDies(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		if w.Seed()%9 == 0 {
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
		}
		work(w)
	})
}

// kept is memory that outlives worlds.
var kept [][]byte

// TestHungry takes sixteen megabytes more in each world.
func TestHungry(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		b := make([]byte, 16<<20)
		for i := range b {
			b[i] = 1
		}
		kept = append(kept, b)
		work(w)
	})
}

// TestHangs waits, in one world of five, for what never comes.
func TestHangs(t *testing.T) {
	sim.Config{Watchdog: -1}.Test(t, func(w *sim.World) {
		if w.Seed()%5 == 0 {
			var fds [2]int
			syscall.Pipe(fds[:])
			syscall.Read(fds[0], make([]byte, 1))
		}
	})
}

// TestOfT fails by the T, which stays failed.
func TestOfT(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		if w.Seed()%7 == 0 {
			t.Errorf("by the T")
		}
	})
}

func TestNoWorld(t *testing.T) {
	if os.Getenv("NEVER_SET") != "" {
		sim.Test(t, work)
	}
}

func TestFailsBefore(t *testing.T) {
	if os.Getenv("NEVER_SET") == "" {
		t.Fatal("something is missing")
	}
	sim.Test(t, work)
}

func TestPlantedAndFound(t *testing.T) {
	sim.Config{Planted: true}.Test(t, func(w *sim.World) { w.Fatal("the bug") })
}

func TestPlantedAndMissed(t *testing.T) {
	sim.Config{Planted: true}.Test(t, work)
}

func TestFresh(t *testing.T) {
	sim.Config{Fresh: true}.Test(t, func(w *sim.World) {
		if worlds++; worlds > 3 { // the one that warms up, and this, which may be run twice
			w.Fatal("the process has had another world")
		}
	})
}

// TestWithoutSim uses no world, and is no test of a campaign.
func TestWithoutSim(t *testing.T) {}
