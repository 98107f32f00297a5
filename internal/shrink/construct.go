package shrink

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/terrella-go/terrella/internal/plan"
)

// construct goes the other way than delta debugging: it tries a few faults of many, until some of them fail in the same way.
//
// Where each fault moves all that follows, as it does in an election, none of them can be taken away from a failure.
// But what a few did they will do again, if they come at such a moment again. So candidates are drawn that
// have up to three faults, those that began last before the failure more often than others, each with
// another schedule. Most come earlier, closer together and for a shorter time, and begin at an event on their
// victim: a crash right after a file was renamed hits what one at a random time rarely does.
// It does so if more faults are left than most.
func (s *Search) construct(all []plan.Fault, most int) {
	if len(s.best.Faults) <= most {
		return
	}
	rng := rand.New(rand.NewPCG(s.best.Seed, uint64(len(all))))
	from := s.best.Clone()
	settings := slices.DeleteFunc(slices.Clone(from.Faults), func(f plan.Fault) bool { return !isSetting(f) })
	sources := [][]plan.Fault{s.best.Faults, all}
	for i := range sources {
		sources[i] = slices.DeleteFunc(slices.Clone(sources[i]), isSetting)
		slices.SortStableFunc(sources[i], func(a, b plan.Fault) int { return int(a.When.At - b.When.At) })
	}
	for n := uint64(1); n < constructTries && len(s.best.Faults) > enoughFaults && !s.constructed(); {
		var candidates []plan.Case
		for range constructBatch {
			c := from.Clone()
			c.Luck, n = n, n+1
			c.Faults = slices.Concat(settings, few(rng, sources[rng.IntN(len(sources))]))
			if c.Chosen && rng.IntN(2) == 0 {
				c.Ops = nil
			}
			c.Until = s.horizon(c.Faults)
			candidates = append(candidates, c)
		}
		if s.try(candidates) >= 0 {
			s.best.Until = 0 // it has failed before
			s.faults(nil)
		}
	}
}

const (
	// enoughFaults is how many faults a reader still follows.
	enoughFaults = 3
	// constructTries bounds the candidates, and constructBatch is how many are drawn at once.
	constructTries = 3000
	constructBatch = 16
	// calmAfter is how long a candidate has to fail after its last fault.
	calmAfter = 5 * time.Second
)

// constructed reports whether the work that is left is for what comes after.
func (s *Search) constructed() bool {
	return s.MaxWork > 0 && s.work >= s.MaxWork*3/4 || s.MaxRuns > 0 && s.runs >= s.MaxRuns*3/4
}

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

// few draws up to three faults, late ones more often, and moves them.
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

const (
	earlyTime = 3 * time.Second // up to when the first of them begins
	shortTime = 3 * time.Second // how far apart they begin, and how long they last
)

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

// aim has a fault of processes begin at an event on its first victim.
func aim(rng *rand.Rand, f *plan.Fault) {
	victims := f.Victims()
	if f.Spec().Layer != plan.Process || f.Spec().Amount != plan.None || len(victims) == 0 || victims[0][0] == '@' || victims[0] == "*" {
		return
	}
	f.When.Nth, f.When.Event, f.When.Of = 1+rng.IntN(8), moments[rng.IntN(len(moments))], victims[0]
}

// moments are the events at which faults are made to begin.
var moments = []string{"rename", "sync", "write", "deliver", "send"}
