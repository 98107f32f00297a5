package disk

import "maps"

// A history is what happened to the contents of a file since they were last
// durable. The file's pages hold what is read now; the history holds what they
// held before, so that a write costs one copy, not two, and a crash
// costs what was not synced.
type history struct {
	size   int64 // when it began
	ops    []contentOp
	undo   []undo
	arena  []byte   // old contents of single units
	floors []uint64 // renames that carry the contents along, by number of change
	bytes  int64    // remembered
	shared bool     // the slices belong to another state too
}

// A contentOp is a write to a file or a change of its size.
type contentOp struct {
	seq    uint64
	resize bool
	before int64 // the file's size before
	size   int64 // the file's size afterwards
}

// An undo is a part of a file as it was before an operation.
type undo struct {
	kind undoKind
	op   int32 // index of the operation
	page int64
	old  *page // of a whole page
	unit int64 // of a part: the unit's number within the file
	off  int   // of a part: where its old contents are in the arena
	n    int   // of a part: their length
}

type undoKind uint8

const (
	undoAbsent undoKind = iota // there was no page
	undoWhole                  // the page was replaced or taken away
	undoPart                   // one unit of the page was changed
)

// copy returns a history that can be added to without changing h.
func (h *history) copy() *history {
	if h == nil {
		return nil
	}
	c := *h
	c.ops = c.ops[:len(c.ops):len(c.ops)]
	c.undo = c.undo[:len(c.undo):len(c.undo)]
	c.arena = c.arena[:len(c.arena):len(c.arena)]
	c.floors = c.floors[:len(c.floors):len(c.floors)]
	c.shared = true
	return &c
}

// reset empties the history and keeps its memory, if no one else uses it.
func (h *history) reset() {
	if h.shared {
		*h = history{}
		return
	}
	clear(h.undo) // lets go of pages
	*h = history{ops: h.ops[:0], undo: h.undo[:0], arena: h.arena[:0], floors: h.floors[:0]}
}

// begin adds an operation to the history of a file and returns it.
func (s *state) begin(n *inode, op contentOp) *history {
	if n.unsynced == nil {
		n.unsynced = new(history)
	}
	h := n.unsynced
	if len(h.ops) == 0 {
		h.size = n.size
		s.dirty[n.number] = true
	}
	s.seq++
	op.seq, op.before = s.seq, n.size
	h.ops = append(h.ops, op)
	return h
}

func (h *history) add(u undo) {
	u.op = int32(len(h.ops) - 1)
	h.undo = append(h.undo, u)
}

// write puts data at an offset of a file. There must be room for it.
func (s *state) write(n *inode, data []byte, off int64) {
	end := off + int64(len(data))
	h := s.begin(n, contentOp{size: max(n.size, end)})
	for len(data) > 0 {
		i, at := off/pageSize, int(off%pageSize)
		k := min(len(data), pageSize-at)
		s.writePage(n, h, i, at, data[:k])
		data, off = data[k:], off+int64(k)
	}
	n.size = max(n.size, end)
}

// writePage puts data into one page, at a place within it.
func (s *state) writePage(n *inode, h *history, i int64, at int, data []byte) {
	p := n.pages.get(i)
	switch {
	case p == nil:
		h.add(undo{kind: undoAbsent, page: i})
		h.bytes += int64(len(data))
		s.used += pageSize
		if at == 0 {
			n.pages.set(i, s.newPage(data))
			return
		}
		p = s.newPage(nil)
		n.pages.set(i, p)
	case at == 0 && len(data) == pageSize:
		h.add(undo{kind: undoWhole, page: i, old: p})
		h.bytes += pageSize
		n.pages.set(i, s.newPage(data))
		return
	default:
		p = s.ownPage(n, i)
		from, to := at, at+len(data)
		if n.damage.any() {
			// The kernel writes back whole pages: with this one, what the
			// medium holds of it is made good as well.
			from, to = 0, pageSize
		}
		s.saveUnits(h, p, i, from, to)
	}
	p.put(at, data)
}

// saveUnits remembers the units of a page that lie in [from, to).
func (s *state) saveUnits(h *history, p *page, i int64, from, to int) {
	unit := int(s.unit)
	for u := from / unit; u*unit < to; u++ {
		old := p.slice(u*unit, unit)
		h.add(undo{kind: undoPart, page: i, unit: i*(pageSize/s.unit) + int64(u), off: len(h.arena), n: len(old)})
		h.arena = append(h.arena, old...)
		h.bytes += int64(len(old))
	}
}

// resize sets the size of a file.
func (s *state) resize(n *inode, size int64) {
	h := s.begin(n, contentOp{resize: true, size: size})
	if size < n.size {
		s.cutPages(n, size, func(i int64, p *page) {
			h.add(undo{kind: undoWhole, page: i, old: p})
			h.bytes += int64(len(p.buf))
		}, func(p *page, i int64, at int) { s.saveUnits(h, p, i, at, len(p.buf)) })
	}
	n.size = size
	if s.rules.journaled {
		s.record(change{seq: s.seq, kind: changeSize, node: n.number, path: n.path})
	}
}

// cutPages takes away what a file holds beyond size. Whole pages are handed
// to gone; the last page is handed to part before it is cut, which may be nil.
func (s *state) cutPages(n *inode, size int64, gone func(int64, *page), part func(p *page, i int64, at int)) {
	first := (size + pageSize - 1) / pageSize
	before := n.pages.count
	n.pages.cut(first, gone)
	if s.reachable(n) {
		s.used -= (before - n.pages.count) * pageSize
	}
	at := int(size % pageSize)
	if p := n.pages.get(size / pageSize); at != 0 && p != nil && len(p.buf) > at {
		p = s.ownPage(n, size/pageSize)
		if part != nil {
			part(p, size/pageSize, at)
		}
		p.buf = p.buf[:at]
		p.changed()
	}
}

// ownPage returns page i of a file to be changed, and makes it if need be.
func (s *state) ownPage(n *inode, i int64) *page {
	p := n.pages.get(i)
	switch {
	case p == nil:
		p = s.newPage(nil)
		n.pages.set(i, p)
		if s.reachable(n) {
			s.used += pageSize
		}
	case p.owner != s.me:
		p = s.newPage(p.buf)
		n.pages.set(i, p)
	}
	return p
}

// put copies data to a place within the page.
func (p *page) put(at int, data []byte) {
	p.changed()
	p.reach(at)
	k := copy(p.buf[at:], data)
	p.buf = append(p.buf, data[k:]...)
}

// reach extends buf with zeros up to n bytes.
func (p *page) reach(n int) {
	if k := n - len(p.buf); k > 0 {
		p.buf = append(p.buf, make([]byte, k)...)
	}
}

// slice returns the n bytes at a place within the page, or fewer if the rest is zeros.
func (p *page) slice(at, n int) []byte {
	if p == nil || at >= len(p.buf) {
		return nil
	}
	return p.buf[at:min(at+n, len(p.buf))]
}

// read copies contents of a file to b, which must lie within its size.
func (n *inode) read(b []byte, off int64) {
	for len(b) > 0 {
		at := int(off % pageSize)
		k := min(len(b), pageSize-at)
		have := copy(b[:k], n.pages.get(off/pageSize).slice(at, k))
		clear(b[have:k])
		b, off = b[k:], off+int64(k)
	}
}

// commitContents makes the contents of a file durable.
func (s *state) commitContents(n *inode) {
	h := n.unsynced
	if h == nil || len(h.ops) == 0 {
		return
	}
	if n.damage.any() {
		n.damage.commit(s, n)
	}
	s.dropHistory(n)
}

// dropHistory forgets what a file held before.
func (s *state) dropHistory(n *inode) {
	h := n.unsynced
	if !h.shared {
		for i := len(h.undo) - 1; i >= 0; i-- { // the first will be taken first: memory is used in its order
			s.recycle(h.undo[i].old)
		}
	}
	h.reset()
	delete(s.dirty, n.number)
}

// Damage is where the medium differs from what was written to it, by the
// number of the unit within the file. It comes to light when the cache is lost.
type damage struct {
	medium  map[int64][]byte // what the medium holds instead
	phantom map[int64]bool   // written lately, but will not reach the medium
	bad     map[int64]bool   // cannot be read until it is written again
}

func (d *damage) any() bool {
	return d != nil && len(d.medium)+len(d.phantom)+len(d.bad) > 0
}

func (d *damage) copy() *damage {
	if d == nil {
		return nil
	}
	return &damage{medium: maps.Clone(d.medium), phantom: maps.Clone(d.phantom), bad: maps.Clone(d.bad)}
}

// damagedFile returns the damage of a file to be added to.
func (s *state) damagedFile(n *inode) *damage {
	s.damaged[n.number] = true
	if n.damage == nil {
		n.damage = &damage{medium: map[int64][]byte{}, phantom: map[int64]bool{}, bad: map[int64]bool{}}
	}
	return n.damage
}

// commit tells the damage that the file's pages were written back: what was
// written is good now, unless it was a phantom.
func (d *damage) commit(s *state, n *inode) {
	for u, versions := range s.versions(n) {
		if !d.phantom[u] {
			delete(d.medium, u)
			continue
		}
		if _, ok := d.medium[u]; !ok {
			d.medium[u] = append([]byte(nil), versions[0].data...)
		}
	}
	clear(d.phantom)
}
