//go:build ignore

package sync

import (
	"internal/race"
	"sync/atomic"
	"unsafe"
)

// runtime_simPoint is a scheduling point: in a world the goroutine may lose its turn here.
//
//go:linkname runtime_simPoint
func runtime_simPoint()

//go:linkname runtime_simLock
func runtime_simLock(m unsafe.Pointer) bool

//go:linkname runtime_simTry
func runtime_simTry(m unsafe.Pointer)

//go:linkname runtime_simTried
func runtime_simTried(m unsafe.Pointer)

//go:linkname runtime_simUnlock
func runtime_simUnlock(m unsafe.Pointer)

//go:linkname runtime_simHandOver
func runtime_simHandOver(m unsafe.Pointer)

//go:linkname runtime_simHold
func runtime_simHold()

//go:linkname runtime_simRelease
func runtime_simRelease()

// A simQuietMutex is a Mutex without scheduling points. Maps that grow once in the life of a process, as caches
// of types do, lock it in the first world that meets a type and in no later one:
// a point there would make a seed's schedule depend on the worlds before it.
type simQuietMutex struct{ mu Mutex }

func (m *simQuietMutex) Lock() {
	runtime_simHold()
	runtime_simTried(unsafe.Pointer(&m.mu))
	if !atomic.CompareAndSwapInt32(&m.mu.state, 0, mutexLocked) {
		m.mu.lockSlow()
	} else if race.Enabled {
		race.Acquire(unsafe.Pointer(&m.mu))
	}
}

func (m *simQuietMutex) Unlock() {
	if race.Enabled {
		race.Release(unsafe.Pointer(&m.mu))
	}
	if new := atomic.AddInt32(&m.mu.state, -mutexLocked); new != 0 {
		m.mu.unlockSlow(new)
	}
	runtime_simUnlock(unsafe.Pointer(&m.mu))
	runtime_simRelease()
}
