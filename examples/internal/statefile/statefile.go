// Package statefile keeps a value in a file that is replaced as a whole: after a crash the disk holds one version or another,
// never a part of one.
package statefile

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"

	"github.com/terrella-go/terrella/disk"
)

// A File is a name in the top directory of a disk. It holds a value in JSON.
type File struct {
	Disk disk.FS
	Name string
}

// Load reads the value into v, which stays as it is if the file has never been written. What it reads is durable then: a process that was
// killed before it synced has left what can be read and may yet be lost.
func (f File) Load(v any) error {
	data, err := fs.ReadFile(f.Disk, f.Name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = json.Unmarshal(data, v)
	}
	if err != nil {
		return err
	}
	return f.Sync()
}

// Write replaces the file. It may still be the old one after a crash until Sync returns. After an error nobody knows which it is.
func (f File) Write(v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	// A crash may leave the file under both names: to write into it by the one would change what the other holds.
	next := f.Name + ".new"
	if err := f.Disk.Remove(next); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	w, err := f.Disk.OpenFile(next, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = w.Write(data)
	if err = errors.Join(err, w.Sync(), w.Close()); err != nil {
		return err
	}
	return f.Disk.Rename(next, f.Name)
}

// Sync brings the name to the disk.
func (f File) Sync() error { return disk.SyncDir(f.Disk, ".") }

// Replace writes and syncs.
func (f File) Replace(v any) error {
	if err := f.Write(v); err != nil {
		return err
	}
	return f.Sync()
}
