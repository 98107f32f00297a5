package sim

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/terrella-go/terrella/internal/plan"
	"github.com/terrella-go/terrella/internal/trace"
)

// Odds tell how likely a failure is when everything but the plan is drawn anew: with all its faults, and
// without each one of them.
type odds struct {
	fault string // what was left out; empty: nothing
	fails int
	of    int
}

// A since tells from which step on a failure was certain.
type since struct {
	step   uint64
	at     time.Duration
	fails  int // of the futures drawn anew from there
	of     int
	before *since // the latest step tried at which it was not
}

const (
	oddsRuns   = 24 // schedules for each set of faults
	oddsFaults = 6  // a plan of more faults is not weighed
	futures    = 24 // drawn anew from each step that is looked at, if the failure comes in all of the first
	firstOnes  = 8  // futures that are looked at first
	firstLuck  = 1000
)

// weigh finds out how likely the failure is, and since when it was certain.
func (r *runner) weigh(f *found) {
	c := f.outcome.given
	if !f.finished || !c.Given || len(c.Faults) > oddsFaults || f.outcome.result.Steps*uint64((len(c.Faults)+1)*oddsRuns) > oddsSteps {
		return
	}
	leave := r.invite(r.searchers())
	f.odds, f.since = nil, nil
	f.odds = append(f.odds, r.oddsOf(c, "", f.first.failure))
	for i := range c.Faults {
		without := c.Clone()
		without.Faults = slices.Delete(without.Faults, i, i+1)
		f.odds = append(f.odds, r.oddsOf(without, c.Faults[i].String(), f.first.failure))
	}
	if all := f.odds[0]; all.fails < all.of {
		f.since = r.sinceWhen(f.outcome, f.first.failure)
	}
	if !leave() {
		r.settle(bad, "worlds have disturbed each other, so the odds are looked for again, one world at a time")
		r.weigh(f)
	}
}

// oddsSteps bounds what weighing costs.
const oddsSteps = 5_000_000

// oddsOf runs a case with other schedules.
func (r *runner) oddsOf(c plan.Case, left string, want *failure) odds {
	o := odds{fault: left, of: oddsRuns}
	var cases []plan.Case
	for i := range oddsRuns {
		c.Luck = firstLuck + uint64(i)
		cases = append(cases, c)
	}
	o.fails = r.fails(cases, want)
	return o
}

// sinceWhen looks for the earliest step from which on the failure comes whatever the schedule draws, halving what lies
// between a step at which that was so and one at which it was not.
//
// What is drawn anew is what goroutines decide (who runs next and when they yield, the choices of select, the program's own random numbers)
// and what the network does to packets that set out from then on. What a crash leaves on a disk and what faults decide is
// keyed by what it is about and comes out as before. So "certain" says: as long as the faults and the disks do what they did.
func (r *runner) sinceWhen(o *outcome, want *failure) *since {
	certain := &since{step: o.failure.step, fails: futures, of: futures}
	open := &since{}
	for certain.step-open.step > max(1, o.failure.step/256) {
		s := &since{step: open.step + (certain.step-open.step)/2}
		for s.fails == s.of && s.of < futures {
			var cases []plan.Case
			for range cmp.Or(2*s.of, firstOnes) {
				c := o.given
				c.Redraw, c.RedrawFrom = firstLuck+uint64(s.of), s.step
				cases = append(cases, c)
				s.of++
			}
			s.fails += r.fails(cases, want)
		}
		if s.fails == s.of {
			certain = s
		} else {
			open = s
		}
	}
	certain.at, open.at = timeOfStep(o.world.log, certain.step), timeOfStep(o.world.log, open.step)
	if open.of > 0 {
		certain.before = open
	}
	return certain
}

// timeOfStep returns when a step was, as far as events tell.
func timeOfStep(l *trace.Log, step uint64) time.Duration {
	var at time.Duration
	for e := range l.Events() {
		if e.Step > step {
			break
		}
		at = e.At
	}
	return at
}

// describeOdds tells how much each fault raises the probability of the failure, and since when it was certain.
func (f *found) describeOdds(b *strings.Builder) {
	if len(f.odds) == 0 {
		return
	}
	all := f.odds[0]
	fmt.Fprintf(b, "\nHow likely: with the plan as it is %d of %d other schedules fail", all.fails, all.of)
	for _, o := range f.odds[1:] {
		low, high := difference(all.fails, all.of, o.fails, o.of)
		fmt.Fprintf(b, "\n    without %s: %d of %d; it raises the probability by %.2f (%.2f to %.2f with 95 %% confidence)",
			o.fault, o.fails, o.of, float64(all.fails)/float64(all.of)-float64(o.fails)/float64(o.of), low, high)
	}
	b.WriteByte('\n')
	if s := f.since; s != nil {
		fmt.Fprintf(b, "Since when: from step %d (%v) on it was certain, in %d of %d futures drawn anew", s.step, shortTime(s.at), s.fails, s.of)
		if s.before != nil {
			fmt.Fprintf(b, "; from step %d (%v) on it came in %d of %d", s.before.step, shortTime(s.before.at), s.before.fails, s.before.of)
		}
		b.WriteByte('\n')
	}
}

// difference returns the interval, at 95 %, of the difference of two probabilities of which a of n and b of m trials
// are known: method 10 of Newcombe (1998), from Wilson's intervals.
func difference(a, n, b, m int) (low, high float64) {
	p, q := float64(a)/float64(n), float64(b)/float64(m)
	pl, ph := wilson(a, n)
	ql, qh := wilson(b, m)
	low = p - q - math.Hypot(p-pl, qh-q)
	high = p - q + math.Hypot(ph-p, q-ql)
	return max(low, -1), min(high, 1)
}

// wilson returns Wilson's interval, at 95 %, of a probability of which a of n trials are known.
func wilson(a, n int) (low, high float64) {
	const z = 1.959964
	p, m := float64(a)/float64(n), float64(n)
	middle := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return max(middle-half, 0), min(middle+half, 1)
}
