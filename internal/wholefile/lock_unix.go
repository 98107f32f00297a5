//go:build unix && !solaris && !aix

package wholefile

import (
	"errors"
	"os"
	"syscall"
)

func tryLock(name string) (unlock func(), err error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) || errors.Is(err, syscall.EINTR) {
			return nil, errHeld
		}
		return nil, err
	}
	if !same(f, name) { // its holder took it away between the two
		f.Close()
		return nil, errHeld
	}
	return func() {
		os.Remove(name) // while it is held: whoever waits for this one notices
		f.Close()
	}, nil
}

// same reports whether a file still has its name.
func same(f *os.File, name string) bool {
	held, err := f.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(name)
	return err == nil && os.SameFile(held, there)
}
