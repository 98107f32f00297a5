package simnet

import "time"

// An entry is something due at a virtual time. The order is kept beside the pointer, so that sifting
// reads and writes no memory but the heap's own: it is the cache misses that cost.
type entry[T item] struct {
	at time.Duration
	// order is that of what is due at one instant: 24 bits drawn for each flow, so that which of two
	// flows comes first is up to the seed, then 39 bits as they came. The lowest bit marks
	// timers, which come before all packets.
	order uint64
	it    T
}

// An item is told where in the heap it is if its entry is marked as a timer's: such a one
// may be taken out.
type item interface{ moved(to int) }

func (a *entry[T]) before(b *entry[T]) bool {
	return a.at < b.at || a.at == b.at && a.order < b.order
}

// A heap is a 4-ary heap by time: half the levels of a binary one, and the four
// children of an entry lie in two cache lines.
type heap[T item] []entry[T]

// place puts an entry at an index.
func (h heap[T]) place(i int, e *entry[T]) {
	h[i] = *e
	if e.order&1 != 0 {
		e.it.moved(i)
	}
}

func (h *heap[T]) add(e entry[T]) {
	*h = append(*h, e)
	h.up(len(*h) - 1)
}

// take takes off the entry at an index and returns what was there.
func (h *heap[T]) take(i int) T {
	all := *h
	it := all[i].it
	last := len(all) - 1
	end := all[last]
	all[last] = entry[T]{}
	*h = all[:last]
	if i < last {
		all[i] = end
		if !h.down(i) {
			h.up(i)
		}
	}
	return it
}

func (h heap[T]) up(i int) {
	e := h[i]
	for i > 0 {
		parent := (i - 1) / 4
		if !e.before(&h[parent]) {
			break
		}
		h.place(i, &h[parent])
		i = parent
	}
	h.place(i, &e)
}

// down reports whether the entry was moved.
func (h heap[T]) down(i int) (moved bool) {
	e := h[i]
	for {
		first := 4*i + 1
		if first >= len(h) {
			break
		}
		least := first
		for c := first + 1; c < min(first+4, len(h)); c++ {
			if h[c].before(&h[least]) {
				least = c
			}
		}
		if !h[least].before(&e) {
			break
		}
		h.place(i, &h[least])
		i, moved = least, true
	}
	h.place(i, &e)
	return moved
}
