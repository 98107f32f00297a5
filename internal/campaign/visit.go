package campaign

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/terrella-go/terrella/internal/campaign/protocol"
	"github.com/terrella-go/terrella/internal/findings"
	"github.com/terrella-go/terrella/internal/plan"
	"github.com/terrella-go/terrella/internal/prng"
)

const (
	maxFailedStarts = 5  // workers in a row that can't be started
	maxSilent       = 10 // workers of one root in a row that die before they have said anything
)

// visit has a worker do a job for a while: run worlds of a target, or find the targets of a root and run the first worlds of those that are new.
func (c *Campaign) visit(ctx context.Context, j *job) {
	began := time.Now()
	var elsewhere time.Duration // at targets, which is theirs
	defer func() { c.visited(j, began, elsewhere) }()
	p, err := c.begin(ctx, j.root)
	if p == nil {
		if err != nil {
			c.stop(err)
		}
		return
	}
	defer p.kill("the visit is over")
	hellos := 0
	for {
		a, ok := c.receive(ctx, p, c.untilHello(j))
		if !ok {
			break
		}
		if a.Hello == nil {
			continue // of no request
		}
		hellos++
		if c.wanted(a.Hello) {
			t, first := c.meet(j, a.Hello)
			switch {
			case t == j.target:
				c.serve(ctx, t, p, slice)
				return
			case j.target == nil && first:
				// Not for long: each test is to be reached early.
				at := time.Now()
				alive := c.serve(ctx, t, p, slice/4)
				c.spend(t.job, time.Since(at))
				elsewhere += time.Since(at)
				if !alive {
					return // the next visit goes on from here
				}
			}
		}
		p.send(&protocol.Request{Leave: true})
	}
	if ctx.Err() == nil {
		p.wait()
		c.unserved(j, p, hellos)
	}
}

// unserved judges a visit that has not come to its target, or to the end of those of its root.
func (c *Campaign) unserved(j *job, p *process, hellos int) {
	exited := p.cmd.ProcessState.Exited()
	switch {
	case p.killed.Load() != nil:
		c.postpone(j, p)
	case !exited || j.target != nil:
		c.missed(j, p)
	case hellos > 0 || p.cmd.ProcessState.Success():
		c.leave(j, "") // it has no more worlds, or none at all
	default:
		c.leave(j, fmt.Sprintf("it ended before it had a world: %s\n%s", p.how(), p.said.String()))
	}
}

// visited notes the end of a visit, of whose time some was spent elsewhere.
func (c *Campaign) visited(j *job, began time.Time, elsewhere time.Duration) {
	c.spend(j, time.Since(began)-elsewhere)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.schedule.left(j)
}

// spend notes what a worker has spent at a job.
func (c *Campaign) spend(j *job, took time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.schedule.spend(j, took)
	if j.target != nil {
		c.used.Worlds += took
	} else {
		c.used.Searching += took
	}
}

// firstHello is for how long a test may say nothing of worlds on the first visit.
const firstHello = 3 * time.Second

// untilHello returns how long to wait for a test to come to its next world. Tests that take long, and may have none, must not use up
// a campaign's time; so they are given little at first.
func (c *Campaign) untilHello(j *job) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	if j.target != nil || c.config.For == 0 {
		return c.config.Patience
	}
	return min(c.config.Patience, max(firstHello, c.config.For/20)<<(2*j.tries))
}

// postpone notes that a test has not come to a world in time. It is tried again, later and for longer, but not for ever.
func (c *Campaign) postpone(j *job, p *process) {
	c.mu.Lock()
	j.tries++
	c.schedule.reweigh(j)
	c.schedule.delay(j, c.config.For/4)
	last := j.tries == MaxDeaths
	c.mu.Unlock()
	if last {
		c.leave(j, fmt.Sprintf("%s before its next world, again and again: %s", p.how(), p.said.String()))
	}
}

// begin starts a worker for a visit. An error says that there is no use in trying again.
func (c *Campaign) begin(ctx context.Context, r *root) (*process, error) {
	p, err := c.start(r)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil {
		c.failed = 0
		return p, nil
	}
	if c.failed++; c.failed > maxFailedStarts || errors.Is(ctx.Err(), context.Canceled) {
		return nil, err
	}
	return nil, nil
}

// missed notes that a worker has ended before it came where it was to go.
func (c *Campaign) missed(j *job, p *process) {
	c.mu.Lock()
	if !p.cmd.ProcessState.Exited() {
		c.sums.Deaths++
	}
	j.silent++
	last := j.silent >= maxSilent
	c.mu.Unlock()
	if last {
		c.leave(j, fmt.Sprintf("%d workers have ended before its next world, the last so: %s\n%s", maxSilent, p.how(), p.said.String()))
	}
}

// wanted reports whether a call is one that the campaign is for.
func (c *Campaign) wanted(h *protocol.Hello) bool {
	return c.config.Wanted == nil || c.config.Wanted(h.Test)
}

// meet returns the target that says hello on the way of a job, and whether nobody knew it.
func (c *Campaign) meet(j *job, h *protocol.Hello) (t *target, first bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	id := Target{Package: j.root.pkg.Path, Test: h.Test, Call: h.Call}
	t = c.targets[id]
	if first = t == nil; first {
		t = &target{Target: id, root: j.root, size: 1, open: make(map[uint64]uint64)}
		t.job = &job{root: j.root, target: t, planted: h.Planted}
		if c.config.Guide {
			t.guide = newGuide(c.config.Seed, id)
		}
		c.targets[id] = t
		c.schedule.add(t.job)
	}
	if j.target == nil || j.target == t {
		j.silent = 0
	}
	return t, first
}

// serve runs chunks of a target for a while. It reports whether the worker lives.
func (c *Campaign) serve(ctx context.Context, t *target, p *process, stay time.Duration) (alive bool) {
	for began := time.Now(); time.Since(began) < stay; {
		chunk, err := c.config.Queue.Lease(ctx, t.Target, c.sizeOf(t))
		switch {
		case errors.Is(err, ErrDrained):
			c.leave(t.job, "")
			return true
		case err != nil:
			c.stop(fmt.Errorf("the queue does not work: %w", err))
			return false
		case chunk == nil:
			c.mu.Lock()
			c.schedule.delay(t.job, 10*tick) // others have what there is
			c.mu.Unlock()
			return true
		}
		c.opened(t, chunk)
		alive := c.runChunk(ctx, t, p, chunk)
		if alive && t.guide != nil {
			alive = c.runVaried(ctx, t, p)
		}
		if !alive {
			return false
		}
	}
	return true
}

// A slice is how long a visit stays at a target.
const slice = 2 * time.Second

// chunkTime is how long a chunk is to take: short enough that little is lost with a worker, and long enough that
// handing it out costs nothing.
const chunkTime = 300 * time.Millisecond

// sizeOf returns the size of a target's next chunk.
func (c *Campaign) sizeOf(t *target) uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return t.size
}

// learn adapts the size of chunks to how long one took.
func (c *Campaign) learn(t *target, took time.Duration, worlds uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case took < chunkTime/2 && worlds >= t.size:
		t.size = min(2*t.size, 1000)
	case took > 2*chunkTime:
		t.size = max(t.size/2, 1)
	}
}

// runChunk runs a chunk and settles it. It reports whether the worker lives.
func (c *Campaign) runChunk(ctx context.Context, t *target, p *process, chunk *Chunk) (alive bool) {
	began := time.Now()
	p.send(&protocol.Request{Run: &protocol.Run{First: chunk.First, Stride: chunk.Stride, Count: chunk.Count}})
	var answers []protocol.Answer
	alive = true
	spent := false
	for uint64(len(answers)) < chunk.Count && !spent {
		a, ok := c.receive(ctx, p, c.config.Patience)
		if !ok {
			alive = false
			break
		}
		answers, spent = append(answers, *a), a.Spent
	}
	died := false
	if !alive && ctx.Err() == nil {
		p.wait()
		died = p.atWork()
	}
	// What was run counts, also when the time is up.
	counted, err := c.config.Queue.Settle(context.WithoutCancel(ctx), chunk, answers, died)
	if err != nil {
		c.stop(fmt.Errorf("the queue does not work: %w", err))
		return false
	}
	if !counted {
		answers = nil
	}
	c.count(t, chunk, answers)
	if counted {
		c.learn(t, time.Since(began), uint64(len(answers)))
		if !alive && ctx.Err() == nil {
			c.countDeath()
		}
		if died {
			c.blame(t, p, chunk.After(uint64(len(answers))))
		}
	}
	return alive && !spent
}

// runVaried runs varied worlds, as many as a chunk has. It reports whether the worker lives.
func (c *Campaign) runVaried(ctx context.Context, t *target, p *process) (alive bool) {
	worlds := t.guide.next(c.sizeOf(t))
	if len(worlds) == 0 {
		return true
	}
	run := &protocol.Run{Varied: true}
	for _, w := range worlds {
		run.Cases = append(run.Cases, w.plan)
	}
	p.send(&protocol.Request{Run: run})
	for i := range worlds {
		a, ok := c.receive(ctx, p, c.config.Patience)
		switch {
		case ok:
			c.countVaried(t, a, worlds[i].changes)
		case ctx.Err() == nil:
			p.wait()
			c.countDeath()
			if p.atWork() {
				c.blameVaried(t, p, worlds[i])
			}
		}
		if !ok || a.Spent {
			return false
		}
	}
	return true
}

// countVaried adds a varied world.
func (c *Campaign) countVaried(t *target, a *protocol.Answer, made []int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sums.Varied++
	f := &failure{number: afterFresh + c.sums.Varied, plan: plan.Plan{Seed: a.Seed}, answer: *a, changes: made}
	if a.Plan != nil {
		f.plan = *a.Plan
	}
	c.add(t, a, f)
}

// afterFresh is added to the numbers of varied worlds, so that fresh ones of the same failure are looked into first.
const afterFresh = 1 << 63

func (c *Campaign) countDeath() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sums.Deaths++
}

// blameVaried notes that a worker has died on a varied world, and reports the world if it was not the first worker.
func (c *Campaign) blameVaried(t *target, p *process, w guided) {
	if w.deaths++; w.deaths < MaxDeaths {
		t.guide.retry(w)
		return
	}
	c.deadly(t, p, &failure{plan: w.plan, answer: protocol.Answer{Seed: w.plan.Seed}})
}

// deadly reports a world on which workers die.
func (c *Campaign) deadly(t *target, p *process, f *failure) {
	c.mu.Lock()
	f.place = c.countFailure(t)
	c.mu.Unlock()
	found := unshrunk(&raw{target: t}, f, strings.TrimSpace(fmt.Sprintf("%d workers have died on this world, the last so: %s\n%s", MaxDeaths, p.how(), p.said.String())))
	found.Kind, found.Property = findings.Crash, "the process lives"
	if c.keeper.add(found) {
		c.mu.Lock()
		c.schedule.learn(t.job, f.place)
		c.mu.Unlock()
	}
	c.config.Note(fmt.Sprintf("%s: %d workers have died on a world of seed 0x%x: %s", t, MaxDeaths, uint64(f.plan.Seed), p.how()))
}

// blame notes that a worker has died on the first world of a chunk, and reports the world if it was not the first worker.
func (c *Campaign) blame(t *target, p *process, rest Chunk) {
	if rest.Count == 0 || rest.Deaths+1 < MaxDeaths {
		return
	}
	seed := plan.Number(seedOf(c.config.Seed, t.Test, rest.First))
	c.mu.Lock()
	t.counted++
	c.sums.Seeds++
	c.mu.Unlock()
	c.deadly(t, p, &failure{plan: plan.Plan{Seed: seed}, answer: protocol.Answer{Seed: seed}})
}

// receive returns the worker's next answer. It returns false if there will be none: the worker has
// died, or is ended, for having been silent too long or because the context is done.
func (c *Campaign) receive(ctx context.Context, p *process, patience time.Duration) (*protocol.Answer, bool) {
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case a, ok := <-p.answers:
		return &a, ok
	case <-ctx.Done():
		p.kill("the campaign is over")
	case <-late.C:
		p.kill(fmt.Sprintf("it has said nothing for %v", patience))
	}
	return nil, false
}

// seedOf returns the seed of a test's world, as the worker derives it.
func seedOf(base uint64, test string, number uint64) uint64 {
	return prng.Worlds(base, test).Num(number).Uint64()
}
