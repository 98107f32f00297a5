//go:build ignore && race

package runtime

import (
	"internal/goarch"
	"unsafe"
)

// atomic_simEnter is called by the functions of sync/atomic before they do their work, atomic_simExit after it: in between the race
// detector believes to be in a function that their caller calls, as it does for functions that the compiler has instrumented.
//
//go:linkname atomic_simEnter sync/atomic.simEnter
func atomic_simEnter() {
	fp := getfp()
	if fp == 0 {
		return
	}
	gp := getg()
	if w := simWorldOf(gp); w != nil && gp.sim.hold == 0 && simCallerIsOwn(w, fp) {
		simPoint()
	}
	if gp.racectx != 0 {
		up := *(*uintptr)(unsafe.Pointer(fp))
		racefuncenter(*(*uintptr)(unsafe.Pointer(up + goarch.PtrSize)))
	}
}

//go:linkname atomic_simExit sync/atomic.simExit
func atomic_simExit() {
	if getfp() != 0 && getg().racectx != 0 {
		racefuncexit()
	}
}

// atomic_simPoint is a scheduling point if the caller of sync/atomic's method is the program's own. The standard
// library's atomic operations are none: how many there are depends on caches that outlive worlds.
//
//go:linkname atomic_simPoint sync/atomic.simPoint
func atomic_simPoint() {
	gp := getg()
	w := simWorldOf(gp)
	if w == nil || gp.sim.hold > 0 {
		return
	}
	// The frame above is that of the method, which is too large to be inlined.
	if fp := getfp(); fp != 0 && simCallerIsOwn(w, fp) {
		simPoint()
	}
}
