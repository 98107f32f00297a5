package sim

import (
	"context"
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

// PlanTimes runs worlds twice, in turn: with the plan drawn, and with the same plan given. It returns how long each took.
func PlanTimes(t *testing.T, runs int, fn func(*World)) (drawn, given []time.Duration) {
	c, err := Config{Runs: runs}.validate()
	if err != nil {
		t.Fatal(err)
	}
	r := newRunner(t, c, fn)
	r.runCase(plan.Case{Seed: r.seeds[0]}, nil, nil)
	for _, seed := range r.seeds {
		began := time.Now()
		o := r.runCase(plan.Case{Seed: seed}, nil, nil)
		drawn = append(drawn, time.Since(began))
		began = time.Now()
		r.runCase(plan.Case{Seed: seed, Given: true, Faults: o.world.weather.planned}, nil, nil)
		given = append(given, time.Since(began))
	}
	return drawn, given
}

// A ShrinkTime is what a search with so many worlds at a time took, and what it came to.
type ShrinkTime struct {
	Workers, Runs int
	Took          time.Duration
	File          string // the failure file
}

// ShrinkTimes finds failures of a world, up to so many, and makes each smaller with so many worlds at a time as each of workers says, in turn, by
// 300 runs.
func ShrinkTimes(t *testing.T, config Config, failures int, workers []int, fn func(*World)) [][]ShrinkTime {
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
			f.search = r.newSearch(f)
			f.search.MaxRuns = 300
			began := time.Now()
			r.search(f, start, n)
			took := time.Since(began)
			file, err := r.file(f).Encode()
			if err != nil {
				t.Fatal(err)
			}
			if f.workers != n {
				t.Errorf("%d worlds at a time have disturbed each other", n)
			}
			times = append(times, ShrinkTime{n, f.search.Runs(), took, string(file)})
		}
		if out = append(out, times); len(out) == failures {
			break
		}
	}
	return out
}
