package campaign

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/terrella-go/terrella/internal/campaign/protocol"
	"github.com/terrella-go/terrella/internal/plan"
)

// answer returns that of a world with faults which came to something.
func answer(news []uint64, faults ...string) *protocol.Answer {
	return &protocol.Answer{Steps: 1000, New: news, Plan: &plan.Plan{Seed: 7, Faults: &faults}}
}

// Variations are plans that can be read, differ from what they are made of, and follow from the seed.
func TestVariations(t *testing.T) {
	vary := func(seed uint64) []guided {
		g := newGuide(seed, Target{Test: "TestX"})
		for range warmUp {
			if len(g.next(1)) > 0 {
				t.Error("a guide that knows too little varies something")
			}
			g.learn(answer(nil), nil)
		}
		g.learn(answer([]uint64{2}), nil)
		g.learn(answer([]uint64{4}, "crash b at 3.2s for 800ms", "partition a | b c at 5s for 2s", "loss a -> b 20% at 1s for 4s",
			"drift c +200ppm at 0s", "fsync-error a at 3rd sync of a after 4s for 1s", "fire before-ack at 2nd visit of b"), nil)
		return g.next(500)
	}
	all := vary(1)
	made := make(map[int]bool)
	for _, v := range all {
		c, err := v.plan.Case()
		if err != nil {
			t.Errorf("%v: %v", v.plan, err)
		}
		for _, f := range c.Faults {
			if err := f.Validate(); err != nil {
				t.Errorf("%s: %v", f, err)
			}
		}
		for _, kind := range v.changes {
			made[kind] = true
		}
		if len(v.changes) == 0 {
			t.Errorf("nothing was changed in %v", v.plan)
		}
	}
	if len(made) != changes {
		t.Errorf("kinds of changes made: %v; want all %d", made, changes)
	}
	if !reflect.DeepEqual(all, vary(1)) {
		t.Error("another run varied in another way")
	}
	if reflect.DeepEqual(all, vary(2)) {
		t.Error("another seed varied in the same way")
	}
}

// What is known already is not kept again, and what pays is done more often.
func TestLearning(t *testing.T) {
	g := newGuide(1, Target{})
	g.learn(answer([]uint64{2, 3}), nil)
	g.learn(answer([]uint64{3, 2}), nil)
	g.learn(answer([]uint64{4}), nil)
	g.learn(answer([]uint64{2}), []int{luck})
	if len(g.corpus) != 3 || len(g.stages) != 1 {
		t.Errorf("%d worlds are kept, %d for their states; want 3, one of them as a sample, and 1", len(g.corpus), len(g.stages))
	}
	if code, states := g.come(); code != 2 || states != 1 {
		t.Errorf("code %d and states %d; want 2 and 1", code, states)
	}
	for i := range uint64(200) {
		g.learn(answer([]uint64{1000 + 2*i}), []int{shift})
		for kind := range changes {
			if kind != shift {
				g.learn(answer(nil), []int{kind})
			}
		}
	}
	n := 0
	for range 300 {
		if g.kind() == shift {
			n++
		}
	}
	if n < 100 {
		t.Errorf("what has always paid was drawn %d times of 300", n)
	}
}

// guided runs a guided campaign until it has come far enough.
func guidedRun(t *testing.T, test string, enough func(Status) bool) *run {
	t.Helper()
	return start(t, 0, func(c *Config, r *run) {
		c.Guide, c.Orderly, c.For = true, false, time.Hour
		r.until = enough
	}, test)
}

// Varied worlds are such as the storms could draw: within their budgets. Faults that are the test's own stay as they are.
func TestVariedWorldsKeepToTheTest(t *testing.T) {
	for _, test := range []string{"TestBudget", "TestOwnPlan"} {
		r := guidedRun(t, test, func(s Status) bool { return s.Varied > 3000 || s.Failures > 0 })
		r.wantFound(t)
		if s := r.Status(); s.States == 0 {
			t.Errorf("%s: status %+v; want states", test, s)
		}
	}
}

// A bug that takes several steps is found by way of the states in between, and what is found can be replayed.
func TestStatesGuide(t *testing.T) {
	r := guidedRun(t, "TestSteps", func(s Status) bool { return s.Buckets > 0 })
	found := r.Found().Buckets()
	if len(found) == 0 {
		t.Fatalf("not found; status %+v", r.Status())
	}
	f := found[0].Smallest[0]
	if out, code := replay(t, f); code != 1 || !strings.Contains(out, "the run is the same as when it was found") {
		t.Errorf("%s: exit code %d, of\n%s", f.File, code, out)
	}
}

// The same seed takes the same worlds to find a bug.
func TestUntilDependsOnTheSeed(t *testing.T) {
	until := func() int {
		c, err := New(Config{Packages: of(t, "TestSteps"), Guide: true, Seed: 3})
		if err != nil {
			t.Fatal(err)
		}
		n, failed, err := c.Until(context.Background(), "TestSteps", 5000)
		if err != nil || !failed {
			t.Fatalf("%d worlds, failed: %t, %v", n, failed, err)
		}
		return n
	}
	if a, b := until(), until(); a != b {
		t.Errorf("%d worlds, and then %d", a, b)
	}
}

// What another campaign has seen is varied here too, if it is new here.
func TestAdopt(t *testing.T) {
	g := newGuide(1, Target{Test: "TestX"})
	for range warmUp {
		g.learn(answer([]uint64{2}), nil)
	}
	had := len(g.corpus)
	g.adopt(Seen{Plan: plan.Plan{Seed: 9}, New: []uint64{2}})
	if len(g.corpus) != had {
		t.Error("a world that came to nothing new was kept")
	}
	g.adopt(Seen{Plan: plan.Plan{Seed: 9, Faults: &[]string{"no such fault"}}, New: []uint64{8}})
	if len(g.corpus) != had {
		t.Error("a plan that can't be read was kept")
	}
	g.adopt(Seen{Plan: plan.Plan{Seed: 9, Faults: &[]string{"crash b at 3.2s for 800ms"}}, New: []uint64{2, 5}})
	if len(g.corpus) != had+1 || len(g.stages) != 1 || g.fresh != warmUp {
		t.Errorf("%d worlds more, %d of them with new states, %d fresh", len(g.corpus)-had, len(g.stages), g.fresh)
	}
	if g.learn(answer([]uint64{5}), nil) {
		t.Error("what another has seen is new a second time")
	}
	if !g.learn(answer([]uint64{6}), nil) {
		t.Error("something new is not")
	}
}
