package sim

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/terrella-go/terrella/internal/kernel"
	"github.com/terrella-go/terrella/internal/plan"
)

// ticking is a world of two nodes, one of which crashes, and a failure at the end.
func ticking(w *World) {
	for _, name := range []string{"a", "b"} {
		w.Node(name, func(ctx context.Context, n *Node) error { return tick(ctx, w) })
	}
	w.Inject(Plan{"crash b at 1.5s for 2s"})
	w.Run(3 * time.Second)
	w.Errorf("enough")
}

func tick(ctx context.Context, w *World) error {
	for i := 0; ctx.Err() == nil; i++ {
		w.Logf("tick %d", i)
		time.Sleep(time.Second)
	}
	return nil
}

// A world that is stopped before a step is the one that goes on, as far as it got: at each step it has the events, and the
// schedule, that the whole run had before that step.
func TestStoppedWorldsAreBeginnings(t *testing.T) {
	r := newRunner(t, Config{Runs: 1}, ticking)
	c := plan.Case{Seed: 7}
	r.runCase(c, nil, nil)
	var rec kernel.Record
	full := r.runCase(c, &rec, nil)
	if full.failure == nil || full.result.Steps < 10 {
		t.Fatalf("the world ends as %v after %d steps", full.failure, full.result.Steps)
	}
	var all []string
	steps := make(map[string]uint64)
	for e := range full.world.log.Events() {
		all = append(all, e.String())
		steps[e.String()] = e.Step
	}
	for step := uint64(1); step <= full.result.Steps; step++ {
		calls := 0
		o := r.stopped(c, step, func() { calls++ })
		if o.result.Outcome != kernel.StepLimit || o.result.Steps != step || calls != 1 || o.result.Elapsed != rec.Time(int(step)-1) {
			t.Fatalf("step %d: %v at step %d and %v, %d calls; the whole run was there at %v", step, o.result.Outcome, o.result.Steps, o.result.Elapsed, calls, rec.Time(int(step)-1))
		}
		n := 0
		for e := range o.world.log.Events() {
			if e.String() != all[n] {
				t.Fatalf("step %d: event %d is %s, in the whole run %s", step, n, e, all[n])
			}
			n++
		}
		if n < len(all) && steps[all[n]] < step {
			t.Fatalf("step %d: %s is missing", step, all[n])
		}
	}
	if r.config.MaxSteps != 0 {
		t.Errorf("a limit of %d steps is left", r.config.MaxSteps)
	}
}

// What is shown of a world that has stopped.
func TestStateOfAStoppedWorld(t *testing.T) {
	r := newRunner(t, Config{Runs: 1}, ticking)
	c := plan.Case{Seed: 7}
	r.runCase(c, nil, nil)
	var rec kernel.Record
	full := r.runCase(c, &rec, nil)
	at := func(when time.Duration) string {
		for i := range rec.Len() {
			if rec.Time(i) >= when {
				return r.state(r.stopped(c, uint64(i)+1, nil), &rec, uint64(i)+1)
			}
		}
		t.Fatalf("no step at %v", when)
		return ""
	}
	for _, tt := range []struct {
		when time.Duration
		want []string
	}{
		{0, []string{"faults in force:\n    none", "nodes:\n\n", "the last events before it:\n    none"}},
		{time.Second, []string{"virtual time 1s", "    a: runs, start 1\n    b: runs, start 1\n", "[runnable] (node a)\n        time.Sleep\n", "log tick 0"}},
		{2 * time.Second, []string{"    crash b at 1.5s for 2s (on b since 1.5s)\n", "    b: down, start 1\n", "goroutine 1 [sleep] (world)", "b crash b"}},
	} {
		text := at(tt.when)
		for _, w := range tt.want {
			if !strings.Contains(text, w) {
				t.Errorf("at %v want %q in\n%s", tt.when, w, text)
			}
		}
		if strings.Contains(text, "(node b)") != (tt.when == time.Second) {
			t.Errorf("at %v:\n%s", tt.when, text)
		}
	}
	// In the step of the failure, and of nothing before, it is about to happen.
	text := r.state(r.stopped(c, full.failure.step, nil), &rec, full.failure.step)
	if !strings.Contains(text, "runs in this step:\n    goroutine 1 ") || strings.Contains(text, "enough") {
		t.Errorf("before the step of the failure:\n%s", text)
	}
}

// The functions for breakpoints are called at the step that is asked for, and at the first event from there on.
func TestPlacesForBreakpoints(t *testing.T) {
	r := newRunner(t, Config{Runs: 1}, ticking)
	c := plan.Case{Seed: 7}
	full := r.runCase(c, nil, nil)
	for step := uint64(1); step <= full.result.Steps; step++ {
		want := uint64(0)
		for e := range full.world.log.Events() {
			if e.Step >= step {
				want = e.Step
				break
			}
		}
		brokenAt = 0
		r.breakAt = step
		o := r.runCase(c, nil, nil)
		if brokenAt != want || o.world.log.Hash() != full.world.log.Hash() {
			t.Fatalf("from step %d: stopped at %d, want %d; the events are the same: %t", step, brokenAt, want, o.world.log.Hash() == full.world.log.Hash())
		}
		r.breakAt = 0
		r.stopped(c, step, func() { frozen(step) })
		if brokenAt != step {
			t.Fatalf("frozen at %d, want %d", brokenAt, step)
		}
	}
}
