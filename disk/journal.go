package disk

import (
	"io/fs"
	"slices"
)

// A change is a change of metadata that is not durable yet: of entries of
// directories, of the size of a file by Truncate (where metadata is
// journaled), of permission bits.
type change struct {
	seq   uint64
	kind  changeKind
	node  uint64 // what it was done to
	isDir bool   // node is a directory
	path  string
	parts []entryChange
	mode  fs.FileMode // the mode before
}

type changeKind uint8

const (
	changeEntries changeKind = iota
	changeSize
	changeMode
)

// An entryChange lets one entry of a directory lead elsewhere; 0 is nowhere.
type entryChange struct {
	dir      uint64
	name     string
	from, to uint64
}

// entry names an entry of a directory.
type entry struct {
	dir  uint64
	name string
}

// alter changes entries and records it.
func (s *state) alter(n *inode, path string, parts ...entryChange) {
	for i := range parts {
		s.point(parts[i].dir, parts[i].name, parts[i].to)
	}
	s.record(change{kind: changeEntries, node: n.number, isDir: n.isDir(), path: path, parts: parts})
}

// record adds a change to the journal, with a number of its own if it has none.
func (s *state) record(c change) {
	if c.seq == 0 {
		s.seq++
		c.seq = s.seq
	}
	s.journal = append(s.journal, c)
	s.mention(&c, 1)
}

// mention counts the inodes that a change speaks of: they stay as long as the
// change may still be undone.
func (s *state) mention(c *change, delta int) {
	c.eachNode(func(number uint64) { s.own(number).refs += delta })
	if c.kind == changeMode {
		s.own(c.node).modes += delta
	}
}

func (c *change) eachNode(f func(uint64)) {
	f(c.node)
	for i := range c.parts {
		p := &c.parts[i]
		f(p.dir)
		if p.from != 0 {
			f(p.from)
		}
		if p.to != 0 {
			f(p.to)
		}
	}
}

// touches tells whether a change concerns an inode: its own metadata, its
// entries, or an entry that leads to it.
func (c *change) touches(number uint64) bool {
	found := false
	c.eachNode(func(n uint64) { found = found || n == number })
	return found
}

func (c *change) touchesDir(number uint64) bool {
	return slices.ContainsFunc(c.parts, func(p entryChange) bool { return p.dir == number })
}

// undo takes a change back. Changes must be taken back in reverse order.
func (s *state) undo(c *change) {
	switch c.kind {
	case changeEntries:
		for i := len(c.parts) - 1; i >= 0; i-- {
			p := &c.parts[i]
			s.point(p.dir, p.name, p.from)
		}
	case changeMode:
		s.own(c.node).mode = c.mode
	}
}

// sync makes an inode durable: its contents, and of its metadata what the
// personality promises.
func (s *state) sync(number uint64) {
	n := s.own(number)
	switch {
	case s.rules.journaled:
		s.commitBefore(n)
	case n.modes > 0 || n.isDir() && n.refs > 0:
		s.commitOnly(n)
	}
	s.commitContents(n)
}

// commitBefore makes the journal durable up to the last change of an inode. Each
// write changes the time of modification, so it counts as one.
func (s *state) commitBefore(n *inode) {
	var written uint64
	if h := n.unsynced; h != nil && len(h.ops) > 0 {
		written = h.ops[len(h.ops)-1].seq
	}
	if n.refs == 0 && written == 0 {
		return
	}
	k := len(s.journal)
	for k > 0 && s.journal[k-1].seq > written && !s.journal[k-1].touches(n.number) {
		k--
	}
	s.forget(func(i int) bool { return i < k })
}

// commitOnly makes the changes durable that are a directory's own, or an inode's
// mode, with those that they build on.
func (s *state) commitOnly(n *inode) {
	needed := make([]bool, len(s.journal))
	needs := newNeeds()
	for i := len(s.journal) - 1; i >= 0; i-- {
		c := &s.journal[i]
		own := c.kind == changeMode && c.node == n.number || c.touchesDir(n.number)
		if own || needs.has(c) {
			needed[i] = true
			needs.add(c)
		}
	}
	s.forget(func(i int) bool { return needed[i] })
}

// needs are the entries, directories and modes that some changes build on.
type needs struct {
	entries map[entry]bool
	dirs    map[uint64]bool
	modes   map[uint64]bool
}

func newNeeds() needs {
	return needs{entries: map[entry]bool{}, dirs: map[uint64]bool{}, modes: map[uint64]bool{}}
}

// has tells whether the changes that were added build on c, if c came
// before them.
func (n needs) has(c *change) bool {
	if c.kind == changeMode {
		return n.modes[c.node]
	}
	if c.isDir && n.dirs[c.node] {
		return true
	}
	return slices.ContainsFunc(c.parts, func(p entryChange) bool { return n.entries[entry{p.dir, p.name}] })
}

func (n needs) add(c *change) {
	if c.kind == changeMode {
		n.modes[c.node] = true
		return
	}
	if c.isDir {
		n.dirs[c.node] = true
	}
	for i := range c.parts {
		n.entries[entry{c.parts[i].dir, c.parts[i].name}] = true
	}
}

// forget takes the changes that are durable out of the journal.
func (s *state) forget(durable func(i int) bool) {
	var done []change
	rest := s.journal[:0]
	for i := range s.journal {
		if durable(i) {
			done = append(done, s.journal[i])
		} else {
			rest = append(rest, s.journal[i])
		}
	}
	clear(s.journal[len(rest):])
	s.journal = rest
	for i := range done {
		s.mention(&done[i], -1)
	}
	for i := range done {
		done[i].eachNode(s.release)
	}
}
