package globals

import (
	"cmp"
	"slices"
	"unsafe"
)

const (
	maxObjects = 1 << 16 // of all variables together
	minShare   = 32      // objects that a variable may always have
	maxShare   = 4096    // objects that no variable may exceed
	maxBytes   = 1 << 16 // of one object
)

// An object is a piece of memory that belongs to a variable.
type object struct {
	addr, size uintptr
	pointers   bool
	of         int // index of the variable
}

// A place is where in a snapshot an object was met: as the n-th of a variable's.
type place struct{ of, n int }

// A walker goes through the objects that the variables reach, breadth first.
type walker struct {
	segments *segments
	all      []variable // by address
	seen     map[uintptr]place
	queue    []object
	pools    []uintptr // sorted
	poolSize uintptr
	hashes   []uint64
	reached  []int // number of objects, by variable
	share    int
}

// run returns a hash for each variable.
//
// The memory is read while other goroutines may go on, those of package testing for instance. What they
// change is read as it happens to be; nothing that is read as an address is followed unless an object lies there.
func (w *walker) run(named []variable) []uint64 {
	w.hashes = make([]uint64, len(named))
	w.reached = make([]int, len(named))
	holders := 0
	for i, v := range named {
		w.queue = append(w.queue, object{v.addr, v.size, v.pointers, i})
		if v.pointers {
			holders++
		}
	}
	w.share = min(max(maxObjects/max(holders, 1), minShare), maxShare)
	for _, addr := range simMachinery(nil) {
		if base, size, _ := simObject(addr); size != 0 {
			w.seen[base] = place{of: -1}
		}
	}
	w.pools, w.poolSize = simPoolsInUse(nil)
	slices.Sort(w.pools)
	for at := 0; at < len(w.queue); at++ {
		w.visit(w.queue[at])
	}
	return w.hashes
}

// visit adds an object to the hash of its variable.
//
//go:norace
func (w *walker) visit(o object) {
	h := w.hashes[o.of]
	end := o.addr + min(o.size, maxBytes)
	at := o.addr
	next, _ := slices.BinarySearch(w.pools, at-min(at, w.poolSize-1))
	for ; at < end && at%8 != 0; at++ {
		h = Fold(h, uint64(loadByte(at)))
	}
	for ; at+8 <= end; at += 8 {
		for next < len(w.pools) && w.pools[next]+w.poolSize <= at {
			next++
		}
		word := load(at)
		if next < len(w.pools) && w.pools[next] <= at {
			word = 0
		}
		if o.pointers && word > 1<<16 {
			h = Fold(h, w.follow(uintptr(word), o.of))
		} else {
			h = Fold(h, word)
		}
	}
	for ; at < end; at++ {
		h = Fold(h, uint64(loadByte(at)))
	}
	w.hashes[o.of] = h
}

// follow returns what stands for a word in the hash: the number of the object that it points to, or itself.
func (w *walker) follow(word uintptr, of int) uint64 {
	base, size, pointers := simObject(word)
	switch {
	case size == 0:
		if base, size, pointers = w.part(word); size == 0 {
			return uint64(word)
		}
	case size == tinySize && !pointers:
		// Up to sixteen bytes without pointers may share a block with others, which are none of this variable's.
		if word%8 != 0 {
			return 1
		}
		base, size = word, 8
	}
	p, known := w.seen[base]
	switch {
	case known && p.of != of:
		return 2 // it counts for another variable, or for none
	case !known && w.reached[of] == w.share:
		return 3
	case !known:
		p = place{of, w.reached[of]}
		w.reached[of]++
		w.seen[base] = p
		w.queue = append(w.queue, object{base, size, pointers, of})
	}
	return uint64(p.n)<<16 ^ uint64(word-base) ^ 1<<63
}

// tinySize is the size of the blocks in which the runtime puts small objects without pointers together.
const tinySize = 16

// part returns the part of a variable's initial value that begins at an address. The compiler gives such parts no
// symbols. But the linker puts symbols in the order of their sizes: so a part is at least as
// large as the symbol before it, and that much of it is looked at.
func (w *walker) part(addr uintptr) (base, size uintptr, pointers bool) {
	pointers, ok := w.segments.in(addr)
	if !ok {
		return 0, 0, false
	}
	next, named := slices.BinarySearchFunc(w.all, addr, func(v variable, addr uintptr) int { return cmp.Compare(v.addr, addr) })
	if named || next == 0 || next == len(w.all) || w.all[next-1].addr+w.all[next-1].size > addr {
		return 0, 0, false // another variable, or within one
	}
	return addr, min(w.all[next-1].size, w.all[next].addr-addr), pointers
}

// Fold extends a hash of a sequence by one more number.
func Fold(h, x uint64) uint64 {
	h = (h ^ x) * 0x9fb21c651e98df25
	return h ^ h>>32
}

//go:norace
func load(addr uintptr) uint64 { return **(**uint64)(unsafe.Pointer(&addr)) }

//go:norace
func loadByte(addr uintptr) byte { return **(**byte)(unsafe.Pointer(&addr)) }
