package selfcheck_test

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/terrella-go/terrella/internal/reexec"
	"github.com/terrella-go/terrella/internal/selfcheck"
)

func init() { reexec.Init() }

func run(t *testing.T) *selfcheck.Report {
	t.Helper()
	r, err := selfcheck.Run()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// another returns a report as another process, whose id differs, would give it.
func another(r *selfcheck.Report) *selfcheck.Report {
	c := *r
	c.Worlds = slices.Clone(r.Worlds)
	c.ProcessHash++
	return &c
}

func TestRun(t *testing.T) {
	a := run(t)
	if len(a.Worlds) != selfcheck.Seeds {
		t.Errorf("%d worlds, want %d", len(a.Worlds), selfcheck.Seeds)
	}
	if a.Divergence != "" {
		t.Errorf("two runs differ: %s", a.Divergence)
	}
	if !a.CaughtWithin {
		t.Error("the planted flaw was not noticed")
	}
	schedules, saw := make(map[uint64]bool), make(map[uint64]bool)
	for _, w := range a.Worlds {
		schedules[w.Schedule], saw[w.Saw] = true, true
	}
	if len(schedules) != len(a.Worlds) || len(saw) != len(a.Worlds) {
		t.Errorf("%d seeds have %d schedules and %d program hashes; want each its own", len(a.Worlds), len(schedules), len(saw))
	}
	if b := run(t); !slices.Equal(a.Worlds, b.Worlds) {
		t.Error("the second Run in one process found other hashes than the first")
	}
}

func TestRunOnFewProcessors(t *testing.T) {
	many := run(t)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if one := run(t); !slices.Equal(one.Worlds, many.Worlds) {
		t.Error("hashes differ with the number of processors")
	}
}

func TestCompare(t *testing.T) {
	good := &selfcheck.Report{
		Worlds:       []selfcheck.World{{Seed: 0, Steps: 10, Schedule: 1, Saw: 2}, {Seed: 1, Steps: 20, Schedule: 3, Saw: 4}},
		CaughtWithin: true,
		ProcessHash:  7,
	}
	for _, tt := range []struct {
		name string
		harm func(*selfcheck.Report)
		want string // in the error; empty: none
	}{
		{"agreement", func(*selfcheck.Report) {}, ""},
		{"schedule", func(r *selfcheck.Report) { r.Worlds[1].Schedule++ }, "processes 1 and 2: seed 1 differs"},
		{"what the program saw", func(r *selfcheck.Report) { r.Worlds[0].Saw++ }, "processes 1 and 2: seed 0 differs"},
		{"fewer worlds", func(r *selfcheck.Report) { r.Worlds = r.Worlds[:1] }, "one ran 2 seeds, the other 1"},
		{"divergence within", func(r *selfcheck.Report) { r.Divergence = "two runs differ" }, "process 2: two runs differ"},
		{"flaw within missed", func(r *selfcheck.Report) { r.CaughtWithin = false }, "process 2: the self-check is blind"},
		{"flaw between missed", func(r *selfcheck.Report) { r.ProcessHash = good.ProcessHash }, "processes 1 and 2: the self-check is blind"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			other := another(good)
			tt.harm(other)
			err := selfcheck.Compare([]*selfcheck.Report{good, other})
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("got %v, want no error", err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
		})
	}
	if selfcheck.Compare([]*selfcheck.Report{good}) == nil {
		t.Error("one report alone passed for agreement")
	}
}

func TestSum(t *testing.T) {
	r := &selfcheck.Report{Worlds: []selfcheck.World{{Steps: 10, Schedule: 1}, {Steps: 20, Schedule: 2}}}
	swapped := &selfcheck.Report{Worlds: []selfcheck.World{{Steps: 10, Schedule: 2}, {Steps: 20, Schedule: 1}}}
	if got := r.Sum().Steps; got != 30 {
		t.Errorf("%d steps, want 30", got)
	}
	if r.Sum().Schedule == swapped.Sum().Schedule {
		t.Error("the sum does not tell which world had which hash")
	}
}

// In the command, the reports come from processes of their own.
func ExampleCompare() {
	reports := []*selfcheck.Report{
		{Worlds: []selfcheck.World{{Seed: 5, Steps: 90, Schedule: 0xa}}, CaughtWithin: true, ProcessHash: 1},
		{Worlds: []selfcheck.World{{Seed: 5, Steps: 91, Schedule: 0xb}}, CaughtWithin: true, ProcessHash: 2},
	}
	fmt.Println(selfcheck.Compare(reports))
	// Output: processes 1 and 2: seed 5 differs: 90 steps in 0s, schedule hash 0x000000000000000a, program hash 0x0000000000000000 and 91 steps in 0s, schedule hash 0x000000000000000b, program hash 0x0000000000000000
}
