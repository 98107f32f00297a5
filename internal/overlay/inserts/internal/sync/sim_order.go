//go:build ignore

package sync

import _ "unsafe" // for linkname

// What a sync.Map holds lies in the order of the keys' hashes, and so of addresses, where keys are or hold pointers.
// In a world such maps are walked in the order of the numbers that map keys have (sim_order.go of
// internal/runtime/maps).

//go:linkname simOrdered internal/runtime/maps.simOrdered
func simOrdered() bool

//go:noescape
//go:linkname simNumberHeapKey internal/runtime/maps.simNumberHeapKey
func simNumberHeapKey(key *any)

//go:noescape
//go:linkname simKeyOrder internal/runtime/maps.simKeyOrder
func simKeyOrder(key *any) (order uint64, addresses bool)

// simSeen gives numbers to what a key refers to that is put into a map.
func simSeen[K comparable](key *K) {
	if key, ok := any(key).(*any); ok {
		simNumberHeapKey(key)
	}
}

// simRange is Range in order. It returns false without having done anything where the map's own order will do. As Range may, it shows of a
// map that changes meanwhile what was there when it began, but for what is gone when its turn comes.
func simRange[K comparable, V any](ht *HashTrieMap[K, V], yield func(K, V) bool) bool {
	if _, ok := any((*K)(nil)).(*any); !ok || !simOrdered() {
		return false
	}
	type entry struct {
		order uint64
		key   K
		value V
	}
	var all []entry
	byAddress := false
	ht.init()
	ht.iter(ht.root.Load(), func(key K, value V) bool {
		order, addresses := simKeyOrder(any(&key).(*any))
		byAddress = byAddress || addresses
		all = append(all, entry{order, key, value})
		return true
	})
	if !byAddress {
		return false
	}
	salt := runtime_rand()
	for i := range all {
		all[i].order = (all[i].order ^ salt) * 0x9e3779b97f4a7c15
	}
	down := func(i, n int) {
		for c := 2*i + 1; c < n; i, c = c, 2*c+1 {
			if c+1 < n && all[c+1].order > all[c].order {
				c++
			}
			if all[i].order >= all[c].order {
				return
			}
			all[i], all[c] = all[c], all[i]
		}
	}
	for i := len(all)/2 - 1; i >= 0; i-- {
		down(i, len(all))
	}
	for n := len(all) - 1; n > 0; n-- {
		all[0], all[n] = all[n], all[0]
		down(0, n)
	}
	for _, e := range all {
		value, ok := ht.Load(e.key)
		if !ok && e.key == e.key {
			continue
		}
		if !ok {
			value = e.value // NaN, which can't be looked up
		}
		if !yield(e.key, value) {
			break
		}
	}
	return true
}
