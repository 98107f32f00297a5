package selfcheck

import (
	"strings"
	"testing"

	"github.com/terrella-go/terrella/internal/kernel"
)

// A divergence is described by the step and by what both runs did there.
func TestDescribe(t *testing.T) {
	runs := func(seed uint64, r *kernel.Record) ended {
		res := kernel.Run(kernel.Config{Seed: seed, Record: r}, carryOver)
		return ended{World{Seed: seed, Steps: res.Steps, Schedule: res.Hash}, res.Outcome}
	}
	var first, second kernel.Record
	a := runs(3, &first)
	b := runs(3, &second)
	text := describe(a, b, &first, &second)
	for _, want := range []string{"two runs of seed 3", "first at step ", "\nfirst run, at ", "\nsecond run, at ", "selfcheck.pause"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in:\n%s", want, text)
		}
	}
	if strings.Contains(describe(a, a, &first, &first), "at step") {
		t.Error("a step is named although the schedules are the same")
	}
}
