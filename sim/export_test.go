package sim

import (
	"context"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/terrella-go/terrella/internal/plan"
)

// Struck returns the kinds of faults that have struck, each once.
func Struck(w *World) []string {
	seen := make(map[string]bool)
	var kinds []string
	for _, s := range w.weather.struck {
		if !seen[s.fault.Kind] {
			kinds = append(kinds, s.fault.Kind)
		}
		seen[s.fault.Kind] = true
	}
	return kinds
}

// Planned returns the lines of a world's plan.
func Planned(w *World) []string { return plan.Texts(w.weather.planned) }

// Overlaps counts the faults that began while another lasted.
func Overlaps(w *World) int {
	n := 0
	struck := w.weather.struck
	for i, s := range struck {
		for _, o := range struck[:i] {
			if o.ended == 0 || o.ended > s.began {
				n++
				break
			}
		}
	}
	return n
}

// InjectError returns what Inject would fail a world with that has one node.
func InjectError(t *testing.T, f Fault) string {
	t.Helper()
	message := ""
	Config{Runs: 1}.Test(t, func(w *World) {
		w.Node("a", func(context.Context, *Node) error { return nil })
		message = "no error"
		if err := f.inject(w, 0); err != nil {
			message = err.Error()
		}
	})
	return message
}

// A PlanCost is what a world took, and, of that, drawing its plan; and what writing the plan down as a failure file has it takes.
type PlanCost struct {
	World, Draw, Write time.Duration
	Faults             int
}

// planRepeats is how often a plan is drawn and written to measure it.
const planRepeats = 20

// PlanCosts runs worlds in a storm. What fn makes beside the storm's nodes is up to it; it calls storm when they are there.
func PlanCosts(t *testing.T, runs int, fn func(w *World, storm func(Storm))) []PlanCost {
	c, err := Config{Runs: runs}.validate()
	if err != nil {
		t.Fatal(err)
	}
	var first drawing
	r := newRunner(t, c, func(w *World) {
		fn(w, func(s Storm) {
			call := w.weather.injects
			first = *newDrawing(s, w, call)
			w.weather.storms[call]-- // Inject makes the same one
			w.Inject(s)
		})
	})
	r.runCase(plan.Case{Seed: r.seeds[0]}, nil, nil)
	var out []PlanCost
	for _, seed := range r.seeds {
		began := time.Now()
		o := r.runCase(plan.Case{Seed: seed}, nil, nil)
		cost := PlanCost{World: time.Since(began), Faults: len(o.world.weather.planned)}
		nodes := len(first.names)
		var planned []plan.Fault
		began = time.Now()
		for range planRepeats {
			d := first
			d.kinds = d.storm.swarm(d.key.Name("swarm").Stream(), nodes)
			planned = nil
			for len(planned) < cost.Faults {
				if f, ok := d.fault(); ok && d.ledger.admit(&f) {
					planned = append(planned, f)
				}
				d.n++
				d.next += d.gap()
			}
		}
		cost.Draw = time.Since(began) / planRepeats
		if got, want := plan.Texts(planned), plan.Texts(o.world.weather.planned); !slices.Equal(got, want) {
			t.Fatalf("seed %#x: %q are drawn anew, and the world has %q", seed, got, want)
		}
		began = time.Now()
		for range planRepeats {
			file := plan.File{Test: "x", Plan: plan.PlanOf(plan.Case{Seed: seed, Given: true, Faults: o.world.weather.planned})}
			if _, err := file.Encode(); err != nil {
				t.Fatal(err)
			}
		}
		cost.Write = time.Since(began) / planRepeats
		out = append(out, cost)
	}
	return out
}

// A ShrinkTime is what a search took that ended with so many worlds at a time, and what it came to.
type ShrinkTime struct {
	Workers, Runs int
	Took          time.Duration
	File          string // the failure file
}

// ShrinkTimes finds failures of a world, up to so many, and makes each smaller with so many worlds at a time as each of workers says, in turn, by
// so many runs.
func ShrinkTimes(t *testing.T, config Config, failures, runs int, workers []int, fn func(*World)) [][]ShrinkTime {
	c, err := config.validate()
	if err != nil {
		t.Fatal(err)
	}
	r := newRunner(t, c, fn)
	r.runCase(plan.Case{Seed: r.seeds[0]}, nil, nil)
	var out [][]ShrinkTime
	for _, seed := range r.seeds {
		o := r.world(seed, nil, nil)
		if o.failure == nil {
			continue
		}
		var times []ShrinkTime
		start := r.decoded(o)
		for _, n := range workers {
			f := &found{outcome: o, first: o}
			r.neighbours = neighbours{}
			f.search = r.newSearch(f)
			f.search.MaxRuns = runs
			began := time.Now()
			r.search(f, start, n)
			took := time.Since(began)
			file, err := r.file(f).Encode()
			if err != nil {
				t.Fatal(err)
			}
			times = append(times, ShrinkTime{f.workers, f.search.Runs(), took, string(file)})
		}
		if out = append(out, times); len(out) == failures {
			break
		}
	}
	return out
}

// SinceWhen finds the first failure of a world, and returns when it could still be averted, and since when it was certain: the times of two steps
// that follow each other.
func SinceWhen(t *testing.T, config Config, fn func(*World)) (open, certain time.Duration) {
	c, err := config.validate()
	if err != nil {
		t.Fatal(err)
	}
	r := newRunner(t, c, fn)
	for _, seed := range r.seeds {
		if o := r.world(seed, nil, nil); o.failure != nil {
			s := r.sinceWhen(o, o.failure)
			if s.before == nil {
				t.Fatalf("certain from step %d, and nothing before it", s.step)
			}
			return s.before.at, s.at
		}
	}
	t.Fatalf("none of %d worlds failed", len(r.seeds))
	return 0, 0
}

// RunsWithValuesGiven returns the schedule hashes of worlds as they were drawn, and with the values of every nth draw of its clients given as a failure file gives them.
func RunsWithValuesGiven(t *testing.T, config Config, every []int, fn func(*World)) (drawn []uint64, given [][]uint64) {
	c, err := config.validate()
	if err != nil {
		t.Fatal(err)
	}
	r := newRunner(t, c, fn)
	given = make([][]uint64, len(every))
	for _, seed := range r.seeds {
		o := r.world(seed, nil, nil)
		drawn = append(drawn, o.result.Hash)
		for i, n := range every {
			c := o.given
			c.Chosen, c.Ops = true, o.world.work.done(o.world, math.MaxInt64)
			for k := range c.Ops {
				for j := range c.Ops[k].Draws {
					c.Ops[k].Draws[j].Fixed = (k+j)%n == 0
				}
			}
			given[i] = append(given[i], r.runCase(c, nil, nil).result.Hash)
		}
	}
	return drawn, given
}
