package shrink

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/terrella-go/terrella/internal/plan"
)

// A way draws the faults of cases with less in them than there is in the origin.
type way struct {
	same  bool // the schedule stays
	moves bool // faults may stay as many, for they come sooner
	draw  func(c *plan.Case) []plan.Fault
	// gain is how often it halves what there is if it succeeds, and part how much of a usual run its runs are.
	gain func() float64
	part float64

	hits float64 // of late
	work int64
}

// promise is how much a way may gain for its work: it is taken to have succeeded once more than it has, and to have run once more.
func (w *way) promise(s *Search) float64 {
	return (w.hits + 1) * w.gain() / float64(w.work+batch*w.run(s))
}

// run is what one of its runs may cost.
func (w *way) run(s *Search) int64 {
	return int64(w.part*float64(s.work)/float64(max(s.runs, 1))) + 1
}

func (d *drawer) ways() []*way {
	halves := func(n float64) func() float64 { return func() float64 { return n } }
	some := func(p float64) func(*plan.Case) []plan.Fault {
		return func(*plan.Case) []plan.Fault { return d.some(p) }
	}
	return []*way{
		{draw: d.sooner(2), gain: d.gainOfSooner(2), part: 0.5},
		{draw: d.sooner(6), gain: d.gainOfSooner(6), part: 0.15},
		{draw: d.later, gain: halves(2.5), part: 0.5, moves: true},
		{draw: some(0.8), gain: halves(0.3), part: 1, same: true},
		{draw: some(0.5), gain: halves(1), part: 0.8, same: true},
		{draw: some(0.8), gain: halves(0.3), part: 1},
		{draw: some(0.5), gain: halves(1), part: 0.8},
		{draw: some(0.25), gain: halves(2), part: 0.6},
		{draw: d.alike, gain: halves(1), part: 0.8},
		{draw: d.few, gain: func() float64 { return math.Log2(max(float64(len(d.faults))/2, 1.2)) }, part: 0.3, moves: true},
	}
}

// sooner leaves what begins in the first part: a world that fails soon is cheap to run, and has no long past.
func (d *drawer) sooner(part int64) func(c *plan.Case) []plan.Fault {
	return func(c *plan.Case) []plan.Fault {
		until := time.Duration(d.origin().at / part)
		c.Until = until
		return slices.DeleteFunc(slices.Clone(d.faults), func(f plan.Fault) bool { return f.When.At >= until })
	}
}

// gainOfSooner returns how often sooner would halve what there is: faults, and the time that a run takes.
func (d *drawer) gainOfSooner(part int64) func() float64 {
	draw := d.sooner(part)
	return func() float64 {
		n := len(draw(new(plan.Case)))
		if n == 0 {
			return 0
		}
		return math.Log2(float64(len(d.faults))/float64(n)) + math.Log2(float64(part))/2
	}
}

// later leaves the last part, and has it come soon.
func (d *drawer) later(c *plan.Case) []plan.Fault {
	until := time.Duration(d.origin().at)
	from := until - time.Duration(float64(until)*(0.1+0.5*d.rng.Float64()))
	begin := time.Duration(d.rng.Int64N(int64(earlyTime)))
	c.Until = min(until-from+begin+calmAfter/2, until)
	var out []plan.Fault
	for _, f := range d.faults {
		end, ends := f.End()
		if ends && end < from {
			continue
		}
		f = f.Clone()
		if f.When.At < from {
			f.For, f.When.At = max(f.For-(from-f.When.At), 0), from
		}
		f.When.At += begin - from
		if f.Validate() == nil {
			out = append(out, f)
		}
	}
	return out
}

// some leaves each with a probability.
func (d *drawer) some(p float64) []plan.Fault {
	var out []plan.Fault
	for _, f := range d.faults {
		if d.rng.Float64() < p {
			out = append(out, f.Clone())
		}
	}
	return out
}

// alike leaves out all of some kinds, or all of some victims.
func (d *drawer) alike(*plan.Case) []plan.Fault {
	of := func(f plan.Fault) string { return f.Kind }
	if d.rng.IntN(3) == 0 {
		of = func(f plan.Fault) string { return fmt.Sprint(f.Victims()) }
	}
	drop := make(map[string]bool)
	var out []plan.Fault
	for _, f := range d.faults {
		name := of(f)
		if _, known := drop[name]; !known {
			drop[name] = d.rng.IntN(2) == 0
		}
		if !drop[name] {
			out = append(out, f.Clone())
		}
	}
	return out
}

// few leaves up to three, late ones more often, and has most come earlier, closer together and for a shorter time.
func (d *drawer) few(c *plan.Case) []plan.Fault {
	from := d.faults
	if d.rng.IntN(2) == 0 {
		from = d.all
	}
	if len(from) == 0 {
		return nil
	}
	out := few(d.rng, from)
	c.Until = d.s.horizon(out)
	return out
}

const (
	earlyTime = 3 * time.Second // up to when the first of them begins
	shortTime = 3 * time.Second // how far apart they begin, and how long they last
	// calmAfter is how long a candidate has to fail after its last fault.
	calmAfter = 5 * time.Second
)

func few(rng *rand.Rand, from []plan.Fault) []plan.Fault {
	var out []plan.Fault
	for _, i := range lateOnes(rng, len(from), 1+rng.IntN(4)) {
		out = append(out, from[i].Clone())
	}
	// What comes early and is soon over is cheap to run; what stays as it was is more likely to be found where
	// the failure needs a long past.
	if rng.IntN(4) > 0 {
		by := out[0].When.At - time.Duration(rng.Int64N(int64(earlyTime)))
		for i := range out {
			out[i].When.At = max(out[i].When.At-by, 0)
		}
		for i := range out {
			gap := out[i].When.At - out[0].When.At
			out[i].When.At -= gap - min(gap, time.Duration(rng.Int64N(int64(shortTime))))
			if out[i].For > 0 {
				out[i].For = min(out[i].For, roundTo(time.Duration(rng.Int64N(int64(shortTime))), time.Millisecond)+time.Millisecond)
			}
		}
	}
	if rng.IntN(4) > 0 {
		aim(rng, &out[rng.IntN(len(out))])
	}
	return slices.DeleteFunc(out, func(f plan.Fault) bool { return f.Validate() != nil })
}

// lateOnes draws up to k of n numbers, in order, those near n more often; never more than three.
func lateOnes(rng *rand.Rand, n, k int) []int {
	var out []int
	for range min(max(k, 1), enoughFaults) {
		u := rng.Float64()
		i := n - 1 - int(float64(n)*u*u)
		if i = max(i, 0); !slices.Contains(out, i) {
			out = append(out, i)
		}
	}
	slices.Sort(out)
	return out
}

// aim has a fault of processes begin at an event on its first victim: a crash right after a file was renamed hits what one at a
// random time rarely does.
func aim(rng *rand.Rand, f *plan.Fault) {
	victims := f.Victims()
	if f.Spec().Layer != plan.Process || f.Spec().Amount != plan.None || len(victims) == 0 || victims[0][0] == '@' || victims[0] == "*" {
		return
	}
	f.When.Nth, f.When.Event, f.When.Of = 1+rng.IntN(8), moments[rng.IntN(len(moments))], victims[0]
}

// moments are the events at which faults are made to begin.
var moments = []string{"rename", "sync", "write", "deliver", "send"}

// horizon returns until when a candidate is worth running: some time after its last fault, and no longer than it took the failure.
func (s *Search) horizon(faults []plan.Fault) time.Duration {
	if s.Until <= 0 {
		return 0
	}
	last := time.Duration(0)
	for i := range faults {
		end, ends := faults[i].End()
		if !ends {
			return time.Duration(s.Until)
		}
		last = max(last, end)
	}
	return min(last+calmAfter, time.Duration(s.Until))
}
