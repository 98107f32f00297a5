package disk

import (
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"syscall"
)

// An FS is a file system: a directory of the machine ([Dir]) or a simulated disk
// ([Disk]). It is shaped after package os, and its errors are those of package os:
// [*fs.PathError] and [*os.LinkError] around a [syscall.Errno].
//
// Names are separated by slashes on every system. They are cleaned as by
// [path.Clean] first; a leading slash means the root of the FS, just as no slash
// does. A name that leaves the root through ".." fails with EXDEV, as openat2(2)
// has it.
//
// Every FS is also an [fs.FS], an [fs.StatFS] and an [fs.ReadDirFS], so that
// [fs.WalkDir], [fs.ReadFile] and their like work on it. Only Open, which belongs
// to io/fs alone, insists on names that are valid to [fs.ValidPath].
type FS interface {
	// Open opens a file for reading by a name that is valid to [fs.ValidPath].
	// The file is a [File].
	Open(name string) (fs.File, error)
	// OpenFile opens a file or, for reading, a directory. The flags are those
	// of package os.
	OpenFile(name string, flag int, perm fs.FileMode) (File, error)
	// Stat describes a file.
	Stat(name string) (fs.FileInfo, error)
	// ReadDir lists a directory in the order of names.
	ReadDir(name string) ([]fs.DirEntry, error)
	// Mkdir makes a directory in one that exists.
	Mkdir(name string, perm fs.FileMode) error
	// MkdirAll makes a directory and those above it; one that exists is no error.
	MkdirAll(name string, perm fs.FileMode) error
	// Rename moves a file or directory; a file that has the new name is replaced.
	Rename(oldname, newname string) error
	// Link gives a file a second name.
	Link(oldname, newname string) error
	// Remove removes a file or an empty directory.
	Remove(name string) error
	// RemoveAll removes what has the name and all below it; it is no error if
	// there is nothing.
	RemoveAll(name string) error
	// Truncate sets the size of a file.
	Truncate(name string, size int64) error
	// Chmod sets the permission bits of a file.
	Chmod(name string, mode fs.FileMode) error
	// Space tells how large the file system is and how much of it is free.
	Space() (Space, error)
}

// A File is an open file or directory, shaped after [os.File].
type File interface {
	fs.ReadDirFile
	io.Writer
	io.Seeker
	io.ReaderAt
	io.WriterAt
	// Name returns the name that the file was opened by.
	Name() string
	// Truncate sets the size of the file; the offset stays.
	Truncate(size int64) error
	// Sync makes the file durable: for a file its contents and size, for a
	// directory its entries. See the package's documentation for what neither
	// promises.
	Sync() error
	// TryLock takes the file's exclusive lock, or fails with EWOULDBLOCK if
	// somebody has it. Locks are those of flock(2): advisory, one for each opening
	// of a file, dropped by Close.
	TryLock() error
	// TryRLock takes the file's shared lock in the same way. A lock that is held
	// is converted; if that fails, it is lost, as on Linux.
	TryRLock() error
	// Unlock drops the lock; it is no error if none is held.
	Unlock() error
}

// Space is the room on a file system, in bytes.
type Space struct {
	Total int64
	Free  int64
}

// Create makes or truncates a file and opens it for reading and writing, as
// [os.Create].
func Create(fsys FS, name string) (File, error) {
	return fsys.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o666)
}

// ReadFile returns the contents of a file, as [os.ReadFile].
func ReadFile(fsys FS, name string) ([]byte, error) {
	f, err := fsys.OpenFile(name, os.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	// One byte more than the size, so that the end is seen by the first read.
	data := make([]byte, 0, info.Size()+1)
	for {
		n, err := f.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		if err == io.EOF {
			return data, nil
		}
		if err != nil {
			return data, err
		}
		if len(data) == cap(data) {
			data = append(data, 0)[:len(data)]
		}
	}
}

// WriteFile makes or truncates a file and writes its contents, as [os.WriteFile].
// It does not sync them.
func WriteFile(fsys FS, name string, data []byte, perm fs.FileMode) error {
	f, err := fsys.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, perm)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}

// SyncDir makes the entries of a directory durable: it opens the directory,
// syncs it and closes it.
func SyncDir(fsys FS, name string) error {
	f, err := fsys.OpenFile(name, os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	err = f.Sync()
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}

// maxName is the length that Linux allows to one element of a path.
const maxName = 255

// cleanName returns the name as a path relative to the root, "." for the root
// itself, or the error that a system call has for such a name.
func cleanName(name string) (string, error) {
	switch {
	case name == "":
		return "", syscall.ENOENT
	case strings.IndexByte(name, 0) >= 0:
		return "", syscall.EINVAL
	}
	clean := path.Clean(strings.TrimLeft(name, "/"))
	if clean == ".." || strings.HasPrefix(clean, "../") {
		return "", syscall.EXDEV
	}
	for rest := clean; len(rest) > maxName; {
		i := strings.IndexByte(rest, '/')
		if i > maxName || i < 0 {
			return "", syscall.ENAMETOOLONG
		}
		rest = rest[i+1:]
	}
	return clean, nil
}

// checkFlag returns EINVAL for flags that contradict each other.
func checkFlag(flag int) error {
	const access = os.O_RDONLY | os.O_WRONLY | os.O_RDWR
	if flag&access == os.O_WRONLY|os.O_RDWR {
		return syscall.EINVAL
	}
	return nil
}

// openStrict opens a file for io/fs.
func openStrict(fsys FS, name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	f, err := fsys.OpenFile(name, os.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	return f, nil
}
