package sim

import (
	"encoding/json"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/terrella-go/terrella/internal/plan"
	"github.com/terrella-go/terrella/internal/prng"
	"github.com/terrella-go/terrella/internal/shrink"
)

// A found failure is what a report is made of.
type found struct {
	outcome  *outcome // of the smallest case
	first    *outcome // as it was found
	search   *shrink.Search
	finished bool
	workers  int    // worlds at a time at the end of the search
	before   [2]int // faults and operations of the first
	file     string // that holds it, as -sim.replay wants it; empty if none could be written
	written  *plan.File
	trouble  error // why there is no file
	repeats  bool
	odds     []odds
	since    *since
}

// investigate makes a failure smaller and keeps it.
func (r *runner) investigate(o *outcome) *found {
	f := &found{outcome: o, first: o}
	f.repeats = sameRun(o, r.runCase(o.given, nil, nil))
	if !f.repeats {
		return f
	}
	start := r.decoded(o)
	r.neighbours = neighbours{}
	f.before = [2]int{len(start.Faults), len(start.Ops)}
	if options.shrink > 0 {
		r.shrink(f, start)
		r.weigh(f)
	}
	f.keep(r)
	return f
}

// sameRun reports whether two runs of a case went the same way and failed in it.
func sameRun(a, b *outcome) bool {
	if a.upToMachine() {
		return b.result.Outcome == a.result.Outcome
	}
	return b.failure != nil && a.failure.property == b.failure.property &&
		a.failure.step == b.failure.step && a.failure.at == b.failure.at && a.result.Hash == b.result.Hash
}

// sameFailure reports whether two runs failed by the same property, found at the same site.
func sameFailure(a, b *failure) bool {
	return a != nil && b != nil && a.property == b.property && a.site.Func == b.site.Func && a.site.Line == b.site.Line
}

// decoded returns the case with all that was drawn in it written out.
func (r *runner) decoded(o *outcome) plan.Case {
	c := o.given
	if !c.Given {
		c.Given, c.Faults = true, slices.Clone(o.world.weather.planned)
	}
	if ops := o.world.work.done(o.world, o.failure.at); !c.Chosen && len(ops) > 0 {
		c.Chosen, c.Ops = true, ops
		c.SortOps()
	}
	return c
}

// A worldCost is what a world costs a search at least, in the unit of a step's cost.
const (
	stepCost  = 1500 * time.Nanosecond
	worldCost = 200 * time.Microsecond
)

// cost returns the work that a run was. It is counted and not measured, so that a search ends at the same place
// on every machine.
func cost(o *outcome) int64 { return int64(worldCost) + int64(o.result.Steps)*int64(stepCost) }

// maxShrinkRuns bounds a search of the usual budget, shrinkTime, by its worlds.
const (
	maxShrinkRuns = 10_000
	shrinkTime    = 30 * time.Second
)

// shrink looks for a smaller case that fails in the same way.
func (r *runner) shrink(f *found, start plan.Case) {
	f.search = r.newSearch(f)
	if !r.tryOne(start, f.first.failure).Fails {
		return // what was drawn is not all that it takes; the seed alone shows it
	}
	r.within = true
	defer func() { r.within = false }()
	r.within = r.tryOne(start, f.first.failure).Fails // unless a file, written by hand, is more than a storm to begin with
	r.search(f, start, r.searchers())
}

// newSearch returns a search that has done nothing yet.
func (r *runner) newSearch(f *found) *shrink.Search {
	s := &shrink.Search{
		Try: func(cases []plan.Case) iter.Seq[shrink.Result] {
			return r.tryAll(bounded(cases, f.first.failure.at), f.first.failure)
		},
		MaxRuns: maxShrinkRuns * max(1, int(options.shrink/shrinkTime)),
		MaxWork: int64(options.shrink),
		Until:   int64(f.first.failure.at),
	}
	s.Values = func(best plan.Case, try func(plan.Case) bool) { r.shrinkValues(best, try) }
	if testing.Verbose() {
		s.Progress = func(best plan.Case, runs int) {
			fmt.Fprintf(r.t.Output(), "sim: %s: shrinking: %s, %s after %s of the world\n",
				r.t.Name(), count(len(best.Faults), "fault"), count(len(best.Ops), "operation"), count(runs, "run"))
		}
	}
	return s
}

// search makes a case smaller, with up to so many worlds at a time. What several came to has to fail alone too; if it doesn't they have disturbed each
// other, and it is done again one at a time; so it is if a failure on the way has not repeated.
func (r *runner) search(f *found, start plan.Case, workers int) {
	r.neighbours.failing = start
	leave := r.invite(workers)
	best, finished := f.search.Run(start)
	undisturbed := leave()
	if r.neighbours.state != good {
		workers = 1
	}
	if o := r.runCase(best, nil, nil); undisturbed && sameFailure(f.first.failure, o.failure) {
		f.outcome, f.finished, f.workers = o, finished, workers
	} else if workers > 1 {
		r.settle(bad, "worlds have disturbed each other, so it is done again, one at a time")
		runs := f.search.MaxRuns
		f.search = r.newSearch(f)
		f.search.MaxRuns = runs
		r.search(f, start, 1)
	}
}

// bounded has cases end, unless a search has said when, some time after a failure was seen: what has not failed by then is as good as passing.
func bounded(cases []plan.Case, seen time.Duration) []plan.Case {
	out := slices.Clone(cases)
	for i := range out {
		if out[i].Until == 0 {
			out[i].Until = seen + seen/4 + time.Second
		}
	}
	return out
}

// tryOne runs a case, twice if it fails: a failure counts if it repeats.
func (r *runner) tryOne(c plan.Case, want *failure) shrink.Result {
	a := r.runCase(c, nil, nil)
	if !sameFailure(want, a.failure) {
		return shrink.Result{Runs: 1, Work: cost(a)}
	}
	b := r.runCase(c, nil, nil)
	return shrink.Result{Fails: sameRun(a, b), At: int64(a.failure.at), Runs: 2, Work: cost(a) + cost(b)}
}

// shrinkValues has rapid make the drawn values of a case smaller.
func (r *runner) shrinkValues(best plan.Case, try func(plan.Case) bool) {
	var o *outcome
	r.withoutOthers(func() { o = r.runCase(best, nil, nil) })
	if o.failure == nil {
		return
	}
	for i := range best.Ops {
		op := &best.Ops[i]
		rec := o.world.work.record(op.Node, op.N)
		if rec == nil {
			continue
		}
		for _, d := range rec.draws {
			if d.fixed != nil || d.shrink == nil {
				continue
			}
			d.shrink(&r.beside, func(value json.RawMessage) bool {
				c := best.Clone()
				c.Ops[i].Draws = withValue(c.Ops[i].Draws, plan.Draw{Label: d.label, Index: d.index, Value: value, Fixed: true})
				if !try(c) {
					return false
				}
				best = c
				op = &best.Ops[i]
				return true
			})
		}
	}
}

// withValue returns draws with one of them replaced or added.
func withValue(draws []plan.Draw, v plan.Draw) []plan.Draw {
	for i := range draws {
		if draws[i].Label == v.Label && draws[i].Index == v.Index {
			draws[i] = v
			return draws
		}
	}
	return append(draws, v)
}

// record returns an operation as it happened, nil if it did not.
func (l *workload) record(node string, n int) *opRecord {
	if nw := l.nodes[node]; nw != nil {
		for _, op := range nw.ops {
			if op.n == n {
				return op
			}
		}
	}
	return nil
}

// keep writes the failure file.
func (f *found) keep(r *runner) {
	file := r.file(f)
	f.written = file
	dir := failureFolder()
	if dir == "" {
		return
	}
	name := filepath.Join(dir, filepath.FromSlash(r.t.Name()), file.FileName())
	if err := file.WriteFile(name); err != nil {
		f.trouble = err
		return
	}
	f.file = filepath.ToSlash(name)
	if path, ok := os.LookupEnv("TERRELLA_KEPT"); ok && path != "" {
		f.trouble = tellKept(path, name)
	}
}

// noFolder is the value of -sim.dir that, as an empty one does in the environment, keeps failure files from being written.
const noFolder = "none"

// tellKept tells the command, which reads the list when the tests are over, of a failure file.
func tellKept(list, name string) error {
	if abs, err := filepath.Abs(name); err == nil {
		name = abs
	}
	return appendLine(list, []byte(name))
}

// file returns the failure as a file holds it.
func (r *runner) file(f *found) *plan.File {
	o := f.outcome
	c := o.given
	if c.Chosen {
		c.Ops = o.world.work.filled(c.Ops)
	}
	file := &plan.File{
		Test:     r.t.Name(),
		Package:  packagePath(),
		Property: o.failure.property,
		Message:  o.failure.message,
		Story:    story(o),
		Found:    foundAt(o),
		Site:     plan.Site(o.failure.site),
		Plan:     plan.PlanOf(c),
		Versions: versions(),
	}
	if f.outcome != f.first {
		file.Shrunk = &plan.Shrunk{
			Faults:     [2]int{f.before[0], len(c.Faults)},
			Operations: [2]int{f.before[1], len(c.Ops)},
			Runs:       f.search.Runs(), Finished: f.finished,
		}
		first := r.decoded(f.first)
		first.Chosen, first.Ops = false, nil // the seed gives them again
		file.Original = &plan.Original{Message: f.first.failure.message, Found: foundAt(f.first), Plan: plan.PlanOf(first)}
	} else if !c.Given {
		lines := plan.Texts(o.world.weather.planned)
		file.Plan.Faults = &lines
	}
	return file
}

// filled returns operations with the values that were drawn, for reading.
func (l *workload) filled(ops []plan.Op) []plan.Op {
	out := slices.Clone(ops)
	for i := range out {
		rec := l.record(out[i].Node, out[i].N)
		if rec == nil {
			continue
		}
		out[i].Draws = nil
		for _, d := range rec.draws {
			out[i].Draws = append(out[i].Draws, d.value())
		}
	}
	return out
}

func foundAt(o *outcome) plan.Found {
	return plan.Found{
		Step: o.failure.step, Time: plan.Duration(o.failure.at), Node: o.failure.where,
		Schedule: plan.Number(o.result.Hash), Events: plan.Number(o.world.log.Hash()),
	}
}

// versions returns what this binary was built from.
func versions() plan.Versions {
	v := plan.Versions{Go: runtime.Version(), Random: prng.Algorithm}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	v.Race = raced(info)
	v.Module = strings.TrimSpace(info.Main.Path + " " + info.Main.Version)
	for _, m := range info.Deps {
		if m.Path == "github.com/terrella-go/terrella" {
			v.Terrella = m.Version
		}
	}
	return v
}

// raced reports whether this binary was built with the race detector.
func raced(info *debug.BuildInfo) bool {
	return slices.ContainsFunc(info.Settings, func(s debug.BuildSetting) bool { return s.Key == "-race" && s.Value == "true" })
}

// packagePath returns the import path of the package under test, empty if it is not known.
func packagePath() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		if p := strings.TrimSuffix(info.Path, ".test"); p != "" && !strings.HasPrefix(p, "command-line-arguments") {
			return p
		}
	}
	return ""
}
