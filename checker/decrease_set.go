package checker

import "slices"

// element decides one element of a set that was added at most once and removed
// at most once with success. The element is best present for as short a time as
// its observers allow, since every observer of its absence gains by that.
func element(p *part, acts []act) (order []int32, bad *clash, fits bool) {
	put, take := int32(none), int32(none)
	for i, a := range acts {
		op := &put
		if a.verb == vTake {
			op = &take
		} else if a.verb != vPut {
			continue
		}
		if *op != none {
			return nil, nil, false
		}
		*op = int32(i)
	}
	// Gaps: the put may take effect in [from, to), the take in [lo, hi).
	to, lo := int32(never), int32(0)
	firstSeen := int32(none)
	for i, a := range acts {
		if a.verb == vSeen {
			if p.ret[i] < to {
				to, firstSeen = p.ret[i], int32(i)
			}
			lo = max(lo, p.call[i])
		}
	}
	known := take != none && p.ret[take] != never // a removal that certainly succeeded
	if known && p.ret[take] < to {
		to, firstSeen = p.ret[take], take
	}
	if put == none {
		if firstSeen != none {
			return nil, &clash{class: ClassPhantom, ops: []int32{firstSeen}, text: "nobody added this element"}, true
		}
		return elementOrder(p, acts, none, none, never, never)
	}
	if p.ret[put] == never && to == never {
		return elementOrder(p, acts, none, none, never, never) // nobody saw it: it need not have happened
	}
	if to < p.call[put] {
		return nil, &clash{class: ClassFuture, ops: []int32{firstSeen, put}, text: "the element was observed before it was added"}, true
	}
	begin := min(to, p.ret[put]) - 1
	if take == none {
		return elementOrder(p, acts, put, none, begin, never)
	}
	end := max(lo, p.call[take], begin)
	if end >= p.ret[take] {
		late := callAt(p, lo)
		return nil, &clash{class: ClassStale, ops: []int32{put, take, late}, text: "the element was observed after its removal", edges: []tie{{take, late, EdgeBefore}, {late, take, EdgeObserves}}}, true
	}
	return elementOrder(p, acts, put, take, begin, end)
}

// elementOrder orders the operations for an element present from gap begin to gap
// end, or says which of them missed it.
func elementOrder(p *part, acts []act, put, take, begin, end int32) ([]int32, *clash, bool) {
	var early, ops []timed // early: those that come before the put in its gap
	if put != none {
		ops = append(ops, timed{put, moment(begin, momentEnd)})
	}
	var last []timed // the removal, after the observers in its gap
	if take != none {
		last = append(last, timed{take, moment(end, momentMiddle)})
	}
	for i, a := range acts {
		op := int32(i)
		switch a.verb {
		case vSeen:
			ops = append(ops, timed{op, moment(max(p.call[i], begin), momentMiddle)})
		case vUnseen:
			switch {
			case put == none || p.call[i] < begin:
				ops = append(ops, timed{op, moment(p.call[i], momentEnd)})
			case p.call[i] == begin:
				early = append(early, timed{op, moment(begin, momentEnd)})
			case take != none && p.ret[i]-1 >= end:
				last = append(last, timed{op, moment(max(end, p.call[i]), momentBegin)})
			default:
				bad := &clash{class: ClassLostWrite, ops: []int32{put, op}, text: "the element was present throughout"}
				if take != none {
					bad.ops = append(bad.ops, take)
				}
				return nil, bad, true
			}
		}
	}
	return sortTimed(slices.Concat(early, ops, last)), nil, true
}
