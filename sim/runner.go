package sim

import (
	"fmt"
	"sync"
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

	checks     map[checkID]counts
	recoveries []recovery
	between    between
	saved      *globals.Saved // variables of Config.Restore
	answer     *answer        // for another process, which reports it

	beside sync.RWMutex // held for reading by each of several worlds, for writing by one that must be alone
	shared bool         // several worlds run at a time
	alone  bool         // the world that runs is alone all the same
	guests *guests      // run worlds side by side while a failure is made smaller, nil: one at a time

	neighbours neighbours // what is known of the worlds of the failure that is made smaller
	half       uint64     // step at which worlds call halfway
	halfway    func()     // may be nil

	recording bool // worlds keep all their events
	varied    bool // the case was varied by a campaign
	within    bool // cases have to be what storms could draw

	breakAt uint64 // step from which worlds call alive; 0: none
	ended   func() // called when a world has ended and its goroutines are there still; may be nil

	steps    uint64
	elapsed  time.Duration
	schedule uint64 // hash over all worlds
	events   uint64
	weakened map[string]uint64 // how often promises were not kept
}

// An outcome is what one world left behind.
type outcome struct {
	seed     uint64
	given    plan.Case
	world    *World
	result   kernel.Result
	returned bool // fn returned
	failure  *failure
	// contended says that the world has come upon a mutex that another world had.
	contended bool
	outdated  bool // nobody wants to know any more
	// divergence describes where a second run of the seed went another way; it is empty if
	// there was none.
	divergence string
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
	var at int
	for i, o := range r.inOrder() {
		at, last = i, o
		if o.divergence != "" {
			break
		}
		r.count(o)
		r.writeHashes(o)
		if o.failure != nil {
			break
		}
	}
	// No other world runs from here on.
	if last.divergence != "" {
		r.reportDivergence(last)
		return
	}
	r.writeTrace(last)
	if last.failure != nil {
		r.reportFailure(at, last)
		return
	}
	r.summary(time.Since(began))
	r.tellWeakened()
	r.reportLasting()
	r.reportUnreached()
}

// world runs the world of a seed and judges how it ended.
func (r *runner) world(seed uint64, record, compare *kernel.Record) *outcome {
	return r.runCase(plan.Case{Seed: seed}, record, compare)
}

// runCase runs a world of which more may be given than the seed, and judges how it ended.
func (r *runner) runCase(c plan.Case, record, compare *kernel.Record) *outcome {
	return r.runUnless(nil, c, record, compare)
}

// runUnless is runCase for a world that ends, without a judgement, soon after it is outdated. Nobody makes it so if outdated is nil.
func (r *runner) runUnless(outdated *atomic.Bool, c plan.Case, record, compare *kernel.Record) *outcome {
	seed, keep := c.Seed, 0
	if options.trace != "" || r.recording {
		keep = trace.KeepAll
	}
	strategy := r.config.Strategy
	if c.FIFO {
		strategy = FIFO
	}
	w := newWorld(c, r.t.Name(), r.config.Start, keep)
	w.panicIsCrash, w.varied, w.within = r.config.PanicIsCrash, r.varied, r.within
	if duty != nil && duty.guide != nil {
		w.states.seen = make(map[uint64]bool)
	}
	w.breakAt, w.outdated = r.breakAt, outdated
	w.half, w.halfway = r.half, r.halfway
	o := &outcome{seed: seed, given: c, world: w}
	maxTime := r.config.MaxTime
	cut := c.Until > 0 && (maxTime == 0 || c.Until < maxTime)
	if cut {
		maxTime = c.Until
	}
	r.saved.Restore()
	o.result = kernel.Run(kernel.Config{
		Seed:      scheduleSeed(c),
		Strategy:  strategy,
		Start:     r.config.Start,
		MaxTime:   maxTime,
		MaxSteps:  r.config.MaxSteps,
		MaxStill:  r.config.MaxStill,
		Watchdog:  max(r.config.Watchdog, 0),
		Preempt:   r.config.Preempt,
		MaxReal:   r.config.MaxReal,
		MaxMemory: r.config.MaxMemory,
		OnPanic:   w.panicked,
		Value:     w,
		Shared:    r.shared && !r.alone,
		Record:    record,
		Compare:   compare,
		Redraw:    c.Redraw, RedrawFrom: c.RedrawFrom,
		Dump:  true,
		Ended: r.ended,
		Note:  fmt.Sprintf("sim: %s crashed the process at seed %s\nsim: to see it again: %s", r.t.Name(), formatSeed(seed), r.replay(seed, "")),
	}, func() {
		w.begin()
		o.returned = w.guard("the test's function", func() { r.fn(w) })
		w.holdInvariants()
		if !r.config.AllowLeaks {
			w.refuseLeaks()
		}
	})
	if w.isOutdated() {
		o.outdated = true
		return o
	}
	o.failure = w.failure
	o.contended = o.result.Outcome == kernel.Contended
	if o.failure == nil && !(cut && o.result.Outcome == kernel.TimeLimit) {
		o.failure = r.judge(o)
	}
	return o
}

func init() {
	checkerclock.World = func() (step uint64, at time.Duration, ok bool) {
		m, ok := kernel.Now()
		if !ok {
			return 0, 0, false
		}
		return m.Step, m.At.Sub(kernel.Value().(*World).start), true
	}
}

// count adds a world to the sums that the summary shows.
func (r *runner) count(o *outcome) {
	r.steps += o.result.Steps
	r.elapsed += o.result.Elapsed
	r.schedule = globals.Fold(r.schedule, o.result.Hash)
	r.events = globals.Fold(r.events, o.world.log.Hash())
	r.recoveries = append(r.recoveries, o.world.recoveries...)
	r.countWeakened(o)
	for id, n := range o.world.checks.counts {
		if r.checks == nil {
			r.checks = make(map[checkID]counts)
		}
		sum := r.checks[id]
		r.checks[id] = counts{sum.reached + n.reached, sum.held + n.held}
	}
}

// countWeakened adds what a world did not keep.
func (r *runner) countWeakened(o *outcome) {
	for what, n := range o.world.weakened.uses {
		if r.weakened == nil {
			r.weakened = make(map[string]uint64)
		}
		r.weakened[what] += n
	}
}

// scheduleSeed returns the seed of a case's schedule.
func scheduleSeed(c plan.Case) uint64 {
	if c.Luck == 0 {
		return c.Seed
	}
	return prng.Seed(c.Seed).Name("luck").Num(c.Luck).Uint64()
}

// summary prints, under -v, what was run.
func (r *runner) summary(real time.Duration) {
	if !testing.Verbose() {
		return
	}
	fmt.Fprintf(r.t.Output(), "sim: %s: %s, %s, virtual %v in real %v, schedule hash 0x%016x, event hash 0x%016x\n",
		r.t.Name(), count(len(r.seeds), "seed"), count(int(r.steps), "step"), r.elapsed, real.Round(time.Millisecond), r.schedule, r.events)
	r.reportRecoveries()
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
