package checker

import (
	"cmp"
	"slices"
)

// priority decides a priority queue with unique values, the lowest priority first.
//
// What is less urgent never hinders what is more urgent. So values are placed in the
// order of their priority, each put as late and taken as early as it can be: the
// take at the first gap in which no more urgent value is present.
func priority(p *part, acts []act) (order []int32, bad *clash, fits bool) {
	c, bad, fits := collect(p, acts)
	if !fits || bad != nil {
		return nil, bad, fits
	}
	slices.SortStableFunc(c.entries, func(a, b entry) int { return cmp.Compare(a.priority, b.priority) })
	covered := newCover(c.end + 1)
	ops := make([]timed, 0, p.len())
	type gaps struct{ from, to int32 }
	var pending []gaps // of the values of equal priority, which do not hinder each other
	for i := range c.entries {
		e := &c.entries[i]
		if i > 0 && e.priority != c.entries[i-1].priority {
			for _, g := range pending {
				covered.add(g.from, g.to)
			}
			pending = pending[:0]
		}
		if e.take == none {
			ops = append(ops, timed{e.put, moment(e.putRet-1, momentBegin)})
			pending = append(pending, gaps{e.putRet, c.end + 1})
			continue
		}
		at := covered.next(e.takeCall)
		if at >= e.takeRet {
			return nil, jumped(&c, i), true
		}
		if at < e.putRet {
			ops = append(ops, timed{e.put, moment(at, momentEnd)}, timed{e.take, moment(at, momentEnd)})
			continue
		}
		ops = append(ops, timed{e.put, moment(e.putRet-1, momentBegin)}, timed{e.take, moment(at, momentEnd)})
		pending = append(pending, gaps{e.putRet, at})
	}
	for _, g := range pending {
		covered.add(g.from, g.to)
	}
	placed, bad := placeEmpties(p, &c, covered)
	if bad != nil {
		return nil, bad, true
	}
	return sortTimed(append(ops, placed...)), nil, true
}

// jumped names the more urgent values that were there all through the take of
// entry i, as far as their cores tell.
func jumped(c *collection, i int) *clash {
	e := &c.entries[i]
	bad := &clash{class: ClassReordered, ops: []int32{e.put, e.take}, text: "a more urgent value was present throughout"}
	for j := range c.entries[:i] {
		o := &c.entries[j]
		if o.priority < e.priority && o.putRet < e.takeRet && o.takeCall > e.takeCall {
			bad.ops = append(bad.ops, o.put)
			if o.take != none {
				bad.ops = append(bad.ops, o.take)
			}
		}
	}
	return bad
}
