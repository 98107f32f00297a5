package simnet

import (
	"math/bits"
	"time"
)

// A wheel holds many packets that arrive later. It is a hierarchical timing wheel (Varghese and Lauck,
// SOSP 1987) that keeps exact times, as a radix heap does (Ahuja, Mehlhorn, Orlin and
// Tarjan, JACM 1990): a packet is in the bucket of the highest digit, of six bits, in which its
// time differs from the wheel's, and moves to lower levels as its time draws near. It moves a few
// times in all, and each time memory is written from one end to the other: the cost hardly
// grows with the number of packets, where a heap of a million misses the cache at each level.
type wheel struct {
	base   time.Duration // no packet here arrives before it
	min    time.Duration // when the first one does; never if there is none
	used   [levels]uint64
	chunks [levels][digits]*chunk
	free   *chunk
	warmed uint64 // see warm
}

const (
	digitBits = 6
	digits    = 1 << digitBits
	levels    = (63 + digitBits - 1) / digitBits
)

// A chunk is a part of a bucket.
type chunk struct {
	next  *chunk
	depth int // the number of chunks from here on
	count int
	all   [chunkSize]entry[*packet]
}

const (
	chunkSize = 30
	// A bucket of at most so many chunks is so near that its packets are read ahead.
	warmDepth = 16
)

func newWheel(base time.Duration) *wheel { return &wheel{base: base, min: never} }

// add adds a packet that arrives at the base or later.
func (w *wheel) add(e entry[*packet]) {
	w.min = min(w.min, e.at)
	level := 0
	if differ := uint64(e.at ^ w.base); differ != 0 {
		level = (bits.Len64(differ) - 1) / digitBits
	}
	digit := uint(e.at>>(level*digitBits)) % digits
	w.used[level] |= 1 << digit
	head := &w.chunks[level][digit]
	if *head == nil || (*head).count == len((*head).all) {
		c := w.free
		if c != nil {
			w.free = c.next
		} else {
			c = new(chunk)
		}
		c.next, c.depth = *head, 1
		if *head != nil {
			c.depth += (*head).depth
		}
		*head = c
	}
	c := *head
	c.all[c.count] = e
	c.count++
}

// first returns the bucket of the earliest packets.
func (w *wheel) first() (level, digit int, found bool) {
	for level, used := range w.used {
		if used != 0 {
			return level, bits.TrailingZeros64(used), true
		}
	}
	return 0, 0, false
}

// advance moves the packets that are due by now to a heap.
func (w *wheel) advance(now time.Duration, to *heap[*packet]) {
	for w.min <= now {
		level, digit, _ := w.first()
		bucket := w.chunks[level][digit]
		w.chunks[level][digit] = nil
		w.used[level] &^= 1 << digit
		// The base may go on to the end of this bucket: no other begins before.
		width := time.Duration(1) << (level * digitBits)
		start := bucket.all[0].at &^ (width - 1)
		w.base = min(now, start+(width-1))
		w.min = never
		if bucket.depth <= warmDepth {
			w.warm(bucket)
		}
		for bucket != nil {
			for i := range bucket.count {
				if e := bucket.all[i]; e.at <= now {
					to.add(e)
				} else {
					w.add(e)
				}
			}
			bucket = w.drop(bucket)
		}
		w.findMin()
	}
}

// warm reads the packets of a bucket into the cache. They are all over the memory, and when they arrive one after the other
// the processor waits for each; here it fetches several at a time.
func (w *wheel) warm(c *chunk) {
	var sum uint64
	for ; c != nil; c = c.next {
		for i := range c.count {
			p := c.all[i].it
			sum += p.number + uint64(p.kind) // one field of each cache line
		}
	}
	w.warmed += sum // the reads are for something, or the compiler leaves them out
}

// drop puts a chunk that has been read among the free ones and returns the next of its bucket.
func (w *wheel) drop(c *chunk) (next *chunk) {
	next = c.next
	clear(c.all[:c.count]) // the collector must not find packets here
	c.count = 0
	c.next, w.free = w.free, c
	return next
}

// findMin looks for the earliest packet, which is in the first bucket.
func (w *wheel) findMin() {
	w.min = never
	if level, digit, found := w.first(); found {
		for c := w.chunks[level][digit]; c != nil; c = c.next {
			for i := range c.count {
				w.min = min(w.min, c.all[i].at)
			}
		}
	}
}
