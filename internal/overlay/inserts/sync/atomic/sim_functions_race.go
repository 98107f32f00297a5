//go:build ignore && race

package atomic

import "unsafe"

// The functions of package atomic under the race detector. Their names are those of functions in assembler, which are called
// here; these have others in the object file. Those for pointers and uintptr the runtime calls as well: they
// are no scheduling points.

// simEnter is a scheduling point in a world, if the program's own code calls the function. It tells the race detector, whose reports
// would leave it out otherwise, where that is.
//
//go:linkname simEnter
func simEnter()

//go:linkname simExit
func simExit()

//go:linkname SwapInt32 sync/atomic.simSwapInt32
func SwapInt32(addr *int32, new int32) (old int32) {
	simEnter()
	old = raceSwapInt32(addr, new)
	simExit()
	return old
}

//go:noescape
//go:linkname raceSwapInt32 sync/atomic.SwapInt32
func raceSwapInt32(addr *int32, new int32) (old int32)

//go:linkname SwapInt64 sync/atomic.simSwapInt64
func SwapInt64(addr *int64, new int64) (old int64) {
	simEnter()
	old = raceSwapInt64(addr, new)
	simExit()
	return old
}

//go:noescape
//go:linkname raceSwapInt64 sync/atomic.SwapInt64
func raceSwapInt64(addr *int64, new int64) (old int64)

//go:linkname SwapUint32 sync/atomic.simSwapUint32
func SwapUint32(addr *uint32, new uint32) (old uint32) {
	simEnter()
	old = raceSwapUint32(addr, new)
	simExit()
	return old
}

//go:noescape
//go:linkname raceSwapUint32 sync/atomic.SwapUint32
func raceSwapUint32(addr *uint32, new uint32) (old uint32)

//go:linkname SwapUint64 sync/atomic.simSwapUint64
func SwapUint64(addr *uint64, new uint64) (old uint64) {
	simEnter()
	old = raceSwapUint64(addr, new)
	simExit()
	return old
}

//go:noescape
//go:linkname raceSwapUint64 sync/atomic.SwapUint64
func raceSwapUint64(addr *uint64, new uint64) (old uint64)

//go:linkname CompareAndSwapInt32 sync/atomic.simCompareAndSwapInt32
func CompareAndSwapInt32(addr *int32, old, new int32) (swapped bool) {
	simEnter()
	swapped = raceCompareAndSwapInt32(addr, old, new)
	simExit()
	return swapped
}

//go:noescape
//go:linkname raceCompareAndSwapInt32 sync/atomic.CompareAndSwapInt32
func raceCompareAndSwapInt32(addr *int32, old, new int32) (swapped bool)

//go:linkname CompareAndSwapInt64 sync/atomic.simCompareAndSwapInt64
func CompareAndSwapInt64(addr *int64, old, new int64) (swapped bool) {
	simEnter()
	swapped = raceCompareAndSwapInt64(addr, old, new)
	simExit()
	return swapped
}

//go:noescape
//go:linkname raceCompareAndSwapInt64 sync/atomic.CompareAndSwapInt64
func raceCompareAndSwapInt64(addr *int64, old, new int64) (swapped bool)

//go:linkname CompareAndSwapUint32 sync/atomic.simCompareAndSwapUint32
func CompareAndSwapUint32(addr *uint32, old, new uint32) (swapped bool) {
	simEnter()
	swapped = raceCompareAndSwapUint32(addr, old, new)
	simExit()
	return swapped
}

//go:noescape
//go:linkname raceCompareAndSwapUint32 sync/atomic.CompareAndSwapUint32
func raceCompareAndSwapUint32(addr *uint32, old, new uint32) (swapped bool)

//go:linkname CompareAndSwapUint64 sync/atomic.simCompareAndSwapUint64
func CompareAndSwapUint64(addr *uint64, old, new uint64) (swapped bool) {
	simEnter()
	swapped = raceCompareAndSwapUint64(addr, old, new)
	simExit()
	return swapped
}

//go:noescape
//go:linkname raceCompareAndSwapUint64 sync/atomic.CompareAndSwapUint64
func raceCompareAndSwapUint64(addr *uint64, old, new uint64) (swapped bool)

//go:linkname AddInt32 sync/atomic.simAddInt32
func AddInt32(addr *int32, delta int32) (new int32) {
	simEnter()
	new = raceAddInt32(addr, delta)
	simExit()
	return new
}

//go:noescape
//go:linkname raceAddInt32 sync/atomic.AddInt32
func raceAddInt32(addr *int32, delta int32) (new int32)

//go:linkname AddInt64 sync/atomic.simAddInt64
func AddInt64(addr *int64, delta int64) (new int64) {
	simEnter()
	new = raceAddInt64(addr, delta)
	simExit()
	return new
}

//go:noescape
//go:linkname raceAddInt64 sync/atomic.AddInt64
func raceAddInt64(addr *int64, delta int64) (new int64)

//go:linkname AddUint32 sync/atomic.simAddUint32
func AddUint32(addr *uint32, delta uint32) (new uint32) {
	simEnter()
	new = raceAddUint32(addr, delta)
	simExit()
	return new
}

//go:noescape
//go:linkname raceAddUint32 sync/atomic.AddUint32
func raceAddUint32(addr *uint32, delta uint32) (new uint32)

//go:linkname AddUint64 sync/atomic.simAddUint64
func AddUint64(addr *uint64, delta uint64) (new uint64) {
	simEnter()
	new = raceAddUint64(addr, delta)
	simExit()
	return new
}

//go:noescape
//go:linkname raceAddUint64 sync/atomic.AddUint64
func raceAddUint64(addr *uint64, delta uint64) (new uint64)

//go:linkname AndInt32 sync/atomic.simAndInt32
func AndInt32(addr *int32, mask int32) (old int32) {
	simEnter()
	old = raceAndInt32(addr, mask)
	simExit()
	return old
}

//go:noescape
//go:linkname raceAndInt32 sync/atomic.AndInt32
func raceAndInt32(addr *int32, mask int32) (old int32)

//go:linkname AndInt64 sync/atomic.simAndInt64
func AndInt64(addr *int64, mask int64) (old int64) {
	simEnter()
	old = raceAndInt64(addr, mask)
	simExit()
	return old
}

//go:noescape
//go:linkname raceAndInt64 sync/atomic.AndInt64
func raceAndInt64(addr *int64, mask int64) (old int64)

//go:linkname AndUint32 sync/atomic.simAndUint32
func AndUint32(addr *uint32, mask uint32) (old uint32) {
	simEnter()
	old = raceAndUint32(addr, mask)
	simExit()
	return old
}

//go:noescape
//go:linkname raceAndUint32 sync/atomic.AndUint32
func raceAndUint32(addr *uint32, mask uint32) (old uint32)

//go:linkname AndUint64 sync/atomic.simAndUint64
func AndUint64(addr *uint64, mask uint64) (old uint64) {
	simEnter()
	old = raceAndUint64(addr, mask)
	simExit()
	return old
}

//go:noescape
//go:linkname raceAndUint64 sync/atomic.AndUint64
func raceAndUint64(addr *uint64, mask uint64) (old uint64)

//go:linkname OrInt32 sync/atomic.simOrInt32
func OrInt32(addr *int32, mask int32) (old int32) {
	simEnter()
	old = raceOrInt32(addr, mask)
	simExit()
	return old
}

//go:noescape
//go:linkname raceOrInt32 sync/atomic.OrInt32
func raceOrInt32(addr *int32, mask int32) (old int32)

//go:linkname OrInt64 sync/atomic.simOrInt64
func OrInt64(addr *int64, mask int64) (old int64) {
	simEnter()
	old = raceOrInt64(addr, mask)
	simExit()
	return old
}

//go:noescape
//go:linkname raceOrInt64 sync/atomic.OrInt64
func raceOrInt64(addr *int64, mask int64) (old int64)

//go:linkname OrUint32 sync/atomic.simOrUint32
func OrUint32(addr *uint32, mask uint32) (old uint32) {
	simEnter()
	old = raceOrUint32(addr, mask)
	simExit()
	return old
}

//go:noescape
//go:linkname raceOrUint32 sync/atomic.OrUint32
func raceOrUint32(addr *uint32, mask uint32) (old uint32)

//go:linkname OrUint64 sync/atomic.simOrUint64
func OrUint64(addr *uint64, mask uint64) (old uint64) {
	simEnter()
	old = raceOrUint64(addr, mask)
	simExit()
	return old
}

//go:noescape
//go:linkname raceOrUint64 sync/atomic.OrUint64
func raceOrUint64(addr *uint64, mask uint64) (old uint64)

//go:linkname LoadInt32 sync/atomic.simLoadInt32
func LoadInt32(addr *int32) (val int32) {
	simEnter()
	val = raceLoadInt32(addr)
	simExit()
	return val
}

//go:noescape
//go:linkname raceLoadInt32 sync/atomic.LoadInt32
func raceLoadInt32(addr *int32) (val int32)

//go:linkname LoadInt64 sync/atomic.simLoadInt64
func LoadInt64(addr *int64) (val int64) {
	simEnter()
	val = raceLoadInt64(addr)
	simExit()
	return val
}

//go:noescape
//go:linkname raceLoadInt64 sync/atomic.LoadInt64
func raceLoadInt64(addr *int64) (val int64)

//go:linkname LoadUint32 sync/atomic.simLoadUint32
func LoadUint32(addr *uint32) (val uint32) {
	simEnter()
	val = raceLoadUint32(addr)
	simExit()
	return val
}

//go:noescape
//go:linkname raceLoadUint32 sync/atomic.LoadUint32
func raceLoadUint32(addr *uint32) (val uint32)

//go:linkname LoadUint64 sync/atomic.simLoadUint64
func LoadUint64(addr *uint64) (val uint64) {
	simEnter()
	val = raceLoadUint64(addr)
	simExit()
	return val
}

//go:noescape
//go:linkname raceLoadUint64 sync/atomic.LoadUint64
func raceLoadUint64(addr *uint64) (val uint64)

//go:linkname StoreInt32 sync/atomic.simStoreInt32
func StoreInt32(addr *int32, val int32) {
	simEnter()
	raceStoreInt32(addr, val)
	simExit()
}

//go:noescape
//go:linkname raceStoreInt32 sync/atomic.StoreInt32
func raceStoreInt32(addr *int32, val int32)

//go:linkname StoreInt64 sync/atomic.simStoreInt64
func StoreInt64(addr *int64, val int64) {
	simEnter()
	raceStoreInt64(addr, val)
	simExit()
}

//go:noescape
//go:linkname raceStoreInt64 sync/atomic.StoreInt64
func raceStoreInt64(addr *int64, val int64)

//go:linkname StoreUint32 sync/atomic.simStoreUint32
func StoreUint32(addr *uint32, val uint32) {
	simEnter()
	raceStoreUint32(addr, val)
	simExit()
}

//go:noescape
//go:linkname raceStoreUint32 sync/atomic.StoreUint32
func raceStoreUint32(addr *uint32, val uint32)

//go:linkname StoreUint64 sync/atomic.simStoreUint64
func StoreUint64(addr *uint64, val uint64) {
	simEnter()
	raceStoreUint64(addr, val)
	simExit()
}

//go:noescape
//go:linkname raceStoreUint64 sync/atomic.StoreUint64
func raceStoreUint64(addr *uint64, val uint64)

//go:noescape
func SwapUintptr(addr *uintptr, new uintptr) (old uintptr)

func SwapPointer(addr *unsafe.Pointer, new unsafe.Pointer) (old unsafe.Pointer)

//go:noescape
func CompareAndSwapUintptr(addr *uintptr, old, new uintptr) (swapped bool)

func CompareAndSwapPointer(addr *unsafe.Pointer, old, new unsafe.Pointer) (swapped bool)

//go:noescape
func AddUintptr(addr *uintptr, delta uintptr) (new uintptr)

//go:noescape
func AndUintptr(addr *uintptr, mask uintptr) (old uintptr)

//go:noescape
func OrUintptr(addr *uintptr, mask uintptr) (old uintptr)

//go:noescape
func LoadUintptr(addr *uintptr) (val uintptr)

func LoadPointer(addr *unsafe.Pointer) (val unsafe.Pointer)

//go:noescape
func StoreUintptr(addr *uintptr, val uintptr)

func StorePointer(addr *unsafe.Pointer, val unsafe.Pointer)
