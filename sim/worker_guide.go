package sim

import (
	"cmp"
	"maps"
	"math/bits"
	"slices"

	"github.com/terrella-go/terrella/internal/globals"
	"github.com/terrella-go/terrella/internal/plan"
)

// A novelty knows what the worlds of this process have come to: code, by the counters of coverage, and states.
type novelty struct {
	counters []uint32
	covered  []uint8 // for each counter the magnitudes that it had, a bit each
	states   map[uint64]bool
	told     int // worlds whose plan was told of for no other reason
}

// samples is how many worlds a process tells the plan of though nothing is new in them: variations take faults from others, and need some.
const samples = 16

func newNovelty() *novelty {
	c := globals.Coverage()
	return &novelty{counters: c, covered: make([]uint8, len(c)), states: make(map[uint64]bool)}
}

// begin is called before a world.
func (n *novelty) begin() { clear(n.counters) }

// ended is called after a world. It returns numbers of what is new in it: even ones are of code, odd ones of states.
func (n *novelty) ended(w *World) []uint64 {
	var out []uint64
	for i, c := range n.counters {
		if c == 0 {
			continue
		}
		m := magnitude(c)
		if n.covered[i]&(1<<m) == 0 {
			n.covered[i] |= 1 << m
			out = append(out, (uint64(i)<<3|uint64(m))<<1)
		}
	}
	for _, s := range slices.Sorted(maps.Keys(w.states.seen)) {
		if s = s<<1 | 1; !n.states[s] {
			n.states[s] = true
			out = append(out, s)
		}
	}
	return out
}

// telling reports whether the plan of a world is to be told of.
func (n *novelty) telling(news []uint64) bool {
	if n.told++; n.told <= samples {
		return true
	}
	return len(news) > 0
}

// magnitude tells roughly how often code was run: once, twice, and then the double, four times and so on of that.
func magnitude(count uint32) int { return min(bits.Len32(count)-1, 7) }

// drawnPlan returns the plan of a world with its faults written out. What clients do follows from its seed.
func drawnPlan(o *outcome) *plan.Plan {
	c := o.given
	c.Given, c.Faults = true, o.world.weather.planned
	p := plan.PlanOf(c)
	return &p
}

// injectVaried injects the faults of a varied plan as far as the storms of this call could have drawn them: within their budgets and
// their time. It returns false if the call has faults that are no storm's. Those are what the test is about, and stay as they are.
func (w *World) injectVaried(call int, faults []Fault) bool {
	if !w.given.Given {
		return false
	}
	var storms []*drawing
	for _, f := range faults {
		switch f := f.(type) {
		case Role:
			if err := f.inject(w, call); err != nil {
				w.Fatalf("sim: Inject: %v", err)
			}
		case Storm:
			f.registerRoles(w)
			storms = append(storms, newDrawing(f, w, call))
		default:
			w.varied = false
			w.given.Given = false
			return false
		}
	}
	for _, f := range w.givenTo(call) {
		if slices.ContainsFunc(storms, func(d *drawing) bool { return !d.couldDraw(&f) }) {
			continue
		}
		if err := w.weather.schedule(w, f); err != nil {
			continue // it strikes whom this world does not have
		}
	}
	return true
}

// refuseWider ends the world if a fault given is one that the storms of this call could not have drawn. A search that makes a failure smaller moves
// faults and has them last longer; what fails outside of what the test tolerates is no failure of the system.
func (w *World) refuseWider(call int, faults []Fault) {
	var storms []*drawing
	for _, f := range faults {
		switch f := f.(type) {
		case Role:
		case Storm:
			storms = append(storms, newDrawing(f, w, call))
		default:
			return // what the test says itself stays as it is
		}
	}
	for _, f := range w.givenTo(call) {
		for _, d := range storms {
			if !d.couldDraw(&f) {
				w.Fatalf("sim: no storm of this test could draw %s", f)
			}
		}
	}
}

// givenTo returns the faults given that are those of a call of Inject, in the order of their times.
func (w *World) givenTo(call int) []plan.Fault {
	var own []plan.Fault
	for _, f := range w.given.Faults {
		if f.Inject == call {
			own = append(own, f)
		}
	}
	slices.SortStableFunc(own, func(a, b plan.Fault) int { return cmp.Compare(a.When.At, b.When.At) })
	return own
}

// couldDraw reports whether a fault keeps to the storm's time and budgets, and counts it if so.
func (d *drawing) couldDraw(f *plan.Fault) bool {
	if f.Spec().Setting {
		return d.storm.has(modelKind)
	}
	if f.When.At < d.until { // when it began, for nothing was drawn
		return false
	}
	if end, ends := f.End(); d.end > 0 && (f.When.At >= d.end || ends && end > d.end) {
		return false
	}
	return d.ledger.admit(f)
}
