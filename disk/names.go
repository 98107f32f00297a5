package disk

import (
	"io/fs"
	"os"
	"path"
	"strings"
	"syscall"
	"time"

	"github.com/terrella-go/terrella/internal/trace"
)

// Open opens a file for reading by a name that is valid to [fs.ValidPath].
func (d *Disk) Open(name string) (fs.File, error) { return openStrict(d, name) }

// OpenFile opens a file or directory. The flags are those of package os. The
// permission bits of a new file are perm, without a mask.
func (d *Disk) OpenFile(name string, flag int, perm fs.FileMode) (File, error) {
	var f *file
	err := d.onName(OpOpen, name, func(clean string) (err error) {
		if err := checkFlag(flag); err != nil {
			return err
		}
		f, err = d.open(name, clean, flag, perm)
		return err
	})
	if err != nil {
		return nil, pathError("open", name, err)
	}
	return f, nil
}

func (d *Disk) open(name, clean string, flag int, perm fs.FileMode) (*file, error) {
	p, err := d.st.find(clean)
	if err != nil {
		return nil, err
	}
	n := p.node
	switch {
	case n == nil && flag&os.O_CREATE == 0:
		return nil, syscall.ENOENT
	case n == nil:
		if n, err = d.create(p, clean, perm&fs.ModePerm); err != nil {
			return nil, err
		}
	case flag&os.O_CREATE != 0 && flag&os.O_EXCL != 0:
		return nil, syscall.EEXIST
	default:
		if err := d.mayOpen(n, flag); err != nil {
			return nil, err
		}
	}
	if n.path != clean {
		n = d.st.own(n.number)
		n.path = clean
	}
	if flag&os.O_TRUNC != 0 && n.size > 0 {
		n = d.st.own(n.number)
		d.st.resize(n, 0)
		n.mtime = d.now()
	}
	d.st.opened(n.number)
	d.log(trace.Open, clean)
	return &file{d: d, st: d.st, number: n.number, name: name, path: clean, flag: flag, dir: n.isDir()}, nil
}

// mayOpen tells whether a file that exists may be opened.
func (d *Disk) mayOpen(n *inode, flag int) error {
	access := flag & (os.O_RDONLY | os.O_WRONLY | os.O_RDWR)
	writes := access != os.O_RDONLY || flag&os.O_TRUNC != 0
	switch {
	case n.isDir() && (writes || flag&os.O_CREATE != 0):
		return syscall.EISDIR
	case writes && n.mode&0o200 == 0, access != os.O_WRONLY && n.mode&0o400 == 0:
		return syscall.EACCES
	case writes && d.readOnly:
		return syscall.EROFS
	}
	return nil
}

// create makes a file or, with [fs.ModeDir], a directory.
func (d *Disk) create(p place, clean string, mode fs.FileMode) (*inode, error) {
	if d.readOnly {
		return nil, syscall.EROFS
	}
	if err := p.mayChange(); err != nil {
		return nil, err
	}
	n := d.st.add(mode, clean, d.now())
	d.alter(n, clean, entryChange{dir: p.dir.number, name: p.name, to: n.number})
	return n, nil
}

// alter changes entries and the times of their directories.
func (d *Disk) alter(n *inode, clean string, parts ...entryChange) {
	now := d.now()
	d.st.alter(n, clean, parts...)
	for i := range parts {
		d.st.own(parts[i].dir).mtime = now
	}
}

// Stat describes a file.
func (d *Disk) Stat(name string) (info fs.FileInfo, err error) {
	err = d.onName(OpStat, name, func(clean string) error {
		n, err := d.st.lookup(clean)
		if err != nil {
			return err
		}
		info = n.info(clean)
		return nil
	})
	return info, pathError("stat", name, err)
}

// ReadDir lists a directory in the order of names.
func (d *Disk) ReadDir(name string) (list []fs.DirEntry, err error) {
	err = d.onName(OpReadDir, name, func(clean string) error {
		n, err := d.st.lookup(clean)
		switch {
		case err != nil:
			return err
		case n.mode&0o400 == 0:
			return syscall.EACCES
		case !n.isDir():
			return syscall.ENOTDIR
		}
		list = d.st.list(n)
		return nil
	})
	return list, pathError("open", name, err)
}

// list describes the entries of a directory.
func (s *state) list(n *inode) []fs.DirEntry {
	names := sortedNames(n)
	list := make([]fs.DirEntry, len(names))
	for i, name := range names {
		number, _ := n.entries.get(name)
		list[i] = fs.FileInfoToDirEntry(s.node(number).info(name))
	}
	return list
}

// Mkdir makes a directory. Its permission bits are perm, without a mask.
func (d *Disk) Mkdir(name string, perm fs.FileMode) error {
	err := d.onName(OpMkdir, name, func(clean string) error {
		p, err := d.st.find(clean)
		if err != nil {
			return err
		}
		if p.node != nil {
			return syscall.EEXIST
		}
		_, err = d.create(p, clean, fs.ModeDir|perm&fs.ModePerm)
		return err
	})
	return pathError("mkdir", name, err)
}

// MkdirAll makes a directory and those above it.
func (d *Disk) MkdirAll(name string, perm fs.FileMode) error {
	err := d.onName(OpMkdir, name, func(clean string) error {
		for i := 0; i <= len(clean); i++ {
			if i < len(clean) && clean[i] != '/' {
				continue
			}
			p, err := d.st.find(clean[:i])
			if err != nil {
				return err
			}
			if p.node != nil && !p.node.isDir() {
				return syscall.ENOTDIR
			}
			if p.node != nil {
				continue
			}
			if _, err := d.create(p, clean[:i], fs.ModeDir|perm&fs.ModePerm); err != nil {
				return err
			}
		}
		return nil
	})
	return pathError("mkdir", name, err)
}

// Rename moves a file or directory. As with [os.Rename], a directory is
// never replaced.
func (d *Disk) Rename(oldname, newname string) error {
	return d.onNames("rename", OpRename, oldname, newname, d.rename)
}

// onNames carries out an operation on two names.
func (d *Disk) onNames(op string, kind Op, oldname, newname string, f func(from, to string) error) error {
	_, err := cleanName(oldname)
	to, err2 := cleanName(newname)
	if err == nil {
		err = err2
	}
	if err == nil {
		err = d.onName(kind, oldname, func(from string) error { return f(from, to) })
	}
	if err != nil {
		return &os.LinkError{Op: op, Old: oldname, New: newname, Err: err}
	}
	return nil
}

func (d *Disk) rename(from, to string) error {
	if from == "." || to == "." {
		return syscall.EBUSY
	}
	o, err := d.st.find(from)
	if err != nil {
		return err
	}
	n, err := d.st.find(to)
	if err != nil {
		return err
	}
	switch {
	case o.node == nil:
		return syscall.ENOENT
	case n.node != nil && n.node.isDir():
		return syscall.EEXIST
	case strings.HasPrefix(to, from+"/"):
		return syscall.EINVAL
	case n.node != nil && o.node.isDir():
		return syscall.ENOTDIR
	case n.node == o.node:
		return nil
	}
	for _, p := range []place{o, n} {
		if err := p.mayChange(); err != nil {
			return err
		}
	}
	d.move(o, n, from, to)
	d.log(trace.Rename, to, trace.Text("from", from))
	return nil
}

// move lets the entry at n lead to what the one at o did.
func (d *Disk) move(o, n place, from, to string) {
	node, replaced := d.st.own(o.node.number), uint64(0)
	if n.node != nil {
		replaced = n.node.number
	}
	gain := entryChange{dir: n.dir.number, name: n.name, from: replaced, to: node.number}
	loss := entryChange{dir: o.dir.number, name: o.name, from: node.number}
	node.path = to
	if replaced != 0 && d.opts.Weakness.splits() {
		d.alter(n.node, to, entryChange{dir: n.dir.number, name: n.name, from: replaced})
		gain.from = 0
	}
	if d.st.rules.journaled || node.isDir() {
		d.alter(node, to, gain, loss)
	} else {
		// POSIX does not say that a crash cannot fall between the two.
		d.alter(node, to, gain)
		d.alter(node, from, loss)
	}
	if h := node.unsynced; h != nil && replaced != 0 && d.st.rules.replace {
		h.floors = append(h.floors, d.st.seq)
	}
}

// Link gives a file a second name.
func (d *Disk) Link(oldname, newname string) error {
	return d.onNames("link", OpLink, oldname, newname, d.link)
}

func (d *Disk) link(from, to string) error {
	node, err := d.st.lookup(from)
	if err != nil {
		return err
	}
	p, err := d.st.find(to)
	switch {
	case err != nil:
		return err
	case p.node != nil:
		return syscall.EEXIST
	case node.isDir():
		return syscall.EPERM
	}
	if err := p.mayChange(); err != nil {
		return err
	}
	d.alter(node, to, entryChange{dir: p.dir.number, name: p.name, to: node.number})
	d.log(trace.Open, to, trace.Text("link", from))
	return nil
}

// Remove removes a file or an empty directory.
func (d *Disk) Remove(name string) error {
	err := d.onName(OpRemove, name, func(clean string) error {
		p, err := d.st.find(clean)
		switch {
		case err != nil:
			return err
		case p.dir == nil:
			return syscall.EBUSY
		case p.node == nil:
			return syscall.ENOENT
		case p.node.isDir() && p.node.entries.len() > 0:
			return syscall.ENOTEMPTY
		}
		return d.unlink(p, clean)
	})
	return pathError("remove", name, err)
}

// unlink takes an entry away.
func (d *Disk) unlink(p place, clean string) error {
	if err := p.mayChange(); err != nil {
		return err
	}
	d.alter(p.node, clean, entryChange{dir: p.dir.number, name: p.name, from: p.node.number})
	d.log(trace.Remove, clean)
	return nil
}

// RemoveAll removes what has the name and all below it.
func (d *Disk) RemoveAll(name string) error {
	err := d.onName(OpRemove, name, func(clean string) error {
		p, err := d.st.find(clean)
		switch {
		case err == syscall.ENOENT || err == nil && p.node == nil:
			return nil
		case err != nil:
			return err
		case p.dir == nil:
			return syscall.EINVAL
		}
		return d.removeAll(p, clean)
	})
	return pathError("RemoveAll", name, err)
}

func (d *Disk) removeAll(p place, clean string) error {
	if p.node.isDir() {
		for _, name := range sortedNames(p.node) {
			child, err := d.st.child(p.node, name)
			if err != nil {
				return err
			}
			if err := d.removeAll(place{dir: p.node, name: name, node: child}, path.Join(clean, name)); err != nil {
				return err
			}
		}
	}
	return d.unlink(p, clean)
}

// Truncate sets the size of a file.
func (d *Disk) Truncate(name string, size int64) error {
	err := d.onName(OpTruncate, name, func(clean string) error {
		if size < 0 {
			return syscall.EINVAL
		}
		n, err := d.st.lookup(clean)
		switch {
		case err != nil:
			return err
		case n.isDir():
			return syscall.EISDIR
		case n.mode&0o200 == 0:
			return syscall.EACCES
		}
		return d.truncate(n.number, clean, size)
	})
	return pathError("truncate", name, err)
}

// maxSize is the largest file that there can be: that of ext4 with blocks of 4096 bytes.
const maxSize = 1<<44 - pageSize

func (d *Disk) truncate(number uint64, clean string, size int64) error {
	if size > maxSize {
		return syscall.EFBIG
	}
	n := d.st.own(number)
	n.mtime = d.now()
	if size != n.size {
		d.st.resize(n, size)
	}
	if d.opts.Log != nil {
		d.log(trace.Write, clean, trace.Number("size", size))
	}
	return nil
}

// Chmod sets the permission bits of a file.
func (d *Disk) Chmod(name string, mode fs.FileMode) error {
	err := d.onName(OpChmod, name, func(clean string) error {
		n, err := d.st.lookup(clean)
		if err != nil {
			return err
		}
		n = d.st.own(n.number)
		d.st.record(change{kind: changeMode, node: n.number, path: clean, mode: n.mode})
		n.mode = n.mode&^fs.ModePerm | mode&fs.ModePerm
		return nil
	})
	return pathError("chmod", name, err)
}

// Space returns the capacity and what of it is free. A disk without limit
// pretends to have a large one.
func (d *Disk) Space() (s Space, err error) {
	const unlimited = 1 << 50
	err = d.onName(OpStat, ".", func(string) error {
		s.Total = d.st.capacity
		if s.Total == 0 {
			s.Total = unlimited
		}
		s.Free = max(0, s.Total-d.st.used)
		return nil
	})
	return s, pathError("statfs", ".", err)
}

// info describes an inode that is known by a name.
func (n *inode) info(name string) fs.FileInfo {
	return &fileInfo{name: path.Base(name), size: n.size, mode: n.mode, mtime: n.mtime}
}

type fileInfo struct {
	name  string
	size  int64
	mode  fs.FileMode
	mtime time.Time
}

func (i *fileInfo) Name() string       { return i.name }
func (i *fileInfo) Size() int64        { return i.size }
func (i *fileInfo) Mode() fs.FileMode  { return i.mode }
func (i *fileInfo) ModTime() time.Time { return i.mtime }
func (i *fileInfo) IsDir() bool        { return i.mode.IsDir() }
func (i *fileInfo) Sys() any           { return nil }
