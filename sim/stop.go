package sim

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/pprof"
	"slices"
	"strings"

	"github.com/terrella-go/terrella/internal/kernel"
	"github.com/terrella-go/terrella/internal/plan"
	"github.com/terrella-go/terrella/internal/trace"
)

// stopping reports whether one world is to be looked at, and at which step.
func stopping() (step uint64, ok bool) {
	step = max(options.stop, options.debug)
	return step, step > 0
}

// lookedAt returns the case of the world that is to be looked at.
func (r *runner) lookedAt() plan.Case {
	switch {
	case options.replay != nil:
		r.refuseForeign(options.replay)
		c, _ := options.replay.file.Plan.Case() // was read already
		return c
	case options.seed.set:
		return plan.Case{Seed: options.seed.value}
	}
	usage(errors.New("-sim.stop and -sim.debug look at one world: say which, by -sim.replay=FILE or -sim.seed=SEED"))
	panic("not reached")
}

// stopBefore runs one world up to a step, in which nothing has happened yet, and shows it. With -sim.debug it is
// shown to a debugger: as it stands there, and then alive.
func (r *runner) stopBefore(step uint64) {
	r.t.Helper()
	c := r.lookedAt()
	r.seeds = []uint64{c.Seed}
	r.saveVariables()
	r.runCase(c, nil, nil) // fills caches that outlive worlds, as in all other runs
	rec := &kernel.Record{Room: int(min(step, maxRoom))}
	full := r.runCase(c, rec, nil)
	if step > full.result.Steps {
		how := "passes"
		if full.failure != nil {
			how = "fails at step " + fmt.Sprint(full.failure.step)
		}
		usage(fmt.Errorf("step %d is not reached: the world %s, and its last step is %d", step, how, full.result.Steps))
	}
	if options.debug > 0 {
		r.showToDebugger(c, step)
		return
	}
	r.t.Logf("sim: %s", r.state(r.stopped(c, step, nil), rec, step))
}

// maxRoom bounds what is kept to say who runs next: about 200 MB.
const maxRoom = 1 << 20

// stopped runs a world up to a step. The function ended is called while its goroutines still stand where they are.
func (r *runner) stopped(c plan.Case, step uint64, ended func()) *outcome {
	limit := r.config.MaxSteps
	defer func() { r.config.MaxSteps, r.ended = limit, nil }()
	r.config.MaxSteps, r.ended = step, ended
	return r.runCase(c, nil, nil)
}

// showToDebugger runs a world twice, with a place for a breakpoint in each run.
func (r *runner) showToDebugger(c plan.Case, step uint64) {
	r.t.Helper()
	r.stopped(c, step, func() { frozen(step) })
	r.breakAt = step
	o := r.runCase(c, nil, nil)
	r.breakAt = 0
	if o.failure == nil {
		r.t.Logf("sim: the world passes")
		return
	}
	var b strings.Builder
	fmt.Fprintf(&b, "sim: %s failed\n", r.t.Name())
	describe(&b, o)
	r.fatal(b.String())
}

// brokenAt is written by the functions that follow, or the compiler would do without calling them.
var brokenAt uint64

// frozen is where a debugger stops to look at a world before a step. The caller is no goroutine of the world; all
// those that are stand where they are, and the world does not go on: [alive] is called in another run of it.
//
//go:noinline
func frozen(step uint64) { brokenAt = step }

// alive is where a debugger stops to follow a world from a step on. The caller is the goroutine of the world that brought about the first event
// from that step on.
//
//go:noinline
func alive(step uint64) { brokenAt = step }

// breakFrom calls alive at the first event from step breakAt on.
func (w *World) breakFrom(e *trace.Event) {
	if w.breakAt > 0 && e.Step >= w.breakAt {
		w.breakAt = 0
		alive(e.Step)
	}
}

// state describes a world that has stopped before a step.
func (r *runner) state(o *outcome, rec *kernel.Record, step uint64) string {
	w := o.world
	var b strings.Builder
	fmt.Fprintf(&b, "%s at seed %s stands before step %d, virtual time %v\n", r.t.Name(), formatSeed(o.seed), step, o.result.Elapsed)

	b.WriteString("\nfaults in force:\n")
	for _, s := range w.weather.inForce {
		fmt.Fprintf(&b, "    %s (on %s since %v)\n", s.fault, list(s.names), s.began)
	}
	if len(w.weather.inForce) == 0 {
		b.WriteString("    none\n")
	}

	b.WriteString("\nnodes:\n")
	for _, n := range w.dir.all() {
		fmt.Fprintf(&b, "    %s: %s\n", n.name, n.condition())
	}

	if i := int(step) - 1; i < rec.Len() {
		next := "one of the simulator's own goroutines\n"
		if s := rec.Stack(i); len(s.Frames) > 0 && !ours(s) {
			next = formatStack(w, s)
		}
		fmt.Fprintf(&b, "\nruns in this step:\n%s", indent(next))
	}

	b.WriteString("\ngoroutines:\n")
	b.WriteString(indent(cmp.Or(formatStacks(w, w.byNode(o.result.Stacks)), "none") + "\n"))

	b.WriteString("\nthe last events before it:\n")
	var last []*trace.Event
	for e := range w.log.Events() {
		last = append(last, e)
	}
	for _, e := range last[max(0, len(last)-maxLastEvents):] {
		fmt.Fprintf(&b, "    %s\n", e)
	}
	if len(last) == 0 {
		b.WriteString("    none\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// byNode orders goroutines: the world's own, then those of the nodes, as these were added.
func (w *World) byNode(stacks []kernel.Stack) []kernel.Stack {
	nodes := w.dir.all()
	place := func(s kernel.Stack) int { return slices.Index(nodes, w.dir.at(s.Group)) }
	return slices.SortedStableFunc(slices.Values(stacks), func(a, b kernel.Stack) int {
		return cmp.Or(cmp.Compare(place(a), place(b)), cmp.Compare(a.Goroutine, b.Goroutine))
	})
}

// maxLastEvents is how many events a state ends with.
const maxLastEvents = 20

// labelGoroutine has debuggers and profiles show which node the current goroutine is of, and those that it starts.
func labelGoroutine(node string) {
	pprof.SetGoroutineLabels(pprof.WithLabels(context.Background(), pprof.Labels("node", node)))
}

// condition says in a few words how a node is.
func (n *Node) condition() string {
	n.world.dir.mu.Lock()
	defer n.world.dir.mu.Unlock()
	how := [...]string{running: "runs", exited: "its process has ended", crashed: "down"}[n.state]
	if n.paused {
		how = "paused"
	}
	return fmt.Sprintf("%s, start %d", how, n.incarnation+1)
}

// indent moves lines to the right.
func indent(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString("    " + line)
	}
	return b.String()
}
