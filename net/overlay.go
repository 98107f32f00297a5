package simnet

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/terrella-go/terrella/internal/turn"
)

// An Overlay lays faults over the links of a network that may overlap and end in any order: a way is cut as long as
// one fault cuts it, and what a link is like is what it was before, changed by each fault on it in the order in which
// they began. Each fault lasts until the function is called that its begin has returned.
//
// While faults change a link, SetLink and SetLinks have no lasting effect on it: when the
// last of them ends it is set to what it was before the first.
type Overlay struct {
	n *Network

	mu     turn.Lock
	ways   map[Cut]*way
	last   uint64 // of the faults' numbers
	spared map[string]bool
}

// A way is what the faults in force do to one direction.
type way struct {
	cuts, clogs map[uint64]bool
	slow        map[uint64]float64
	changes     map[uint64]func(*Link)
	base        Link // what it is like without changes
	changed     bool
	cut, clog   bool // as the network knows it
	factor      float64
}

// NewOverlay returns an overlay without faults.
func NewOverlay(n *Network) *Overlay {
	return &Overlay{n: n, ways: make(map[Cut]*way)}
}

// Cut cuts ways, as Network.Cut does.
func (o *Overlay) Cut(ways []Cut) (end func(), err error) {
	return o.begin(ways, func(id uint64, w *way) { w.cuts[id] = true })
}

// Clog holds packets back, as Network.Clog does.
func (o *Overlay) Clog(ways []Cut) (end func(), err error) {
	return o.begin(ways, func(id uint64, w *way) { w.clogs[id] = true })
}

// Slow multiplies latencies, as Network.Slow does; factors of several faults are multiplied.
func (o *Overlay) Slow(ways []Cut, factor float64) (end func(), err error) {
	return o.begin(ways, func(id uint64, w *way) { w.slow[id] = factor })
}

// Change changes what links are like.
func (o *Overlay) Change(ways []Cut, change func(*Link)) (end func(), err error) {
	return o.begin(ways, func(id uint64, w *way) { w.changes[id] = change })
}

// Heal ends all faults.
func (o *Overlay) Heal() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, at := range o.sorted() {
		w := o.ways[at]
		kept := len(w.cuts) > 0 && o.n.keeps()
		clear(w.clogs)
		clear(w.slow)
		clear(w.changes)
		if !kept {
			clear(w.cuts)
		}
		o.apply(at, w) // an error was reported when the fault began
		if !kept {
			delete(o.ways, at)
		}
	}
	o.spared = nil
}

// Spare keeps all faults away from the links between the hosts named, until Heal.
func (o *Overlay) Spare(names []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.spared = make(map[string]bool)
	for _, name := range names {
		o.spared[name] = true
	}
	for _, at := range o.sorted() {
		if w := o.ways[at]; len(w.cuts) > 0 && o.spared[at.From] && o.spared[at.To] {
			o.n.keeps()
		}
		o.apply(at, o.ways[at])
	}
}

// sorted returns the ways that faults were laid over, in the order of their names.
func (o *Overlay) sorted() []Cut {
	return slices.SortedFunc(maps.Keys(o.ways), func(a, b Cut) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
}

// begin adds a fault to ways. Unknown hosts and values out of range are errors, and then there is no fault.
func (o *Overlay) begin(ways []Cut, add func(id uint64, w *way)) (end func(), err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.last++
	id := o.last
	for _, at := range ways {
		w := o.ways[at]
		if w == nil {
			w = &way{factor: 1}
			o.ways[at] = w
		}
		if w.cuts == nil {
			w.cuts, w.clogs = make(map[uint64]bool), make(map[uint64]bool)
			w.slow, w.changes = make(map[uint64]float64), make(map[uint64]func(*Link))
		}
		add(id, w)
		if err = o.apply(at, w); err != nil {
			err = fmt.Errorf("%s->%s: %w", at.From, at.To, err)
			break
		}
	}
	end = func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.end(ways, id)
	}
	if err != nil {
		o.end(ways, id)
		return nil, err
	}
	return end, nil
}

func (o *Overlay) end(ways []Cut, id uint64) {
	for _, at := range ways {
		w := o.ways[at]
		if w == nil {
			continue // healed meanwhile
		}
		if w.cuts[id] && !o.n.keeps() {
			delete(w.cuts, id)
		}
		delete(w.clogs, id)
		delete(w.slow, id)
		delete(w.changes, id)
		o.apply(at, w)
	}
}

// apply makes the network show what the faults in force do to one way.
func (o *Overlay) apply(at Cut, w *way) error {
	spared := o.spared[at.From] && o.spared[at.To]
	if cut := len(w.cuts) > 0 && (!spared || o.n.keepCuts != nil); cut != w.cut {
		f := o.n.Uncut
		if cut {
			f = o.n.Cut
		}
		if err := f(at); err != nil {
			return err
		}
		w.cut = cut
	}
	if clog := len(w.clogs) > 0 && !spared; clog != w.clog {
		f := o.n.Unclog
		if clog {
			f = o.n.Clog
		}
		if err := f(at.From, at.To); err != nil {
			return err
		}
		w.clog = clog
	}
	factor := 1.0
	if !spared {
		for _, id := range slices.Sorted(maps.Keys(w.slow)) {
			factor = min(factor*w.slow[id], 1e6)
		}
	}
	if factor != w.factor {
		if err := o.n.Slow(at.From, at.To, factor); err != nil {
			return err
		}
		w.factor = factor
	}
	return o.change(at, w, spared)
}

// change makes a link what the changes in force make of it.
func (o *Overlay) change(at Cut, w *way, spared bool) error {
	wanted := len(w.changes) > 0 && !spared
	if !wanted && !w.changed {
		return nil
	}
	if !w.changed {
		base, err := o.n.Link(at.From, at.To)
		if err != nil {
			return err
		}
		w.base = base
	}
	l := w.base
	if wanted {
		for _, id := range slices.Sorted(maps.Keys(w.changes)) {
			w.changes[id](&l)
		}
	}
	w.changed = wanted
	return o.n.SetLink(at.From, at.To, l)
}
