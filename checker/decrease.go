package checker

import (
	"cmp"
	"slices"
)

// The algorithms of the files decrease_*.go judge sets, queues, stacks and
// priority queues in which no value is put in twice. They take values away one by
// one, each such that the rest is linearizable exactly if the whole was, as Lee
// and Mathur do ("Efficient decrease-and-conquer linearizability
// monitoring", arXiv 2410.04581); the choice of values is our own.
//
// A linearization gives each operation a moment between its call and its return.
// Only the gaps between ranks matter: gap g lies between ranks g and g+1, an
// operation fits into the gaps from its call to before its return, and any
// number of operations fit into one gap in any order. The core of a value is the
// time for which it was certainly in the collection: from the return of its put
// to the call of its take. Values without a core can be put and taken in one moment,
// and so never stand in the way of others in queues and stacks.

// An entry is one value of a collection and what happened to it.
type entry struct {
	put, take int32 // operations; take is none for values that stayed
	// The ranks of put and take, drawn tight: the put took effect before the take
	// did. Values that stayed are taken when all is over.
	putCall, putRet, takeCall, takeRet int32
	priority                           int64
}

func (e *entry) hasCore() bool { return e.putRet < e.takeCall }

// A collection is a part sorted into entries.
type collection struct {
	entries []entry
	empties []int32 // operations that found nothing
	end     int32   // a rank after all others
}

// collect sorts the operations into entries. It reports fits false if values were
// put twice or an unknown take might have taken any of them.
func collect(p *part, acts []act) (c collection, bad *clash, fits bool) {
	values := int32(-1)
	for _, a := range acts {
		values = max(values, a.a)
	}
	puts, takes := make([]int32, values+1), make([]int32, values+1)
	for v := range puts {
		puts[v], takes[v] = none, none
	}
	for i, a := range acts {
		switch a.verb {
		case vPut:
			if puts[a.a] != none {
				return c, nil, false
			}
			puts[a.a] = int32(i)
		case vTakeAny:
			return c, nil, false
		case vTakeEmpty:
			c.empties = append(c.empties, int32(i))
		}
	}
	for i, a := range acts {
		if a.verb != vTake {
			continue
		}
		if p.ret[i] == never { // a shrinker's: it may have taken this value, or not
			return c, nil, false
		}
		op, put := int32(i), puts[a.a]
		switch {
		case put == none:
			return c, &clash{class: ClassPhantom, ops: []int32{op}, text: "nobody put this value in"}, true
		case takes[a.a] != none:
			return c, &clash{class: ClassDuplicate, ops: []int32{put, takes[a.a], op}, text: "the value was put in once and taken twice"}, true
		case p.ret[op] < p.call[put]:
			return c, &clash{class: ClassFuture, ops: []int32{op, put}, text: "the value was taken before it was put in"}, true
		}
		takes[a.a] = op
	}
	c.end = int32(len(p.events))
	for v, put := range puts {
		if put == none || p.ret[put] == never && takes[v] == none {
			continue // a put of unknown outcome that nobody saw the effect of
		}
		e := entry{put: put, take: takes[v], putCall: p.call[put], putRet: p.ret[put],
			takeCall: c.end, takeRet: never, priority: acts[put].priority}
		if e.take != none {
			e.takeCall, e.takeRet = max(p.call[e.take], e.putCall), p.ret[e.take]
			e.putRet = min(e.putRet, e.takeRet)
		}
		c.entries = append(c.entries, e)
	}
	return c, nil, true
}

// A cover is a set of gaps, grown by ranges, that finds the next gap outside it.
type cover []int32 // by gap: a gap at or after it, the gap itself if that is outside

func newCover(gaps int32) cover {
	c := make(cover, gaps+1)
	for i := range c {
		c[i] = int32(i)
	}
	return c
}

// next returns the first gap at or after g that is not covered.
func (c cover) next(g int32) int32 {
	for c[g] != g {
		c[g] = c[c[g]]
		g = c[g]
	}
	return g
}

// add covers the gaps from..to-1.
func (c cover) add(from, to int32) {
	for g := c.next(from); g < to; g = c.next(g + 1) {
		c[g] = g + 1
	}
}

// coverCores covers the gaps in which some value was certainly present.
func coverCores(c *collection) cover {
	covered := newCover(c.end + 1)
	for i := range c.entries {
		if e := &c.entries[i]; e.hasCore() {
			covered.add(e.putRet, e.takeCall)
		}
	}
	return covered
}

// A timed is an operation with its moment; sorting by the moment, stably, gives
// the order.
type timed struct {
	op     int32
	moment int64
}

// The moments inside one gap: what ends comes first, what begins comes last.
const (
	momentEnd = iota
	momentMiddle
	momentBegin
	momentsPerGap
)

func moment(gap int32, part int64) int64 { return int64(gap)*momentsPerGap + part }

func sortTimed(ops []timed) []int32 {
	slices.SortStableFunc(ops, func(a, b timed) int { return cmp.Compare(a.moment, b.moment) })
	order := make([]int32, len(ops))
	for i, o := range ops {
		order[i] = o.op
	}
	return order
}

// placeEmpties finds a gap outside covered for each operation that found the
// collection empty.
func placeEmpties(p *part, c *collection, covered cover) (placed []timed, bad *clash) {
	for _, op := range c.empties {
		gap := covered.next(p.call[op])
		if gap >= p.ret[op] {
			return nil, neverEmpty(p, c, op)
		}
		placed = append(placed, timed{op, moment(gap, momentMiddle)})
	}
	return placed, nil
}

// neverEmpty names values that together were present during all of op.
func neverEmpty(p *part, c *collection, op int32) *clash {
	bad := &clash{class: ClassFalseEmpty, text: "at each moment of it some value was certainly present"}
	for at := p.call[op]; at < p.ret[op]; {
		best := int32(-1)
		for i := range c.entries {
			e := &c.entries[i]
			if e.putRet <= at && e.takeCall > at && (best < 0 || e.takeCall > c.entries[best].takeCall) {
				best = int32(i)
			}
		}
		if best < 0 {
			break
		}
		e := &c.entries[best]
		bad.ops = append(bad.ops, e.put)
		if e.take != none {
			bad.ops = append(bad.ops, e.take)
		}
		at = e.takeCall
	}
	bad.ops = append(bad.ops, op)
	return bad
}
