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

// visit runs worlds of a root's targets, one after the other, a slice each.
func (c *Campaign) visit(ctx context.Context, r *root) {
	began, worlds := time.Now(), 0
	defer func() { c.left(r, began, worlds) }()
	p, err := c.begin(ctx, r)
	if p == nil {
		if err != nil {
			c.stop(err)
		}
		return
	}
	defer p.kill("the visit is over")
	hellos, drained := 0, true
	for {
		a, ok := c.receive(ctx, p, c.untilHello(r, hellos))
		if !ok {
			break
		}
		if a.Hello == nil {
			continue // of no request
		}
		hellos++
		if c.wanted(a.Hello) {
			n, empty, alive := c.serve(ctx, c.meet(r, a.Hello), p)
			worlds += n
			drained = drained && empty
			if !alive {
				return
			}
		}
		p.send(&protocol.Request{Leave: true})
	}
	if ctx.Err() != nil {
		return
	}
	p.wait()
	if hellos == 0 && p.killed.Load() != nil {
		c.postpone(r, p)
		return
	}
	switch {
	case p.cmd.ProcessState.Exited() && hellos > 0 && drained:
		c.leave(r, "")
	case p.cmd.ProcessState.Exited() && hellos == 0:
		why := "" // it has no worlds
		if !p.cmd.ProcessState.Success() {
			why = fmt.Sprintf("it ended before it had a world: %s\n%s", p.how(), p.said.String())
		}
		c.leave(r, why)
	case !p.cmd.ProcessState.Exited():
		c.died(r, p, hellos)
	}
}

// firstHello is for how long a test may say nothing of worlds on the first visit.
const firstHello = 3 * time.Second

// untilHello returns how long to wait for a test to come to its next world. Tests that take long, and may have none, must not use up
// a campaign's time; so they are given little at first.
func (c *Campaign) untilHello(r *root, hellos int) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	if hellos > 0 || r.met || c.config.For == 0 {
		return c.config.Patience
	}
	return min(c.config.Patience, max(firstHello, c.config.For/20)<<(2*r.tries))
}

// postpone notes that a test has not come to a world in time. It is tried again, later and for longer, but not for ever.
func (c *Campaign) postpone(r *root, p *process) {
	c.mu.Lock()
	r.tries++
	r.rest = time.Now().Add(c.config.For / 4)
	last := r.tries == MaxDeaths
	c.mu.Unlock()
	if last {
		c.leave(r, fmt.Sprintf("%s before its first world, again and again: %s", p.how(), p.said.String()))
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

// died notes the death of a worker between worlds.
func (c *Campaign) died(r *root, p *process, hellos int) {
	c.mu.Lock()
	c.sums.Deaths++
	if hellos == 0 {
		r.silent++
	}
	last := r.silent >= maxSilent
	c.mu.Unlock()
	if last {
		c.leave(r, fmt.Sprintf("%d workers have died before its first world, the last so: %s\n%s", maxSilent, p.how(), p.said.String()))
	}
}

// wanted reports whether a call is one that the campaign is for.
func (c *Campaign) wanted(h *protocol.Hello) bool {
	return c.config.Wanted == nil || c.config.Wanted(h.Test)
}

// meet returns the target that says hello.
func (c *Campaign) meet(r *root, h *protocol.Hello) *target {
	c.mu.Lock()
	defer c.mu.Unlock()
	r.silent, r.met = 0, true
	id := Target{Package: r.pkg.Path, Test: h.Test, Call: h.Call}
	t := c.targets[id]
	if t == nil {
		t = &target{Target: id, root: r, planted: h.Planted, size: 1}
		if c.config.Guide {
			t.guide = newGuide(c.config.Seed, id)
		}
		c.targets[id] = t
	}
	return t
}

// serve runs chunks of a target for a slice of time. It returns how many worlds were run, whether none are left, and whether the worker lives.
func (c *Campaign) serve(ctx context.Context, t *target, p *process) (worlds int, drained, alive bool) {
	stay := c.stay(t)
	for began := time.Now(); time.Since(began) < stay; {
		chunk, err := c.config.Queue.Lease(ctx, t.Target, c.sizeOf(t))
		switch {
		case errors.Is(err, ErrDrained):
			return worlds, true, true
		case err != nil:
			c.stop(fmt.Errorf("the queue does not work: %w", err))
			return worlds, false, false
		case chunk == nil:
			return worlds, false, true
		}
		n, alive := c.runChunk(ctx, t, p, chunk)
		worlds += n
		if alive && t.guide != nil {
			alive = c.runVaried(ctx, t, p)
		}
		if !alive {
			return worlds, false, false
		}
	}
	return worlds, false, true
}

// A slice is how long a visit stays at one target.
const slice = 2 * time.Second

// stay returns how long to stay at a target: not for long at first, so that each test is reached early.
func (c *Campaign) stay(t *target) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.counted == 0 {
		return slice / 4
	}
	return slice
}

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

// runChunk runs a chunk and settles it. It returns how many of its worlds were run, and whether the worker lives.
func (c *Campaign) runChunk(ctx context.Context, t *target, p *process, chunk *Chunk) (worlds int, alive bool) {
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
		return len(answers), false
	}
	if counted {
		c.count(t, answers)
		c.learn(t, time.Since(began), uint64(len(answers)))
		if !alive && ctx.Err() == nil {
			c.countDeath()
		}
		if died {
			c.blame(t, p, chunk.After(uint64(len(answers))))
		}
	}
	return len(answers), alive && !spent
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
	t.failed++
	c.sums.Failures++
	c.mu.Unlock()
	found := unshrunk(&raw{target: t}, f, strings.TrimSpace(fmt.Sprintf("%d workers have died on this world, the last so: %s\n%s", MaxDeaths, p.how(), p.said.String())))
	found.Kind, found.Property = findings.Crash, "the process lives"
	c.keeper.add(found)
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
