package checker

import (
	"math/bits"
	"unsafe"
)

// A memo is a set of configurations. They lie in blocks, each as large as all
// before it, so that nothing is copied when the set grows.
type memo[S any] struct {
	n, words int
	table    []int32 // open addressing; an entry's number + 1
	blocks   []memoBlock[S]
	bytes    int64 // in use, by a count that is the same on every machine
	size     int64 // of one configuration
}

// A memoBlock holds configurations; each has as many words of masks as the memo says.
type memoBlock[S any] struct {
	entries []memoEntry[S]
	masks   []uint64
}

type memoEntry[S any] struct {
	state S
	hash  uint32 // the high half; the low half says where in the table
	low   uint32
	pos   int32
}

// firstBlock is the binary logarithm of the number of entries in the first block.
const firstBlock = 4

// at returns the block of entry i and its index there.
func (t *memo[S]) at(i int) (block, index int) {
	block = bits.Len(uint(i) >> firstBlock)
	if block > 0 {
		i -= 1 << (firstBlock + block - 1)
	}
	return block, i
}

func (t *memo[S]) init(words int) {
	t.words = words
	t.size = int64(unsafe.Sizeof(memoEntry[S]{})) + int64(8*words) + 2*4
}

func (t *memo[S]) contains(h uint64, pos int32, mask []uint64, state S, equal func(a, b S) bool) bool {
	low, high := uint32(h), uint32(h>>32)
	last := uint32(len(t.table) - 1)
next:
	for slot := low & last; t.table[slot] != 0; slot = (slot + 1) & last {
		block, i := t.at(int(t.table[slot] - 1))
		b := &t.blocks[block]
		e := &b.entries[i]
		if e.low != low || e.hash != high || e.pos != pos {
			continue
		}
		for w, bits := range b.masks[i*t.words : (i+1)*t.words] {
			if bits != mask[w] {
				continue next
			}
		}
		if equal(e.state, state) {
			return true
		}
	}
	return false
}

func (t *memo[S]) add(h uint64, pos int32, mask []uint64, state S) {
	if 4*t.n >= 3*len(t.table) {
		t.grow()
	}
	block, i := t.at(t.n)
	if block == len(t.blocks) {
		size := max(1<<firstBlock, t.n)
		t.blocks = append(t.blocks, memoBlock[S]{make([]memoEntry[S], size), make([]uint64, size*t.words)})
	}
	b := &t.blocks[block]
	b.entries[i] = memoEntry[S]{state, uint32(h >> 32), uint32(h), pos}
	copy(b.masks[i*t.words:], mask)
	t.place(uint32(h), t.n)
	t.n++
	t.bytes += t.size
}

func (t *memo[S]) place(low uint32, i int) {
	last := uint32(len(t.table) - 1)
	slot := low & last
	for t.table[slot] != 0 {
		slot = (slot + 1) & last
	}
	t.table[slot] = int32(i + 1)
}

func (t *memo[S]) grow() {
	t.table = make([]int32, max(2<<firstBlock, 2*len(t.table)))
	for i := range t.n {
		block, index := t.at(i)
		t.place(t.blocks[block].entries[index].low, i)
	}
}
