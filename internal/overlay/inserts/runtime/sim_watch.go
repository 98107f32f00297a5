//go:build ignore

package runtime

import (
	"internal/runtime/atomic"
	"unsafe"
)

// What the watchdog, which runs outside of worlds, asks.

// simProgress returns how many steps a world has made.
//
//go:linkname simProgress
func simProgress(p unsafe.Pointer) uint64 {
	return atomic.Load64(&(*synctestBubble)(p).sim.step)
}

// simInterrupt asks the goroutine that has a world's turn to give it up, or the world to
// end. That happens when the goroutine next comes to a point at which it can be preempted.
//
//go:linkname simInterrupt
func simInterrupt(p unsafe.Pointer, why simOutcome) {
	b := (*synctestBubble)(p)
	b.sim.interrupt.Store(uint32(why))
	mp := acquirem() // allp may not change meanwhile
	for _, pp := range allp {
		if pp == nil {
			continue
		}
		if m := pp.m.ptr(); m != nil {
			if gp := m.curg; gp != nil && gp.bubble == b {
				preemptone(pp)
			}
		}
	}
	releasem(mp)
}

// simTurnOf tells about the goroutine that has a world's turn: its number, its group, and, in buf, its stack. It
// stops all goroutines for a moment.
//
//go:linkname simTurnOf
func simTurnOf(p unsafe.Pointer, buf []byte) (n int) {
	w := &(*synctestBubble)(p).sim
	stw := stopTheWorld(stwAllGoroutinesStack)
	gp := w.turn.ptr()
	if gp != nil && gp.bubble == (*synctestBubble)(p) {
		systemstack(func() { n = simPrintStack(gp, buf) })
	}
	startTheWorld(stw)
	return n
}
