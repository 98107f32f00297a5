//go:build ignore

package runtime

import (
	"internal/runtime/atomic"
	"internal/runtime/sys"
	"unsafe"
)

// Objects that are used as keys of maps have numbers, for their addresses depend on the collector. A number is
// given at first sight, follows from the goroutine that sees the object first, and dies with the object: it lies in a
// table beside the object's span, which the sweeper clears with the span.

// A simTable is the numbers of a span's objects. The entry of an object that has none is 0; others hold, above,
// the world in which it was first seen, 0 for none, and below a number.
type simTable struct {
	_       sys.NotInHeap
	next    *simTable // of those that are free, of the same length
	entries uintptr
}

const simNumberBits = 40

func (t *simTable) at(i uintptr) *uint64 {
	return (*uint64)(add(unsafe.Pointer(t), unsafe.Sizeof(simTable{})+i*8))
}

// simTables are the tables that are free, by their number of entries.
var simTables struct {
	lock mutex
	free [32]*simTable // of 1<<i entries
}

// simTableOf returns the table of a span, which it makes if there is none, and an object's place in it. The tiny
// objects that share 16 bytes are told apart by their addresses.
func simTableOf(s *mspan, p uintptr) (t *simTable, i, offset uintptr) {
	entries := uintptr(s.nelems)
	if s.spanclass == tinySpanClass {
		i = p - s.base()
		entries = s.npages * pageSize
	} else {
		i = s.objIndex(p)
		offset = p - s.base() - i*s.elemsize
	}
	if t := (*simTable)(atomic.Loadp(unsafe.Pointer(&s.sim))); t != nil {
		return t, i, offset
	}
	class := 0
	for 1<<class < entries {
		class++
	}
	systemstack(func() {
		lock(&simTables.lock)
		t = simTables.free[class]
		if t != nil {
			simTables.free[class] = t.next
		}
		unlock(&simTables.lock)
		if t == nil {
			t = (*simTable)(persistentalloc(unsafe.Sizeof(simTable{})+8<<class, 8, &memstats.other_sys))
			t.entries = 1 << class
		}
		memclrNoHeapPointers(unsafe.Pointer(t.at(0)), t.entries*8)
		t.next = nil
		if !atomic.Casp1((*unsafe.Pointer)(unsafe.Pointer(&s.sim)), nil, unsafe.Pointer(t)) {
			t.put(class) // another thread was quicker
			t = s.sim
		}
	})
	return t, i, offset
}

func (t *simTable) put(class int) {
	lock(&simTables.lock)
	t.next = simTables.free[class]
	simTables.free[class] = t
	unlock(&simTables.lock)
}

// simSweep takes the numbers of dead objects away. The sweeper calls it when it knows which those are.
func simSweep(s *mspan) {
	t := s.sim
	if t == nil {
		return
	}
	per := uintptr(1)
	if s.spanclass == tinySpanClass {
		per = s.elemsize
	}
	for i := uintptr(0); i < uintptr(s.nelems); i++ {
		if !s.simMarked(i) {
			for j := i * per; j < (i+1)*per; j++ {
				*t.at(j) = 0
			}
		}
	}
}

// simMarked reports whether the collector has found object i alive.
func (s *mspan) simMarked(i uintptr) bool {
	bytep, mask := s.gcmarkBits.bitp(i)
	return *bytep&mask != 0
}

// simTableFreed gives back the table of a span that is freed.
func simTableFreed(s *mspan) {
	t := s.sim
	s.sim = nil
	class := 0
	for 1<<class < t.entries {
		class++
	}
	t.put(class)
}

// maps_simNumber returns the number of the object at p, which it gives if there is none. Objects that another world, or
// nobody, has seen first have numbers that this world keeps note of; so does what is not in the heap.
//
//go:linkname maps_simNumber internal/runtime/maps.simNumber
func maps_simNumber(p unsafe.Pointer) uint64 {
	if p == nil {
		return 0
	}
	gp := getg()
	w := simWorldOf(gp)
	space := uint64(0)
	if w != nil && gp.sim.apart == 0 {
		space = gp.bubble.id<<1&(1<<(64-simNumberBits)-1) | 1
	}
	s := spanOfHeap(uintptr(p))
	if s == nil {
		if w == nil {
			return 1 // nothing is in order outside of worlds
		}
		if gp.sim.apart > 0 {
			return simPlace(p) // other worlds will not have seen it here
		}
		return w.numberOf(gp, p)
	}
	t, i, offset := simTableOf(s, uintptr(p))
	entry := t.at(i)
	v := atomic.Load64(entry)
	if v == 0 {
		v = space<<simNumberBits | simNewNumber(gp, w)
		if !atomic.Cas64(entry, 0, v) {
			v = atomic.Load64(entry)
		}
	}
	if of := v >> simNumberBits; w != nil && of != 0 && of != space {
		return w.numberOf(gp, p)
	}
	return v&(1<<simNumberBits-1)<<16 ^ uint64(offset)
}

// simPlace returns where p, which is not in the heap, lies in the program. It may have been loaded at any address.
func simPlace(p unsafe.Pointer) uint64 { return uint64(uintptr(p) - firstmoduledata.text) }

// simNumbered counts the objects that were first seen outside of worlds.
var simNumbered atomic.Uint64

// simNewNumber returns a number for an object that gp sees first.
func simNewNumber(gp *g, w *simWorld) uint64 {
	if w == nil {
		return simNumbered.Add(1)
	}
	return max(gp.sim.newNumber()&(1<<simNumberBits-1), 1)
}

// newNumber returns the next number that the goroutine gives. What it gives in a stretch without marks is counted apart,
// for other worlds won't see it.
func (s *simG) newNumber() uint64 {
	if s.apart == 0 {
		s.numbered++
		return simMix(^s.key ^ uint64(s.numbered)*simGolden)
	}
	if s.apartKey != 0 {
		s.apartKey += simGolden
		return simMix(s.apartKey)
	}
	s.apartNumbered++
	return simMix(simMix(^s.key) ^ uint64(s.apartNumbered)*simGolden)
}

// A simNumbers is what a world knows of objects of others: a hash table by address. It keeps them from being collected.
type simNumbers struct {
	addrs []unsafe.Pointer // its length is a power of two
	nums  []uint64
	used  int
}

func (w *simWorld) numberOf(gp *g, p unsafe.Pointer) uint64 {
	ns := &w.numbers
	if 2*ns.used >= len(ns.addrs) {
		old := *ns
		n := max(16, 2*len(old.addrs))
		ns.addrs, ns.nums = make([]unsafe.Pointer, n), make([]uint64, n)
		for i, a := range old.addrs {
			if a != nil {
				j := ns.find(a)
				ns.addrs[j], ns.nums[j] = a, old.nums[i]
			}
		}
	}
	i := ns.find(p)
	if ns.addrs[i] == nil {
		ns.addrs[i] = p
		ns.nums[i] = gp.sim.newNumber()
		ns.used++
	}
	return ns.nums[i]
}

func (ns *simNumbers) find(p unsafe.Pointer) int {
	mask := uintptr(len(ns.addrs) - 1)
	i := uintptr(simMix(uint64(uintptr(p)))) & mask
	for ns.addrs[i] != nil && ns.addrs[i] != p {
		i = (i + 1) & mask
	}
	return int(i)
}

//go:linkname maps_simOrdered internal/runtime/maps.simOrdered
func maps_simOrdered() bool { return simWorldOf(getg()) != nil }

//go:linkname maps_simInHeap internal/runtime/maps.simInHeap
func maps_simInHeap(p unsafe.Pointer) bool { return spanOfHeap(uintptr(p)) != nil }
