package shrink

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/terrella-go/terrella/internal/plan"
)

// vary looks for faults that fail in many schedules, and takes away what it can on the way.
//
// A case that fails in one schedule of some thousand is found by chance and lost by chance: nothing can be taken away from it, and an edit to
// the program, which moves the schedule, makes it pass. So its faults are varied: another time, another length, another event at which one
// begins. A variation is run once, in a schedule of its own, so that those that fail more often come up more often. One that has failed is run in
// some more, and is varied in its turn if it fails in more of them, or much sooner. Where more than enough faults are left, most variations have
// fewer. What it comes to may have a fault more than what it began with, if it has no more than enough.
//
// From then on a smaller case has to fail in about as many schedules, see keeps. All are the faults of the failure as it was found. It goes on until
// so many eighths of the budget are used, or, where no fault is left too many, has used an eighth itself. It reports whether it has found another case.
func (s *Search) vary(all []plan.Fault, eighths int) bool {
	s.keep = 0
	v := &variation{s: s, rng: rand.New(rand.NewPCG(s.best.Seed, s.luck)), all: events(all), base: s.best.Clone(), at: s.Until}
	if len(events(v.base.Faults)) == 0 || s.used(eighths) || len(v.base.Faults) <= enoughFaults && s.often() {
		return false
	}
	runs, work := s.runs, s.work
	few := len(v.base.Faults) <= enoughFaults
	v.rate = s.rate(v.base, varyRate, v.at)
	for idle := 0; idle < v.tries() && !s.used(eighths) && !(few && s.usedSince(runs, work, 1)) && (len(s.best.Faults) > enoughFaults || v.rate < steadyRate); {
		var candidates []plan.Case
		for range batch {
			if c := v.draw(); !slices.ContainsFunc(c.Faults, func(f plan.Fault) bool { return f.Validate() != nil }) {
				candidates = append(candidates, c)
			}
		}
		idle += batch
		if i, r := s.first(candidates); i >= 0 {
			c := candidates[i]
			c.Until = 0 // it has failed before
			if v.consider(c, r.At) {
				idle = 0
			}
		}
	}
	if len(v.base.Faults) > max(len(s.best.Faults), enoughFaults) {
		return false
	}
	s.adopt(v.base, v.at)
	s.keep = v.rate * 2 / 3
	return v.found
}

const (
	// varyTries is how many variations in a row may come to nothing.
	varyTries = 2000
	// varyRate is in how many schedules a case is run, and steadyRate in how many of them it is enough to fail.
	varyRate   = 16
	steadyRate = 6
)

// often reports whether the best fails in one of a few other schedules: then it need not be varied.
func (s *Search) often() bool {
	i, _ := s.first(s.elsewhere(s.best, constructRate, s.Until))
	return i >= 0
}

// keeps reports whether a case, which has failed, does so in about as many schedules as the one that vary has left.
func (s *Search) keeps(c plan.Case, at int64) bool {
	return s.keep == 0 || s.rate(c, varyRate, at) >= s.keep
}

// A variation is what variations are drawn from.
type variation struct {
	s   *Search
	rng *rand.Rand
	all []plan.Fault

	base plan.Case
	at   int64 // when it failed
	rate int   // in how many schedules, of varyRate

	found bool // it is not the one that vary began with
}

// tries is how many variations in a row may come to nothing. Where the failure is steady, that it has so many faults may be its nature.
func (v *variation) tries() int {
	if v.rate >= steadyRate {
		return varyTries / 4
	}
	return varyTries
}

// consider takes a variation that has failed, if it is better than the base. It reports whether it did.
func (v *variation) consider(c plan.Case, at int64) bool {
	rate := v.s.rate(c, varyRate, at)
	if len(c.Faults) < len(v.s.best.Faults) {
		v.s.adopt(c, at)
	}
	switch n := len(v.base.Faults); {
	case rate > v.rate:
	case rate == v.rate && len(c.Faults) <= n && (rate == 0 || at < v.at-v.at/4): // it has failed once, which is more likely where more schedules fail
	case rate > 0 && rate >= v.rate/2 && len(c.Faults) < n:
	default:
		return false
	}
	v.base, v.at, v.rate, v.found = c, at, rate, true
	return true
}

// draw returns a variation.
func (v *variation) draw() plan.Case {
	c := v.base.Clone()
	if len(v.s.best.Faults) < len(v.base.Faults) && v.rng.IntN(2) == 0 {
		c = v.s.best.Clone()
	}
	c.Luck, c.Until, c.FIFO = v.s.nextLuck(), later(v.at), false
	if c.Chosen && v.rng.IntN(2) == 0 {
		c.Ops = nil
	}
	if v.rng.IntN(4) == 0 {
		v.hurry(c.Faults)
	}
	changes := v.rng.IntN(4)
	if len(c.Faults) > enoughFaults && v.rng.IntN(4) > 0 {
		for range 1 + v.rng.IntN(2) {
			i := v.rng.IntN(len(c.Faults))
			c.Faults = slices.Delete(c.Faults, i, i+1)
		}
	} else {
		changes = max(changes, 1)
	}
	for range changes {
		v.change(&c.Faults[v.rng.IntN(len(c.Faults))])
	}
	return c
}

// hurry has all come sooner: earlier by a time, or in a part of the time. A world that fails soon is cheap to run.
func (v *variation) hurry(faults []plan.Fault) {
	earlier, part := time.Duration(0), time.Duration(4)
	if v.rng.IntN(2) == 0 {
		part = time.Duration(2 + v.rng.IntN(2))
	} else if first := events(faults); len(first) > 0 {
		earlier = time.Duration(v.rng.Int64N(int64(first[0].When.At) + 1))
	}
	for i := range faults {
		f := &faults[i]
		if isSetting(*f) {
			continue
		}
		f.When.At = roundTo((f.When.At-earlier)*part/4, time.Millisecond)
		if f.For > 0 {
			f.For = max(roundTo(f.For*part/4, time.Millisecond), time.Millisecond)
		}
	}
}

// change changes one thing of a fault.
func (v *variation) change(f *plan.Fault) {
	if isSetting(*f) {
		return
	}
	switch v.rng.IntN(5) {
	case 0, 1:
		f.When.At = max(f.When.At+v.span(), 0)
	case 2:
		if f.For > 0 {
			f.For = max(f.For+v.span(), time.Millisecond)
		}
	case 3:
		if f.When.Nth > 0 && v.rng.IntN(2) == 0 {
			f.When = plan.When{At: f.When.At}
		} else {
			aim(v.rng, f)
		}
	case 4:
		v.other(f)
	}
}

// span draws a time to move something by, of any order, round for its order.
func (v *variation) span() time.Duration {
	unit := []time.Duration{time.Millisecond, 10 * time.Millisecond, 100 * time.Millisecond}[v.rng.IntN(3)]
	return time.Duration(1+v.rng.IntN(20)) * unit * time.Duration(1-2*v.rng.IntN(2))
}

// other has at a fault's time come what another of the failure did.
func (v *variation) other(f *plan.Fault) {
	o := v.all[v.rng.IntN(len(v.all))].Clone()
	o.When.At = f.When.At
	if o.For > 0 {
		o.For = cmp.Or(min(f.For, o.For), o.For)
	}
	*f = o
}
