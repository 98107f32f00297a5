//go:build ignore

package sync

import (
	"internal/race"
	"unsafe"
)

// Notes of who holds what; see package runtime.
func runtime_simRLock(rw unsafe.Pointer)
func runtime_simTriedR(rw unsafe.Pointer)
func runtime_simRUnlock(rw unsafe.Pointer)
func runtime_simWriter(rw unsafe.Pointer, pending bool)
func runtime_simSetUnlock(f func(lock unsafe.Pointer, way uintptr))

func init() { runtime_simSetUnlock(simUnlock) }

// simUnlock unlocks what a goroutine held that was killed. The ways are those of package runtime.
func simUnlock(lock unsafe.Pointer, way uintptr) {
	switch way {
	case 0:
		(*Mutex)(lock).Unlock()
	case 1:
		(*RWMutex)(lock).RUnlock()
	case 2:
		(*RWMutex)(lock).Unlock()
	case 3:
		// Lock had announced itself and was waiting for readers. Those that have come since wait for it.
		rw := (*RWMutex)(lock)
		if race.Enabled {
			race.Disable()
			defer race.Enable()
		}
		r := rw.readerCount.Add(rwmutexMaxReaders) - rw.readerWait.Swap(0)
		for range r {
			runtime_Semrelease(&rw.readerSem, false, 0)
		}
		rw.w.Unlock()
	case 4:
		(*RWMutex)(lock).readerCount.Add(-1)
	}
}
