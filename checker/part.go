package checker

import (
	"cmp"
	"math"
	"slices"
)

// never is the rank of the return of an operation that need not have happened.
const never = math.MaxInt32

// A part is one independent part of a history, without its types. Operations
// have small numbers, in the order in which they were called. The calls and
// returns of all have distinct ranks, from 0: a rank is lower than another only
// if it was earlier, or if it ties with it and is a call while the other is a return.
// So an operation precedes another exactly if its return has the lower rank
// than the other's call.
type part struct {
	ops    []int32 // indices into the history
	events []int32 // by rank: operation<<1, +1 for returns
	call   []int32 // rank, by operation
	ret    []int32 // rank; never for operations of unknown outcome
}

func (p *part) len() int { return len(p.ops) }

// A span is an operation as the sorter sees it.
type span struct {
	call, ret uint64
	optional  bool
}

// sortEvents orders the calls and returns of spans: operation<<1, +1 for returns.
func sortEvents(spans []span) []int32 {
	lo, hi, n := uint64(math.MaxUint64), uint64(0), 0
	for i := range spans {
		s := &spans[i]
		lo, hi, n = min(lo, s.call), max(hi, s.call), n+1
		if !s.optional {
			lo, hi, n = min(lo, s.ret), max(hi, s.ret), n+1
		}
	}
	if n == 0 {
		return nil
	}
	if width := hi - lo + 1; width != 0 && width <= 4*uint64(n) {
		return countingSort(spans, lo, int(width), n)
	}
	type key struct {
		order uint64
		event int32
	}
	keys := make([]key, 0, n)
	for i, s := range spans {
		keys = append(keys, key{s.call, int32(i) << 1})
		if !s.optional {
			keys = append(keys, key{s.ret, int32(i)<<1 | 1})
		}
	}
	slices.SortFunc(keys, func(a, b key) int {
		if c := cmp.Compare(a.order, b.order); c != 0 {
			return c
		}
		if c := cmp.Compare(a.event&1, b.event&1); c != 0 {
			return c // at a tie calls come first: touching operations are concurrent
		}
		return cmp.Compare(a.event, b.event)
	})
	events := make([]int32, n)
	for i, k := range keys {
		events[i] = k.event
	}
	return events
}

// countingSort is sortEvents for orders that are dense in [lo, lo+width).
func countingSort(spans []span, lo uint64, width, n int) []int32 {
	start := make([]int32, 2*width+1)
	for i := range spans {
		s := &spans[i]
		start[2*(s.call-lo)+1]++
		if !s.optional {
			start[2*(s.ret-lo)+2]++
		}
	}
	for i := 1; i < len(start); i++ {
		start[i] += start[i-1]
	}
	events := make([]int32, n)
	for i := range spans {
		s := &spans[i]
		at := &start[2*(s.call-lo)]
		events[*at] = int32(i) << 1
		*at++
		if !s.optional {
			at = &start[2*(s.ret-lo)+1]
			events[*at] = int32(i)<<1 | 1
			*at++
		}
	}
	return events
}

// split makes the parts of a history: keyOf gives the part of each operation, or -1
// for operations that are left out.
func split(events []int32, keyOf []int32, parts int) []*part {
	calls, all := make([]int, parts), make([]int, parts)
	for _, e := range events {
		if k := keyOf[e>>1]; k >= 0 {
			all[k]++
			if e&1 == 0 {
				calls[k]++
			}
		}
	}
	out := make([]*part, parts)
	for k := range out {
		out[k] = &part{
			ops: make([]int32, 0, calls[k]), events: make([]int32, 0, all[k]),
			call: make([]int32, 0, calls[k]), ret: make([]int32, 0, calls[k]),
		}
	}
	local := make([]int32, len(keyOf))
	for _, e := range events {
		op := e >> 1
		if keyOf[op] < 0 {
			continue
		}
		p := out[keyOf[op]]
		rank := int32(len(p.events))
		if e&1 == 0 {
			local[op] = int32(len(p.ops))
			p.ops = append(p.ops, op)
			p.call = append(p.call, rank)
			p.ret = append(p.ret, never)
		} else {
			p.ret[local[op]] = rank
		}
		p.events = append(p.events, local[op]<<1|e&1)
	}
	return out
}

// without returns p without the operations that keep refuses.
func (p *part) without(keep func(op int32) bool) *part {
	keyOf := make([]int32, p.len())
	for i := range keyOf {
		if !keep(int32(i)) {
			keyOf[i] = -1
		}
	}
	sub := split(p.events, keyOf, 1)[0]
	for i, op := range sub.ops {
		sub.ops[i] = p.ops[op]
	}
	return sub
}

// width returns the largest number of operations of known outcome that are open at
// once, and the number of those of unknown outcome.
func (p *part) width() (open, unknown int) {
	now := 0
	for _, e := range p.events {
		switch {
		case e&1 == 1:
			now--
		case p.ret[e>>1] == never:
			unknown++
		default:
			now++
			open = max(open, now)
		}
	}
	return open, unknown
}
