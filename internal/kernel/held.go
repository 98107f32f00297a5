package kernel

import "runtime"

// A HeldLock is a sync.Mutex or sync.RWMutex that a goroutine has locked, or waits to lock.
type HeldLock struct {
	How   LockMode
	Where Frame // the call that locks it; its Func is empty if that is not known
	// Holders are the numbers of the goroutines for whose unlocking a waiting one waits.
	Holders []uint64

	addr uintptr
}

// A LockMode is a way to lock. Keep in sync with package runtime.
type LockMode uint32

// The ways to lock.
const (
	LockMutex   LockMode = iota // a Mutex
	LockRead                    // an RWMutex, by RLock
	LockWrite                   // an RWMutex, by Lock
	LockPending                 // an RWMutex, by a Lock that waits for readers
)

func (m LockMode) String() string {
	return [...]string{"locked", "locked for reading", "locked for writing", "about to be locked for writing"}[m&3]
}

// lockInfo is declared again in package runtime.
type lockInfo struct {
	num   uint64
	lock  uintptr
	pc    uintptr
	way   LockMode
	waits bool
}

// addLocks enters into the stacks of goroutines what they hold and wait for.
func addLocks(stacks []Stack, locks []lockInfo) {
	byNum := make(map[uint64]*Stack, len(stacks))
	for i := range stacks {
		byNum[stacks[i].Goroutine] = &stacks[i]
	}
	for _, l := range locks {
		s := byNum[l.num]
		if s == nil {
			continue
		}
		h := HeldLock{How: l.way, Where: caller(l.pc), addr: l.lock}
		if !l.waits {
			s.Holds = append(s.Holds, h)
			continue
		}
		for _, o := range locks {
			// A writer that waits has the lock already, but for those who read.
			wanted := (o.way == LockRead) == (l.way == LockPending)
			if !o.waits && o.lock == l.lock && wanted {
				h.Holders = append(h.Holders, o.num)
			}
		}
		s.Waits = &h
	}
}

// caller returns the frame of a return address; it is empty for 0.
func caller(pc uintptr) Frame {
	if pc == 0 {
		return Frame{}
	}
	f, _ := runtime.CallersFrames([]uintptr{pc}).Next()
	return Frame{Func: f.Function, File: f.File, Line: f.Line}
}
