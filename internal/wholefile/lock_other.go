//go:build !unix || solaris || aix

package wholefile

import (
	"errors"
	"io/fs"
	"os"
)

// tryLock makes the file, which only one can do. Where files can't be locked a process that is killed leaves it.
func tryLock(name string) (unlock func(), err error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return nil, errHeld
	}
	if err != nil {
		return nil, err
	}
	return func() {
		f.Close()
		os.Remove(name)
	}, nil
}
