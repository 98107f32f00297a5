package checker

// Set returns the model of a set with [Add] (OK if the element was new),
// [Remove] (OK if it was there) and [Contains]. Elements are independent: the
// state is whether one element is there.
func Set[V comparable]() Model[bool, Op[V], OpResult[V]] {
	m := Model[bool, Op[V], OpResult[V]]{
		Name: "set",
		Init: func() bool { return false },
		Step: func(s bool, in Op[V], out *OpResult[V]) (bool, bool) {
			switch in.Kind {
			case Add:
				return true, out == nil || out.OK == !s
			case Remove:
				return false, out == nil || out.OK == s
			case Contains:
				return s, out == nil || out.OK == s
			}
			return s, false
		},
		Key: func(in Op[V], _ *OpResult[V]) any { return in.Value },
		Reads: func(in Op[V], out *OpResult[V]) bool {
			return in.Kind == Contains || out != nil && !out.OK
		},
		Answer:   func(s bool, in Op[V]) OpResult[V] { return OpResult[V]{OK: s != (in.Kind == Add)} },
		Describe: describeOp[V],
		DescribeState: func(s bool) string {
			if s {
				return "present"
			}
			return "absent"
		},
	}
	m.shape = &shape[Op[V], OpResult[V]]{famElement, stepPointer(m.Step), func() func(*Op[V], *OpResult[V]) act { return elementAct[V] }}
	return m
}

// elementAct translates an operation on one element of a set.
func elementAct[V comparable](in *Op[V], out *OpResult[V]) act {
	switch {
	case in.Kind == Add && (out == nil || out.OK):
		return act{verb: vPut}
	case in.Kind == Remove && (out == nil || out.OK):
		return act{verb: vTake}
	case out == nil:
		return act{}
	case in.Kind == Add || in.Kind == Contains && out.OK:
		return act{verb: vSeen}
	}
	return act{verb: vUnseen}
}

// Multiset returns the model of a multiset: [Add] always adds one more, [Remove]
// takes one away (OK if there was one), [Contains] asks whether any is
// left. The state is how many there are of one element.
func Multiset[V comparable]() Model[int, Op[V], OpResult[V]] {
	return Model[int, Op[V], OpResult[V]]{
		Name: "multiset",
		Init: func() int { return 0 },
		Step: func(s int, in Op[V], out *OpResult[V]) (int, bool) {
			switch in.Kind {
			case Add:
				return s + 1, true
			case Remove:
				return max(s-1, 0), out == nil || out.OK == (s > 0)
			case Contains:
				return s, out == nil || out.OK == (s > 0)
			}
			return s, false
		},
		Key: func(in Op[V], _ *OpResult[V]) any { return in.Value },
		Reads: func(in Op[V], out *OpResult[V]) bool {
			return in.Kind == Contains || in.Kind == Remove && out != nil && !out.OK
		},
		Answer:   func(s int, in Op[V]) OpResult[V] { return OpResult[V]{OK: in.Kind == Add || s > 0} },
		Describe: describeOp[V],
	}
}

// A List is the state of [Queue] and [Stack]: an immutable sequence of values.
type List[V comparable] struct{ seq seq[V] }

// Values returns the values, oldest first.
func (l List[V]) Values() []V { return l.seq.values() }

// Queue returns the model of a first-in, first-out queue: [Put] and [Take], whose
// OpResult.OK is false if it found the queue empty.
func Queue[V comparable]() Model[List[V], Op[V], OpResult[V]] {
	return sequenceModel("queue", famQueue, seq[V].popFront)
}

// Stack returns the model of a last-in, first-out stack: [Put] and [Take], whose
// OpResult.OK is false if it found the stack empty.
func Stack[V comparable]() Model[List[V], Op[V], OpResult[V]] {
	return sequenceModel("stack", famStack, seq[V].pop)
}

func sequenceModel[V comparable](name string, f family, take func(seq[V]) (seq[V], V)) Model[List[V], Op[V], OpResult[V]] {
	m := Model[List[V], Op[V], OpResult[V]]{
		Name: name,
		Init: func() List[V] { return List[V]{} },
		Step: func(s List[V], in Op[V], out *OpResult[V]) (List[V], bool) {
			switch {
			case in.Kind == Put:
				return List[V]{s.seq.push(in.Value)}, true
			case in.Kind != Take:
				return s, false
			case s.seq.n == 0:
				return s, out == nil || !out.OK
			}
			rest, v := take(s.seq)
			return List[V]{rest}, out == nil || out.OK && out.Value == v
		},
		Equal: func(a, b List[V]) bool { return a.seq.equal(b.seq) },
		Hash:  func(s List[V]) uint64 { return s.seq.hash() },
		Reads: readsCollection[V],
		Answer: func(s List[V], in Op[V]) OpResult[V] {
			if in.Kind == Put || s.seq.n == 0 {
				return OpResult[V]{}
			}
			_, v := take(s.seq)
			return OpResult[V]{v, true}
		},
		Describe:      describeOp[V],
		DescribeState: func(s List[V]) string { return describeList(s.Values()) },
	}
	m.shape = collectionShape[V](f, stepPointer(m.Step))
	return m
}

func readsCollection[V comparable](in Op[V], out *OpResult[V]) bool {
	return in.Kind == Take && out != nil && !out.OK
}

// A Heap is the state of [PriorityQueue]: an immutable priority queue.
type Heap[V comparable] struct{ pile pile[V] }

// PriorityQueue returns the model of a queue from which [Take] removes a value of
// the lowest Op.Priority, any of them if several are equal.
func PriorityQueue[V comparable]() Model[Heap[V], Op[V], OpResult[V]] {
	m := Model[Heap[V], Op[V], OpResult[V]]{
		Name: "priority queue",
		Init: func() Heap[V] { return Heap[V]{} },
		Step: func(s Heap[V], in Op[V], out *OpResult[V]) (Heap[V], bool) {
			switch {
			case in.Kind == Put:
				return Heap[V]{s.pile.insert(pileItem[V]{in.Priority, in.Value})}, true
			case in.Kind != Take:
				return s, false
			case s.pile.n == 0:
				return s, out == nil || !out.OK
			case out != nil && !out.OK:
				return s, false
			}
			taken := s.pile.root.item.value
			if out != nil {
				taken = out.Value
			}
			rest, ok := s.pile.takeMin(taken)
			return Heap[V]{rest}, ok
		},
		Equal: func(a, b Heap[V]) bool { return a.pile.equal(b.pile) },
		Hash:  func(s Heap[V]) uint64 { return s.pile.hash },
		Reads: readsCollection[V],
		Answer: func(s Heap[V], in Op[V]) OpResult[V] {
			if in.Kind == Put || s.pile.n == 0 {
				return OpResult[V]{}
			}
			return OpResult[V]{s.pile.root.item.value, true}
		},
		Describe: describeOp[V],
		DescribeState: func(s Heap[V]) string {
			values := make([]V, 0, s.pile.n)
			for _, item := range s.pile.items() {
				values = append(values, item.value)
			}
			return describeList(values)
		},
	}
	m.shape = collectionShape[V](famPriority, stepPointer(m.Step))
	return m
}

// collectionShape is the shape of the models with Put and Take.
func collectionShape[V comparable](f family, step uintptr) *shape[Op[V], OpResult[V]] {
	return &shape[Op[V], OpResult[V]]{f, step, func() func(*Op[V], *OpResult[V]) act {
		ids := interner[V]{}
		return func(in *Op[V], out *OpResult[V]) act {
			switch {
			case in.Kind == Put:
				return act{verb: vPut, a: ids.id(in.Value), priority: in.Priority}
			case out == nil:
				return act{verb: vTakeAny}
			case !out.OK:
				return act{verb: vTakeEmpty}
			}
			return act{verb: vTake, a: ids.id(out.Value)}
		}
	}}
}
