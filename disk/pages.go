package disk

import (
	"crypto/sha256"
	"sync/atomic"
)

// pageSize is the unit in which file contents are held, and the unit in which
// a kernel allocates blocks and writes them back, in bytes.
const pageSize = 4096

// An owner is the right to change pages and inodes in place. A fork takes the right
// from both sides: what they share is copied before it is changed.
type owner struct{ _ byte }

// A page holds up to pageSize bytes of a file; what lies beyond buf reads as zeros.
type page struct {
	owner *owner
	buf   []byte
	// sum is the hash of the contents, once it was asked for. Disks that share
	// the page may ask at the same time.
	sum atomic.Pointer[[sha256.Size]byte]
}

// sumOf returns the hash of the page's contents without zeros at the end.
func (p *page) sumOf() []byte {
	sum := p.sum.Load()
	if sum == nil {
		fresh := sha256.Sum256(trimZeros(p.buf))
		sum = &fresh
		p.sum.Store(sum)
	}
	return sum[:]
}

// changed forgets the hash.
func (p *page) changed() {
	if p.sum.Load() != nil {
		p.sum.Store(nil)
	}
}

func trimZeros(b []byte) []byte {
	for len(b) > 0 && b[len(b)-1] == 0 {
		b = b[:len(b)-1]
	}
	return b
}

// A table maps page numbers to pages. Pages at the beginning of a file are in a
// slice; a page far beyond the others, as sparse files have, is in a map.
type table struct {
	direct []*page
	sparse map[int64]*page
	count  int64
}

func (t *table) get(i int64) *page {
	if i < int64(len(t.direct)) {
		return t.direct[i]
	}
	return t.sparse[i]
}

// set puts a page in place i; nil takes the page away.
func (t *table) set(i int64, p *page) {
	switch old := t.get(i); {
	case old == nil && p != nil:
		t.count++
	case old != nil && p == nil:
		t.count--
	}
	switch {
	case i < int64(len(t.direct)):
		t.direct[i] = p
	case p == nil:
		delete(t.sparse, i)
	case i <= 2*int64(len(t.direct))+8:
		t.grow(i)
		t.direct[i] = p
	default:
		if t.sparse == nil {
			t.sparse = make(map[int64]*page)
		}
		t.sparse[i] = p
	}
}

// grow makes the slice reach to place i and moves sparse pages into it.
func (t *table) grow(i int64) {
	first := int64(len(t.direct))
	for int64(len(t.direct)) <= i {
		t.direct = append(t.direct, nil)
	}
	if len(t.sparse) == 0 {
		return
	}
	for j := first; j <= i; j++ {
		if p := t.sparse[j]; p != nil {
			t.direct[j] = p
			delete(t.sparse, j)
		}
	}
}

// cut takes away all pages from place i on and hands each to f, in order.
func (t *table) cut(i int64, f func(i int64, p *page)) {
	for j := i; j < int64(len(t.direct)); j++ {
		if p := t.direct[j]; p != nil {
			f(j, p)
			t.count--
		}
	}
	if i < int64(len(t.direct)) {
		clear(t.direct[i:])
		t.direct = t.direct[:i]
	}
	for _, j := range sortedKeys(t.sparse) {
		if j >= i {
			f(j, t.sparse[j])
			t.count--
			delete(t.sparse, j)
		}
	}
}

// each calls f for all pages, in order.
func (t *table) each(f func(i int64, p *page)) {
	for i, p := range t.direct {
		if p != nil {
			f(int64(i), p)
		}
	}
	for _, i := range sortedKeys(t.sparse) {
		f(i, t.sparse[i])
	}
}

// fork returns a table with the same pages.
func (t *table) fork() table {
	f := table{direct: append([]*page(nil), t.direct...), count: t.count}
	if len(t.sparse) > 0 {
		f.sparse = make(map[int64]*page, len(t.sparse))
		for i, p := range t.sparse {
			f.sparse[i] = p
		}
	}
	return f
}
