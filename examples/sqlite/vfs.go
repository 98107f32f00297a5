package sqlite

import (
	"errors"
	"io"
	"os"
	"path"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/vfs"
	"github.com/terrella-go/terrella/disk"
)

// VFS has the files of databases on a disk.FS.
type VFS struct{ Disk disk.FS }

var _ vfs.VFS = VFS{}

// Open opens a file.
func (v VFS) Open(name string, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	if name == "" {
		return nil, flags, sqlite3.CANTOPEN // temporary files are kept in memory
	}
	_, err := v.Disk.Stat(name)
	newborn := errors.Is(err, os.ErrNotExist)
	flag := os.O_RDWR
	if flags&vfs.OPEN_READONLY != 0 {
		flag = os.O_RDONLY
	}
	if flags&vfs.OPEN_CREATE != 0 {
		flag |= os.O_CREATE
	}
	f, err := v.Disk.OpenFile(name, flag, 0o644)
	if err != nil {
		return nil, flags, sqlite3.CANTOPEN
	}
	return &File{File: f, v: v, newborn: newborn}, flags, nil
}

// Delete removes a file, durably if SQLite says so.
func (v VFS) Delete(name string, syncDir bool) error {
	err := v.Disk.Remove(name)
	if errors.Is(err, os.ErrNotExist) {
		return sqlite3.IOERR_DELETE_NOENT
	}
	if err == nil && syncDir {
		err = disk.SyncDir(v.Disk, path.Dir(name))
	}
	if err != nil {
		return sqlite3.IOERR_DELETE
	}
	return nil
}

// Access tells whether a file is there.
func (v VFS) Access(name string, _ vfs.AccessFlag) (bool, error) {
	_, err := v.Disk.Stat(name)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return false, sqlite3.IOERR_ACCESS
	}
	return err == nil, nil
}

// FullPathname returns the name from the root of the disk.
func (v VFS) FullPathname(name string) (string, error) { return path.Join("/", name), nil }

// A File is an open file of a database.
type File struct {
	disk.File
	v       VFS
	newborn bool // its entry has not been synced
	level   vfs.LockLevel
}

var _ vfs.FileLockState = (*File)(nil)

// ReadAt reads; io.EOF tells SQLite that the file was too short.
func (f *File) ReadAt(b []byte, off int64) (int, error) {
	n, err := f.File.ReadAt(b, off)
	if err != nil && err != io.EOF {
		return n, sqlite3.IOERR_READ
	}
	return n, err
}

// Sync makes the file durable, and at first its entry with it.
func (f *File) Sync(vfs.SyncFlag) error {
	if err := f.File.Sync(); err != nil {
		return sqlite3.IOERR_FSYNC
	}
	if f.newborn {
		if err := disk.SyncDir(f.v.Disk, path.Dir(f.Name())); err != nil {
			return sqlite3.IOERR_DIR_FSYNC
		}
		f.newborn = false
	}
	return nil
}

// Size returns the size of the file.
func (f *File) Size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, sqlite3.IOERR_FSTAT
	}
	return info.Size(), nil
}

// Lock raises the level; any level keeps all others out.
func (f *File) Lock(level vfs.LockLevel) error {
	if f.level == vfs.LOCK_NONE && f.TryLock() != nil {
		return sqlite3.BUSY
	}
	f.level = level
	return nil
}

// Unlock lowers the level.
func (f *File) Unlock(level vfs.LockLevel) error {
	f.level = level
	if level == vfs.LOCK_NONE && f.File.Unlock() != nil {
		return sqlite3.IOERR_UNLOCK
	}
	return nil
}

// CheckReservedLock tells whether somebody means to write.
func (f *File) CheckReservedLock() (bool, error) { return f.level >= vfs.LOCK_RESERVED, nil }

// LockState returns the level.
func (f *File) LockState() vfs.LockLevel { return f.level }

// SectorSize returns what the disk writes at once.
func (f *File) SectorSize() int { return 512 }

// DeviceCharacteristics promises nothing.
func (f *File) DeviceCharacteristics() vfs.DeviceCharacteristic { return 0 }
