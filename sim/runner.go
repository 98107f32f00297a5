package sim

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/terrella-go/terrella/internal/checkerclock"
	"github.com/terrella-go/terrella/internal/globals"
	"github.com/terrella-go/terrella/internal/kernel"
	"github.com/terrella-go/terrella/internal/plan"
	"github.com/terrella-go/terrella/internal/prng"
	"github.com/terrella-go/terrella/internal/trace"
)

// A runner runs the worlds of one test.
type runner struct {
	t      *testing.T
	config Config
	fn     func(*World)
	seeds  []uint64

	first, second kernel.Record // of a world that is run twice
	checks        map[checkID]counts
	recoveries    []recovery
	between       between
	saved         *globals.Saved // variables of Config.Restore
	answer        *answer        // for another process, which reports it

	recording bool // worlds keep all their events

	steps    uint64
	elapsed  time.Duration
	schedule uint64 // hash over all worlds
	events   uint64
}

// An outcome is what one world left behind.
type outcome struct {
	seed     uint64
	given    plan.Case
	world    *World
	result   kernel.Result
	returned bool // fn returned
	failure  *failure
}

func newRunner(t *testing.T, c Config, fn func(*World)) *runner {
	return &runner{t: t, config: c, fn: fn, seeds: c.seeds(t.Name())}
}

// run runs the worlds until one fails.
//
// The first seed is run once more than it counts. What a process makes once and keeps, the caches of
// package reflect, say, is made by then, and finds its way neither into the first world's
// schedule nor, when a later world's seed is replayed alone, into that one's.
func (r *runner) run() {
	r.t.Helper()
	began := time.Now()
	r.saveVariables()
	if options.replay != nil {
		r.replayOnly(options.replay)
		return
	}
	r.world(r.seeds[0], nil, nil)
	r.replayKept()
	var last *outcome
	for i := range r.seeds {
		last = r.runSeed(i)
		r.count(last)
		r.writeHashes(last)
		if last.failure != nil {
			r.writeTrace(last)
			r.reportFailure(i, last)
			return
		}
	}
	r.writeTrace(last)
	r.summary(time.Since(began))
	r.reportLasting()
}

// runSeed runs the i-th world, and compares it with itself if it is its turn.
func (r *runner) runSeed(i int) *outcome {
	r.t.Helper()
	if options.verify || i%verifyShare == 1 {
		return r.twice(r.seeds[i])
	}
	return r.world(r.seeds[i], nil, nil)
}

// world runs the world of a seed and judges how it ended.
func (r *runner) world(seed uint64, record, compare *kernel.Record) *outcome {
	return r.runCase(plan.Case{Seed: seed}, record, compare)
}

// runCase runs a world of which more may be given than the seed, and judges how it ended.
func (r *runner) runCase(c plan.Case, record, compare *kernel.Record) *outcome {
	seed, keep := c.Seed, 0
	if options.trace != "" || r.recording {
		keep = trace.KeepAll
	}
	strategy := r.config.Strategy
	if c.FIFO {
		strategy = FIFO
	}
	w := newWorld(c, r.t.Name(), r.config.Start, keep)
	o := &outcome{seed: seed, given: c, world: w}
	r.saved.Restore()
	present.Store(w)
	defer present.Store(nil)
	o.result = kernel.Run(kernel.Config{
		Seed:     scheduleSeed(c),
		Strategy: strategy,
		Start:    r.config.Start,
		MaxTime:  r.config.MaxTime,
		MaxSteps: r.config.MaxSteps,
		Record:   record,
		Compare:  compare,
		Dump:     true,
		Note:     fmt.Sprintf("sim: %s crashed the process at seed %s\nsim: to see it again: %s", r.t.Name(), formatSeed(seed), r.replay(seed, "")),
	}, func() {
		w.begin()
		o.returned = w.guard("the test's function", func() { r.fn(w) })
		w.holdInvariants()
	})
	o.failure = w.failure
	if o.failure == nil {
		o.failure = r.judge(o)
	}
	return o
}

// present is the world that runs: worlds run one at a time in a process.
var present atomic.Pointer[World]

func init() {
	checkerclock.World = func() (step uint64, at time.Duration, ok bool) {
		m, ok := kernel.Now()
		if !ok {
			return 0, 0, false
		}
		return m.Step, m.At.Sub(present.Load().start), true
	}
}

// judge returns the failure of a world that ended without reporting one itself.
func (r *runner) judge(o *outcome) *failure {
	f := &failure{step: o.result.Steps, at: o.result.Elapsed}
	switch o.result.Outcome {
	case kernel.Done:
		if o.returned {
			return nil
		}
		f.message = "the test's function ended by runtime.Goexit"
		if r.t.Failed() {
			f.message = "the test failed by a method of testing.T; use those of the World instead, they record where in the run it was"
		}
	case kernel.Deadlock:
		f.property = "deadlock"
		f.message = "all goroutines wait, and no timer is pending:\n" + r.formatStacks(o)
	case kernel.StepLimit:
		f.property = "step limit"
		f.message = fmt.Sprintf("%d scheduling decisions were made without the test ending (Config.MaxSteps); the goroutines at that point:\n%s", o.result.Steps, r.formatStacks(o))
	case kernel.TimeLimit:
		f.property = "time limit"
		f.message = fmt.Sprintf("virtual time reached %v without the test ending (Config.MaxTime); the goroutines at that point:\n%s", r.config.MaxTime, r.formatStacks(o))
	case kernel.Diverged:
		return nil // twice tells
	default:
		f.message = "the world ended for an unknown reason: " + o.result.Outcome.String()
	}
	return f
}

// count adds a world to the sums that the summary shows.
func (r *runner) count(o *outcome) {
	r.steps += o.result.Steps
	r.elapsed += o.result.Elapsed
	r.schedule = fold(r.schedule, o.result.Hash)
	r.events = fold(r.events, o.world.log.Hash())
	r.recoveries = append(r.recoveries, o.world.recoveries...)
	for id, n := range o.world.checks.counts {
		if r.checks == nil {
			r.checks = make(map[checkID]counts)
		}
		sum := r.checks[id]
		r.checks[id] = counts{sum.reached + n.reached, sum.held + n.held}
	}
}

// scheduleSeed returns the seed of a case's schedule.
func scheduleSeed(c plan.Case) uint64 {
	if c.Luck == 0 {
		return c.Seed
	}
	return prng.Seed(c.Seed).Name("luck").Num(c.Luck).Uint64()
}

// fold extends a hash over worlds by that of one more.
func fold(h, x uint64) uint64 {
	h = (h ^ x) * 0x9fb21c651e98df25
	return h ^ h>>32
}

// summary prints, under -v, what was run.
func (r *runner) summary(real time.Duration) {
	if !testing.Verbose() {
		return
	}
	fmt.Fprintf(r.t.Output(), "sim: %s: %s, %s, virtual %v in real %v, schedule hash 0x%016x, event hash 0x%016x\n",
		r.t.Name(), count(len(r.seeds), "seed"), count(int(r.steps), "step"), r.elapsed, real.Round(time.Millisecond), r.schedule, r.events)
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
