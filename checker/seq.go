package checker

// A seq is an immutable sequence: the newest n values of a chain of nodes.
// It serves as list (push), stack (push, pop) and queue (push, popFront), each in
// constant or logarithmic time, so that states can be kept by the million.
type seq[V comparable] struct {
	top *seqNode[V]
	n   int
}

// A seqNode has, beside the node below it, a jump pointer far down the chain: a
// skew-binary list (Myers 1983), by which any depth is reached in O(log n).
type seqNode[V comparable] struct {
	below, jump *seqNode[V]
	depth       int
	hash        uint64 // of the chain from the bottom to here
	value       V
}

// seqBase is the base of the polynomial hash of sequences.
const seqBase = 0x9e3779b97f4a7c15

func (s seq[V]) push(v V) seq[V] {
	node := &seqNode[V]{below: s.top, depth: 1, value: v}
	var under uint64
	if top := s.top; top != nil {
		node.depth, under = top.depth+1, top.hash
		node.jump = top
		// Two jumps of equal length below are joined into one.
		if j := top.jump; j != nil && j.jump != nil && top.depth-j.depth == j.depth-j.jump.depth {
			node.jump = j.jump
		}
	}
	node.hash = under*seqBase + hashOf(v)
	return seq[V]{node, s.n + 1}
}

// pop returns s without its newest value, and that value. s must not be empty.
func (s seq[V]) pop() (seq[V], V) { return seq[V]{s.top.below, s.n - 1}, s.top.value }

// popFront returns s without its oldest value, and that value.
func (s seq[V]) popFront() (seq[V], V) {
	return seq[V]{s.top, s.n - 1}, s.top.at(s.top.depth - s.n + 1).value
}

// at returns the node at the given depth, at most n's own; nil for depth 0.
func (n *seqNode[V]) at(depth int) *seqNode[V] {
	for n != nil && n.depth > depth {
		if n.jump != nil && n.jump.depth >= depth {
			n = n.jump
		} else {
			n = n.below
		}
	}
	return n
}

func (s seq[V]) hash() uint64 {
	if s.n == 0 {
		return 0
	}
	h := s.top.hash
	if under := s.top.at(s.top.depth - s.n); under != nil {
		power, base := uint64(1), uint64(seqBase)
		for e := s.n; e > 0; e >>= 1 {
			if e&1 == 1 {
				power *= base
			}
			base *= base
		}
		h -= under.hash * power
	}
	return mix(h + uint64(s.n))
}

func (s seq[V]) equal(o seq[V]) bool {
	if s.n != o.n {
		return false
	}
	for a, b, left := s.top, o.top, s.n; left > 0 && a != b; left-- {
		if a.value != b.value {
			return false
		}
		a, b = a.below, b.below
	}
	return true
}

// values returns the sequence, oldest first.
func (s seq[V]) values() []V {
	out := make([]V, s.n)
	for i, node := s.n-1, s.top; i >= 0; i, node = i-1, node.below {
		out[i] = node.value
	}
	return out
}
