package wholefile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// errHeld is returned by tryLock when another process, or another caller in this one, holds the lock.
var errHeld = errors.New("held by another process")

// Lock takes the lock of a file, which need not exist (its folder is made), so that nobody else changes it between reading and writing, as far as they take the lock,
// too. If it is held it waits, for so long at most. The lock is a file beside it, with .lock at its end, that unlock takes away; on Unix it ends with the process, however
// that ends.
func Lock(name string, wait time.Duration) (unlock func(), err error) {
	const pause = 20 * time.Millisecond
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return nil, err
	}
	lock := name + ".lock"
	for began := time.Now(); ; time.Sleep(pause) {
		unlock, err := tryLock(lock)
		switch {
		case err == nil:
			return unlock, nil
		case !errors.Is(err, errHeld):
			return nil, fmt.Errorf("cannot lock %s: %w", name, err)
		case time.Since(began) > wait:
			return nil, fmt.Errorf("%s is in use: another process has held %s for %v; wait until it has ended, or end it", name, lock, wait)
		}
	}
}
