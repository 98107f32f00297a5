package sim_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/terrella-go/terrella/sim"
	"github.com/terrella-go/terrella/sim/prop"
)

func TestStormKeepsWithinItsBudget(t *testing.T) {
	overlapped, most := 0, 0
	sim.Config{Runs: 100}.Test(t, func(w *sim.World) {
		be := newBench(w)
		nodes := []*sim.Node{be.a, be.b, w.Node("d", idle), w.Node("e", idle), w.Node("f", idle)}
		damaged := make(map[string]bool)
		w.Inject(sim.Storm{Nodes: nodes, Tolerate: sim.Minority(nodes), Damage: sim.AtMost(1, nodes), Every: 200 * time.Millisecond, Length: time.Second,
			Kinds: []string{"crash", "kill", "stop", "wipe", "move", "swap-disks"}})
		for _, n := range nodes {
			if err := write(n.Disk(), "file", n.Name()); err != nil {
				w.Fatal(err)
			}
		}
		w.Invariant("a majority is up", func() error {
			down := 0
			for _, n := range nodes {
				if !n.Running() {
					down++
				}
				if content(n.Disk()) != n.Name() {
					damaged[n.Name()] = true
				}
			}
			if down > 1 {
				overlapped++
			}
			most = max(most, down)
			if down > 2 {
				return fmt.Errorf("%d nodes are down", down)
			}
			if len(damaged) > 1 {
				return fmt.Errorf("the disks of %v were damaged", damaged)
			}
			return nil
		})
		w.Run(20 * time.Second)
	})
	if overlapped == 0 || most != 2 {
		t.Errorf("faults overlapped %d times, and at most %d nodes were down; want a storm that uses its budget", overlapped, most)
	}
}

// The zero storm makes another mix of trouble each time, and faults that overlap.
func TestZeroStorm(t *testing.T) {
	kinds := make(map[string]int)
	overlaps := 0
	sim.Config{Runs: 60}.Test(t, func(w *sim.World) {
		newBench(w)
		w.Inject(sim.Storm{})
		w.Run(20 * time.Second)
		overlaps += sim.Overlaps(w)
		for _, kind := range sim.Struck(w) {
			kinds[kind]++
		}
	})
	for _, kind := range sim.FaultKinds() {
		usual := !slices.Contains([]string{"fire", "upgrade", "corrupt", "stop-clock", "dns-fail", "lose-over", "ring", // not with three nodes
			"wipe", "swap-disks", "fsync-error", "latent-error", "bit-rot", "phantom-write", "misdirected-write", "lost-sync",
			"short-write", "read-only", "disk-gone"}, kind)
		if got := kinds[kind] > 0; got != usual {
			t.Errorf("%s strikes in %d of 60 worlds", kind, kinds[kind])
		}
		if kinds[kind] > 50 {
			t.Errorf("%s strikes in %d of 60 worlds; want it switched off in about half", kind, kinds[kind])
		}
	}
	if overlaps < 60 {
		t.Errorf("%d faults begin while another lasts; want many", overlaps)
	}
}

func TestFaultPointsFireInStorms(t *testing.T) {
	fired, worlds := 0, 0
	world := func(w *sim.World) {
		w.Node("a", func(context.Context, *sim.Node) error {
			time.Sleep(time.Millisecond)
			any := false
			for range 100 {
				if prop.Fault("here") {
					fired++
					any = true
				}
			}
			if any {
				worlds++
			}
			return nil
		})
		w.Inject(sim.Storm{Kinds: []string{"pause", "fire"}, Every: time.Minute})
		time.Sleep(time.Second)
	}
	sim.Config{Runs: 200}.Test(t, world)
	// Some worlds are run twice: of 213, a quarter, and of 100 visits there a quarter.
	if worlds < 30 || worlds > 80 || fired/worlds < 20 || fired/worlds > 30 {
		t.Errorf("the point fires in %d worlds, %d times in all", worlds, fired)
	}
	sim.Config{Runs: 20}.Test(t, func(w *sim.World) {
		if prop.Fault("here") {
			w.Error("it fires without a storm")
		}
	})
}
