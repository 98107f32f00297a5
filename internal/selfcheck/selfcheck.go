package selfcheck

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/terrella-go/terrella/internal/kernel"
)

// Seeds is the number of seeds that Run runs.
const Seeds = 48

// A Report is what one process found.
type Report struct {
	Worlds []World
	// Divergence describes where two runs of a seed in this process parted; it is empty if none did.
	Divergence string
	// CaughtWithin says that the flaw planted for two runs in one process was noticed.
	CaughtWithin bool
	// ProcessHash has to differ from process to process: there a flaw is planted.
	ProcessHash uint64
}

// A World is what became of one seed.
type World struct {
	Seed     uint64
	Steps    uint64
	Elapsed  time.Duration // virtual
	Schedule uint64        // hash of the schedule
	Saw      uint64        // hash of all that the program saw
}

// Run runs each seed twice, and the planted flaws. An error says that a world did not
// end as it should, so that there is nothing to compare.
func Run() (*Report, error) {
	r := &Report{CaughtWithin: caughtWithin(), ProcessHash: processHash()}
	var first, second kernel.Record
	for seed := range uint64(Seeds) {
		a := runSeed(seed, &first, nil)
		if a.outcome != kernel.Done {
			return nil, fmt.Errorf("the world of seed %d ended with %v after %d steps", seed, a.outcome, a.Steps)
		}
		r.Worlds = append(r.Worlds, a.World)
		b := runSeed(seed, &second, &first)
		if r.Divergence == "" && a != b {
			r.Divergence = describe(a, b, &first, &second)
		}
	}
	return r, nil
}

type ended struct {
	World
	outcome kernel.Outcome
}

func runSeed(seed uint64, record, compare *kernel.Record) ended {
	var saw digest
	c := kernel.Config{Seed: seed, Record: record, Compare: compare, MaxSteps: 1 << 20}
	if seed%8 == 7 {
		c.Strategy = kernel.FIFO
	}
	res := kernel.Run(c, func() { exercise(&saw) })
	return ended{World{seed, res.Steps, res.Elapsed, res.Hash, saw.hash}, res.Outcome}
}

// describe tells how two runs of a seed differ, with the stacks at the first step that does.
func describe(a, b ended, first, second *kernel.Record) string {
	var out strings.Builder
	fmt.Fprintf(&out, "two runs of seed %d in one process differ", a.Seed)
	for i := range min(first.Len(), second.Len()) {
		if first.Hash(i) != second.Hash(i) {
			fmt.Fprintf(&out, ", first at step %d", i+1)
			describeStep(&out, "first run", first, i)
			describeStep(&out, "second run", second, i)
			if i > 0 {
				describeStep(&out, "the turn before, in which they may have parted", first, i-1)
			}
			return out.String()
		}
	}
	if a.Schedule == b.Schedule {
		out.WriteString(" in what the program saw; their schedules are the same")
	} else {
		fmt.Fprintf(&out, ": one ended with %v after %d steps, the other with %v after %d", a.outcome, a.Steps, b.outcome, b.Steps)
	}
	return out.String()
}

func describeStep(out *strings.Builder, which string, r *kernel.Record, step int) {
	stack := r.Stack(step)
	fmt.Fprintf(out, "\n%s, at %v: goroutine %d [%s]", which, r.Time(step), stack.Goroutine, stack.State)
	for _, f := range stack.Frames {
		fmt.Fprintf(out, "\n    %s\n        %s:%d", f.Func, f.File, f.Line)
	}
}

// Compare returns an error that tells what the reports of several processes disagree about, or
// which planted flaw was not noticed. It returns nil if all is as it should be.
func Compare(reports []*Report) error {
	if len(reports) < 2 {
		return errors.New("the self-check needs two processes at least")
	}
	for i, r := range reports {
		if r.Divergence != "" {
			return fmt.Errorf("process %d: %s", i+1, r.Divergence)
		}
	}
	for i, r := range reports[1:] {
		if err := compareWorlds(reports[0].Worlds, r.Worlds); err != nil {
			return fmt.Errorf("processes 1 and %d: %w", i+2, err)
		}
	}
	for i, r := range reports {
		if !r.CaughtWithin {
			return fmt.Errorf("process %d: the self-check is blind: two runs of a program with a planted flaw were not told apart", i+1)
		}
		for j := range i {
			if r.ProcessHash == reports[j].ProcessHash {
				return fmt.Errorf("processes %d and %d: the self-check is blind: a program that leans on the process id left the same schedule hash in both", j+1, i+1)
			}
		}
	}
	return nil
}

func compareWorlds(a, b []World) error {
	if len(a) != len(b) {
		return fmt.Errorf("one ran %d seeds, the other %d", len(a), len(b))
	}
	for i := range a {
		if a[i] != b[i] {
			return fmt.Errorf("seed %d differs: %v and %v", a[i].Seed, a[i], b[i])
		}
	}
	return nil
}

// String returns the world's numbers on one line.
func (w World) String() string {
	return fmt.Sprintf("%d steps in %v, schedule hash %#016x, program hash %#016x", w.Steps, w.Elapsed, w.Schedule, w.Saw)
}

// Sum returns one world that stands for all of a report: the steps and times added up, the hashes folded into one.
func (r *Report) Sum() World {
	var sum World
	var schedule, saw digest
	for _, w := range r.Worlds {
		sum.Steps += w.Steps
		sum.Elapsed += w.Elapsed
		schedule.note(w.Schedule)
		saw.note(w.Saw)
	}
	sum.Schedule, sum.Saw = schedule.hash, saw.hash
	return sum
}
