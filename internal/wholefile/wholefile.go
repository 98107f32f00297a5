// Package wholefile writes files as a whole or not at all.
package wholefile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Write writes a file as a whole or not at all: whoever reads it, also after a crash, sees what was there before or all of
// data. Its folder is made if need be. Of several that write at a time the last one wins. Errors are those of
// package os to errors.Is.
func Write(name string, data []byte, perm fs.FileMode) error {
	dir := filepath.Dir(name)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	t, err := os.CreateTemp(dir, ".writing-*")
	if err != nil {
		return err
	}
	defer os.Remove(t.Name()) // fails once it has its name
	_, err = t.Write(data)
	err = errors.Join(err, t.Chmod(perm), t.Sync(), t.Close())
	if err != nil {
		return err
	}
	return os.Rename(t.Name(), name)
}
