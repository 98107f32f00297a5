package checker

import (
	"fmt"
	"slices"
)

// orderRegister derives the dependencies that the reads of a register show. A
// transaction that reads a version and writes another shows that the one came
// before the other, and all versions come after the initial one; more of the order of
// versions is not known.
func (d *dependencies) orderRegister(k *txnKey) {
	after := map[int][]int{} // by version: those that were written by its readers
	var initial []int32      // readers of the initial version
	for i := range k.reads {
		r := &k.reads[i]
		if !r.found {
			initial = append(initial, r.txn)
			continue
		}
		d.checkElement(k, r, r.value)
		d.checkSource(k, r.txn, r.value)
		w := d.writers[keyValue{k.number, r.value}]
		if w == nil {
			continue
		}
		w.read = true
		d.graph.add(w.txn, r.txn, edgeWR, k.number)
		if r.wrote {
			after[r.value] = append(after[r.value], r.next)
			if v := d.writers[keyValue{k.number, r.next}]; v != nil {
				d.graph.add(w.txn, v.txn, edgeWW, k.number)
			}
		}
	}
	for i := range k.reads {
		r := &k.reads[i]
		if !r.found {
			continue
		}
		for _, v := range after[r.value] {
			if w := d.writers[keyValue{k.number, v}]; w != nil {
				d.graph.add(r.txn, w.txn, edgeRW, k.number)
			}
		}
	}
	d.afterInitial(k, initial)
	d.cyclicVersions(k, after)
	d.lostUpdates(k, func(r *txnRead) int {
		if !r.found {
			return -1 << 62 // no version that anybody writes
		}
		return r.value
	})
}

// afterInitial lets the readers of the initial version come before its writers.
func (d *dependencies) afterInitial(k *txnKey, readers []int32) {
	if len(readers) == 0 {
		return
	}
	writers := make([]int32, 0, len(k.appends))
	for _, at := range k.appends {
		writers = append(writers, d.writers[at].txn)
	}
	for v := range d.unknownButSeen(k) {
		writers = append(writers, v)
	}
	d.allBefore(k, readers, writers)
}

// allBefore lets the readers of a version come before the writers of all later ones. A
// node of the graph that is no transaction stands between them, or there would
// be an edge for each pair.
func (d *dependencies) allBefore(k *txnKey, readers, writers []int32) {
	slices.Sort(writers)
	writers = slices.Compact(writers)
	const few = 4
	hub := int32(none)
	for _, r := range readers {
		// One that writes the key itself must not come back to itself by the hub.
		if _, writes := slices.BinarySearch(writers, r); writes || len(readers) <= few || len(writers) <= few {
			for _, w := range writers {
				d.graph.add(r, w, edgeRW, k.number)
			}
			continue
		}
		if hub == none {
			hub = d.graph.hub(int32(len(d.ops)))
		}
		d.graph.add(r, hub, edgeRW, k.number)
	}
	if hub == none {
		return
	}
	for _, w := range writers {
		d.graph.add(hub, w, edgeHub, k.number)
	}
}

// unknownButSeen yields the transactions of unknown outcome whose writes to k were read.
func (d *dependencies) unknownButSeen(k *txnKey) func(yield func(int32) bool) {
	return func(yield func(int32) bool) {
		for i := range k.reads {
			if r := &k.reads[i]; r.found {
				if w := d.writers[keyValue{k.number, r.value}]; w != nil && d.ops[w.txn].Outcome == OutcomeUnknown && !yield(w.txn) {
					return
				}
			}
		}
	}
}

// cyclicVersions reports versions that were each derived from the next.
func (d *dependencies) cyclicVersions(k *txnKey, after map[int][]int) {
	state := map[int]int{} // 1: being looked at, 2: done
	var visit func(v int) bool
	visit = func(v int) bool {
		state[v] = 1
		for _, next := range after[v] {
			if state[next] == 1 || state[next] == 0 && visit(next) {
				return true
			}
		}
		state[v] = 2
		return false
	}
	for i := range k.reads {
		if r := &k.reads[i]; r.found && state[r.value] == 0 && visit(r.value) {
			d.report(ClassCyclicVersions, ReadUncommitted, fmt.Sprintf("the versions of %s were each made from the next, in a circle through %d", k.name, r.value), r.txn)
			return
		}
	}
}
