package campaign

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/terrella-go/terrella/internal/campaign/protocol"
	"github.com/terrella-go/terrella/internal/findings"
	"github.com/terrella-go/terrella/internal/plan"
)

// A Config says what a campaign does.
type Config struct {
	Packages []*Package
	// Wanted tells which tests are, subtests included. nil means all.
	Wanted func(test string) bool
	// Workers is how many worlds run at a time. 0 means 1.
	Workers int
	// For is how long new worlds are begun. 0 means that the queue alone ends it.
	For time.Duration
	// Orderly has failures looked into in the order of their numbers, so that what is reported depends on the seeds alone: as soon as
	// all worlds before them have been counted, if the queue tells (see Ordered), else when all worlds have been run. It is for queues that end.
	Orderly bool
	// Guide has half of the time go to worlds that vary those which came to new code or new states. Which they are depends
	// on what was done before: it is not for Orderly campaigns.
	Guide bool
	// Seed is what the seeds of worlds are derived from, together with the names of tests.
	Seed uint64
	// Queue hands out the worlds.
	Queue Queue
	// Memory is how many bytes of memory a worker may have. 0 means DefaultMemory.
	Memory uint64
	// Patience is how much real time a world may take before its worker is ended. 0 means DefaultPatience.
	Patience time.Duration
	// Work is how much is put into making a failure smaller; see -sim.shrinktime. 0 means none.
	Work time.Duration
	// Out is the folder for failure files and the campaign's summary. Empty means that none are kept.
	Out string
	// Corpus is where worlds that Guide would vary are shared with other campaigns; nil if they are not.
	Corpus Corpus
	// Found is told of each failure that is kept, when its files are there. It may be called by several goroutines. nil means that nobody is told.
	Found func(*findings.Finding)
	// Note is told, a line each, what happens that is not a result. It may be called by several goroutines.
	Note func(line string)
}

// Defaults of a Config.
const (
	DefaultMemory   = 2 << 30
	DefaultPatience = 2 * time.Minute
)

// A Campaign runs once.
type Campaign struct {
	config  Config
	keeper  keeper
	offers  chan Seen         // for Config.Corpus
	started func(*os.Process) // told of each worker; nil but in tests

	mu       sync.Mutex
	began    time.Time
	schedule scheduler
	targets  map[Target]*target
	sums     Status
	checks   map[checkID]bool // and whether they held
	raws     map[rawKey]*raw
	rawOrder []*raw
	used     Usage
	lookers  int   // workers that look into failures
	failed   int   // workers in a row that could not be started
	trouble  error // that has ended the campaign
}

// A root is a top-level test.
type root struct {
	pkg  *Package
	test string
}

func (r *root) String() string { return r.pkg.Path + " " + r.test }

// A target as a campaign knows it.
type target struct {
	Target
	root    *root
	job     *job
	size    uint64            // of the next chunk
	open    map[uint64]uint64 // first world of each chunk that was leased and is not counted, by the lease
	below   uint64            // with Config.Orderly: all worlds below this number were counted
	counted uint64            // worlds
	failed  uint64            // of these
	guide   *guide            // nil without guidance
}

type checkID struct{ kind, name string }

// A Status is how far a campaign has come.
type Status struct {
	Elapsed  time.Duration
	Seeds    uint64        // worlds that were counted
	Varied   uint64        // worlds beside these, of guidance
	Steps    uint64        // of all
	Virtual  time.Duration // of all
	Failures uint64        // of all
	Buckets  int
	Checks   int // of package prop that were reached
	Deaths   int // of workers
	Targets  int
	Code     int // counters of coverage, by their magnitudes, that were come to
	States   int // that World.State told of
	Looking  int // failures that are being looked into, or wait for it
}

// New returns a campaign.
func New(config Config) (*Campaign, error) {
	config.Workers = max(config.Workers, 1)
	config.Memory = cmp.Or(config.Memory, DefaultMemory)
	config.Patience = cmp.Or(config.Patience, DefaultPatience)
	if config.Note == nil {
		config.Note = func(string) {}
	}
	c := &Campaign{
		config:  config,
		keeper:  keeper{out: config.Out, note: config.Note, found: config.Found},
		offers:  make(chan Seen, maxOffers),
		targets: make(map[Target]*target),
		checks:  make(map[checkID]bool),
		raws:    make(map[rawKey]*raw),
	}
	c.schedule.now = time.Now
	for _, p := range config.Packages {
		for _, t := range p.Tests {
			c.schedule.add(&job{root: &root{pkg: p, test: t}})
		}
	}
	if len(c.schedule.jobs) == 0 {
		return nil, errors.New("no test to run worlds of")
	}
	return c, nil
}

// Run runs the campaign until its time is over, its queue is drained, or the context is done. The error tells of
// what kept it from running worlds; what was found is there all the same.
func (c *Campaign) Run(ctx context.Context) error {
	c.mu.Lock()
	c.began = time.Now()
	c.mu.Unlock()
	c.keeper.open()
	defer c.keeper.close()
	// New worlds are begun under one context; failures are looked into under another, which lasts longer.
	fresh, stop := ctx, context.CancelFunc(func() {})
	look := ctx
	if c.config.For > 0 {
		fresh, stop = context.WithTimeout(ctx, c.config.For)
		var end context.CancelFunc
		look, end = context.WithTimeout(ctx, c.config.For+max(c.config.For/2, grace))
		defer end()
	}
	defer stop()
	var wg, other sync.WaitGroup
	for range c.config.Workers {
		wg.Go(func() { c.slot(fresh, look) })
	}
	if c.config.Corpus != nil && c.config.Guide {
		shared, end := context.WithCancel(fresh)
		other.Go(func() { c.exchange(shared) })
		defer other.Wait()
		defer end()
	}
	wg.Wait()
	c.giveUpLooking()
	c.countOthers()
	c.keeper.summary(c.ran())
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.trouble
}

// grace is how long failures may be looked into at least when the time for new worlds is over.
const grace = 30 * time.Second

// slot keeps one worker busy.
func (c *Campaign) slot(fresh, look context.Context) {
	for look.Err() == nil && c.ended() == nil {
		over := fresh.Err() != nil
		if raw, f := c.nextFailure(over, false); f != nil {
			c.lookInto(look, raw, f)
			continue
		}
		if j := c.nextJob(fresh); j != nil {
			c.visit(fresh, j)
			continue
		}
		if raw, f := c.nextFailure(over, true); f != nil {
			c.lookInto(look, raw, f)
			continue
		}
		if c.done(fresh) {
			return
		}
		began := time.Now()
		pause(look, tick) // others are at work, which may leave something
		c.use(&c.used.Waiting, began)
	}
}

// tick is how often an idle slot looks for work.
const tick = 20 * time.Millisecond

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// ended returns what has ended the campaign before its time.
func (c *Campaign) ended() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.trouble
}

// nextJob returns the job that a worker is to go to, nil if there is none now.
func (c *Campaign) nextJob(fresh context.Context) *job {
	if fresh.Err() != nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.schedule.next()
}

// done reports whether a slot that has found nothing to do will find nothing any more.
func (c *Campaign) done(fresh context.Context) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.schedule.visits() > 0 {
		return false
	}
	over := fresh.Err() != nil
	return (over || c.schedule.over()) && !slices.ContainsFunc(c.rawOrder, func(r *raw) bool { return c.eligible(r, over) })
}

// Status returns how far the campaign has come.
func (c *Campaign) Status() Status {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.sums
	s.Elapsed = time.Since(c.began)
	s.Buckets = c.keeper.buckets()
	s.Checks = len(c.checks)
	s.Targets = len(c.targets)
	for _, t := range c.targets {
		if t.guide != nil {
			code, states := t.guide.come()
			s.Code += code
			s.States += states
		}
	}
	for _, r := range c.rawOrder {
		s.Looking += r.active
		if c.eligible(r, true) {
			s.Looking++
		}
	}
	return s
}

// Found returns what was found. It is for when the campaign is over.
func (c *Campaign) Found() *findings.Set { return &c.keeper.set }

// Trouble returns why failure files are missing, nil if none is.
func (c *Campaign) Trouble() error { return c.keeper.troubled() }

// ran returns which tests were run.
func (c *Campaign) ran() []findings.Ran {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []findings.Ran
	for _, t := range c.targets {
		out = append(out, findings.Ran{Package: t.Package, Test: t.Test, Seeds: int(t.counted)})
	}
	return findings.SumRan(out)
}

// Ran returns which tests were run, in order, with the number of their worlds.
func (c *Campaign) Ran() []findings.Ran { return c.ran() }

// Missed returns the targets whose program has a bug that was put there on purpose, and of which no world failed.
func (c *Campaign) Missed() []Target {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []Target
	for _, t := range c.targets {
		if t.job.planted && t.failed == 0 && t.counted > 0 {
			out = append(out, t.Target)
		}
	}
	slices.SortFunc(out, func(a, b Target) int { return cmp.Compare(a.String(), b.String()) })
	return out
}

// opened notes that a chunk was leased.
func (c *Campaign) opened(t *target, chunk *Chunk) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t.open[chunk.ID] = chunk.First
}

// count adds what a worker has answered of a chunk that is settled.
func (c *Campaign) count(t *target, chunk *Chunk, answers []protocol.Answer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(t.open, chunk.ID)
	defer c.advance(t)
	for i := range answers {
		a := &answers[i]
		t.counted++
		c.sums.Seeds++
		c.add(t, a, &failure{number: a.Number, plan: plan.Plan{Seed: a.Seed}, answer: *a})
	}
}

// advance notes below which number all worlds of a target were counted. The lock is held.
func (c *Campaign) advance(t *target) {
	q, ok := c.config.Queue.(Ordered)
	if !ok || !c.config.Orderly {
		return
	}
	// The queue is asked first: what is leased a moment later is not below, and what was settled a moment before is open until it is counted.
	below := q.Settled(t.Target)
	for _, first := range t.open {
		below = min(below, first)
	}
	t.below = below
}

// add adds one world. The lock is held.
func (c *Campaign) add(t *target, a *protocol.Answer, f *failure) {
	c.sums.Steps += a.Steps
	c.sums.Virtual += a.Elapsed
	for _, ch := range a.Checks {
		id := checkID{ch.Kind, ch.Name}
		c.checks[id] = c.checks[id] || ch.Held
	}
	if t.guide != nil {
		if t.guide.learn(a, f.changes) && c.config.Corpus != nil {
			c.offer(Seen{t.Target, *a.Plan, a.Steps, a.New})
		}
	}
	if a.Failure != nil || a.Divergence != "" {
		f.place = c.countFailure(t)
		c.note(t, f)
	}
}

// stop ends the campaign for what keeps it from running worlds.
func (c *Campaign) stop(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.trouble == nil {
		c.trouble = err
	}
}

// countFailure counts a world of a target that failed, and returns which of the target's failures it is. The lock is held.
func (c *Campaign) countFailure(t *target) (place uint64) {
	t.failed++
	c.sums.Failures++
	return c.schedule.fail(t.job)
}

// leave takes a job out of the campaign.
func (c *Campaign) leave(j *job, why string) {
	c.mu.Lock()
	was := j.over
	j.over = true
	c.mu.Unlock()
	if !was && why != "" {
		c.config.Note(fmt.Sprintf("%s is left out: %s", j, why))
	}
}
