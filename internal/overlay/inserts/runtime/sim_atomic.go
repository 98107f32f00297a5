//go:build ignore && race

package runtime

import _ "unsafe" // for linkname

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
