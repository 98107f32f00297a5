//go:build ignore

package maps

import (
	"internal/abi"
	"unsafe"
)

// In a world, maps whose keys are or hold pointers, channels or interfaces are walked in an order that does not
// depend on addresses. Their layout does: the hash of such a key is that of an address. So the
// entries are put in order when an iteration begins, by a hash in which each object is represented by
// a number that it was given when it was first used as a key.

// simSorted is the dirIdx of an iterator whose group points to a simWalk.
const simSorted = -2

// A simWalk is an iteration in order.
type simWalk struct {
	entries []simEntry
	next    int
}

type simEntry struct {
	order     uint64
	key, elem unsafe.Pointer // key is a copy
}

// simOrdered reports whether the current goroutine is in a world.
//
//go:linkname simOrdered
func simOrdered() bool

// simNumber returns the number of the object that p points to, or into.
//
//go:linkname simNumber
func simNumber(p unsafe.Pointer) uint64

// simInit begins an iteration in order and reports whether it is to be one.
func simInit(it *Iter, typ *simMapType, m *Map) bool {
	if m == nil || m.used < 2 || !simAddresses(typ.Key) || !simOrdered() {
		return false
	}
	raw := Iter{typ: typ, m: m, globalDepth: m.globalDepth, clearSeq: m.clearSeq}
	if m.dirLen <= 0 {
		raw.dirIdx = -1
		raw.group.data = m.dirPtr
	}
	n := int(m.used)
	w := &simWalk{entries: make([]simEntry, 0, n)}
	keys := newarray(typ.Key, n)
	salt := rand()
	for raw.Next(); raw.key != nil && len(w.entries) < n; raw.Next() {
		key := unsafe.Pointer(uintptr(keys) + uintptr(len(w.entries))*typ.Key.Size_)
		typedmemmove(typ.Key, key, raw.key)
		order := simMix(simHash(typ.Key, key, 0) ^ salt)
		w.entries = append(w.entries, simEntry{order, key, raw.elem})
	}
	simSort(w.entries)
	it.typ = typ
	it.m = m
	it.clearSeq = m.clearSeq
	it.dirIdx = simSorted
	it.group.data = unsafe.Pointer(w)
	return true
}

// simNext is Next for an iteration in order. What has been deleted meanwhile is left out; what has been
// added is as well.
func (it *Iter) simNext() {
	if it.m.writing != 0 {
		fatal("concurrent map iteration and map write")
	}
	w := (*simWalk)(it.group.data)
	for w.next < len(w.entries) {
		e := &w.entries[w.next]
		w.next++
		if key, elem, ok := it.m.getWithKey(it.typ, e.key); ok {
			it.key, it.elem = key, elem
			return
		}
		if it.clearSeq == it.m.clearSeq && !it.typ.Key.Equal(e.key, e.key) {
			it.key, it.elem = e.key, e.elem // NaN: it can't be looked up, nor deleted
			return
		}
	}
	it.key, it.elem = nil, nil
}

// simSort sorts by order: a heap sort, for package slices is out of reach.
func simSort(e []simEntry) {
	down := func(i, n int) {
		for {
			c := 2*i + 1
			if c >= n {
				return
			}
			if c+1 < n && e[c+1].order > e[c].order {
				c++
			}
			if e[i].order >= e[c].order {
				return
			}
			e[i], e[c] = e[c], e[i]
			i = c
		}
	}
	for i := len(e)/2 - 1; i >= 0; i-- {
		down(i, len(e))
	}
	for n := len(e) - 1; n > 0; n-- {
		e[0], e[n] = e[n], e[0]
		down(0, n)
	}
}

// simAddresses reports whether the hash of a key of type t may depend on an address.
func simAddresses(t *abi.Type) bool {
	switch t.Kind() {
	case abi.Pointer, abi.Chan, abi.UnsafePointer, abi.Interface:
		return true
	case abi.Struct:
		if t.PtrBytes != 0 {
			for _, f := range (*abi.StructType)(unsafe.Pointer(t)).Fields {
				if simAddresses(f.Typ) {
					return true
				}
			}
		}
	case abi.Array:
		return t.PtrBytes != 0 && simAddresses((*abi.ArrayType)(unsafe.Pointer(t)).Elem)
	}
	return false
}

// simNumberKey gives numbers to the objects that a key refers to. It is called for each key that is
// put into a map, in worlds and outside.
func simNumberKey(t *abi.Type, key unsafe.Pointer) {
	if simAddresses(t) {
		simHash(t, key, 0)
	}
}

// simNumberHeapKey is simNumberKey for a key of a sync.Map, if what it refers to is in the heap. What is not keeps its address, and
// is mostly types, keys of the caches of the standard library that outlive worlds.
//
//go:linkname simNumberHeapKey
func simNumberHeapKey(key *any) {
	words := (*[2]unsafe.Pointer)(unsafe.Pointer(key))
	if t := (*abi.Type)(words[0]); t != nil && simAddresses(t) && (!simDirect(t) || simInHeap(words[1])) {
		simHash(t, simData(t, words), 0)
	}
}

// simInHeap reports whether p points into an object of the heap.
//
//go:linkname simInHeap
func simInHeap(p unsafe.Pointer) bool

// simKeyOrder returns a hash of a key of a sync.Map, and whether the map's own hash of it depends on an address.
//
//go:linkname simKeyOrder
func simKeyOrder(key *any) (order uint64, addresses bool) {
	words := (*[2]unsafe.Pointer)(unsafe.Pointer(key))
	t := (*abi.Type)(words[0])
	if t == nil {
		return 0, false
	}
	return simHash(t, simData(t, words), uint64(t.Hash)), simAddresses(t)
}

// simData returns the address of the value in an interface's words.
func simData(t *abi.Type, words *[2]unsafe.Pointer) unsafe.Pointer {
	if simDirect(t) {
		return unsafe.Pointer(&words[1])
	}
	return words[1]
}

// simHash returns a hash of the value at p. Equal values have equal ones.
func simHash(t *abi.Type, p unsafe.Pointer, h uint64) uint64 {
	switch t.Kind() {
	case abi.Pointer, abi.Chan, abi.UnsafePointer:
		return simMix(h ^ simNumber(*(*unsafe.Pointer)(p)))
	case abi.Interface:
		words := (*[2]unsafe.Pointer)(p)
		if words[0] == nil {
			return simMix(h)
		}
		dynamic := (*abi.Type)(words[0])
		if len((*abi.InterfaceType)(unsafe.Pointer(t)).Methods) > 0 {
			dynamic = (*abi.ITab)(words[0]).Type
		}
		return simHash(dynamic, simData(dynamic, words), simMix(h^uint64(dynamic.Hash)))
	case abi.Struct:
		for _, f := range (*abi.StructType)(unsafe.Pointer(t)).Fields {
			if !f.Name.IsBlank() {
				h = simHash(f.Typ, unsafe.Pointer(uintptr(p)+f.Offset), h)
			}
		}
		return h
	case abi.Array:
		a := (*abi.ArrayType)(unsafe.Pointer(t))
		for i := uintptr(0); i < a.Len; i++ {
			h = simHash(a.Elem, unsafe.Pointer(uintptr(p)+i*a.Elem.Size_), h)
		}
		return h
	case abi.String:
		for _, c := range []byte(*(*string)(p)) {
			h = simMix(h ^ uint64(c))
		}
		return simMix(h)
	case abi.Float32:
		return simFloat32(p, h)
	case abi.Float64:
		return simFloat64(p, h)
	case abi.Complex64:
		return simFloat32(unsafe.Pointer(uintptr(p)+4), simFloat32(p, h))
	case abi.Complex128:
		return simFloat64(unsafe.Pointer(uintptr(p)+8), simFloat64(p, h))
	}
	for i := uintptr(0); i < t.Size_; i++ {
		h = simMix(h ^ uint64(*(*byte)(unsafe.Pointer(uintptr(p) + i))))
	}
	return h
}

// simFloat32 and simFloat64 extend a hash by a number: by its bits, for what a conversion to an integer gives out of its
// range depends on the processor. The two zeros are equal.
func simFloat32(p unsafe.Pointer, h uint64) uint64 {
	if *(*float32)(p) == 0 {
		return simMix(h)
	}
	return simMix(h ^ uint64(*(*uint32)(p)))
}

func simFloat64(p unsafe.Pointer, h uint64) uint64 {
	if *(*float64)(p) == 0 {
		return simMix(h)
	}
	return simMix(h ^ *(*uint64)(p))
}

// simMix is the finaliser of SplitMix64.
func simMix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}
