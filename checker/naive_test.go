package checker

import (
	"maps"
	"reflect"
	"slices"
)

// naive decides a history by trying every order that real time allows, with every
// choice of the operations of unknown outcome: the definition, and nothing else.
// Operations with IDs in optional need not have happened, whatever their output, as
// in explanations. It shares no code with the algorithms and forgets nothing it
// has tried, so it manages some twenty operations.
func naive[S, In, Out any](m Model[S, In, Out], ops []Operation[In, Out], optional ...int) bool {
	groups := map[any]*naivePart[S, In, Out]{}
	for _, o := range ops {
		if o.Outcome == OutcomeFailed {
			continue
		}
		op := naiveOp[In, Out]{in: o.In, call: o.Call.Order, ret: o.Return.Order, optional: true}
		if o.Outcome == OutcomeOK {
			op.out, op.optional = &o.Out, slices.Contains(optional, o.ID)
		}
		var key any
		if m.Key != nil {
			key = m.Key(op.in, op.out)
		}
		if groups[key] == nil {
			groups[key] = &naivePart[S, In, Out]{step: m.Step, tried: map[uint64][]S{}}
		}
		groups[key].ops = append(groups[key].ops, op)
	}
	for p := range maps.Values(groups) {
		if !p.legal(m.Init(), 0) {
			return false
		}
	}
	return true
}

type naiveOp[In, Out any] struct {
	in        In
	out       *Out
	call, ret uint64
	optional  bool
}

type naivePart[S, In, Out any] struct {
	ops   []naiveOp[In, Out]
	step  func(S, In, *Out) (S, bool)
	tried map[uint64][]S // by the set of operations done: the states that led nowhere
}

// legal reports whether the operations that are not done can follow in state s.
func (p *naivePart[S, In, Out]) legal(s S, done uint64) bool {
	if slices.ContainsFunc(p.tried[done], func(t S) bool { return reflect.DeepEqual(s, t) }) {
		return false
	}
	complete, next := true, uint64(1)<<63 // no operation may be called after next
	for i, o := range p.ops {
		if done>>i&1 == 0 && !o.optional {
			complete, next = false, min(next, o.ret)
		}
	}
	if complete {
		return true
	}
	for i, o := range p.ops {
		if done>>i&1 == 1 || o.call > next {
			continue
		}
		if after, ok := p.step(s, o.in, o.out); ok && p.legal(after, done|1<<i) {
			return true
		}
	}
	p.tried[done] = append(p.tried[done], s)
	return false
}
