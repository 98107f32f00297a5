//go:build ignore

package sync

import "unsafe"

// simPoolsInUse appends where the pools lie that were used outside worlds and not emptied by the collector
// since, and the size of the part of them that it changes at any time and leaves zero in all other pools. What
// worlds put in pools does not lie in there.
//
//go:linkname simPoolsInUse
//go:norace
func simPoolsInUse(to []uintptr) (pools []uintptr, size uintptr) {
	allPoolsMu.Lock()
	defer allPoolsMu.Unlock()
	runtime_procPin() // the collector, which changes the lists without the lock, waits
	defer runtime_procUnpin()
	for _, list := range [][]*Pool{allPools, oldPools} {
		for _, p := range list {
			to = append(to, uintptr(unsafe.Pointer(p)))
		}
	}
	return to, unsafe.Offsetof(Pool{}.New)
}
