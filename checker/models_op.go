package checker

import (
	"fmt"
	"strings"
)

// A Kind names what an operation of a ready model does.
type Kind string

// The kinds of operations of the ready models.
const (
	Read     Kind = "read"     // register, key-value, counter, log, bank
	Write    Kind = "write"    // register, key-value
	CAS      Kind = "cas"      // register, key-value: write Value if the value is Old
	Delete   Kind = "delete"   // key-value
	Add      Kind = "add"      // set, multiset, counter
	Remove   Kind = "remove"   // set, multiset
	Contains Kind = "contains" // set, multiset
	Put      Kind = "put"      // queue, stack, priority queue
	Take     Kind = "take"     // queue, stack, priority queue
	Append   Kind = "append"   // log
	Acquire  Kind = "acquire"  // lock, lease
	Renew    Kind = "renew"    // lease
	Release  Kind = "release"  // lock, lease
	NewID    Kind = "new id"   // unique ids
	Transfer Kind = "transfer" // bank
)

// An Op is the input of most ready models. Fields that the kind has no use for
// are left zero.
type Op[V comparable] struct {
	Kind     Kind   `json:"kind"`
	Key      string `json:"key,omitempty"`     // of a key-value store
	Value    V      `json:"value,omitzero"`    // what is written, added, put or looked for
	Old      V      `json:"old,omitzero"`      // of a compare-and-set: what Value replaces
	Priority int64  `json:"priority,omitzero"` // of a put into a priority queue: lower ones are taken first
}

// An OpResult is the output of most ready models.
type OpResult[V comparable] struct {
	// Value is what was read or taken.
	Value V `json:"value,omitzero"`
	// OK says that a key was found, a swap happened, an element was added,
	// removed or present, a collection was not empty. Writes and reads of a
	// register have no use for it.
	OK bool `json:"ok,omitzero"`
}

// String renders the input as a call.
func (o Op[V]) String() string {
	var args []string
	if o.Key != "" {
		args = append(args, o.Key)
	}
	switch o.Kind {
	case CAS:
		args = append(args, fmt.Sprintf("%v => %v", o.Old, o.Value))
	case Write, Add, Remove, Contains, Put, Append:
		args = append(args, fmt.Sprint(o.Value))
	}
	return string(o.Kind) + "(" + strings.Join(args, ", ") + ")"
}

func describeOp[V comparable](in Op[V], out *OpResult[V]) string {
	if out == nil {
		return in.String() + " -> ?"
	}
	switch in.Kind {
	case Write, Put, Delete:
		return in.String()
	case CAS, Add, Remove, Contains:
		return fmt.Sprintf("%v -> %v", in, out.OK)
	case Take:
		if !out.OK {
			return in.String() + " -> empty"
		}
	}
	return fmt.Sprintf("%v -> %v", in, out.Value)
}
