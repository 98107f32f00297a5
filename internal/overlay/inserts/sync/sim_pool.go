//go:build ignore

package sync

import (
	"internal/race"
	"unsafe"
)

// Scheduling points of the runtime; see there.
func runtime_simPoint()
func runtime_simOnceBegin()
func runtime_simOnceEnd()

// runtime_simPools returns where the current goroutine's world keeps its pools, nil outside worlds.
func runtime_simPools() *unsafe.Pointer

// simPools holds the contents of all pools in one world: last in, first out, whatever the collector and
// the other Ps do, and nothing that another world has put there.
type simPools map[*Pool]*simPool

type simPool struct{ items []*simPooled }

// A simPooled is a value that waits in a pool. Its address is what orders, for the
// race detector, the Put before the Get.
type simPooled struct{ x any }

func (p *Pool) simPut(world *unsafe.Pointer, x any) {
	pools := (*simPools)(*world)
	if pools == nil {
		m := make(simPools)
		pools = &m
		*world = unsafe.Pointer(pools)
	}
	sp := (*pools)[p]
	if sp == nil {
		sp = new(simPool)
		(*pools)[p] = sp
	}
	item := &simPooled{x}
	if race.Enabled {
		race.ReleaseMerge(unsafe.Pointer(item))
	}
	sp.items = append(sp.items, item)
}

func (p *Pool) simGet(world *unsafe.Pointer) any {
	if pools := (*simPools)(*world); pools != nil {
		if sp := (*pools)[p]; sp != nil && len(sp.items) > 0 {
			item := sp.items[len(sp.items)-1]
			sp.items = sp.items[:len(sp.items)-1]
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
