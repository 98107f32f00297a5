package checker

import (
	"cmp"
	"container/heap"
	"slices"
)

// fifo decides a queue with unique values.
//
// The takes that found it empty cut the history: each needs a gap in which no
// value was certainly present. Values with a core lie on one side of such a gap;
// the others fit wherever their latest call is. Between two cuts a value may leave next if
// no other must be put, or taken, before it; if no value may, then among
// those left two must each go before the other.
func fifo(p *part, acts []act) (order []int32, bad *clash, fits bool) {
	c, bad, fits := collect(p, acts)
	if !fits || bad != nil {
		return nil, bad, fits
	}
	cuts, bad := placeEmpties(p, &c, coverCores(&c))
	if bad != nil {
		return nil, bad, true
	}
	slices.SortStableFunc(cuts, func(a, b timed) int { return cmp.Compare(a.moment, b.moment) })
	slices.SortFunc(c.entries, func(a, b entry) int { return cmp.Compare(a.section(), b.section()) })
	entries := c.entries
	for i := 0; i <= len(cuts); i++ {
		n := len(entries)
		if i < len(cuts) {
			gap := int32(cuts[i].moment / momentsPerGap)
			n, _ = slices.BinarySearchFunc(entries, gap, func(e entry, gap int32) int {
				if e.section() <= gap {
					return -1
				}
				return 1
			})
		}
		if order, bad = drain(entries[:n], order); bad != nil {
			return nil, bad, true
		}
		if i < len(cuts) {
			order = append(order, cuts[i].op)
		}
		entries = entries[n:]
	}
	return order, nil, true
}

// section is a rank such that the entry belongs before the cut at gap g exactly
// if the section is at most g.
func (e *entry) section() int32 { return max(e.putCall, e.takeCall) }

// drain finds the order in which the entries went through the queue and appends
// their operations to order.
func drain(entries []entry, order []int32) ([]int32, *clash) {
	byCall := make([]int32, len(entries))
	for i := range byCall {
		byCall[i] = int32(i)
	}
	byPutRet, byTakeRet := slices.Clone(byCall), slices.Clone(byCall)
	slices.SortFunc(byCall, func(a, b int32) int { return cmp.Compare(entries[a].putCall, entries[b].putCall) })
	slices.SortFunc(byPutRet, func(a, b int32) int { return cmp.Compare(entries[a].putRet, entries[b].putRet) })
	slices.SortFunc(byTakeRet, func(a, b int32) int { return cmp.Compare(entries[a].takeRet, entries[b].takeRet) })
	gone := make([]bool, len(entries))
	open := &byTakeCall{entries: entries} // those whose put may come next
	ops := make([]timed, 0, 2*len(entries))
	var putAt, takeAt int32
	for range entries {
		for gone[byPutRet[0]] {
			byPutRet = byPutRet[1:]
		}
		for gone[byTakeRet[0]] {
			byTakeRet = byTakeRet[1:]
		}
		first, second := byPutRet[0], byTakeRet[0]
		for len(byCall) > 0 && entries[byCall[0]].putCall < entries[first].putRet {
			heap.Push(open, byCall[0])
			byCall = byCall[1:]
		}
		next := open.of[0]
		if entries[next].takeCall > entries[second].takeRet {
			return nil, overtaken(entries, first, second)
		}
		heap.Pop(open)
		gone[next] = true
		e := &entries[next]
		putAt = max(putAt, e.putCall)
		takeAt = max(takeAt, e.takeCall, putAt)
		ops = append(ops, timed{e.put, int64(putAt)})
		if e.take != none {
			ops = append(ops, timed{e.take, int64(takeAt)})
		}
	}
	return append(order, sortTimed(ops)...), nil
}

// overtaken explains why no entry may go next: the put of first ended before the
// put of second began, yet the take of second ended before that of first began.
func overtaken(entries []entry, first, second int32) *clash {
	x, y := &entries[first], &entries[second]
	bad := &clash{class: ClassReordered, ops: []int32{x.put, y.put, y.take}, text: "what was put in first was not taken first"}
	bad.edges = []tie{{x.put, y.put, EdgeBefore}, {y.put, y.take, EdgeSameValue}}
	if x.take == none {
		bad.class, bad.text = ClassLostWrite, "what was put in first was passed over"
		bad.edges = append(bad.edges, tie{y.take, x.put, EdgeObserves})
		return bad
	}
	bad.ops = append(bad.ops, x.take)
	bad.edges = append(bad.edges, tie{y.take, x.take, EdgeBefore}, tie{x.take, x.put, EdgeSameValue})
	return bad
}

// byTakeCall is a heap of entries by the call of their take.
type byTakeCall struct {
	entries []entry
	of      []int32
}

func (h *byTakeCall) Len() int { return len(h.of) }
func (h *byTakeCall) Less(i, j int) bool {
	a, b := &h.entries[h.of[i]], &h.entries[h.of[j]]
	if a.takeCall != b.takeCall {
		return a.takeCall < b.takeCall
	}
	return a.putCall < b.putCall
}
func (h *byTakeCall) Swap(i, j int) { h.of[i], h.of[j] = h.of[j], h.of[i] }
func (h *byTakeCall) Push(x any)    { h.of = append(h.of, x.(int32)) }
func (h *byTakeCall) Pop() any {
	last := h.of[len(h.of)-1]
	h.of = h.of[:len(h.of)-1]
	return last
}
