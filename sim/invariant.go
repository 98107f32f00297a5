package sim

import (
	"github.com/terrella-go/terrella/internal/kernel"
	"github.com/terrella-go/terrella/internal/trace"
)

// An invariant is a property that holds at all times.
type invariant struct {
	name  string
	what  string // for reports of a panic in it
	at    site
	check func() error
}

// Invariant has check called whenever the world is about to let time pass, when all goroutines
// wait, and at the world's end. An error from it fails and ends the world. As nothing runs meanwhile, check may
// look at the state of nodes without their locks; it must not wait for anything.
func (w *World) Invariant(name string, check func() error) {
	w.mu.Lock()
	w.invariants = append(w.invariants, invariant{name, "invariant " + name, callSite(), check})
	w.mu.Unlock()
	w.watchIdle()
}

// watchIdle begins to look at the world whenever all its goroutines wait, unless that has begun.
func (w *World) watchIdle() {
	w.mu.Lock()
	first := !w.watching
	w.watching = true
	w.mu.Unlock()
	if !first {
		return
	}
	w.lastCheck = make(chan struct{})
	w.goSystem("invariants", func() {
		for {
			kernel.WaitIdle()
			w.checkInvariants()
			w.recordStates()
			w.sampleStates()
			w.weather.answerIdle(w)
			w.mu.Lock()
			ending := w.ending
			w.mu.Unlock()
			if ending {
				close(w.lastCheck)
				return
			}
		}
	})
}

func (w *World) allInvariants() []invariant {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.invariants
}

// checkInvariants ends the world if an invariant does not hold.
func (w *World) checkInvariants() {
	for _, inv := range w.allInvariants() {
		w.guard(inv.what, func() {
			if err := inv.check(); err != nil {
				w.failAt(inv.name, err.Error(), nil, inv.at)
				kernel.Stop()
			}
		})
	}
}

// holdInvariants waits for the next quiet moment, at the end of a world, for a last check, and records
// that the invariants have held.
func (w *World) holdInvariants() {
	w.mu.Lock()
	w.ending = true
	last := w.lastCheck
	w.mu.Unlock()
	if last == nil {
		return
	}
	<-last
	for _, inv := range w.allInvariants() {
		w.log.Add(trace.PropertyHeld, "", inv.name)
	}
}
