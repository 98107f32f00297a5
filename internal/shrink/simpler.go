package shrink

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/terrella-go/terrella/internal/plan"
)

// keyOf identifies a case among those of one search.
func keyOf(c plan.Case) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d %d %v %d\n", c.Seed, c.Luck, c.FIFO, c.Until)
	for i := range c.Faults {
		b.WriteString(c.Faults[i].String())
		b.WriteByte('\n')
	}
	for i := range c.Ops {
		op := &c.Ops[i]
		fmt.Fprintf(&b, "%s %d %d", op.Node, op.N, op.At)
		for _, d := range op.Draws {
			if d.Fixed {
				fmt.Fprintf(&b, " %s %d %s", d.Label, d.Index, d.Value)
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// weaken tries for each fault what does less: fewer victims, a weaker kind, a smaller amount.
func (s *Search) weaken() {
	s.each(func(f plan.Fault) []plan.Fault {
		var out []plan.Fault
		out = append(out, fewerVictims(f)...)
		for k := f.Spec().Weaker; k != ""; k = byKind(k).Weaker {
			w := f.Clone()
			w.Kind = k
			if w.Validate() == nil {
				out = append(out, w)
			}
		}
		out = append(out, smallerAmounts(f)...)
		if isSetting(f) {
			return append(out, milder(f)...)
		}
		if len(f.Params) > 0 && f.Spec().Amount != plan.VersionN {
			w := f.Clone()
			w.Params = nil
			out = append(out, w)
		}
		return out
	})
}

func byKind(name string) *plan.Kind {
	f := plan.Fault{Kind: name}
	return f.Spec()
}

// each replaces each fault by the first simpler one with which the case fails, again and again.
func (s *Search) each(simpler func(plan.Fault) []plan.Fault) {
	for i := 0; i < len(s.best.Faults) && !s.spent(); i++ {
		for range 16 {
			var candidates []plan.Case
			for _, f := range simpler(s.best.Faults[i]) {
				c := s.best.Clone()
				c.Faults[i] = f
				candidates = append(candidates, c)
			}
			if s.try(candidates) < 0 {
				break
			}
		}
	}
}

// fewerVictims returns a fault without each of its victims.
func fewerVictims(f plan.Fault) []plan.Fault {
	var out []plan.Fault
	for g := range f.Groups {
		for v := range f.Groups[g] {
			w := f.Clone()
			w.Groups[g] = slices.Delete(w.Groups[g], v, v+1)
			if len(w.Groups[g]) == 0 {
				w.Groups = slices.Delete(w.Groups, g, g+1)
			}
			if w.Validate() == nil && len(w.Groups) == len(f.Groups) || w.Validate() == nil && f.Spec().Victims == plan.Groups {
				out = append(out, w)
			}
		}
	}
	return out
}

// smallerAmounts returns a fault with less of its amount.
func smallerAmounts(f plan.Fault) []plan.Fault {
	var out []plan.Fault
	least := int64(0)
	switch f.Spec().Amount {
	case plan.None, plan.VersionN:
		return nil
	case plan.Bytes, plan.Packet:
		return nil // less is more
	case plan.Factor:
		least = 2
	}
	for _, by := range []int64{8, 2} {
		w := f.Clone()
		w.Amount = f.Amount / by
		if f.Spec().Amount == plan.Span {
			w.Amount = int64(roundTo(time.Duration(w.Amount), time.Millisecond))
		}
		if w.Amount != 0 && w.Amount != f.Amount && (w.Amount >= least || w.Amount < 0) {
			out = append(out, w)
		}
	}
	return out
}

// merge tries for each pair of faults to do with one of them, lasting from the earlier begin to the later end: several short
// faults may only do together what one longer would.
func (s *Search) merge(luck []uint64) {
	for n := len(s.best.Faults); n > 1 && n <= fewFaults && !s.spent(); n = len(s.best.Faults) {
		var candidates []plan.Case
		for keep := range s.best.Faults {
			for drop := range s.best.Faults {
				for _, c := range s.merged(keep, drop) {
					candidates = append(candidates, lucky(c, luck)...)
				}
			}
		}
		if s.try(candidates) < 0 {
			return
		}
	}
}

// merged returns the cases in which one fault lasts as long as two, or until the failure, and the other is gone.
func (s *Search) merged(keep, drop int) []plan.Case {
	a, b := s.best.Faults[keep], s.best.Faults[drop]
	if keep == drop || a.For == 0 || isSetting(b) {
		return nil
	}
	var out []plan.Case
	add := func(from, to time.Duration) {
		c := s.best.Clone()
		c.Faults[keep].When.At, c.Faults[keep].For = from, to-from
		c.Faults = slices.Delete(c.Faults, drop, drop+1)
		out = append(out, c)
	}
	from := min(a.When.At, b.When.At)
	aEnd, _ := a.End()
	bEnd, _ := b.End()
	if end := max(aEnd, bEnd); end > from && a.When.Nth == 0 {
		add(from, end)
	}
	if until := time.Duration(s.Until); until > aEnd {
		add(a.When.At, until)
	}
	return out
}

// shorten tries for each fault to last less long.
func (s *Search) shorten() {
	s.each(func(f plan.Fault) []plan.Fault {
		var out []plan.Fault
		if f.For == 0 {
			return nil
		}
		for _, d := range []time.Duration{f.For / 16, f.For / 4, f.For / 2} {
			w := f.Clone()
			w.For = max(roundTo(d, time.Millisecond), time.Millisecond)
			if w.For < f.For {
				out = append(out, w)
			}
		}
		return out
	})
}

// round tries for each time to be a round number, the roundest first, and for events to be the first of their kind.
func (s *Search) round() {
	s.each(func(f plan.Fault) []plan.Fault {
		var out []plan.Fault
		if f.When.Nth > 1 {
			w := f.Clone()
			w.When.Nth = 1
			if f.Kind != "fire" {
				out = append(out, w)
			}
		}
		for _, unit := range units {
			if at := roundTo(f.When.At, unit); at != f.When.At && rougher(f.When.At, unit) {
				w := f.Clone()
				w.When.At = at
				out = append(out, w)
			}
		}
		return out
	})
	s.each(func(f plan.Fault) []plan.Fault {
		var out []plan.Fault
		for _, unit := range units {
			if d := roundTo(f.For, unit); d != f.For && d > 0 && rougher(f.For, unit) {
				w := f.Clone()
				w.For = d
				out = append(out, w)
			}
		}
		return out
	})
}

var units = []time.Duration{time.Second, 100 * time.Millisecond, 10 * time.Millisecond, time.Millisecond}

// rougher reports whether a time is finer than a unit.
func rougher(d, unit time.Duration) bool { return d%unit != 0 }

// roundTo rounds to the nearest multiple.
func roundTo(d, unit time.Duration) time.Duration { return d.Round(unit) }
