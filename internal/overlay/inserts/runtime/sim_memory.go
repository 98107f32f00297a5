//go:build ignore

package runtime

import (
	"internal/runtime/atomic"
	"unsafe"
)

// What package globals asks of the program's memory.

// simSegments returns where variables lie: the bounds of the segments with pointers (data, bss), of those
// without (noptrdata, noptrbss), and of the counters of coverage, which lie within one of them.
//
//go:linkname simSegments
func simSegments() [10]uintptr {
	m := &firstmoduledata
	return [10]uintptr{m.data, m.edata, m.bss, m.ebss, m.noptrdata, m.enoptrdata, m.noptrbss, m.enoptrbss, m.covctrs, m.ecovctrs}
}

// simObject returns the object of the heap that holds the address p, and whether it has pointers.
// The size is 0 if there is none.
//
//go:linkname simObject
func simObject(p uintptr) (base, size uintptr, pointers bool) {
	s := spanOfHeap(p)
	if s == nil {
		return 0, 0, false
	}
	return s.base() + s.objIndex(p)*s.elemsize, s.elemsize, !s.spanclass.noscan()
}

// simMachinery appends the addresses of the scheduler's own objects: goroutines, threads, processors. They
// lie in the heap, and some of the program's objects point to them.
//
//go:linkname simMachinery
func simMachinery(to []uintptr) []uintptr {
	forEachG(func(gp *g) { to = append(to, uintptr(unsafe.Pointer(gp))) })
	for mp := (*m)(atomic.Loadp(unsafe.Pointer(&allm))); mp != nil; mp = mp.alllink {
		to = append(to, uintptr(unsafe.Pointer(mp)))
	}
	for _, pp := range allp {
		to = append(to, uintptr(unsafe.Pointer(pp)))
	}
	return to
}
