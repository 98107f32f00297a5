// Package shrink makes failing cases smaller: fewer faults, fewer operations, a schedule without noise, rounder
// times. It knows the structure of a plan, so it removes whole faults and operations where a shrinker of bytes would
// have to be lucky.
//
// The search for the fewest elements is delta debugging (Zeller and Hildebrandt 2002) by
// complements alone: chunks of a half, a quarter and so on are taken away as long as the failure stays. A case may
// stop failing when something is taken away that has nothing to do with the failure, because the schedule
// becomes another; so what is left over is tried again with other schedules, which keeps the cause
// and re-draws the noise. Where many faults are left all the same, the search goes the other way, and
// looks for a few that fail.
//
// The result does not depend on how many cases are run at once: of those that fail, the first in order is
// taken, and what was run beyond it is neither counted nor used.
package shrink

import (
	"iter"
	"slices"

	"github.com/terrella-go/terrella/internal/plan"
)

// A Result is what running a case has shown.
type Result struct {
	// Fails tells that the same property failed at the same site, twice.
	Fails bool
	// Runs is how many worlds that took, and Work their cost in the caller's unit.
	Runs int
	Work int64
}

// A Search makes a case smaller.
type Search struct {
	// Try runs cases and yields their results in order. The search stops listening at the first that fails, and when its budget is used up; those to come may be run ahead.
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
}

// Run returns the smallest failing case found, and whether the search came to its end, as opposed to
// having used up its budget. The case given must fail.
func (s *Search) Run(c plan.Case) (best plan.Case, finished bool) {
	s.best = c.Clone()
	s.seen = make(map[string]bool)
	s.cutOff()
	s.settings()
	all := s.best.Faults
	s.faults(nil)
	s.construct(all, fewFaults)
	s.operations(nil)
	for round := 0; round < 3 && !s.spent(); round++ {
		if round == 1 {
			s.construct(all, enoughFaults)
		}
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
		if size(s.best) == before && (round > 0 || len(s.best.Faults) <= enoughFaults) {
			break
		}
	}
	return s.best, !s.spent()
}

// Runs returns how many worlds were run.
func (s *Search) Runs() int { return s.runs }

// Work returns what they cost.
func (s *Search) Work() int64 { return s.work }

func (s *Search) spent() bool {
	return s.MaxRuns > 0 && s.runs >= s.MaxRuns || s.MaxWork > 0 && s.work >= s.MaxWork
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
	type candidate struct {
		number int
		c      plan.Case
		key    string
	}
	var fresh []candidate
	for i, c := range candidates {
		if key := keyOf(c); !s.seen[key] {
			fresh = append(fresh, candidate{i, c, key})
		}
	}
	if len(fresh) == 0 || s.spent() {
		return -1
	}
	cases := make([]plan.Case, len(fresh))
	for i := range fresh {
		cases[i] = fresh[i].c
	}
	i := 0
	for r := range s.Try(cases) {
		s.runs += r.Runs
		s.work += r.Work
		if r.Fails {
			s.best = fresh[i].c.Clone()
			if s.Progress != nil {
				s.Progress(s.best, s.runs)
			}
			return fresh[i].number
		}
		s.seen[fresh[i].key] = true
		if s.spent() {
			return -1
		}
		i++
	}
	return -1
}

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
	for chunk := count(); chunk >= 1 && !s.spent(); {
		reduced := false
		for from := 0; from < count() && !s.spent(); {
			// All candidates from here to the end, as if none of them failed.
			var candidates []plan.Case
			var starts []int
			for at := from; at < count(); at += chunk {
				for _, c := range lucky(without(at, min(at+chunk, count())), luck) {
					candidates, starts = append(candidates, c), append(starts, at)
				}
			}
			i := s.try(candidates)
			if i < 0 {
				break
			}
			reduced = true
			from = starts[i]
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

// fewOps is a number of operations that a reader follows.
const fewOps = 6

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
