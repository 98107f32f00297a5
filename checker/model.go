package checker

import (
	"fmt"
	"reflect"
)

// A Model is the sequential specification of an object: what it would do if its
// operations came one at a time. Init and Step are required; the other
// fields make checking faster and explanations better.
//
// S is the state. States are values: Step returns a new one and leaves the old
// as it was, because the checker goes back to it. So the functions depend on their
// arguments alone, and the parts of a long history call them from several goroutines at
// the same time, except in a world.
type Model[S, In, Out any] struct {
	// Name is the name of the object in reports.
	Name string

	// Init returns the initial state, of one key if Key is set.
	Init func() S

	// Step reports whether the object in state s may answer in with *out, and
	// the state after it. A nil out stands for an unknown output: Step then
	// reports the state after the operation took effect.
	Step func(s S, in In, out *Out) (S, bool)

	// Equal compares states; nil means == for comparable types and
	// [reflect.DeepEqual] for others.
	Equal func(a, b S) bool

	// Hash returns equal numbers for equal states; nil means a hash over the
	// whole value if Equal is nil too, else no hash, which is slow.
	Hash func(s S) uint64

	// Key says which independent part of the object an operation uses: each
	// key is checked on its own. Keys must be comparable. Nil means one part.
	Key func(in In, out *Out) any

	// Reads reports whether an operation with this output leaves every state
	// as it was. Such operations never make the search branch, and may be
	// left out of explanations.
	Reads func(in In, out *Out) bool

	// Index returns the position at which the system itself says the operation
	// took effect, a commit index for instance. Reads may share the index of the
	// write that they follow. If all completed operations have one, replaying
	// them in that order is tried first; a wrong hint costs time, no more.
	Index func(in In, out *Out) (index uint64, ok bool)

	// Answer returns what the object in state s answers to in, for
	// explanations.
	Answer func(s S, in In) Out

	// Describe renders an operation; out is nil if the output is unknown.
	Describe func(in In, out *Out) string

	// DescribeState renders a state.
	DescribeState func(s S) string

	shape *shape[In, Out]
}

// Sequential makes a model from an ordinary sequential implementation: apply
// returns the state after an operation and what the operation returns.
func Sequential[S, In any, Out comparable](name string, init S, apply func(s S, in In) (S, Out)) Model[S, In, Out] {
	return Model[S, In, Out]{
		Name: name,
		Init: func() S { return init },
		Step: func(s S, in In, out *Out) (S, bool) {
			next, got := apply(s, in)
			return next, out == nil || *out == got
		},
		Answer: func(s S, in In) Out {
			_, out := apply(s, in)
			return out
		},
	}
}

// filled returns m with defaults for the fields that have one.
func (m Model[S, In, Out]) filled() (Model[S, In, Out], error) {
	if m.Init == nil || m.Step == nil {
		return m, fmt.Errorf("checker: model %q lacks Init or Step", m.Name)
	}
	if m.Name == "" {
		m.Name = reflect.TypeFor[S]().String()
	}
	if m.Equal == nil {
		if reflect.TypeFor[S]().Comparable() && reflect.TypeFor[S]().Kind() != reflect.Interface {
			m.Equal = func(a, b S) bool { return any(a) == any(b) }
		} else {
			m.Equal = func(a, b S) bool { return reflect.DeepEqual(a, b) }
		}
		if m.Hash == nil {
			m.Hash = hashOf[S]
		}
	}
	if m.Hash == nil {
		m.Hash = func(S) uint64 { return 0 }
	}
	if m.Reads == nil {
		m.Reads = func(In, *Out) bool { return false }
	}
	if m.Describe == nil {
		m.Describe = describeOperation[In, Out]
	}
	if m.DescribeState == nil {
		m.DescribeState = func(s S) string { return fmt.Sprintf("%v", s) }
	}
	if m.shape != nil && m.shape.step != stepPointer(m.Step) {
		// The caller has put a step function of its own into a ready model:
		// what was known of the model's shape no longer holds.
		m.shape = nil
	}
	return m, nil
}

// answersAll reports whether Answer returns the only output that a state allows.
func (m *Model[S, In, Out]) answersAll() bool {
	if m.shape == nil || m.Answer == nil {
		return false
	}
	switch m.shape.family {
	case famRegister, famElement, famQueue, famStack:
		return true
	}
	return false
}

func describeOperation[In, Out any](in In, out *Out) string {
	if out == nil {
		return fmt.Sprintf("%v -> ?", in)
	}
	return fmt.Sprintf("%v -> %v", in, *out)
}

func stepPointer(step any) uintptr { return reflect.ValueOf(step).Pointer() }

// A family is a kind of object for which an algorithm better than search is known.
type family uint8

const (
	famNone family = iota
	famRegister
	famElement // one element of a set
	famQueue
	famStack
	famPriority
	famUnique
)

// A shape tells the fast algorithms what the operations of a ready model mean.
type shape[In, Out any] struct {
	family family
	step   uintptr // of the Step function that the shape speaks of
	// reader returns a function that translates operations. Values become
	// small numbers, 0 being the initial value of a register; equal values
	// get equal numbers as long as one reader is used.
	reader func() func(in *In, out *Out) act
}

// A verb is what an operation did, as far as its output says.
type verb uint8

const (
	vNone      verb = iota // nothing that matters
	vRead                  // observed value a
	vWrite                 // wrote value a
	vSwap                  // replaced value a by value b
	vSwapFail              // observed that the value was not a
	vPut                   // put value a into a collection
	vTake                  // took value a from it
	vTakeEmpty             // found it empty
	vTakeAny               // took something, or found it empty: outcome unknown
	vSeen                  // observed that the element was there
	vUnseen                // observed that it was not
)

// An act is an operation in the terms of its family.
type act struct {
	verb     verb
	a, b     int32
	priority int64
}

// An interner numbers values in the order of their first appearance.
type interner[V comparable] map[V]int32

func (n interner[V]) id(v V) int32 {
	id, ok := n[v]
	if !ok {
		id = int32(len(n))
		n[v] = id
	}
	return id
}
