package disk

import (
	"bytes"

	"github.com/terrella-go/terrella/internal/prng"
)

// A version is what a unit of a file held from one operation to the next.
type version struct {
	start   int32 // index of the operation that made it; -1 for the durable one
	data    []byte
	absent  bool // the unit's page was not there
	cleared bool // start took the page away
}

// versions returns what each unit held since the contents were last durable,
// oldest first, for all units that were touched.
func (s *state) versions(n *inode) map[int64][]version {
	h := n.unsynced
	if h == nil {
		return nil
	}
	all := make(map[int64][]version)
	next := make(map[int64]version) // begun by the latest operation; without data
	perPage := pageSize / s.unit
	end := func(u int64, x *undo, data []byte) {
		v, ok := next[u]
		if !ok {
			v.start = -1
		}
		v.data, v.absent = data, x.kind == undoAbsent
		all[u] = append(all[u], v)
		next[u] = version{start: x.op, cleared: x.kind == undoWhole && h.ops[x.op].resize}
	}
	for i := range h.undo {
		x := &h.undo[i]
		if x.kind == undoPart {
			end(x.unit, x, h.arena[x.off:x.off+x.n])
			continue
		}
		for k := range perPage {
			end(x.page*perPage+k, x, x.old.slice(int(k*s.unit), int(s.unit)))
		}
	}
	for u, v := range next {
		p := n.pages.get(u / perPage)
		v.data, v.absent = p.slice(int(u%perPage*s.unit), int(s.unit)), p == nil
		all[u] = append(all[u], v)
	}
	if n.damage.any() {
		for u, data := range n.damage.medium {
			if vs := all[u]; vs != nil {
				vs[0].data = data
			}
		}
	}
	return all
}

// A keep says which changes of metadata a crash keeps.
type keep struct {
	before uint64 // where metadata is journaled: the changes with lower numbers
	set    []bool // elsewhere: these
}

func (k *keep) keeps(journaled bool, i int, c *change) bool {
	if journaled {
		return c.seq < k.before
	}
	return k.set[i]
}

// A plan tells what a crash may leave of one file, given the metadata it keeps.
type plan struct {
	s        *state
	n        *inode
	lo, hi   int32 // the operations after lo and before hi may have had effect
	sizes    []sizeChoice
	versions map[int64][]version
	units    []int64 // those with versions, in order
}

// A sizeChoice is a size that the file may have.
type sizeChoice struct {
	size int64
	asOf int32 // the operation that made it; -1 if it was not a write
}

func (s *state) plan(n *inode, k *keep) *plan {
	p := &plan{s: s, n: n, lo: -1, hi: int32(len(n.unsynced.ops)), versions: s.versions(n)}
	p.units = sortedKeys(p.versions)
	if s.rules.journaled {
		p.journaledSizes(k)
	} else {
		p.strictSizes()
	}
	return p
}

// strictSizes allows any size that the file had, and any on the way there.
func (p *plan) strictSizes() {
	h := p.n.unsynced
	seen := map[int64]bool{}
	add := func(size int64, asOf int32) {
		if !seen[size] {
			seen[size] = true
			p.sizes = append(p.sizes, sizeChoice{size, asOf})
		}
	}
	add(h.size, -1)
	for i := range h.ops {
		op := &h.ops[i]
		if !op.resize {
			for b := (op.before/p.s.unit + 1) * p.s.unit; b < op.size; b += p.s.unit {
				add(b, int32(i))
			}
		}
		add(op.size, int32(i))
	}
}

// journaledSizes allows the size that the last change kept has left, and what
// writes made of it since: a size grows when blocks are allocated, which
// is when they are written back, page by page.
func (p *plan) journaledSizes(k *keep) {
	h := p.n.unsynced
	base := sizeChoice{h.size, -1}
	for i := range h.ops {
		if op := &h.ops[i]; op.resize && op.seq < k.before {
			base, p.lo = sizeChoice{op.size, -1}, int32(i)
		} else if op.resize {
			p.hi = int32(i)
			break
		}
	}
	if i := h.carried(k); i > p.lo {
		base = sizeChoice{h.ops[i].size, i}
	}
	p.sizes = append(p.sizes, base)
	top := base.size
	for i := max(p.lo, base.asOf) + 1; i < p.hi; i++ {
		op := &h.ops[i]
		if op.size <= top {
			continue
		}
		for b := (top/pageSize + 1) * pageSize; b < op.size; b += pageSize {
			p.sizes = append(p.sizes, sizeChoice{b, i})
		}
		p.sizes = append(p.sizes, sizeChoice{op.size, i})
		top = op.size
	}
}

// carried returns the last operation whose effect a kept rename carries along,
// or -1.
func (h *history) carried(k *keep) int32 {
	last := int32(-1)
	for _, seq := range h.floors {
		for i := int(last) + 1; seq < k.before && i < len(h.ops) && h.ops[i].seq < seq; i++ {
			last = int32(i)
		}
	}
	return last
}

// choices returns the different contents that unit u may have in a file of the given
// size, from the oldest to the newest; stale contents come last. It returns
// nothing for a unit beyond the size.
func (p *plan) choices(u int64, sc sizeChoice) [][]byte {
	start := u * p.s.unit
	if start >= sc.size {
		return nil
	}
	limit := int(min(p.s.unit, sc.size-start))
	window := p.window(p.versions[u])
	if p.n.damage != nil && p.n.damage.phantom[u] {
		return [][]byte{cut(p.versions[u][0].data, limit)}
	}
	var list [][]byte
	need := p.needed(u, sc, window)
	for i := range window {
		if window[i].start >= need {
			list = appendNew(list, cut(window[i].data, limit))
		}
	}
	if p.s.rules.stale && allocated(window) {
		list = appendNew(list, cut(p.s.stale(p.n.number, u), limit))
	}
	return list
}

// window leaves the versions that may be seen: those that a kept truncation has
// cleared are gone, those after one that is not kept are in blocks that the file
// does not have yet.
func (p *plan) window(vs []version) []version {
	first, last := 0, len(vs)
	for i := range vs {
		if !vs[i].cleared || !p.s.rules.journaled {
			continue
		}
		if vs[i].start <= p.lo {
			first = i
		} else if vs[i].start >= p.hi {
			last = i
			break
		}
	}
	return vs[first:last]
}

// needed returns the operation that unit u must show the effect of, because
// the file's size is kept; -1 if there is none.
func (p *plan) needed(u int64, sc sizeChoice, window []version) int32 {
	perPage := pageSize / p.s.unit
	switch {
	case p.s.rules.cover == coverNothing || sc.asOf < 0 || !window[0].absent:
		return -1
	case p.s.rules.cover == coverLast && u/perPage != (sc.size-1)/pageSize:
		return -1
	}
	need := window[0].start
	for i := range window {
		if window[i].start <= sc.asOf {
			need = window[i].start
		}
	}
	return need
}

// allocated tells whether a write gave the unit a block.
func allocated(vs []version) bool {
	for i := 1; i < len(vs); i++ {
		if vs[i-1].absent && !vs[i].absent {
			return true
		}
	}
	return false
}

// stale returns what a block held before it came to unit u of a file. No byte
// of it is ASCII, so that it is seen for what it is.
func (s *state) stale(number uint64, u int64) []byte {
	stream := prng.Seed(s.staleSeed).Name("stale").Num(number).Num(uint64(u)).Stream()
	b := make([]byte, s.unit)
	for i := range b {
		b[i] = byte(stream.Uint64()>>56) | 0x80
	}
	return b
}

// cut returns the first n bytes of data without zeros at their end, so that
// equal contents are equal slices.
func cut(data []byte, n int) []byte {
	return trimZeros(data[:min(n, len(data))])
}

func appendNew(list [][]byte, data []byte) [][]byte {
	for _, have := range list {
		if bytes.Equal(have, data) {
			return list
		}
	}
	return append(list, data)
}

// put makes the file what a crash has left: a size, and for each unit below it
// what pick chooses.
func (p *plan) put(sc sizeChoice, pick func(u int64, choices [][]byte) []byte) {
	n := p.n
	p.s.cutPages(n, sc.size, func(int64, *page) {}, nil)
	n.size = sc.size
	for _, u := range p.units {
		if choices := p.choices(u, sc); choices != nil {
			p.s.putUnit(n, u, pick(u, choices))
		}
	}
}

// putUnit replaces the contents of one unit. The data has no zeros at its end.
func (s *state) putUnit(n *inode, u int64, data []byte) {
	i, at := u*s.unit/pageSize, int(u*s.unit%pageSize)
	if bytes.Equal(trimZeros(n.pages.get(i).slice(at, int(s.unit))), data) {
		return // data may be a part of this very page
	}
	p := s.ownPage(n, i)
	p.reach(at)
	clear(p.slice(at, int(s.unit)))
	p.put(at, data)
}
