// Package shrink makes failing cases smaller: fewer faults, fewer operations, a schedule without noise, rounder
// times. It knows the structure of a plan, so it removes whole faults and operations where a shrinker of bytes would
// have to be lucky.
//
// The search for the fewest elements is delta debugging (Zeller and Hildebrandt 2002) by
// complements alone: chunks of a half, a quarter and so on are taken away as long as the failure stays. A case may
// stop failing when something is taken away that has nothing to do with the failure, because the schedule
// becomes another; so what is left over is tried again with other schedules, which keeps the cause
// and re-draws the noise. Where many faults are left all the same, because each of them moves all that follows, less is drawn at random until
// something fails (construct). What fails in one schedule only is varied until it does in more (vary): it can be made smaller
// then, and outlives edits to the program.
//
// The result does not depend on how many cases are run at once: of those that fail, the first in order is
// taken, and what was run beyond it is neither counted nor used.
package shrink

import (
	"iter"
	"slices"
	"time"

	"github.com/terrella-go/terrella/internal/plan"
)

// A Result is what running a case has shown.
type Result struct {
	// Fails tells that the same property failed at the same site, twice.
	Fails bool
	// At is when it failed, in virtual nanoseconds since the start of the world.
	At int64
	// Runs is how many worlds that took, and Work their cost in the caller's unit.
	Runs int
	Work int64
}

// A Search makes a case smaller.
type Search struct {
	// Try runs cases and yields their results in order. The search may stop listening at any of them; those to come may be run ahead.
	Try func(cases []plan.Case) iter.Seq[Result]
	// MaxRuns and MaxWork bound the search; 0 means no bound.
	MaxRuns int
	MaxWork int64
	// Values makes drawn values smaller. It may be nil. It calls try for each case that it wants to know about.
	Values func(best plan.Case, try func(plan.Case) bool)
	// Progress, if not nil, is told of each smaller case.
	Progress func(best plan.Case, runs int)
	// Until is when the case failed: what begins later is cut off first. 0 means that nothing is known.
	Until int64

	best plan.Case
	runs int
	work int64
	seen map[string]bool // cases that did not fail
	pace *pace           // that reduce has to keep; nil: any
	keep int             // in how many schedules, see vary, a smaller case has to fail as well
	luck uint64          // the last that nextLuck has returned
}

// Run returns the smallest failing case found, and whether the search came to its end, as opposed to
// having used up its budget. The case given must fail.
func (s *Search) Run(c plan.Case) (best plan.Case, finished bool) {
	s.best = c.Clone()
	s.seen = make(map[string]bool)
	s.cutOff()
	s.settings()
	first, at := s.best.Clone(), s.Until
	s.patiently(func() { s.faults(nil) })
	if n := len(s.best.Faults); n > enoughFaults && n <= fewFaults {
		s.operations(nil)
		s.faults(otherLuck)
		s.merge(otherLuck)
	}
	// Two ends may be as small, and more come of one of them.
	for _, eighths := range [][2]int{{3, 5}, {6, 7}} {
		if len(s.best.Faults) > enoughFaults {
			s.construct(first, at, eighths[0])
			s.prepare()
			s.vary(first.Faults, eighths[1])
		}
	}
	s.operations(nil)
	for round := 0; round < 3 && !s.spent(); round++ {
		before := size(s.best)
		s.faults(otherLuck)
		s.merge(otherLuck)
		s.operations(otherLuck)
		s.schedule()
		s.weaken()
		s.shorten()
		if s.Values != nil && !s.spent() {
			s.Values(s.best.Clone(), func(c plan.Case) bool { return s.try([]plan.Case{c}) == 0 })
		}
		s.round()
		eighths := 8
		if round == 0 && len(s.best.Faults) > enoughFaults {
			eighths = 7 // the passes may make more of what it comes to
		}
		if !s.vary(first.Faults, eighths) && size(s.best) == before && (round > 0 || len(s.best.Faults) <= enoughFaults) {
			break
		}
	}
	s.faults(otherLuck) // rounder times may need fewer
	return s.best, !s.spent()
}

// prepare makes a case that is to be varied cheaper to run, or smaller.
func (s *Search) prepare() {
	if len(s.best.Faults) > fewFaults {
		s.patiently(func() { s.faults(otherLuck) })
		return
	}
	s.operations(otherLuck)
	s.shorten()
	s.round()
}

// Runs returns how many worlds were run.
func (s *Search) Runs() int { return s.runs }

// Work returns what they cost.
func (s *Search) Work() int64 { return s.work }

func (s *Search) spent() bool { return s.used(8) }

// used reports whether so many eighths of the budget are used up.
func (s *Search) used(eighths int) bool { return s.usedSince(0, 0, eighths) }

// usedSince is used for what was done after so many runs and so much work.
func (s *Search) usedSince(runs int, work int64, eighths int) bool {
	return s.MaxRuns > 0 && s.runs-runs >= s.MaxRuns*eighths/8 || s.MaxWork > 0 && s.work-work >= s.MaxWork/8*int64(eighths)
}

// size counts what a case consists of.
func size(c plan.Case) int {
	n := len(c.Ops)
	for i := range c.Faults {
		n += 1 + len(c.Faults[i].Victims())
	}
	return n
}

// try runs candidates in order and makes the first that fails the best. It returns its number, -1 if none does.
func (s *Search) try(candidates []plan.Case) int {
	for from := 0; ; {
		i, r := s.first(candidates[from:])
		if i < 0 {
			return -1
		}
		if from += i; s.keeps(candidates[from], r.At) {
			s.adopt(candidates[from], r.At)
			return from
		}
		s.seen[keyOf(candidates[from])] = true
		from++
	}
}

// adopt makes a case the best, which has failed then.
func (s *Search) adopt(c plan.Case, at int64) {
	s.best = c.Clone()
	if at > 0 {
		s.Until = at
	}
	if s.Progress != nil {
		s.Progress(s.best, s.runs)
	}
}

// first runs candidates in order up to the first that fails, and returns its number, -1 if none does.
func (s *Search) first(candidates []plan.Case) (int, Result) {
	type candidate struct {
		number int
		key    string
	}
	var fresh []candidate
	var cases []plan.Case
	for i, c := range candidates {
		if key := keyOf(c); !s.seen[key] {
			if c.Until == 0 && s.Until > 0 {
				c.Until = later(s.Until) + time.Second // what has not failed by then is as good as passing
			}
			fresh, cases = append(fresh, candidate{i, key}), append(cases, c)
		}
	}
	if len(fresh) == 0 || s.spent() {
		return -1, Result{}
	}
	i := 0
	for r := range s.Try(cases) {
		s.runs += r.Runs
		s.work += r.Work
		if r.Fails {
			return fresh[i].number, r
		}
		s.seen[fresh[i].key] = true
		if s.spent() {
			break
		}
		i++
	}
	return -1, Result{}
}

// A pace is how fast elements have to go: half of those that are left each time that so many runs and so much work are done.
type pace struct {
	count int // of elements when half of them were gone last
	runs  int
	work  int64
}

// patiently has reduce give up in f when it comes to nothing: where each fault moves all that follows, every
// removal is a throw of dice, and to throw for one fault after the other would take all there is to spend.
func (s *Search) patiently(f func()) {
	s.pace = &pace{}
	f()
	s.pace = nil
}

const (
	paceRuns = 60 // runs in which half of the elements have to go
	paceWork = 20 // the part of the budget for that
)

func (p *pace) kept(s *Search, count int) bool {
	if p == nil || count <= fewFaults {
		return true
	}
	if p.count == 0 || count <= p.count/2 {
		p.count, p.runs, p.work = count, s.runs, s.work
	}
	return s.runs-p.runs < paceRuns || s.work-p.work < s.MaxWork/paceWork
}

// reduceBatch is how many candidates are prepared at once.
const reduceBatch = 64

// otherLuck is how many other schedules are tried where the own one does not fail.
var otherLuck = []uint64{1, 2, 3}

// fewFaults is a number of faults of which all pairs can be tried.
const fewFaults = 8

// luckOf returns a case with each of some other schedules.
func lucky(c plan.Case, luck []uint64) []plan.Case {
	out := []plan.Case{c}
	for _, l := range luck {
		if l != c.Luck {
			c.Luck = l
			out = append(out, c)
		}
	}
	return out
}

// reduce takes away as many of n elements as it can: without returns the case without those in [from, to) of
// the elements that are left, and is called anew after each success.
func (s *Search) reduce(count func() int, without func(from, to int) plan.Case, luck []uint64) {
	for chunk := count(); chunk >= 1 && !s.spent() && s.pace.kept(s, count()); {
		reduced := false
		for from := 0; from < count() && !s.spent() && s.pace.kept(s, count()); {
			// The next candidates, as if none of them failed.
			var candidates []plan.Case
			var starts []int
			next := from
			for ; next < count() && len(candidates) < reduceBatch; next += chunk {
				for _, c := range lucky(without(next, min(next+chunk, count())), luck) {
					candidates, starts = append(candidates, c), append(starts, next)
				}
			}
			if i := s.try(candidates); i >= 0 {
				reduced = true
				next = starts[i]
			}
			from = next
		}
		if chunk == 1 && !reduced {
			return
		}
		if chunk > 1 || !reduced {
			chunk = (chunk + 1) / 2
			if chunk > count() {
				chunk = max(count(), 1)
			}
		}
	}
}

// cutOff takes away what begins after the failure.
func (s *Search) cutOff() {
	if s.Until <= 0 {
		return
	}
	c := s.best.Clone()
	c.Faults = slices.DeleteFunc(c.Faults, func(f plan.Fault) bool { return int64(f.When.At) > s.Until })
	if c.Chosen {
		c.Ops = slices.DeleteFunc(c.Ops, func(op plan.Op) bool { return int64(op.At) > s.Until })
	}
	if len(c.Faults) < len(s.best.Faults) || len(c.Ops) < len(s.best.Ops) {
		s.try([]plan.Case{c})
	}
}

// settings takes all at once away what only tells what machines are like: few failures need it.
func (s *Search) settings() {
	c := s.best.Clone()
	c.Faults = slices.DeleteFunc(c.Faults, isSetting)
	if len(c.Faults) < len(s.best.Faults) {
		s.try([]plan.Case{c})
	}
}

func isSetting(f plan.Fault) bool { return f.Spec().Setting }

// faults looks for the fewest faults.
func (s *Search) faults(luck []uint64) {
	s.reduce(func() int { return len(s.best.Faults) }, func(from, to int) plan.Case {
		c := s.best.Clone()
		c.Faults = slices.Delete(c.Faults, from, to)
		return c
	}, luck)
}

// operations looks for the fewest operations of clients.
func (s *Search) operations(luck []uint64) {
	if !s.best.Chosen {
		return
	}
	if luck == nil {
		s.clients()
	}
	if luck != nil && len(s.best.Ops) <= fewOps {
		luck = luck[:1]
	}
	s.reduce(func() int { return len(s.best.Ops) }, func(from, to int) plan.Case {
		c := s.best.Clone()
		c.Ops = slices.Delete(c.Ops, from, to)
		return c
	}, luck)
}

// fewOps is a number of operations of which hardly one is too many: a write and a read, say.
const fewOps = 2

// clients takes the operations of whole clients away.
func (s *Search) clients() {
	for _, client := range clientsOf(s.best) {
		c := s.best.Clone()
		c.Ops = slices.DeleteFunc(c.Ops, func(op plan.Op) bool { return op.Node == client })
		s.try([]plan.Case{c})
	}
}

func clientsOf(c plan.Case) []string {
	var names []string
	for _, op := range c.Ops {
		if !slices.Contains(names, op.Node) {
			names = append(names, op.Node)
		}
	}
	return names
}

// schedule tries the schedule without noise.
func (s *Search) schedule() {
	if s.best.FIFO {
		return
	}
	c := s.best.Clone()
	c.FIFO = true
	s.try([]plan.Case{c})
}
