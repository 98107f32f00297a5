package goleveldb

import (
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"sync"

	"github.com/syndtr/goleveldb/leveldb/storage"
	"github.com/terrella-go/terrella/disk"
)

// Storage keeps the files of a database in a directory of a disk.FS.
type Storage struct {
	fsys disk.FS
	dir  string
	// ManifestOnly has only manifests sync the directory, as the library's own storage does.
	ManifestOnly bool

	mu     sync.Mutex
	locked bool
	closed bool
}

var _ storage.Storage = (*Storage)(nil)

// current is the file that holds the name of the manifest.
const current = "CURRENT"

// Open returns the storage in a directory, which it makes if need be.
func Open(fsys disk.FS, dir string) (*Storage, error) {
	if err := fsys.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	return &Storage{fsys: fsys, dir: dir}, disk.SyncDir(fsys, ".")
}

func (s *Storage) path(fd storage.FileDesc) string { return path.Join(s.dir, fd.String()) }

func (s *Storage) check(fd storage.FileDesc) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return storage.ErrClosed
	case !storage.FileDescOk(fd):
		return storage.ErrInvalidFile
	}
	return nil
}

// Lock locks the storage within the process.
func (s *Storage) Lock() (storage.Locker, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return nil, storage.ErrClosed
	case s.locked:
		return nil, storage.ErrLocked
	}
	s.locked = true
	return locker{s}, nil
}

type locker struct{ s *Storage }

func (l locker) Unlock() {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	l.s.locked = false
}

// Log drops what the database has to say.
func (s *Storage) Log(string) {}

// SetMeta makes a manifest the current one, durably.
func (s *Storage) SetMeta(fd storage.FileDesc) error {
	if err := s.check(fd); err != nil {
		return err
	}
	name := path.Join(s.dir, current)
	next := fmt.Sprintf("%s.%d", name, fd.Num)
	// The name may be one of the current file still, if a crash fell into a rename.
	if err := s.fsys.RemoveAll(next); err != nil {
		return err
	}
	if err := disk.WriteFile(s.fsys, next, []byte(fd.String()+"\n"), 0o644); err != nil {
		return err
	}
	if err := disk.SyncDir(s.fsys, next); err != nil {
		return err
	}
	if err := s.fsys.Rename(next, name); err != nil {
		return err
	}
	return disk.SyncDir(s.fsys, s.dir)
}

// GetMeta returns the current manifest.
func (s *Storage) GetMeta() (storage.FileDesc, error) {
	data, err := disk.ReadFile(s.fsys, path.Join(s.dir, current))
	if err != nil {
		return storage.FileDesc{}, notExist(err)
	}
	fd, ok := parse(string(data[:max(0, len(data)-1)]))
	if !ok || fd.Type != storage.TypeManifest {
		return storage.FileDesc{}, &storage.ErrCorrupted{Err: fmt.Errorf("%s holds %q", current, data)}
	}
	if _, err := s.fsys.Stat(s.path(fd)); err != nil {
		return storage.FileDesc{}, notExist(err)
	}
	return fd, nil
}

// notExist gives the error that the library compares with.
func notExist(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return os.ErrNotExist
	}
	return err
}

// parse returns the descriptor of a file by its name.
func parse(name string) (storage.FileDesc, bool) {
	for format, t := range map[string]storage.FileType{
		"MANIFEST-%06d": storage.TypeManifest, "%06d.log": storage.TypeJournal,
		"%06d.ldb": storage.TypeTable, "%06d.tmp": storage.TypeTemp,
	} {
		fd := storage.FileDesc{Type: t}
		if _, err := fmt.Sscanf(name, format, &fd.Num); err == nil && fd.String() == name {
			return fd, true
		}
	}
	return storage.FileDesc{}, false
}

// List returns the files of some types.
func (s *Storage) List(types storage.FileType) ([]storage.FileDesc, error) {
	list, err := s.fsys.ReadDir(s.dir)
	if err != nil {
		return nil, err
	}
	var fds []storage.FileDesc
	for _, e := range list {
		if fd, ok := parse(e.Name()); ok && fd.Type&types != 0 {
			fds = append(fds, fd)
		}
	}
	return slices.Clip(fds), nil
}

// Open opens a file for reading.
func (s *Storage) Open(fd storage.FileDesc) (storage.Reader, error) {
	if err := s.check(fd); err != nil {
		return nil, err
	}
	f, err := s.fsys.OpenFile(s.path(fd), os.O_RDONLY, 0)
	if err != nil {
		return nil, notExist(err)
	}
	return f, nil
}

// Create makes or empties a file.
func (s *Storage) Create(fd storage.FileDesc) (storage.Writer, error) {
	if err := s.check(fd); err != nil {
		return nil, err
	}
	f, err := disk.Create(s.fsys, s.path(fd))
	if err != nil {
		return nil, err
	}
	return &writer{File: f, s: s, newborn: !s.ManifestOnly || fd.Type == storage.TypeManifest}, nil
}

// A writer syncs the directory along with its first sync.
type writer struct {
	disk.File
	s       *Storage
	newborn bool
}

func (w *writer) Sync() error {
	if err := w.File.Sync(); err != nil {
		return err
	}
	if w.newborn {
		if err := disk.SyncDir(w.s.fsys, w.s.dir); err != nil {
			return err
		}
		w.newborn = false
	}
	return nil
}

// Remove removes a file.
func (s *Storage) Remove(fd storage.FileDesc) error {
	if err := s.check(fd); err != nil {
		return err
	}
	return s.fsys.Remove(s.path(fd))
}

// Rename renames a file.
func (s *Storage) Rename(from, to storage.FileDesc) error {
	if err := s.check(to); err != nil {
		return err
	}
	return s.fsys.Rename(s.path(from), s.path(to))
}

// Close closes the storage.
func (s *Storage) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	return nil
}
