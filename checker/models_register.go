package checker

import "fmt"

// Register returns the model of one value that is read, written and compared
// and set ([Read], [Write], [CAS]), beginning with initial.
func Register[V comparable](initial V) Model[V, Op[V], OpResult[V]] {
	m := Model[V, Op[V], OpResult[V]]{
		Name: "register",
		Init: func() V { return initial },
		Step: func(s V, in Op[V], out *OpResult[V]) (V, bool) {
			switch in.Kind {
			case Read:
				return s, out == nil || out.Value == s
			case Write:
				return in.Value, true
			case CAS:
				if out != nil && out.OK != (s == in.Old) {
					return s, false
				}
				if s == in.Old {
					return in.Value, true
				}
				return s, true
			}
			return s, false
		},
		Hash:  hashOf[V],
		Reads: readsRegister[V],
		Answer: func(s V, in Op[V]) OpResult[V] {
			switch in.Kind {
			case CAS:
				return OpResult[V]{OK: s == in.Old}
			case Read:
				return OpResult[V]{Value: s}
			}
			return OpResult[V]{}
		},
		Describe: describeOp[V],
	}
	m.shape = &shape[Op[V], OpResult[V]]{famRegister, stepPointer(m.Step), func() func(*Op[V], *OpResult[V]) act {
		ids := interner[V]{initial: 0}
		return func(in *Op[V], out *OpResult[V]) act {
			switch in.Kind {
			case Read:
				if out == nil {
					return act{}
				}
				return act{verb: vRead, a: ids.id(out.Value)}
			case Write:
				return act{verb: vWrite, a: ids.id(in.Value)}
			}
			return swapAct(ids.id(in.Old), ids.id(in.Value), out == nil || out.OK)
		}
	}}
	return m
}

func readsRegister[V comparable](in Op[V], out *OpResult[V]) bool {
	return in.Kind == Read || in.Kind == CAS && (out != nil && !out.OK || in.Old == in.Value)
}

// swapAct is the act of a compare-and-set from a to b.
func swapAct(a, b int32, ok bool) act {
	switch {
	case !ok:
		return act{verb: vSwapFail, a: a}
	case a == b:
		return act{verb: vRead, a: a}
	}
	return act{verb: vSwap, a: a, b: b}
}

// KeyValue returns the model of a map from Op.Key to values, with [Read], [Write],
// [CAS] and [Delete]. Keys begin absent: a read of an absent key has
// OpResult.OK false, and a compare-and-set on it fails. Keys are checked apart.
//
// The state of one key is what a read of it would return.
func KeyValue[V comparable]() Model[OpResult[V], Op[V], OpResult[V]] {
	type cell = OpResult[V]
	m := Model[cell, Op[V], cell]{
		Name: "key-value store",
		Init: func() cell { return cell{} },
		Step: func(s cell, in Op[V], out *cell) (cell, bool) {
			switch in.Kind {
			case Read:
				return s, out == nil || out.OK == s.OK && (!s.OK || out.Value == s.Value)
			case Write:
				return cell{in.Value, true}, true
			case Delete:
				return cell{}, true
			case CAS:
				match := s.OK && s.Value == in.Old
				if out != nil && out.OK != match {
					return s, false
				}
				if match {
					return cell{in.Value, true}, true
				}
				return s, true
			}
			return s, false
		},
		Hash: func(s cell) uint64 {
			if !s.OK {
				return 0
			}
			return hashOf(s.Value)
		},
		Key:   func(in Op[V], _ *cell) any { return in.Key },
		Reads: readsRegister[V],
		Answer: func(s cell, in Op[V]) cell {
			switch in.Kind {
			case CAS:
				return cell{OK: s.OK && s.Value == in.Old}
			case Read:
				return s
			}
			return cell{}
		},
		Describe: func(in Op[V], out *cell) string {
			if in.Kind == Read && out != nil && !out.OK {
				return in.String() + " -> absent"
			}
			return describeOp(in, out)
		},
		DescribeState: func(s cell) string {
			if !s.OK {
				return "absent"
			}
			return fmt.Sprint(s.Value)
		},
	}
	m.shape = &shape[Op[V], cell]{famRegister, stepPointer(m.Step), func() func(*Op[V], *cell) act {
		ids := interner[cell]{cell{}: 0}
		return func(in *Op[V], out *cell) act {
			switch in.Kind {
			case Read:
				if out == nil {
					return act{}
				}
				if !out.OK {
					return act{verb: vRead}
				}
				return act{verb: vRead, a: ids.id(*out)}
			case Write:
				return act{verb: vWrite, a: ids.id(cell{in.Value, true})}
			case Delete:
				return act{verb: vWrite}
			}
			return swapAct(ids.id(cell{in.Old, true}), ids.id(cell{in.Value, true}), out == nil || out.OK)
		}
	}}
	return m
}
