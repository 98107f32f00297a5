//go:build ignore && race

package runtime

import "unsafe"

// simRaceRelease orders, for the race detector, what gp has done before what is done by whoever acquires addr later. Package sync has the detector
// look away from synchronisation in the middle of RWMutex.Lock, say: what the world itself puts in order counts there as well.
//
//go:nosplit
func simRaceRelease(gp *g, addr unsafe.Pointer) {
	ignored := simRaceHeed(gp)
	racereleasemergeg(gp, addr)
	simRaceIgnore(gp, ignored)
}

// simRaceAcquire orders what was released at addr before what gp does from here on.
//
//go:nosplit
func simRaceAcquire(gp *g, addr unsafe.Pointer) {
	ignored := simRaceHeed(gp)
	raceacquireg(gp, addr)
	simRaceIgnore(gp, ignored)
}

//go:nosplit
func simRaceHeed(gp *g) (ignored bool) {
	if gp.raceignore == 0 {
		return false
	}
	racecall(&__tsan_go_ignore_sync_end, gp.racectx, 0, 0, 0)
	return true
}

//go:nosplit
func simRaceIgnore(gp *g, ignored bool) {
	if ignored {
		racecall(&__tsan_go_ignore_sync_begin, gp.racectx, 0, 0, 0)
	}
}
