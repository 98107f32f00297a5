//go:build ignore

package runtime

import "unsafe"

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

//go:linkname sync_simPoint sync.runtime_simPoint
//go:nosplit
func sync_simPoint() { simPoint() }

//go:linkname sync_simOnceBegin sync.runtime_simOnceBegin
func sync_simOnceBegin() {
	s := &getg().sim
	if s.once == 0 {
		s.onceRand = 0
	}
	s.once++
	simHold()
}

//go:linkname sync_simOnceEnd sync.runtime_simOnceEnd
func sync_simOnceEnd() {
	getg().sim.once--
	simRelease()
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
