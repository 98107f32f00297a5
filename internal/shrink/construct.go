package shrink

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/terrella-go/terrella/internal/plan"
)

// construct looks for few faults that fail where delta debugging finds none to take away.
//
// Where each fault moves all that follows, as it does in an election, a case with less in it is a throw of dice: what the faults did they may do
// again, at such a moment, with some probability. So candidates are drawn that have less, most of them with another schedule. There are several
// ways to have less, see ways; which of them pays is found out as it goes. A candidate that fails is taken apart by delta debugging, whose end
// differs from one schedule to the next; the smallest is kept. What candidates are drawn from becomes smaller more slowly: by one that
// fails in other schedules too, for a case that failed by a stroke of luck has no descendants.
//
// The first case is the failure before anything was taken away from it, and failed at that time. It goes on until so many eighths of the budget are used.
func (s *Search) construct(first plan.Case, at int64, eighths int) {
	d := &drawer{s: s, rng: rand.New(rand.NewPCG(s.best.Seed, s.luck)), all: events(first.Faults)}
	d.from = []origin{{s.best.Clone(), s.Until}}
	if len(first.Faults) > len(s.best.Faults) {
		d.from = append(d.from, origin{first, at})
		if d.rate(first, at) == 0 {
			slices.Reverse(d.from)
		}
	}
	ways := d.ways()
	since, idle := s.work, 0 // the work when the origin was changed, and candidates since one has failed
	for idle < constructTries && len(s.best.Faults) > enoughFaults && !s.used(eighths) {
		if s.MaxWork > 0 && s.work-since > s.MaxWork/stuckPart && len(d.from) > 1 {
			d.from, since = d.from[:len(d.from)-1], s.work
		}
		d.faults = events(d.origin().c.Faults)
		w := slices.MaxFunc(ways, func(a, b *way) int { return cmp.Compare(a.promise(s), b.promise(s)) })
		var candidates []plan.Case
		for range batch {
			if c, ok := d.candidate(w); ok {
				candidates = append(candidates, c)
			}
		}
		idle += batch
		work := s.work
		i, r := s.first(candidates)
		w.work += max(s.work-work, w.run(s)) // also when there was nothing to draw
		if i < 0 {
			continue
		}
		w.hits++
		idle = 0
		c := candidates[i]
		c.Until = 0 // it has failed before
		if d.rate(c, r.At) > 0 {
			d.from, since = append(d.from, origin{c, r.At}), s.work
			for _, w := range ways {
				w.hits, w.work = w.hits/2, w.work/2 // what pays may be another now
			}
		}
		d.takeApart(c, r.At)
	}
}

const (
	// enoughFaults is how many faults a reader still follows.
	enoughFaults = 3
	// constructTries bounds the candidates in a row that come to nothing, and batch is how many are drawn at once.
	constructTries = 1000
	batch          = 8
	// constructRate is in how many schedules a case is run before others are drawn from it, and stuckPart the part of the budget in which
	// something has to come of it.
	constructRate = 8
	stuckPart     = 10
)

// A drawer draws candidates.
type drawer struct {
	s      *Search
	rng    *rand.Rand
	from   []origin     // the last is drawn from; when nothing comes of it, the one before
	faults []plan.Fault // of the last, without settings
	all    []plan.Fault // of the failure as it was found, without settings
}

// An origin is a case from which others are drawn, and when it failed.
type origin struct {
	c  plan.Case
	at int64
}

func (d *drawer) origin() origin { return d.from[len(d.from)-1] }

// rate tells in how many other schedules a case fails.
func (d *drawer) rate(c plan.Case, at int64) int { return d.s.rate(c, constructRate, at) }

// candidate draws a case in one of the ways.
func (d *drawer) candidate(w *way) (plan.Case, bool) {
	c := d.origin().c.Clone()
	c.Until = time.Duration(d.origin().at)
	if !w.same {
		c.Luck = d.s.nextLuck()
	}
	c.Faults = w.draw(&c)
	if len(c.Faults) == 0 || !w.moves && len(c.Faults) >= len(d.faults) {
		return c, false
	}
	if c.Chosen && !w.same && d.rng.IntN(4) == 0 {
		c.Ops = nil
	}
	if w.same || d.rng.IntN(2) == 0 {
		c.Faults = slices.Concat(settingsOf(d.origin().c.Faults), c.Faults)
	}
	return c, true
}

// takeApart takes away from a case what it can, and keeps it if none is smaller.
func (d *drawer) takeApart(c plan.Case, at int64) {
	s := d.s
	best, until := s.best, s.Until
	s.best, s.Until = c.Clone(), at
	s.cutOff()
	s.patiently(func() { s.faults(nil) })
	if len(s.best.Faults) > len(best.Faults) {
		s.best, s.Until = best, until
	}
}

// rate tells in how many of so many other schedules a case fails, up to some time after it has failed at that time.
func (s *Search) rate(c plan.Case, of int, at int64) int {
	if s.spent() {
		return 0
	}
	n := 0
	for r := range s.Try(s.elsewhere(c, of, at)) {
		s.runs += r.Runs
		s.work += r.Work
		if r.Fails {
			n++
		}
		if s.spent() {
			break
		}
	}
	return n
}

// elsewhere returns a case in so many other schedules.
func (s *Search) elsewhere(c plan.Case, of int, at int64) []plan.Case {
	cases := make([]plan.Case, of)
	for i := range cases {
		cases[i] = c
		cases[i].Luck, cases[i].Until = s.nextLuck(), later(at)
	}
	return cases
}

// later returns until when a case is worth running that has failed at that time.
func later(at int64) time.Duration { return time.Duration(at + at/4) }

// nextLuck returns a schedule that no other part of the search uses.
func (s *Search) nextLuck() uint64 {
	s.luck++
	return ownLuck + s.luck
}

// ownLuck is above the schedules that others try: those of otherLuck, and those with which a failure is weighed.
const ownLuck = 1 << 20

// events returns the faults that are no settings, in the order of their times.
func events(faults []plan.Fault) []plan.Fault {
	out := slices.DeleteFunc(slices.Clone(faults), isSetting)
	slices.SortStableFunc(out, func(a, b plan.Fault) int { return cmp.Compare(a.When.At, b.When.At) })
	return out
}

func settingsOf(faults []plan.Fault) []plan.Fault {
	return slices.DeleteFunc(slices.Clone(faults), func(f plan.Fault) bool { return !isSetting(f) })
}
