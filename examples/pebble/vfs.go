package pebble

import (
	"errors"
	"io"
	"os"
	"path"

	"github.com/cockroachdb/pebble/vfs"
	"github.com/terrella-go/terrella/disk"
)

// FS has the files of a database on a disk.FS.
//
// A new file's first sync syncs its directory too. Pebble itself does not: when it opens a database it writes a new manifest, syncs it, and
// has CURRENT lead to it, before it syncs the directory with the names of both. On a file system that keeps changes of
// directories in order that is enough. POSIX promises no order: after a crash CURRENT may lead to a manifest that has no name.
type FS struct {
	Disk disk.FS
	// OwnSyncs has pebble's own syncs be all there are.
	OwnSyncs bool
}

var _ vfs.FS = FS{}

// open opens a file as pebble wants it.
func (f FS) open(name string, flag int, opts ...vfs.OpenOption) (vfs.File, error) {
	g, err := f.Disk.OpenFile(name, flag, 0o644)
	if err != nil {
		return nil, err
	}
	for _, o := range opts {
		o.Apply(file{g})
	}
	return file{g}, nil
}

// Create makes a new file; one that has the name already is removed.
func (f FS) Create(name string) (vfs.File, error) {
	if err := f.Disk.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	g, err := f.open(name, os.O_RDWR|os.O_CREATE|os.O_EXCL)
	if err != nil || f.OwnSyncs {
		return g, err
	}
	return &newborn{File: g, fsys: f.Disk, dir: path.Dir(name)}, nil
}

// Open opens a file for reading.
func (f FS) Open(name string, opts ...vfs.OpenOption) (vfs.File, error) {
	return f.open(name, os.O_RDONLY, opts...)
}

// OpenReadWrite opens a file, and makes it if need be.
func (f FS) OpenReadWrite(name string, opts ...vfs.OpenOption) (vfs.File, error) {
	return f.open(name, os.O_RDWR|os.O_CREATE, opts...)
}

// OpenDir opens a directory to be synced.
func (f FS) OpenDir(name string) (vfs.File, error) { return f.open(name, os.O_RDONLY) }

// ReuseForWrite renames a file and opens it for writing.
func (f FS) ReuseForWrite(oldname, newname string) (vfs.File, error) {
	if err := f.Disk.Rename(oldname, newname); err != nil {
		return nil, err
	}
	return f.open(newname, os.O_RDWR|os.O_CREATE)
}

// Lock makes a file and locks it.
func (f FS) Lock(name string) (io.Closer, error) {
	g, err := disk.Create(f.Disk, name)
	if err != nil {
		return nil, err
	}
	if err := g.TryLock(); err != nil {
		return nil, errors.Join(err, g.Close())
	}
	return g, nil
}

// List returns the names in a directory.
func (f FS) List(dir string) ([]string, error) {
	list, err := f.Disk.ReadDir(dir)
	names := make([]string, len(list))
	for i := range list {
		names[i] = list[i].Name()
	}
	return names, err
}

// GetDiskUsage returns the room on the disk.
func (f FS) GetDiskUsage(string) (vfs.DiskUsage, error) {
	s, err := f.Disk.Space()
	return vfs.DiskUsage{AvailBytes: uint64(s.Free), TotalBytes: uint64(s.Total), UsedBytes: uint64(s.Total - s.Free)}, err
}

func (f FS) Link(oldname, newname string) error          { return f.Disk.Link(oldname, newname) }
func (f FS) Remove(name string) error                    { return f.Disk.Remove(name) }
func (f FS) RemoveAll(name string) error                 { return f.Disk.RemoveAll(name) }
func (f FS) Rename(oldname, newname string) error        { return f.Disk.Rename(oldname, newname) }
func (f FS) MkdirAll(dir string, perm os.FileMode) error { return f.Disk.MkdirAll(dir, perm) }
func (f FS) Stat(name string) (os.FileInfo, error)       { return f.Disk.Stat(name) }
func (f FS) PathBase(name string) string                 { return path.Base(name) }
func (f FS) PathJoin(elem ...string) string              { return path.Join(elem...) }
func (f FS) PathDir(name string) string                  { return path.Dir(name) }

// A file adds what pebble wants to know of files of an operating system.
type file struct{ disk.File }

func (f file) SyncData() error                { return f.Sync() }
func (f file) SyncTo(int64) (bool, error)     { return true, f.Sync() }
func (f file) Preallocate(int64, int64) error { return nil }
func (f file) Prefetch(int64, int64) error    { return nil }
func (f file) Fd() uintptr                    { return vfs.InvalidFd }

// A newborn is a new file, which syncs its directory along with its first sync.
type newborn struct {
	vfs.File
	fsys  disk.FS
	dir   string
	named bool // its name is on the disk
}

func (n *newborn) Sync() error {
	err := n.File.Sync()
	if err == nil && !n.named {
		if err = disk.SyncDir(n.fsys, n.dir); err == nil {
			n.named = true
		}
	}
	return err
}

func (n *newborn) SyncData() error            { return n.Sync() }
func (n *newborn) SyncTo(int64) (bool, error) { return true, n.Sync() }
