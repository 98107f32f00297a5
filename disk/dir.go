package disk

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Dir returns the FS of a directory of the machine: its operations are those of
// package os on the names below that directory. Errors hold the names as they
// were given. Symbolic links are followed, also out of the directory, as
// [os.DirFS] does; a program that must not be led out uses [os.Root].
func Dir(root string) FS { return dirFS(root) }

type dirFS string

// join returns the name on the machine, or the error of op for a name that
// cannot be had.
func (d dirFS) join(op, name string) (string, error) {
	clean, err := cleanName(name)
	if err != nil {
		return "", &fs.PathError{Op: op, Path: name, Err: err}
	}
	return filepath.Join(string(d), filepath.FromSlash(clean)), nil
}

// joinTwo is join for the operations that take two names.
func (d dirFS) joinTwo(op, oldname, newname string) (string, string, error) {
	o, err := cleanName(oldname)
	n, err2 := cleanName(newname)
	if err == nil {
		err = err2
	}
	if err == nil && (o == "." || n == ".") && op == "rename" {
		err = syscall.EBUSY
	}
	if err != nil {
		return "", "", &os.LinkError{Op: op, Old: oldname, New: newname, Err: err}
	}
	return filepath.Join(string(d), filepath.FromSlash(o)), filepath.Join(string(d), filepath.FromSlash(n)), nil
}

// named puts the name as it was given into an error of package os.
func named(err error, name string) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return &fs.PathError{Op: pe.Op, Path: name, Err: pe.Err}
	}
	return err
}

func (d dirFS) Open(name string) (fs.File, error) { return openStrict(d, name) }

func (d dirFS) OpenFile(name string, flag int, perm fs.FileMode) (File, error) {
	full, err := d.join("open", name)
	if err != nil {
		return nil, err
	}
	if err := checkFlag(flag); err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	f, err := os.OpenFile(full, flag, perm)
	if err != nil {
		return nil, named(err, name)
	}
	return &dirFile{f: f, name: name}, nil
}

func (d dirFS) Stat(name string) (fs.FileInfo, error) {
	full, err := d.join("stat", name)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(full)
	return d.info(info, name), named(err, name)
}

// info gives the root the name that io/fs wants it to have.
func (d dirFS) info(info fs.FileInfo, name string) fs.FileInfo {
	if clean, err := cleanName(name); info != nil && err == nil && clean == "." {
		return rootInfo{info}
	}
	return info
}

type rootInfo struct{ fs.FileInfo }

func (rootInfo) Name() string { return "." }

func (d dirFS) ReadDir(name string) ([]fs.DirEntry, error) {
	full, err := d.join("open", name)
	if err != nil {
		return nil, err
	}
	list, err := os.ReadDir(full)
	return list, named(err, name)
}

func (d dirFS) Mkdir(name string, perm fs.FileMode) error {
	full, err := d.join("mkdir", name)
	if err != nil {
		return err
	}
	return named(os.Mkdir(full, perm), name)
}

func (d dirFS) MkdirAll(name string, perm fs.FileMode) error {
	full, err := d.join("mkdir", name)
	if err != nil {
		return err
	}
	return named(os.MkdirAll(full, perm), name)
}

func (d dirFS) Rename(oldname, newname string) error {
	o, n, err := d.joinTwo("rename", oldname, newname)
	if err != nil {
		return err
	}
	return linkNamed(os.Rename(o, n), oldname, newname)
}

func (d dirFS) Link(oldname, newname string) error {
	o, n, err := d.joinTwo("link", oldname, newname)
	if err != nil {
		return err
	}
	return linkNamed(os.Link(o, n), oldname, newname)
}

func linkNamed(err error, oldname, newname string) error {
	var le *os.LinkError
	if errors.As(err, &le) {
		return &os.LinkError{Op: le.Op, Old: oldname, New: newname, Err: le.Err}
	}
	return err
}

func (d dirFS) Remove(name string) error {
	full, err := d.below("remove", name, syscall.EBUSY)
	if err != nil {
		return err
	}
	return named(os.Remove(full), name)
}

func (d dirFS) RemoveAll(name string) error {
	full, err := d.below("RemoveAll", name, syscall.EINVAL)
	if err != nil {
		return err
	}
	err = os.RemoveAll(full)
	var pe *fs.PathError
	if errors.As(err, &pe) {
		// Package os names one system call or the other, as it went.
		return &fs.PathError{Op: "RemoveAll", Path: name, Err: pe.Err}
	}
	return err
}

// below is join for operations that the root itself refuses with the given error.
func (d dirFS) below(op, name string, root error) (string, error) {
	full, err := d.join(op, name)
	if clean, _ := cleanName(name); err == nil && clean == "." {
		return "", &fs.PathError{Op: op, Path: name, Err: root}
	}
	return full, err
}

func (d dirFS) Truncate(name string, size int64) error {
	full, err := d.join("truncate", name)
	if err != nil {
		return err
	}
	return named(os.Truncate(full, size), name)
}

func (d dirFS) Chmod(name string, mode fs.FileMode) error {
	full, err := d.join("chmod", name)
	if err != nil {
		return err
	}
	return named(os.Chmod(full, mode), name)
}

func (d dirFS) Space() (Space, error) {
	s, err := space(string(d))
	return s, named(err, ".")
}

// A dirFile is a file of a real directory.
type dirFile struct {
	f    *os.File
	name string
}

// fail puts the file's name as it was given into an error. An io.EOF is not an error
// of the file and stays as it is.
func (f *dirFile) fail(err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	return named(err, f.name)
}

func (f *dirFile) Name() string { return f.name }

func (f *dirFile) Read(p []byte) (int, error) {
	n, err := f.f.Read(p)
	return n, f.fail(err)
}

func (f *dirFile) Write(p []byte) (int, error) {
	n, err := f.f.Write(p)
	return n, f.fail(err)
}

func (f *dirFile) ReadAt(p []byte, off int64) (int, error) {
	n, err := f.f.ReadAt(p, off)
	return n, f.fail(err)
}

func (f *dirFile) WriteAt(p []byte, off int64) (int, error) {
	n, err := f.f.WriteAt(p, off)
	return n, f.fail(err)
}

func (f *dirFile) Seek(offset int64, whence int) (int64, error) {
	n, err := f.f.Seek(offset, whence)
	return n, f.fail(err)
}

func (f *dirFile) Stat() (fs.FileInfo, error) {
	info, err := f.f.Stat()
	return dirFS("").info(info, f.name), f.fail(err)
}

func (f *dirFile) ReadDir(n int) ([]fs.DirEntry, error) {
	list, err := f.f.ReadDir(n)
	var errno syscall.Errno
	if err != nil && err != io.EOF && !errors.As(err, &errno) {
		// Of a file that is closed package os reports an error that is not ErrClosed here.
		if _, e := f.f.Stat(); errors.Is(e, fs.ErrClosed) {
			err = &fs.PathError{Op: "readdirent", Path: f.name, Err: fs.ErrClosed}
		}
	}
	return list, f.fail(err)
}

func (f *dirFile) Truncate(size int64) error { return f.fail(f.f.Truncate(size)) }
func (f *dirFile) Sync() error               { return f.fail(f.f.Sync()) }
func (f *dirFile) Close() error              { return f.fail(f.f.Close()) }
func (f *dirFile) TryLock() error            { return f.flock(lockExclusive) }
func (f *dirFile) TryRLock() error           { return f.flock(lockShared) }
func (f *dirFile) Unlock() error             { return f.flock(lockNone) }

// flock calls flock(2) without blocking. It goes through SyscallConn, which keeps
// the descriptor from being closed and reused meanwhile.
func (f *dirFile) flock(how lockMode) error {
	conn, err := f.f.SyscallConn()
	if err != nil {
		return &fs.PathError{Op: how.op(), Path: f.name, Err: fs.ErrClosed}
	}
	var locked error
	if err := conn.Control(func(fd uintptr) { locked = flock(fd, how) }); err != nil {
		return &fs.PathError{Op: how.op(), Path: f.name, Err: fs.ErrClosed}
	}
	if locked != nil {
		return &fs.PathError{Op: how.op(), Path: f.name, Err: locked}
	}
	return nil
}

// A lockMode is what a file lock is to become.
type lockMode uint8

const (
	lockNone lockMode = iota
	lockShared
	lockExclusive
)

func (m lockMode) op() string {
	if m == lockNone {
		return "unlock"
	}
	return "lock"
}
