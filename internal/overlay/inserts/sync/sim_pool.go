//go:build ignore

package sync

import (
	"internal/race"
	"unsafe"
)

// Scheduling points of the runtime; see there.
func runtime_simPoint()
func runtime_simOnceBegin(once unsafe.Pointer) (rand, key uint64)
func runtime_simOnceEnd(rand, key uint64)

func simOnceBegin(o *Once) (rand, key uint64) { return runtime_simOnceBegin(unsafe.Pointer(o)) }

// runtime_simPools returns where the current goroutine's world keeps its pools, nil outside worlds.
func runtime_simPools() *unsafe.Pointer

// simPools holds the contents of all pools in one world: last in, first out, whatever the collector and
// the other Ps do, and nothing that another world has put there. It is a hash table by
// address, searched linearly from there on.
//
// The world's one turn is all the synchronisation that is needed. The race detector, which does not know of
// turns, is told to look away: so no order comes about between goroutines that merely use the same pool. For this reason it is not
// a map, whose accesses the runtime reports in any case.
type simPools struct {
	table []*simPool // its length is a power of two
	used  int
}

type simPool struct {
	of    *Pool
	items []*simPooled
}

// A simPooled is a value that waits in a pool. Its address is what orders, for the
// race detector, the Put before the Get.
type simPooled struct{ x any }

// find returns the slot in which p's contents are, or would be.
//
//go:norace
func (ps *simPools) find(p *Pool) **simPool {
	mask := uintptr(len(ps.table) - 1)
	for i := uintptr(unsafe.Pointer(p)) / 16; ; i++ {
		if slot := &ps.table[i&mask]; *slot == nil || (*slot).of == p {
			return slot
		}
	}
}

//go:norace
func (ps *simPools) grow() {
	old := ps.table
	ps.table = make([]*simPool, max(16, 2*len(old)))
	for _, sp := range old {
		if sp != nil {
			*ps.find(sp.of) = sp
		}
	}
}

//go:norace
func (p *Pool) simPut(world *unsafe.Pointer, x any) {
	pools := (*simPools)(*world)
	if pools == nil {
		pools = new(simPools)
		*world = unsafe.Pointer(pools)
	}
	if 2*pools.used >= len(pools.table) {
		pools.grow()
	}
	slot := pools.find(p)
	if *slot == nil {
		*slot = &simPool{of: p}
		pools.used++
	}
	item := &simPooled{x}
	if race.Enabled {
		race.ReleaseMerge(unsafe.Pointer(item))
	}
	(*slot).items = append((*slot).items, item)
}

//go:norace
func (p *Pool) simGet(world *unsafe.Pointer) any {
	if pools := (*simPools)(*world); pools != nil && pools.used > 0 {
		if sp := *pools.find(p); sp != nil && len(sp.items) > 0 {
			last := len(sp.items) - 1
			item := sp.items[last]
			sp.items[last] = nil
			sp.items = sp.items[:last]
			if race.Enabled {
				race.Acquire(unsafe.Pointer(item))
			}
			return item.x
		}
	}
	if p.New != nil {
		return p.New()
	}
	return nil
}
