//go:build ignore

package runtime

import (
	"internal/goarch"
	"unsafe"
)

// What other packages of the standard library call.

//go:linkname internal_sync_simPoint internal/sync.runtime_simPoint
//go:nosplit
func internal_sync_simPoint() {
	gp := getg()
	gp.sim.points--
	if gp.sim.points < 0 {
		simPointSlow(gp)
	}
}

// simMutexFrame returns the frame below that of the method of sync.Mutex which the program has called, for the frame of
// a function that internal/sync calls. Without the race detector that method is inlined, and there is no such frame.
//
//go:nosplit
func simMutexFrame(fp uintptr) uintptr {
	if raceenabled && fp != 0 {
		return *(*uintptr)(unsafe.Pointer(fp))
	}
	return fp
}

// internal_sync_simLock is a scheduling point before m is locked. It reports whether it has
// locked m itself.
//
//go:linkname internal_sync_simLock internal/sync.runtime_simLock
//go:nosplit
func internal_sync_simLock(m unsafe.Pointer) (locked bool) {
	gp := getg()
	gp.sim.points--
	if gp.sim.points < 0 {
		simPointSlow(gp)
	}
	if b := gp.bubble; b != nil && b.sim.shared {
		locked = simTake(gp, m, true)
	}
	simLocking(gp, uintptr(m)|simMutex, simMutexFrame(getfp()))
	return locked
}

// internal_sync_simTry is a scheduling point before it is tried to lock m.
//
//go:linkname internal_sync_simTry internal/sync.runtime_simTry
//go:nosplit
func internal_sync_simTry(m unsafe.Pointer) {
	simPoint()
	gp := getg()
	if b := gp.bubble; b != nil && b.sim.shared {
		simTake(gp, m, false)
	}
}

// internal_sync_simTried notes that m was locked without waiting.
//
//go:linkname internal_sync_simTried internal/sync.runtime_simTried
//go:nosplit
func internal_sync_simTried(m unsafe.Pointer) {
	simLocking(getg(), uintptr(m)|simMutex, simMutexFrame(getfp()))
}

// internal_sync_simUnlock is a scheduling point after m was unlocked.
//
//go:linkname internal_sync_simUnlock internal/sync.runtime_simUnlock
//go:nosplit
func internal_sync_simUnlock(m unsafe.Pointer) {
	gp := getg()
	if gp.sim.handed {
		gp.sim.handed = false
	} else {
		simUnlocked(gp, uintptr(m), false)
	}
	gp.sim.points--
	if gp.sim.points < 0 {
		simPointSlow(gp)
	}
}

// internal_sync_simHandOver notes that m was unlocked, before the turn goes to the one to whom m is handed over: who
// is killed while he waits for his next turn has m no more.
//
//go:linkname internal_sync_simHandOver internal/sync.runtime_simHandOver
func internal_sync_simHandOver(m unsafe.Pointer) {
	gp := getg()
	simUnlocked(gp, uintptr(m), false)
	gp.sim.handed = true
}

// sync_simRLock is a scheduling point before rw is locked for reading.
//
//go:linkname sync_simRLock sync.runtime_simRLock
//go:nosplit
func sync_simRLock(rw unsafe.Pointer) {
	simPoint()
	gp := getg()
	if b := gp.bubble; b != nil && b.sim.shared {
		simTake(gp, rw, false)
	}
	simLocking(gp, uintptr(rw)|simReader, getfp())
}

// sync_simTriedR notes that rw was locked for reading without waiting.
//
//go:linkname sync_simTriedR sync.runtime_simTriedR
//go:nosplit
func sync_simTriedR(rw unsafe.Pointer) {
	simLocking(getg(), uintptr(rw)|simReader, getfp())
}

// sync_simRUnlock is a scheduling point after a reader has unlocked rw.
//
//go:linkname sync_simRUnlock sync.runtime_simRUnlock
//go:nosplit
func sync_simRUnlock(rw unsafe.Pointer) {
	simUnlocked(getg(), uintptr(rw), true)
	simPoint()
}

// sync_simWriter notes that the goroutine that holds rw's mutex becomes, or has become,
// its writer.
//
//go:linkname sync_simWriter sync.runtime_simWriter
//go:nosplit
func sync_simWriter(rw unsafe.Pointer, pending bool) {
	gp := getg()
	s := &gp.sim
	for i := s.nheld - 1; i >= 0; i-- {
		h := &s.held[i]
		if !h.is(uintptr(rw), false) {
			continue
		}
		h.lock = uintptr(rw) | simWriter
		if pending {
			h.lock = uintptr(rw) | simPending
		}
		if fp := getfp(); fp != 0 {
			up := *(*uintptr)(unsafe.Pointer(fp))
			h.pc = *(*uintptr)(unsafe.Pointer(up + goarch.PtrSize))
		}
		return
	}
}

//go:linkname internal_sync_simHold internal/sync.runtime_simHold
//go:nosplit
func internal_sync_simHold() { simHold() }

//go:linkname internal_sync_simRelease internal/sync.runtime_simRelease
//go:nosplit
func internal_sync_simRelease() { simRelease() }

//go:linkname internal_godebug_simHold internal/godebug.runtime_simHold
func internal_godebug_simHold() { simHold() }

//go:linkname internal_godebug_simRelease internal/godebug.runtime_simRelease
func internal_godebug_simRelease() { simRelease() }

//go:linkname internal_testlog_simHold internal/testlog.runtime_simHold
func internal_testlog_simHold() { simHold() }

//go:linkname internal_testlog_simRelease internal/testlog.runtime_simRelease
func internal_testlog_simRelease() { simRelease() }

//go:linkname unique_simHold unique.runtime_simHold
func unique_simHold() { simHold() }

//go:linkname unique_simRelease unique.runtime_simRelease
func unique_simRelease() { simRelease() }

//go:linkname sync_simPoint sync.runtime_simPoint
//go:nosplit
func sync_simPoint() { simPoint() }

// sync_simOnceBegin is called before the function of a sync.Once is. If that is a package-level variable, the first world
// that comes to it calls the function, and what it does may follow from the variable alone.
//
//go:linkname sync_simOnceBegin sync.runtime_simOnceBegin
func sync_simOnceBegin(once unsafe.Pointer) (rand, key uint64) {
	s := &getg().sim
	key = s.apartKey
	rand = simUnmarked(0)
	if spanOf(uintptr(once)) == nil {
		s.apartKey = simMix(simPlace(once))
	}
	return rand, key
}

//go:linkname sync_simOnceEnd sync.runtime_simOnceEnd
func sync_simOnceEnd(rand, key uint64) {
	simMarked(rand)
	getg().sim.apartKey = key
}

//go:linkname sync_simPools sync.runtime_simPools
func sync_simPools() *unsafe.Pointer {
	if w := simWorldOf(getg()); w != nil {
		return &w.poolLocal
	}
	return nil
}

// sysrand_simFill makes crypto/rand, and keys, nonces and UUIDs with it, follow from the seed. Nothing that
// a test makes in a world is secret.
//
//go:linkname sysrand_simFill crypto/internal/sysrand.runtime_simFill
func sysrand_simFill(b []byte) bool {
	if simWorldOf(getg()) == nil {
		return false
	}
	var x uint64
	for i := range b {
		if i%8 == 0 {
			x, _ = simRand()
		}
		b[i] = byte(x >> (i % 8 * 8))
	}
	return true
}

// simHashKey returns the i-th of the keys that all hashes begin with. Since Go 1.27 it is
// package maps that keeps them.
//
//go:linkname simHashKey internal/runtime/maps.simHashKey
func simHashKey(i int) uintptr { return uintptr(simMix(uint64(i+1) * simGolden)) }

// simProcs is the number of processors that a program in a world is told of.
const simProcs = 4
