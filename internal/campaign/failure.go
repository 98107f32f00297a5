package campaign

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/terrella-go/terrella/internal/campaign/protocol"
	"github.com/terrella-go/terrella/internal/findings"
	"github.com/terrella-go/terrella/internal/plan"
)

// A rawKey tells failures apart that nobody has looked into yet.
type rawKey struct {
	Target
	property, function string
	line               int
	diverged           bool
}

// A raw holds failures of one key.
type raw struct {
	key     rawKey
	target  *target
	count   uint64
	waiting []*failure        // the first of them by number, in order
	taken   int               // that were or are looked into
	active  int               // of those
	said    bool              // that there is such a failure
	buckets map[string]uint64 // how many of those that were kept belong to which, by the text of the key
}

// A failure is a world that failed.
type failure struct {
	number uint64
	plan   plan.Plan
	answer protocol.Answer
	place  uint64 // among those of its target as they came, from 1
	// changes are those that were made in a varied world.
	changes []int
}

const (
	// looks is how many failures of a raw are looked into.
	looks = findings.Kept
	// firstShare is which share of their time workers give to failures while there is time for worlds, and moreShare the one up to which those that
	// are not the first of their kind are among them: one part in so many at most.
	firstShare = 4
	moreShare  = 8
)

// note puts a failure where it waits to be looked into. The lock is held.
func (c *Campaign) note(t *target, f *failure) {
	a := &f.answer
	key := rawKey{Target: t.Target, diverged: a.Divergence != ""}
	if x := a.Failure; x != nil {
		key.property, key.function, key.line = x.Property, x.Site.Func, x.Site.Line
	}
	r := c.raws[key]
	if r == nil {
		r = &raw{key: key, target: t, buckets: make(map[string]uint64)}
		c.raws[key] = r
		c.rawOrder = append(c.rawOrder, r)
	}
	r.count++
	at, _ := slices.BinarySearchFunc(r.waiting, f, func(a, b *failure) int { return cmp.Compare(a.number, b.number) })
	if at < looks {
		r.waiting = slices.Insert(r.waiting, at, f)
		r.waiting = r.waiting[:min(len(r.waiting), looks)]
	}
}

// eligible reports whether a failure of a raw is to be looked into. When the time is over one of each must do. The lock is held.
func (c *Campaign) eligible(r *raw, over bool) bool {
	switch {
	case len(r.waiting) == 0 || r.taken >= looks:
		return false
	case c.config.Orderly:
		// No failure is to come that would have been before it.
		return r.waiting[0].number < r.target.below || c.schedule.visits() == 0 && c.schedule.over()
	}
	return !over || r.taken == 0
}

// affordable reports whether a failure of a raw is to be looked into while there are worlds to be run. The lock is held.
func (c *Campaign) affordable(r *raw) bool {
	switch {
	case c.config.Orderly:
		return true
	case c.schedule.pressing() && time.Since(c.began) < c.config.For/2:
		return false
	case r.taken == 0:
		return c.lookers < max(c.config.Workers/2, 1) && c.used.looking()*firstShare <= c.used.all()
	}
	return c.lookers == 0 && c.used.looking()*moreShare < c.used.all()
}

// nextFailure returns a failure that is to be looked into, nil if there is none now. Over tells that the time for worlds is over, and idle
// that there is nothing else to do.
func (c *Campaign) nextFailure(over, idle bool) (*raw, *failure) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var best *raw
	for _, r := range c.rawOrder {
		if c.eligible(r, over) && (over || idle || c.affordable(r)) && (best == nil || r.taken < best.taken) {
			best = r
		}
	}
	if best == nil {
		return nil, nil
	}
	f := best.waiting[0]
	best.waiting = best.waiting[1:]
	best.taken++
	best.active++
	c.lookers++
	return best, f
}

// lookInto runs a failure twice in new processes, and has it made smaller and kept if it fails both times in the same way.
func (c *Campaign) lookInto(ctx context.Context, r *raw, f *failure) {
	began, part := time.Now(), &c.used.Checking
	defer func() {
		c.use(part, began)
		c.mu.Lock()
		r.active--
		c.lookers--
		c.mu.Unlock()
	}()
	var twice [2]*protocol.Answer
	for i := range twice {
		a, how := c.ask(ctx, r.target, &protocol.Request{Run: &protocol.Run{Cases: []plan.Plan{f.plan}}}, c.config.Patience)
		if ctx.Err() != nil {
			c.addUnshrunk(r, f)
			return
		}
		if a == nil {
			a = &protocol.Answer{Failure: &protocol.Failure{Property: "the process lives", Message: how}}
		}
		twice[i] = a
	}
	switch {
	case f.answer.Divergence != "" || !alike(twice[0], twice[1]) || twice[0].Failure == nil:
		c.reportDivergence(ctx, r, f, twice)
	default:
		c.use(part, began)
		began, part = time.Now(), &c.used.Shrinking
		c.keep(ctx, r, f)
	}
}

// alike reports whether two runs of a case are the same, as far as the machine has no say.
func alike(a, b *protocol.Answer) bool {
	if a.Failure == nil || b.Failure == nil {
		return a.Failure == nil && b.Failure == nil && a.Schedule == b.Schedule && a.Events == b.Events
	}
	if a.Failure.Machine && b.Failure.Machine {
		return a.Failure.Property == b.Failure.Property
	}
	return a.Failure.Property == b.Failure.Property && a.Failure.Step == b.Failure.Step && a.Failure.At == b.Failure.At &&
		a.Schedule == b.Schedule && a.Events == b.Events
}

// reportDivergence reports a seed that is not the same world each time. Where the runs part a further process finds out.
func (c *Campaign) reportDivergence(ctx context.Context, r *raw, f *failure, twice [2]*protocol.Answer) {
	text := f.answer.Divergence
	if a, _ := c.ask(ctx, r.target, &protocol.Request{Run: &protocol.Run{Cases: []plan.Plan{f.plan}, Verify: true}}, c.config.Patience); a != nil && a.Divergence != "" {
		text = a.Divergence
	}
	if text == "" {
		text = fmt.Sprintf("In the campaign, after other worlds of the same process, seed 0x%x failed: %s\nIn a new process it %s; in another it %s. Two runs within one process are the same, so something outlives worlds, or reaches them from outside. Config.Fresh runs each seed in a process of its own.",
			uint64(f.answer.Seed), title(f.answer.Failure), outcome(twice[0]), outcome(twice[1]))
	}
	found := unshrunk(r, f, text)
	found.Kind, found.Property, found.Site = findings.Nondeterminism, "", plan.Site{}
	c.keepFinding(r, f, found)
	c.config.Note(fmt.Sprintf("%s is not deterministic: seed 0x%x", r.target, uint64(f.answer.Seed)))
}

func outcome(a *protocol.Answer) string {
	if a.Failure == nil {
		return "passes"
	}
	return "fails: " + title(a.Failure)
}

// title returns what failed, in one line.
func title(f *protocol.Failure) string {
	text, _, _ := strings.Cut(strings.TrimSpace(f.Message), "\n")
	if f.Property == "" {
		return text
	}
	return f.Property + ": " + text
}

// unshrunk returns a failure as it was found, with another message if that is not empty.
func unshrunk(r *raw, f *failure, message string) *findings.Finding {
	out := &findings.Finding{
		Kind: findings.Property, Package: r.target.Package, Test: r.target.Test, Race: r.target.root.pkg.Race,
		Seed: f.answer.Seed, Schedule: f.answer.Schedule, Events: f.answer.Events, Steps: f.answer.Steps,
	}
	if x := f.answer.Failure; x != nil {
		out.Property, out.Message, out.Site, out.Steps, out.At = x.Property, x.Message, x.Site, x.Step, plan.Duration(x.At)
	} else {
		out.Kind, out.Message = findings.Nondeterminism, f.answer.Divergence
	}
	if message != "" {
		out.Message = message
	}
	if f.plan.Faults != nil || f.plan.Luck != 0 || f.plan.Redraw != 0 {
		text, err := json.Marshal(f.plan)
		if err != nil {
			panic(err) // it is ours
		}
		out.Message += fmt.Sprintf("\nThe seed alone does not show it. It takes this plan, in a failure file: %s", text)
	}
	return out
}

// keep has a failure made smaller and kept.
func (c *Campaign) keep(ctx context.Context, r *raw, f *failure) {
	var small *findings.Finding
	for again := true; again && small == nil && ctx.Err() == nil; {
		small, again = c.shrink(ctx, r, f)
	}
	if small == nil && ctx.Err() != nil {
		c.addUnshrunk(r, f)
		return
	}
	if small == nil {
		small = unshrunk(r, f, "")
	}
	c.keepFinding(r, f, small)
	if c.first(r) {
		c.config.Note(fmt.Sprintf("%s fails: %s", r.target, title(f.answer.Failure)))
	}
}

// first reports whether nothing was said of such failures yet.
func (c *Campaign) first(r *raw) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	first := !r.said
	r.said = true
	return first
}

// addUnshrunk adds a failure as it was found, when there is no time left, unless there are such failures already.
func (c *Campaign) addUnshrunk(r *raw, f *failure) {
	if c.first(r) {
		c.keepFinding(r, f, unshrunk(r, f, ""))
	}
}

// shrink has a failure made smaller and returns what is left. If it can't be written it tells whether it is worth another try.
func (c *Campaign) shrink(ctx context.Context, r *raw, f *failure) (small *findings.Finding, again bool) {
	// Where there is no room the first time, the second time is elsewhere.
	first := c.keeper.troubled() == nil
	dir, err := c.keeper.scratch()
	if err != nil {
		return nil, first
	}
	defer removeAll(dir)
	// The work is counted in worlds, not in time; a busy machine takes longer.
	a, how := c.ask(ctx, r.target, &protocol.Request{Keep: &protocol.Keep{Case: f.plan, Dir: dir, Work: c.config.Work}}, c.config.Patience+10*c.config.Work)
	switch {
	case ctx.Err() != nil:
	case a == nil || a.Kept == nil:
		c.config.Note(fmt.Sprintf("%s: seed 0x%x was not made smaller: %s", r.target, uint64(f.answer.Seed), how))
	case !a.Kept.Repeats:
		c.config.Note(fmt.Sprintf("%s: seed 0x%x was not made smaller: it fails in each new process, and not the second time in one; something outlives its world", r.target, uint64(f.answer.Seed)))
	case a.Kept.File == "":
		c.keeper.fail(errors.New(a.Kept.Trouble))
		return nil, first
	default:
		if a.Kept.Trouble != "" {
			c.keeper.fail(errors.New(a.Kept.Trouble))
		}
		return c.keeper.move(filepath.Join(dir, a.Kept.File), filepath.Join(dir, a.Kept.Trace), filepath.Join(dir, a.Kept.Page)), false
	}
	return nil, false
}

// ask has a new process answer one request at a target. Without an answer it tells how the process ended; processes that were
// ended from outside are replaced.
func (c *Campaign) ask(ctx context.Context, t *target, q *protocol.Request, patience time.Duration) (*protocol.Answer, string) {
	how := "it could not be started"
	for range MaxDeaths {
		p, err := c.start(t.root)
		if err != nil {
			how = err.Error()
			continue
		}
		a := c.askOne(ctx, p, t, q, patience)
		p.kill("it has answered")
		if a != nil || ctx.Err() != nil {
			return a, ""
		}
		how = strings.TrimSpace(p.how() + "\n" + p.said.String())
	}
	return nil, how
}

// askOne leads a process to a target and makes a request there.
func (c *Campaign) askOne(ctx context.Context, p *process, t *target, q *protocol.Request, patience time.Duration) *protocol.Answer {
	for {
		a, ok := c.receive(ctx, p, patience)
		switch {
		case !ok:
			return nil
		case a.Hello == nil:
			return a
		case a.Hello.Test == t.Test && a.Hello.Call == t.Call:
			p.send(q)
		default:
			p.send(&protocol.Request{Leave: true})
		}
	}
}

// keepFinding keeps what came of a failure, and gives its target more of the time if it is of a new bucket.
func (c *Campaign) keepFinding(r *raw, f *failure, found *findings.Finding) {
	first := c.keeper.add(found)
	c.mu.Lock()
	defer c.mu.Unlock()
	r.buckets[found.Key().Text]++
	if first {
		c.schedule.learn(r.target.job, f.place)
	}
}

// countOthers adds the failures that were not looked into to the buckets of those of their kind that were, by their shares.
func (c *Campaign) countOthers() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range c.rawOrder {
		var kept, left uint64
		for _, n := range r.buckets {
			kept += n
		}
		if left = r.count - kept; kept == 0 || left == 0 {
			continue
		}
		sum, given := uint64(0), uint64(0)
		for _, key := range slices.Sorted(maps.Keys(r.buckets)) {
			sum += r.buckets[key]
			c.keeper.count(key, int(left*sum/kept-given)) // what is rounded off goes to those that come later
			given = left * sum / kept
		}
	}
}

// giveUpLooking reports, as they were found, failures that there was no time to look into, one of each kind.
func (c *Campaign) giveUpLooking() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range c.rawOrder {
		if r.taken == 0 && len(r.waiting) > 0 {
			found := unshrunk(r, r.waiting[0], "")
			c.keeper.add(found)
			r.buckets[found.Key().Text]++
		}
	}
}

// Seen returns how many failures there were, and how many of them were looked into.
func (c *Campaign) Seen() (all uint64, looked int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range c.rawOrder {
		all += r.count
		looked += r.taken
	}
	return all, looked
}
