package sim

import (
	"fmt"
	"runtime"
	"sync"
	"testing"

	"github.com/terrella-go/terrella/internal/plan"
)

// A besideRun is what has to be the same of a world, whatever runs beside it.
type besideRun struct {
	outcome, failure        string
	schedule, events, steps uint64
}

func besideRunOf(o *outcome) besideRun {
	run := besideRun{outcome: o.result.Outcome.String(), schedule: o.result.Hash, events: o.world.log.Hash(), steps: o.result.Steps}
	if f := o.failure; f != nil {
		run.failure = fmt.Sprintf("%s %s, at step %d, %v", f.property, f.message, f.step, f.at)
	}
	return run
}

// Beside runs worlds alone, and then so many at a time on four threads as each of atOnce says. Of worlds that fail it runs what searches for smaller
// cases run: the case written out, cut off, and without one of its faults and half of its operations. It returns how many runs it has compared,
// how many worlds have failed, and the runs that were other worlds than alone.
func Beside(t *testing.T, config Config, atOnce []int, fn func(*World)) (compared, failed int, other []string) {
	c, err := config.validate()
	if err != nil {
		t.Fatal(err)
	}
	r := newRunner(t, c, fn)
	var cases []plan.Case
	r.runCase(plan.Case{Seed: r.seeds[0]}, nil, nil)
	for _, seed := range r.seeds {
		o := r.world(seed, nil, nil)
		cases = append(cases, o.given)
		if o.failure == nil {
			continue
		}
		failed++
		all := r.decoded(o)
		fewer := all.Clone()
		if n := len(fewer.Faults); n > 0 {
			fewer.Faults = append(fewer.Faults[:n/2], fewer.Faults[n/2+1:]...)
		}
		fewer.Ops = fewer.Ops[len(fewer.Ops)/2:]
		cases = append(cases, bounded([]plan.Case{all, fewer}, o.failure.at)...)
	}
	alone := make([]besideRun, len(cases))
	for i, c := range cases {
		alone[i] = besideRunOf(r.runCase(c, nil, nil))
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	r.shared = true
	for _, n := range atOnce {
		var wg sync.WaitGroup
		var mu sync.Mutex
		next := 0
		for range n {
			wg.Go(func() {
				mu.Lock()
				defer mu.Unlock()
				for next < len(cases) {
					i := next
					next++
					mu.Unlock()
					o := r.runCase(cases[i], nil, nil)
					mu.Lock()
					if o.contended {
						continue // it is not what it would be, and says so
					}
					compared++
					if run := besideRunOf(o); run != alone[i] {
						other = append(other, fmt.Sprintf("seed %#x, %d worlds at a time: %+v; alone: %+v", cases[i].Seed, n, run, alone[i]))
					}
				}
			})
		}
		wg.Wait()
	}
	return compared, failed, other
}
