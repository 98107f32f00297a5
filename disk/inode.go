package disk

import (
	"cmp"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"syscall"
	"time"
)

// rootNumber is the number of the root directory's inode.
const rootNumber = 1

// An inode is a file or directory, whatever its names are.
type inode struct {
	owner  *owner
	number uint64
	mode   fs.FileMode // the permission bits, and fs.ModeDir
	links  int         // entries that lead to it; the root counts one more
	refs   int         // changes of metadata that are not durable and speak of it
	modes  int         // those of them that changed its mode
	mtime  time.Time
	path   string // a name that it had, for events

	// Of a file:
	size     int64
	pages    table
	unsynced *history // nil if all contents are durable
	damage   *damage  // nil if the medium holds what the cache does

	// Of a directory:
	entries *overlay[string, uint64]
}

func (n *inode) isDir() bool { return n.mode.IsDir() }

// copyFor returns a copy that o may change in place.
func (n *inode) copyFor(o *owner) *inode {
	c := *n
	c.owner = o
	c.pages = n.pages.fork()
	c.unsynced = n.unsynced.copy()
	c.damage = n.damage.copy()
	if n.entries != nil {
		// The original belongs to both sides now, so it may not be touched:
		// fork a shallow copy of it whose own part is not changed by the fork.
		e := *n.entries
		e = e.fork()
		c.entries = &e
	}
	return &c
}

// sortedKeys returns the keys of m in order.
func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	if len(m) == 0 {
		return nil
	}
	return slices.Sorted(maps.Keys(m))
}

// A state is what a disk holds: the tree, its files, and what of them is not
// durable yet. It knows neither locks nor faults; [Disk] does.
type state struct {
	me        *owner
	rules     rules
	unit      int64 // bytes that reach the medium together
	capacity  int64 // 0 if there is no limit
	used      int64 // bytes of blocks of files that can be reached
	limit     int64 // of remembered bytes that are not durable
	nodes     overlay[uint64, *inode]
	last      uint64 // the highest inode number
	seq       uint64 // counts changes
	journal   []change
	dirty     map[uint64]bool // inodes that have a history
	damaged   map[uint64]bool // inodes that have, or had, damage
	opens     map[uint64]int  // open files of an inode
	locks     map[uint64]*fileLock
	free      []*page // pages to be used again
	staleSeed uint64
}

func newState(o *Options) *state {
	s := &state{
		me: new(owner), rules: o.Personality.rules(), unit: int64(o.unit()),
		capacity: o.Capacity, limit: o.DirtyLimit, last: rootNumber,
		dirty: map[uint64]bool{}, damaged: map[uint64]bool{}, opens: map[uint64]int{}, locks: map[uint64]*fileLock{},
		staleSeed: o.Seed,
	}
	if s.limit == 0 {
		s.limit = defaultDirtyLimit
	}
	s.nodes.set(rootNumber, &inode{
		owner: s.me, number: rootNumber, mode: fs.ModeDir | 0o755, links: 1, path: ".",
		entries: new(overlay[string, uint64]),
	})
	return s
}

// fork returns a second state with the same contents.
func (s *state) fork() *state {
	f := *s
	f.me, s.me = new(owner), new(owner)
	f.nodes = s.nodes.fork()
	f.journal = slices.Clone(s.journal)
	f.dirty, f.damaged = maps.Clone(s.dirty), maps.Clone(s.damaged)
	f.opens = maps.Clone(s.opens)
	f.locks = map[uint64]*fileLock{}
	f.free, s.free = nil, nil
	return &f
}

// node returns an inode to be read; it must exist.
func (s *state) node(number uint64) *inode {
	n, _ := s.nodes.get(number)
	return n
}

// own returns an inode to be changed.
func (s *state) own(number uint64) *inode {
	n := s.node(number)
	if n.owner != s.me {
		n = n.copyFor(s.me)
		s.nodes.set(number, n)
	}
	return n
}

// add makes a new inode without a name.
func (s *state) add(mode fs.FileMode, path string, now time.Time) *inode {
	s.last++
	n := &inode{owner: s.me, number: s.last, mode: mode, mtime: now, path: path}
	if mode.IsDir() {
		n.entries = new(overlay[string, uint64])
	}
	s.nodes.set(n.number, n)
	return n
}

// lookup walks down from the root along a clean name.
func (s *state) lookup(name string) (*inode, error) {
	n := s.node(rootNumber)
	if name == "." {
		return n, nil
	}
	for name != "" {
		var elem string
		elem, name, _ = strings.Cut(name, "/")
		next, err := s.child(n, elem)
		if err != nil {
			return nil, err
		}
		n = next
	}
	return n, nil
}

// child returns the inode that a directory has under a name.
func (s *state) child(dir *inode, elem string) (*inode, error) {
	if !dir.isDir() {
		return nil, syscall.ENOTDIR
	}
	if dir.mode&0o100 == 0 {
		return nil, syscall.EACCES
	}
	number, ok := dir.entries.get(elem)
	if !ok {
		return nil, syscall.ENOENT
	}
	return s.node(number), nil
}

// A place is where a name leads: an entry of a directory, and what it holds.
type place struct {
	dir  *inode // nil for the root
	name string
	node *inode // nil if there is nothing
}

// find returns the place of a clean name. It fails if the directory of the
// place does not exist.
func (s *state) find(name string) (place, error) {
	if name == "." {
		return place{node: s.node(rootNumber), name: "."}, nil
	}
	parent, elem := ".", name
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		parent, elem = name[:i], name[i+1:]
	}
	dir, err := s.lookup(parent)
	if err != nil {
		return place{}, err
	}
	node, err := s.child(dir, elem)
	if err != nil && err != syscall.ENOENT {
		return place{}, err
	}
	return place{dir: dir, name: elem, node: node}, nil
}

// mayChange tells whether entries of the directory may be added and removed.
func (p place) mayChange() error {
	if p.dir.mode&0o200 == 0 {
		return syscall.EACCES
	}
	return nil
}

// point lets an entry lead to an inode, or to nothing if to is 0.
func (s *state) point(dir uint64, name string, to uint64) {
	d := s.own(dir)
	if from, ok := d.entries.get(name); ok {
		s.addLinks(from, -1)
	}
	if to == 0 {
		d.entries.remove(name)
		return
	}
	d.entries.set(name, to)
	s.addLinks(to, 1)
}

// addLinks counts the entries that lead to an inode. Blocks of a file count as
// used as long as somebody can reach it.
func (s *state) addLinks(number uint64, delta int) {
	n := s.own(number)
	before := s.reachable(n)
	n.links += delta
	switch after := s.reachable(n); {
	case before && !after:
		s.used -= n.pages.count * pageSize
	case after && !before:
		s.used += n.pages.count * pageSize
	}
}

func (s *state) reachable(n *inode) bool { return n.links > 0 || s.opens[n.number] > 0 }

// opened and closed count the open files of an inode.
func (s *state) opened(number uint64) { s.opens[number]++ }

func (s *state) closed(number uint64) {
	if s.opens[number]--; s.opens[number] > 0 {
		return
	}
	delete(s.opens, number)
	if n := s.node(number); n.links == 0 {
		s.used -= n.pages.count * pageSize
		s.release(number)
	}
}

// release frees an inode that nothing speaks of any more.
func (s *state) release(number uint64) {
	n, ok := s.nodes.get(number)
	if !ok || s.reachable(n) || n.refs > 0 {
		return
	}
	s.nodes.remove(number)
	delete(s.dirty, number)
	delete(s.damaged, number)
	if n.owner == s.me {
		n.pages.cut(0, func(_ int64, p *page) { s.recycle(p) })
	}
	if n.entries == nil {
		return
	}
	// The order of the entries has no effect: only counts change.
	n.entries.each(func(_ string, child uint64) {
		s.addLinks(child, -1)
		s.release(child)
	})
}

// sortedNames returns the names of a directory's entries in order.
func sortedNames(n *inode) []string {
	names := make([]string, 0, n.entries.len())
	n.entries.each(func(name string, _ uint64) { names = append(names, name) })
	slices.Sort(names)
	return names
}

// recycle keeps a page for later use, if nobody else has it.
func (s *state) recycle(p *page) {
	const most = 4096
	if p != nil && p.owner == s.me && cap(p.buf) == pageSize && len(s.free) < most {
		s.free = append(s.free, p)
	}
}

// newPage returns a page that holds a copy of data.
func (s *state) newPage(data []byte) *page {
	if k := len(s.free); k > 0 && len(data) > pageSize/2 {
		p := s.free[k-1]
		s.free[k-1] = nil
		s.free = s.free[:k-1]
		p.buf = append(p.buf[:0], data...)
		p.changed()
		return p
	}
	return &page{owner: s.me, buf: append([]byte(nil), data...)}
}
