package sim

import (
	"github.com/terrella-go/terrella/internal/globals"
	"github.com/terrella-go/terrella/internal/turn"
)

// A states is what a world has shown of its state.
type states struct {
	mu      turn.Lock
	digests []func() uint64
	seen    map[uint64]bool // nil if nobody asks
}

// State tells campaigns (`terrella fuzz`) how far the program has come: digest returns a number that stands for the
// state of interest, such as a hash of the nodes' roles and terms. It is called whenever the world is about to let time pass, when all goroutines wait;
// a world in which it returns what no world has returned before is varied. It may read the state of nodes without their locks, and must
// not wait for anything. It is called in all runs, so that they go the same way with and without a campaign.
func (w *World) State(digest func() uint64) {
	w.states.mu.Lock()
	w.states.digests = append(w.states.digests, digest)
	w.states.mu.Unlock()
	w.watchIdle()
}

// sampleStates asks for the state. It is called when all goroutines wait.
func (w *World) sampleStates() {
	w.states.mu.Lock()
	digests := w.states.digests
	w.states.mu.Unlock()
	for i, digest := range digests {
		w.guard("the function of World.State", func() {
			d := digest()
			if w.states.seen != nil {
				w.states.seen[globals.Fold(uint64(i), d)] = true
			}
		})
	}
}
