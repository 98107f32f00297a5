package checker

import (
	"cmp"
	"slices"
)

// The algorithms of this file judge registers whose written values are all
// different: the clusters of Gibbons and Korach ("Testing shared memories", SIAM
// J. Comput. 26, 1997). The write of a value and the reads of it form a cluster. In a
// linearization clusters do not mix, so cluster a comes before cluster b if
// any operation of a returned before any of b was called: if first(a) < last(b),
// with first the earliest return and last the latest call. A history is
// linearizable if no read returned before its write was called and no two
// clusters must both come before the other; longer circles contain such a pair.
//
// A successful compare-and-set ties two clusters together: nothing comes between the
// value it replaced and the value it wrote. Clusters tied so form a chain, and
// chains obey the same rule with first and last taken over all of the chain.

// A cluster is the operations about one value.
type cluster struct {
	writer      int32 // operation; none for the initial value
	previous    int32 // value replaced by the writer, if that was a compare-and-set; else none
	next        int32 // value written by the compare-and-set that replaced this one; else none
	first, last int32
	reads       []int32
}

const none = -1

// A clash is why a fast algorithm refused a history.
type clash struct {
	class Class
	ops   []int32 // the operations that contradict each other
	text  string
	edges []tie // the contradiction as a circle, if it is one
}

// A tie is an edge of a contradiction: from must take effect before to, or both
// are about one value that nothing may come between.
type tie struct {
	from, to int32
	kind     EdgeKind
}

// zones decides a register with unique values. It returns fits false if the
// history is not of that kind, else the order found, or the clash.
func zones(p *part, acts []act) (order []int32, bad *clash, fits bool) {
	cs, bad, fits := clusters(p, acts)
	if !fits || bad != nil {
		return nil, bad, fits
	}
	chains, bad := chainUp(p, cs)
	if bad != nil {
		return nil, bad, true
	}
	if bad := disjoint(p, cs, chains); bad != nil {
		return nil, bad, true
	}
	return zoneOrder(p, cs, chains), nil, true
}

// clusters groups the operations by value. Value 0 is the initial one.
func clusters(p *part, acts []act) (cs []cluster, bad *clash, fits bool) {
	values := int32(0)
	for _, a := range acts {
		values = max(values, a.a, a.b)
	}
	cs = make([]cluster, values+1)
	reads := make([]int32, len(cs)+1)
	for _, a := range acts {
		switch a.verb {
		case vRead:
			reads[a.a+1]++
		case vSwapFail:
			return nil, nil, false
		}
	}
	for v := range cs {
		cs[v] = cluster{writer: none, previous: none, next: none, first: never, last: -1}
	}
	cs[0].first = -1 // the initial value was written before everything
	if bad, fits := findWriters(p, acts, cs, observed(p, acts)); bad != nil || !fits {
		return nil, bad, fits
	}
	gatherReads(p, acts, cs, reads)
	return cs, lackingWriter(p, acts, cs), true
}

// observed returns which values were certainly observed, so that their writes
// have happened.
func observed(p *part, acts []act) []bool {
	values := int32(0)
	for _, a := range acts {
		values = max(values, a.a, a.b)
	}
	seen := make([]bool, values+1)
	uncertain := false
	for i, a := range acts {
		if a.verb == vRead || a.verb == vSwap && p.ret[i] != never {
			seen[a.a] = true
		}
		uncertain = uncertain || a.verb == vSwap && p.ret[i] == never
	}
	// A swap of unknown outcome whose new value was seen happened, and so has seen
	// the value it replaced: which may be the new value of another such swap.
	for again := uncertain; again; {
		again = false
		for i, a := range acts {
			if a.verb == vSwap && p.ret[i] == never && seen[a.b] && !seen[a.a] {
				seen[a.a], again = true, true
			}
		}
	}
	return seen
}

// findWriters finds for each value the operation that wrote it.
func findWriters(p *part, acts []act, cs []cluster, seen []bool) (bad *clash, fits bool) {
	for i, a := range acts {
		value := a.a
		if a.verb == vSwap {
			value = a.b
		} else if a.verb != vWrite {
			continue
		}
		if p.ret[i] == never && !seen[value] {
			continue // never observed: it may as well not have happened
		}
		c := &cs[value]
		if c.writer != none || value == 0 {
			return nil, false
		}
		c.writer = int32(i)
		c.add(p, int32(i))
		if a.verb == vSwap {
			if before := cs[a.a].next; before != none && bad == nil {
				// Not returned yet: a value written twice would excuse it.
				bad = &clash{class: ClassDoubleSwap, ops: []int32{cs[before].writer, int32(i)}, text: "both replaced the same written value, which the first of them took away"}
			}
			c.previous, cs[a.a].next = a.a, a.b
		}
	}
	return bad, true
}

func (c *cluster) add(p *part, op int32) {
	c.first, c.last = min(c.first, p.ret[op]), max(c.last, p.call[op])
}

// gatherReads fills in the reads of each cluster, in the order of their calls;
// start[v+1] holds the number of those of value v.
func gatherReads(p *part, acts []act, cs []cluster, start []int32) {
	for v := range cs {
		start[v+1] += start[v]
	}
	all := make([]int32, start[len(cs)])
	for v := range cs {
		cs[v].reads = all[start[v]:start[v]:start[v+1]]
	}
	for i, a := range acts {
		if a.verb == vRead {
			c := &cs[a.a]
			c.reads = append(c.reads, int32(i))
			c.add(p, int32(i))
		}
	}
}

// lackingWriter finds a value that was observed before or without being written.
func lackingWriter(p *part, acts []act, cs []cluster) *clash {
	for v := 1; v < len(cs); v++ {
		c := &cs[v]
		if c.writer == none {
			if len(c.reads) > 0 {
				return &clash{class: ClassPhantom, ops: c.reads[:1], text: "nobody wrote this value"}
			}
			if c.next != none {
				return &clash{class: ClassPhantom, ops: []int32{cs[c.next].writer}, text: "nobody wrote the value that it replaced"}
			}
			continue
		}
		for _, r := range c.reads {
			if p.ret[r] < p.call[c.writer] {
				return &clash{class: ClassFuture, ops: []int32{r, c.writer}, text: "the read returned before the write of its value was called"}
			}
		}
	}
	return nil
}

// A chain is a run of clusters that compare-and-sets tie together.
type chain struct {
	root        int32 // value of the first cluster
	first, last int32
	firstOp     int32 // the operation that returned at first, or none
	lastOp      int32 // the operation called at last, or none
}

// forward reports whether the chain's value was certainly current between two
// moments; otherwise all of the chain fits into one moment.
func (c *chain) forward() bool { return c.first < c.last }

// chainUp makes the chains and checks the order inside each.
func chainUp(p *part, cs []cluster) ([]chain, *clash) {
	chains := make([]chain, 0, len(cs))
	covered := 0
	for v := range cs {
		if cs[v].previous != none {
			continue
		}
		if v > 0 && cs[v].writer == none {
			covered++ // a value that was named only, in a swap that is left out
			continue
		}
		ch := chain{root: int32(v), first: cs[v].first, last: cs[v].last}
		latest := cs[v].last // latest call in the clusters so far
		for u := cs[v].next; u != none; u = cs[u].next {
			if cs[u].first < latest {
				a, b := extreme(p, cs, u, false), callAt(p, latest)
				return nil, &clash{class: ClassStale, ops: []int32{a, b}, text: "the second observed a value that the first, or one before it, had replaced"}
			}
			ch.first, ch.last = min(ch.first, cs[u].first), max(ch.last, cs[u].last)
			latest = max(latest, cs[u].last)
			covered++
		}
		covered++
		chains = append(chains, ch)
	}
	if covered < len(cs) {
		return nil, circularSwaps(cs, chains)
	}
	for i := range chains {
		ch := &chains[i]
		ch.firstOp, ch.lastOp = none, none
		if ch.first >= 0 && ch.first != never {
			ch.firstOp = p.events[ch.first] >> 1
		}
		if ch.last >= 0 {
			ch.lastOp = callAt(p, ch.last)
		}
	}
	return chains, nil
}

func callAt(p *part, rank int32) int32 { return p.events[rank] >> 1 }

// extreme returns the operation of value v that returned first, or was called last.
func extreme(p *part, cs []cluster, v int32, last bool) int32 {
	if last {
		return callAt(p, cs[v].last)
	}
	return p.events[cs[v].first] >> 1
}

// circularSwaps reports values that were each replaced by the next, round and round.
func circularSwaps(cs []cluster, chains []chain) *clash {
	reached := make([]bool, len(cs))
	for _, ch := range chains {
		for v := ch.root; v != none; v = cs[v].next {
			reached[v] = true
		}
	}
	for v := range cs {
		if !reached[v] && cs[v].previous != none {
			bad := &clash{class: ClassFuture, text: "each replaced the value that another of them wrote, in a circle"}
			for u := int32(v); ; {
				bad.ops = append(bad.ops, cs[u].writer)
				if u = cs[u].next; u == int32(v) {
					return bad
				}
			}
		}
	}
	return nil
}

// disjoint looks for two chains that must each come before the other.
func disjoint(p *part, cs []cluster, chains []chain) *clash {
	var zones []int32 // forward chains, by first
	for i := range chains {
		if chains[i].forward() {
			zones = append(zones, int32(i))
		}
	}
	slices.SortFunc(zones, func(a, b int32) int { return cmp.Compare(chains[a].first, chains[b].first) })
	for i := 1; i < len(zones); i++ {
		a, b := &chains[zones[i-1]], &chains[zones[i]]
		if b.first < a.last {
			return clashOf(p, cs, a, b)
		}
	}
	for i := range chains {
		b := &chains[i]
		if b.forward() {
			continue
		}
		at, _ := slices.BinarySearchFunc(zones, b.last, func(z, rank int32) int { return cmp.Compare(chains[z].first, rank) })
		if at > 0 && b.first < chains[zones[at-1]].last {
			return clashOf(p, cs, &chains[zones[at-1]], b)
		}
	}
	return nil
}

// clashOf tells why chains a and b must each come before the other: first(a) before
// last(b) and first(b) before last(a).
func clashOf(p *part, cs []cluster, a, b *chain) *clash {
	if b.last > a.last {
		a, b = b, a // the operation called last of all is the one to blame
	}
	bad := &clash{class: ClassStale, text: "the value that it observed had been replaced by then"}
	bad.edges = []tie{
		{a.firstOp, b.lastOp, EdgeBefore}, {b.lastOp, b.firstOp, EdgeSameValue},
		{b.firstOp, a.lastOp, EdgeBefore}, {a.lastOp, a.firstOp, EdgeSameValue},
	}
	bad.edges = slices.DeleteFunc(bad.edges, func(t tie) bool { return t.from == t.to })
	for _, op := range []int32{cs[a.root].writer, a.firstOp, cs[b.root].writer, b.lastOp, b.firstOp, a.lastOp} {
		if op != none && !slices.Contains(bad.ops, op) {
			bad.ops = append(bad.ops, op)
		}
	}
	if len(cs[b.root].reads) == 0 && cs[b.root].next == none {
		bad.class, bad.text = ClassLostWrite, "a completed write came between, and nobody ever observed it"
	}
	return bad
}

// zoneOrder puts the chains, which do not clash, in order.
func zoneOrder(p *part, cs []cluster, chains []chain) []int32 {
	type placed struct {
		chain int32
		at    int32
		back  bool
	}
	var zones []int32
	for i := range chains {
		if chains[i].forward() {
			zones = append(zones, int32(i))
		}
	}
	slices.SortFunc(zones, func(a, b int32) int { return cmp.Compare(chains[a].first, chains[b].first) })
	places := make([]placed, len(chains))
	for i := range chains {
		c := &chains[i]
		places[i] = placed{int32(i), c.last, false}
		if c.forward() {
			continue
		}
		// A backward zone takes its moment at last or, if that is inside a
		// forward zone, right after that zone.
		places[i].back = true
		at, _ := slices.BinarySearchFunc(zones, c.last, func(z, rank int32) int { return cmp.Compare(chains[z].first, rank) })
		if at > 0 && c.last < chains[zones[at-1]].last {
			places[i].at = chains[zones[at-1]].last
		}
	}
	slices.SortFunc(places, func(a, b placed) int {
		if c := cmp.Compare(a.at, b.at); c != 0 {
			return c
		}
		if a.back != b.back {
			if b.back {
				return -1
			}
			return 1
		}
		return cmp.Compare(chains[a.chain].last, chains[b.chain].last)
	})
	order := make([]int32, 0, p.len())
	for _, pl := range places {
		for v := chains[pl.chain].root; v != none; v = cs[v].next {
			if cs[v].writer != none {
				order = append(order, cs[v].writer)
			}
			order = append(order, cs[v].reads...)
		}
	}
	return order
}
