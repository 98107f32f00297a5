package disk

import "syscall"

// A fileLock is who holds the lock of an inode: one file alone, or several
// together.
type fileLock struct {
	exclusive *file
	shared    int
}

func (f *file) TryLock() error  { return f.tryLock(lockExclusive) }
func (f *file) TryRLock() error { return f.tryLock(lockShared) }
func (f *file) Unlock() error   { return f.tryLock(lockNone) }

func (f *file) tryLock(how lockMode) error {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	o, err := f.begin(OpLock, 0)
	if err == nil {
		err = o.err
	}
	if err == nil && !f.setLock(how) {
		err = syscall.EWOULDBLOCK
	}
	return f.fail(how.op(), err)
}

// setLock converts the lock that the file holds. It reports whether it could;
// the lock that was held is gone in any case, as flock(2) warns.
func (f *file) setLock(how lockMode) bool {
	if f.locked == how {
		return true
	}
	l := f.st.locks[f.number]
	if l == nil {
		l = new(fileLock)
		f.st.locks[f.number] = l
	}
	switch f.locked {
	case lockExclusive:
		l.exclusive = nil
	case lockShared:
		l.shared--
	}
	f.locked = lockNone
	switch {
	case how == lockExclusive && l.exclusive == nil && l.shared == 0:
		l.exclusive, f.locked = f, how
	case how == lockShared && l.exclusive == nil:
		l.shared++
		f.locked = how
	}
	if l.exclusive == nil && l.shared == 0 {
		delete(f.st.locks, f.number)
	}
	return f.locked == how
}
