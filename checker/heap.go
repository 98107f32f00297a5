package checker

import "slices"

// A pile is an immutable priority queue, a leftist heap (Crane 1972) with a hash
// that does not depend on the order of insertion.
type pile[V comparable] struct {
	root *pileNode[V]
	n    int
	hash uint64
}

type pileNode[V comparable] struct {
	left, right *pileNode[V]
	rank        int
	item        pileItem[V]
}

type pileItem[V comparable] struct {
	priority int64
	value    V
}

func (i pileItem[V]) hash() uint64 { return mix(uint64(i.priority)*seqBase ^ hashOf(i.value)) }

func (p pile[V]) insert(item pileItem[V]) pile[V] {
	node := &pileNode[V]{rank: 1, item: item}
	return pile[V]{meld(p.root, node), p.n + 1, p.hash + item.hash()}
}

// takeMin returns p without the item of value v, if that is among those with the
// lowest priority.
func (p pile[V]) takeMin(v V) (pile[V], bool) {
	root, tied := p.root, []pileItem[V](nil)
	for root != nil && root.item.priority == p.root.item.priority {
		item := root.item
		root = meld(root.left, root.right)
		if item.value == v {
			for _, t := range tied {
				root = meld(root, &pileNode[V]{rank: 1, item: t})
			}
			return pile[V]{root, p.n - 1, p.hash - item.hash()}, true
		}
		tied = append(tied, item)
	}
	return p, false
}

func meld[V comparable](a, b *pileNode[V]) *pileNode[V] {
	if a == nil {
		return b
	}
	if b == nil {
		return a
	}
	if b.item.priority < a.item.priority {
		a, b = b, a
	}
	left, right := a.left, meld(a.right, b)
	if left.depth() < right.depth() {
		left, right = right, left
	}
	return &pileNode[V]{left, right, right.depth() + 1, a.item}
}

func (n *pileNode[V]) depth() int {
	if n == nil {
		return 0
	}
	return n.rank
}

// items returns the items in an order that equal piles share.
func (p pile[V]) items() []pileItem[V] {
	out := make([]pileItem[V], 0, p.n)
	var walk func(*pileNode[V])
	walk = func(n *pileNode[V]) {
		if n != nil {
			out = append(out, n.item)
			walk(n.left)
			walk(n.right)
		}
	}
	walk(p.root)
	slices.SortStableFunc(out, func(a, b pileItem[V]) int {
		if a.priority != b.priority {
			if a.priority < b.priority {
				return -1
			}
			return 1
		}
		ha, hb := a.hash(), b.hash()
		switch {
		case ha < hb:
			return -1
		case ha > hb:
			return 1
		}
		return 0
	})
	return out
}

func (p pile[V]) equal(o pile[V]) bool {
	return p.n == o.n && p.hash == o.hash && (p.root == o.root || slices.Equal(p.items(), o.items()))
}
