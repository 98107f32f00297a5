package concurrency

import (
	"sync"
	"sync/atomic"
)

// A Gate holds up whoever comes until it is opened.
type Gate struct {
	// Careless has Open change the flag without the lock: it is atomic, after all. Who has
	// looked at it and is about to wait then misses the call.
	Careless bool

	mu   sync.Mutex
	call *sync.Cond
	open atomic.Bool
}

// NewGate returns a closed gate.
func NewGate(careless bool) *Gate {
	g := &Gate{Careless: careless}
	g.call = sync.NewCond(&g.mu)
	return g
}

// Open lets all through, now and later.
func (g *Gate) Open() {
	if !g.Careless {
		g.mu.Lock()
		defer g.mu.Unlock()
	}
	g.open.Store(true)
	g.call.Broadcast()
}

// Pass waits until the gate is open.
func (g *Gate) Pass() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for !g.open.Load() {
		g.call.Wait()
	}
}
