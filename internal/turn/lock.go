// Package turn holds the lock that the simulator's own parts share: networks, disks,
// clocks, the record of events.
package turn

import "sync"

// A Lock is a mutex that keeps the turn: from Lock to Unlock the goroutine passes no
// scheduling point. So it is never killed or put aside while it holds one, and the simulator's
// own locking adds nothing to the schedules that are explored.
//
// A goroutine that holds a Lock may not block: no channel operation that waits, no sleep.
// Waking others (a non-blocking send, a close, stopping a timer)
// is what it is for. Locks are not reentrant, but different ones nest.
//
// The zero value is an unlocked Lock. Outside a world it is an ordinary mutex.
type Lock struct{ mu sync.Mutex }

// Lock locks l, waiting for it if another goroutine has it.
func (l *Lock) Lock() {
	hold()
	l.mu.Lock()
}

// Unlock unlocks l.
func (l *Lock) Unlock() {
	l.mu.Unlock()
	release()
}
