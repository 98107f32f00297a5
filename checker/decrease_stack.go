package checker

import (
	"cmp"
	"slices"
)

// lifo decides a stack with unique values.
//
// The times for which values are in a stack are nested or apart, never crossing.
// So of values whose cores hang together, by overlapping, one must lie below
// all others: put before the first core of the rest begins and taken after the last
// ends. Any value that can be is as good as any other, because the rest never
// needs to reach further out than its own cores do. Without it the rest falls apart
// into fewer or shorter groups.
func lifo(p *part, acts []act) (order []int32, bad *clash, fits bool) {
	c, bad, fits := collect(p, acts)
	if !fits || bad != nil {
		return nil, bad, fits
	}
	placed, bad := placeEmpties(p, &c, coverCores(&c))
	if bad != nil {
		return nil, bad, true
	}
	nested, bad := nest(&c)
	if bad != nil {
		return nil, bad, true
	}
	for i := range c.entries {
		if e := &c.entries[i]; !e.hasCore() {
			at := moment(e.takeCall, momentMiddle) // the later of the two calls
			placed = append(placed, timed{e.put, at}, timed{e.take, at})
		}
	}
	return sortTimed(append(nested, placed...)), nil, true
}

// A group is a run of gaps, from..to-1, covered by cores that hang together.
type group struct{ from, to int32 }

// nest finds moments for the values with a core.
func nest(c *collection) (ops []timed, bad *clash) {
	slices.SortFunc(c.entries, func(a, b entry) int { return cmp.Compare(a.putCall, b.putCall) })
	depth := newDepths(c.end + 1)
	bottoms := newBottoms(c.entries)
	for i := range c.entries {
		if e := &c.entries[i]; e.hasCore() {
			depth.add(e.putRet, e.takeCall, 1)
		}
	}
	type work struct {
		group
		take timed // to be put out, if the group is empty
	}
	var todo []work
	pushGroups := func(within group) {
		at := len(todo)
		for g := depth.first(within.from, within.to, true); g < within.to; {
			end := depth.first(g, within.to, false)
			todo = append(todo, work{group: group{g, end}})
			g = depth.first(end, within.to, true)
		}
		slices.Reverse(todo[at:])
	}
	pushGroups(group{0, c.end})
	for len(todo) > 0 {
		w := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if w.from == w.to {
			ops = append(ops, w.take)
			continue
		}
		i := bottoms.find(w.group)
		if i < 0 {
			return nil, crossing(c, bottoms, w.group)
		}
		e := &c.entries[i]
		bottoms.remove(i)
		depth.add(e.putRet, e.takeCall, -1)
		ops = append(ops, timed{e.put, moment(w.from-1, momentBegin)})
		if e.take != none {
			todo = append(todo, work{take: timed{e.take, moment(w.to, momentEnd)}})
		}
		pushGroups(w.group)
	}
	return ops, nil
}

// crossing explains why no value of the group can lie below the others.
func crossing(c *collection, left *bottoms, g group) *clash {
	bad := &clash{class: ClassReordered, text: "each of these values would have to be below another of them"}
	var first, last *entry // whose cores begin first and end last
	for i := range c.entries {
		e := &c.entries[i]
		if !left.has(int32(i)) || e.putRet < g.from || e.putRet >= g.to {
			continue
		}
		if first == nil || e.putRet < first.putRet {
			first = e
		}
		if last == nil || e.takeCall > last.takeCall {
			last = e
		}
	}
	for _, e := range []*entry{first, last} {
		bad.ops = append(bad.ops, e.put)
		if e.take != none {
			bad.ops = append(bad.ops, e.take)
		}
	}
	return bad
}

// bottoms is a tree over the entries, by the call of their put, that finds one
// that can lie below a whole group.
type bottoms struct {
	entries []entry
	size    int
	latest  []int32 // the latest return of a take below each node of the tree; -1 if there is none
}

func newBottoms(entries []entry) *bottoms {
	b := &bottoms{entries: entries, size: 1}
	for b.size < len(entries) {
		b.size *= 2
	}
	b.latest = make([]int32, 2*b.size)
	for i := range b.latest {
		b.latest[i] = -1
	}
	for i := range entries {
		if entries[i].hasCore() {
			b.latest[b.size+i] = entries[i].takeRet
		}
	}
	for i := b.size - 1; i > 0; i-- {
		b.latest[i] = max(b.latest[2*i], b.latest[2*i+1])
	}
	return b
}

func (b *bottoms) has(i int32) bool { return b.latest[b.size+int(i)] >= 0 }

func (b *bottoms) remove(i int32) {
	at := b.size + int(i)
	b.latest[at] = -1
	for at /= 2; at > 0; at /= 2 {
		b.latest[at] = max(b.latest[2*at], b.latest[2*at+1])
	}
}

// find returns an entry of the group that was put before the group begins and
// taken after it ends, as far as its put and take allow; -1 if there is none.
// Entries of other groups that it meets were open at one of the two ends of this one.
func (b *bottoms) find(g group) int32 {
	before, _ := slices.BinarySearchFunc(b.entries, g.from, func(e entry, rank int32) int { return cmp.Compare(e.putCall, rank) })
	return b.descend(1, 0, b.size, before, g)
}

func (b *bottoms) descend(node, lo, hi, before int, g group) int32 {
	if lo >= before || b.latest[node] <= g.to {
		return -1
	}
	if hi-lo == 1 {
		if e := &b.entries[lo]; e.putRet >= g.from && e.putRet < g.to {
			return int32(lo)
		}
		return -1
	}
	mid := (lo + hi) / 2
	if i := b.descend(2*node+1, mid, hi, before, g); i >= 0 {
		return i
	}
	return b.descend(2*node, lo, mid, before, g)
}

// depths counts cores over each gap: a tree in which ranges are added to and the
// next gap that is covered, or is not, is found, in logarithmic time.
type depths struct {
	size     int
	low, top []int32 // least and greatest count below each node, without what its ancestors add
	plus     []int32 // added to all below
}

func newDepths(gaps int32) *depths {
	d := &depths{size: 1}
	for d.size < int(gaps) {
		d.size *= 2
	}
	d.low, d.top, d.plus = make([]int32, 2*d.size), make([]int32, 2*d.size), make([]int32, 2*d.size)
	return d
}

// add adds by to the counts of gaps from..to-1.
func (d *depths) add(from, to, by int32) { d.addBelow(1, 0, d.size, int(from), int(to), by) }

func (d *depths) addBelow(node, lo, hi, from, to int, by int32) {
	if to <= lo || hi <= from {
		return
	}
	if from <= lo && hi <= to {
		d.low[node] += by
		d.top[node] += by
		d.plus[node] += by
		return
	}
	mid := (lo + hi) / 2
	d.addBelow(2*node, lo, mid, from, to, by)
	d.addBelow(2*node+1, mid, hi, from, to, by)
	d.low[node] = min(d.low[2*node], d.low[2*node+1]) + d.plus[node]
	d.top[node] = max(d.top[2*node], d.top[2*node+1]) + d.plus[node]
}

// first returns the first gap in from..to-1 that is covered (or is not), or to.
func (d *depths) first(from, to int32, covered bool) int32 {
	return int32(d.firstBelow(1, 0, d.size, int(from), int(to), 0, covered))
}

func (d *depths) firstBelow(node, lo, hi, from, to int, plus int32, covered bool) int {
	if hi <= from || to <= lo || covered && d.top[node]+plus == 0 || !covered && d.low[node]+plus > 0 {
		return to
	}
	if hi-lo == 1 {
		return lo
	}
	mid := (lo + hi) / 2
	plus += d.plus[node]
	if g := d.firstBelow(2*node, lo, mid, from, to, plus, covered); g < to {
		return g
	}
	return d.firstBelow(2*node+1, mid, hi, from, to, plus, covered)
}
