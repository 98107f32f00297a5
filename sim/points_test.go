package sim_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/terrella-go/terrella/internal/plan"
	"github.com/terrella-go/terrella/internal/trace"
	"github.com/terrella-go/terrella/sim"
	"github.com/terrella-go/terrella/sim/prop"
)

// visitPoint has nodes a and b come to a fault point, in turn and ten times each, and returns the visits at which it fires, as "a3".
func visitPoint(w *sim.World, until func(round int)) []string {
	var fired []string
	for i, name := range []string{"a", "b"} {
		w.Node(name, func(_ context.Context, n *sim.Node) error {
			time.Sleep(time.Duration(1+i) * time.Millisecond)
			for round := 1; round <= 10; round++ {
				if prop.Fault("point") {
					fired = append(fired, fmt.Sprint(name, round))
				}
				time.Sleep(time.Second)
			}
			return nil
		})
	}
	for round := 1; round <= 10; round++ {
		until(round)
		w.Run(time.Second)
	}
	return fired
}

// Lines of a plan written by hand say which visits of a fault point fire, and no others do.
func TestFaultPointsFireAsPlanned(t *testing.T) {
	for _, test := range []struct {
		plan sim.Plan
		heal int // round in which all is healed
		want []string
	}{
		{sim.Plan{"fire point at 3rd visit of a", "fire point at 1st visit of b", "fire other at 2nd visit of a"}, 0, []string{"b1", "a3"}},
		{sim.Plan{"fire point at 3rd visit"}, 0, []string{"a2"}}, // anywhere: a, b, a
		{sim.Plan{"fire point at 3rd visit of a", "fire point at 8th visit of a"}, 5, []string{"a3"}},
		{sim.Plan{"pause a at 20s"}, 0, nil},
	} {
		sim.Config{Runs: 20}.Test(t, func(w *sim.World) {
			fired := visitPoint(w, func(round int) {
				switch round {
				case 1:
					w.Inject(test.plan)
				case test.heal:
					w.Heal()
				}
			})
			if !slices.Equal(fired, test.want) {
				w.Errorf("%v: fired at %v; want %v", test.plan, fired, test.want)
			}
		})
	}
}

// Points that fire by themselves do so from when a storm begins until it ends, and only if the storm has them.
func TestFaultPointsFireWhileAStormLasts(t *testing.T) {
	for _, test := range []struct {
		storm sim.Storm
		fires bool
	}{
		{sim.Storm{Kinds: []string{"fire"}}, true},
		{sim.Storm{Kinds: []string{"pause"}}, false},
		{sim.Storm{Without: []string{"fire"}}, false},
	} {
		early, late := 0, 0
		sim.Config{Runs: 100}.Test(t, func(w *sim.World) {
			fired := visitPoint(w, func(round int) {
				switch round {
				case 1:
					w.Inject(test.storm)
				case 6:
					w.HealSome()
				}
			})
			for _, at := range fired {
				if at[1:] <= "5" && at[1:] != "10" {
					early++
				} else {
					late++
				}
			}
		})
		if (early > 0) != test.fires || late > 0 {
			t.Errorf("%+v: fired %d times while it lasted and %d times after it; want the former %t", test.storm, early, late, test.fires)
		}
	}
}

// Faults can begin at all events that worlds record, and at no others.
func TestEventsOfPlansAreThoseOfRecords(t *testing.T) {
	for _, name := range plan.Events {
		if _, ok := trace.ParseKind(name); !ok {
			t.Errorf("plans have %q, records have not", name)
		}
	}
	for _, k := range trace.Kinds() {
		odd := []trace.Kind{trace.KindNone, trace.Timer, trace.FaultBegin, trace.FaultEnd, trace.PropertyHeld, trace.PropertyFail}
		if name := k.String(); slices.Contains(plan.Events, name) == slices.Contains(odd, k) {
			t.Errorf("records have %q; plans: %t", name, slices.Contains(plan.Events, name))
		}
	}
}

// A failure that takes a fault point shrinks to the line that has it fire.
func TestFaultPointsShrink(t *testing.T) {
	alone := regexp.MustCompile(`"faults": \[\s*"fire point at \d+\w\w visit of b"\s*\]`)
	all := sim.ShrinkTimes(t, sim.Config{Runs: 500}, 5, 300, []int{1}, func(w *sim.World) {
		for _, at := range visitPoint(w, func(round int) {
			if round == 1 {
				w.Inject(sim.Storm{})
			}
		}) {
			if at[0] == 'b' {
				w.Fatal("the point fires on b")
			}
		}
	})
	if len(all) != 5 {
		t.Errorf("%d failures; want 5", len(all))
	}
	for _, times := range all {
		if file := times[0].File; !alone.MatchString(file) {
			t.Errorf("more is left than the point:\n%s", file)
		}
	}
}
