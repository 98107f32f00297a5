package sim

import (
	"fmt"
	"strings"

	"github.com/terrella-go/terrella/internal/globals"
	"github.com/terrella-go/terrella/internal/kernel"
	"github.com/terrella-go/terrella/internal/plan"
)

// twice runs a world and runs it again along the record of the first run, up to the first step
// that differs. It returns the first run.
func (r *runner) twice(seed uint64, records *[2]kernel.Record) *outcome {
	return r.twiceCase(plan.Case{Seed: seed}, records)
}

// twiceCase is twice for a case.
func (r *runner) twiceCase(c plan.Case, records *[2]kernel.Record) *outcome {
	r.lookBetween(r.between.begin)
	a := r.runCase(c, &records[0], nil)
	if a.contended {
		return a
	}
	var changes []globals.Change
	r.lookBetween(func() { changes = r.between.ended() })
	b := r.runCase(c, &records[1], &records[0])
	if b.contended {
		return b
	}
	r.lookBetween(func() { r.between.ended() })
	if b.result.Outcome != kernel.Diverged && a.result.Hash == b.result.Hash &&
		a.result.Steps == b.result.Steps && a.world.log.Hash() == b.world.log.Hash() {
		return a
	}
	a.divergence = r.divergence(a, b, records, changes)
	return a
}

// reportDivergence fails the test because a world was not the same twice.
func (r *runner) reportDivergence(o *outcome) {
	r.t.Helper()
	finding(r.t.Name(), "nondeterminism", o.seed)
	r.fatal(o.divergence)
}

// divergence describes where two runs of a seed parted.
func (r *runner) divergence(a, b *outcome, records *[2]kernel.Record, changes []globals.Change) string {
	var out strings.Builder
	fmt.Fprintf(&out, "sim: %s is not deterministic: two runs of seed %s differ\n", r.t.Name(), formatSeed(a.seed))
	step := firstDifference(records)
	switch {
	case step >= 0:
		fmt.Fprintf(&out, "first at step %d.\n", step+1)
		r.describeStep(&out, "first run", a, &records[0], step)
		r.describeStep(&out, "second run", b, &records[1], step)
		if step > 0 {
			fmt.Fprintf(&out, "The turn before, in which the difference may have come about:\n")
			r.describeStep(&out, "both runs", a, &records[0], step-1)
		}
	case a.result.Steps != b.result.Steps:
		fmt.Fprintf(&out, "after all recorded steps: one ended after %d steps (%v), the other after %d (%v).\n",
			a.result.Steps, a.result.Outcome, b.result.Steps, b.result.Outcome)
	case a.result.Hash != b.result.Hash:
		fmt.Fprintf(&out, "after the %d steps that are recorded.\n", records[0].Len())
	default:
		fmt.Fprintf(&out, "in their events alone: the schedules are the same, what was recorded of the network, the nodes or the log is not.\n")
		describeEvents(&out, a.world, b.world)
	}
	r.lookBetween(func() {
		out.WriteString(r.suspects(changes, func() { r.runCase(a.given, nil, nil) }))
	})
	fmt.Fprintf(&out, `What a world can't control comes to mind first: wall-clock time and random numbers from system calls, addresses (as map keys,
or printed), finalizers, state that one world leaves to the next in package-level variables, goroutines outside the world.
to see it again:
%s -sim.verify`, r.replay(a.seed, ""))
	return out.String()
}

// firstDifference returns the first recorded step in which the two records differ, -1 if there is none.
func firstDifference(records *[2]kernel.Record) int {
	a, b := &records[0], &records[1]
	for i := range min(a.Len(), b.Len()) {
		if a.Hash(i) != b.Hash(i) {
			return i
		}
	}
	return -1
}

func (r *runner) describeStep(out *strings.Builder, which string, o *outcome, rec *kernel.Record, step int) {
	fmt.Fprintf(out, "%s, at %v, ran:\n", which, rec.Time(step))
	text := formatStack(o.world, rec.Stack(step))
	for _, line := range strings.SplitAfter(strings.TrimSuffix(text, "\n"), "\n") {
		fmt.Fprintf(out, "    %s", line)
	}
	fmt.Fprintf(out, "\n")
}

// describeEvents shows the first kept event in which two worlds differ.
func describeEvents(out *strings.Builder, a, b *World) {
	seen := make(map[uint64]string)
	for e := range a.log.Events() {
		seen[e.Number] = e.String()
	}
	for e := range b.log.Events() {
		if was, ok := seen[e.Number]; ok && was != e.String() {
			fmt.Fprintf(out, "first run:  %s\nsecond run: %s\n", was, e)
			return
		}
	}
	fmt.Fprintf(out, "The events that differ are older than those that were kept; -sim.trace keeps all.\n")
}
