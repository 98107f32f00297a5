package checker

import (
	"slices"
	"sync/atomic"
	"time"

	"github.com/terrella-go/terrella/internal/checkerclock"
)

// A Stamp says when an operation was called or returned.
type Stamp struct {
	// Order decides which of two stamps is earlier. Equal orders are ties:
	// neither event is known to have come first.
	Order uint64 `json:"order"`
	// Step is the scheduling step of the world, for display; 0 outside.
	Step uint64 `json:"step,omitzero"`
	// At is the time since the start of the world or of the recording.
	At time.Duration `json:"at,omitzero"`
}

// An Operation is one call that a client made and what became of it.
type Operation[In, Out any] struct {
	ID      int // unique in its history
	Client  int // has one operation open at a time
	In      In
	Out     Out     // meaningful if Outcome is OutcomeOK
	Outcome Outcome // the zero value is OutcomeOK
	Err     string  // the text of the error, if there was one
	Call    Stamp   // when the client asked
	// Return is when the client stopped waiting. An operation of unknown
	// outcome may still take effect after it.
	Return Stamp
	// Pending is set for an operation that never returned to its client: its
	// outcome is unknown and Return is meaningless.
	Pending bool
}

// known returns the output, nil if it is not known.
func (o *Operation[In, Out]) known() *Out {
	if o.Outcome == OutcomeOK {
		return &o.Out
	}
	return nil
}

// A History records the operations of many clients. The zero value is an empty
// history, ready for use by any number of goroutines at once.
//
// Recording takes no lock: an operation is linked in by compare-and-swap when it
// is called and marked complete by one atomic store when it returned, so
// a goroutine killed at any point leaves nothing locked; its operation stays
// pending, which is what it is.
//
// Stamps come from a counter of the history's own, so that the order is exactly
// the order in which calls and returns happened. Inside a world the step and the
// virtual time are recorded beside it. With Clock set, its numbers are the order.
type History[In, Out any] struct {
	// Clock, if it is set before the first operation, supplies the order and
	// time of each stamp. Equal orders are ties, and operations that touch at
	// a tie are concurrent.
	Clock func() (order uint64, at time.Duration)

	head  atomic.Pointer[record[In, Out]]
	ids   atomic.Int64
	order atomic.Uint64
	watch atomic.Pointer[watcher[In, Out]]
}

// A record is an operation of a history and the link to the one before it.
type record[In, Out any] struct {
	next *record[In, Out]
	op   Operation[In, Out]
	done atomic.Bool // set once op is complete; until then Out, Return and so on are being written
}

// Do calls f as an operation of the given client, with input in, records it
// and returns what f returned.
//
// If f returns an error the outcome is unknown, unless the error was made by
// [Failed]. If f panics or its goroutine ends, the operation stays pending.
//
// A client is one sequence of operations: two goroutines may not use the same
// number at once.
func (h *History[In, Out]) Do(client int, in In, f func() (Out, error)) (Out, error) {
	r := &record[In, Out]{op: Operation[In, Out]{ID: int(h.ids.Add(1) - 1), Client: client, In: in}}
	w := h.watch.Load()
	r.op.Call = h.stamp()
	h.push(r)
	if w != nil {
		w.called(r)
	}
	var call uint64
	if checkerclock.Record != nil {
		call = checkerclock.Record.Called(h, r.op.ID, client, in)
	}
	out, err := f()
	r.op.Return = h.stamp()
	r.op.Out, r.op.Outcome = out, outcomeOf(err)
	if err != nil {
		r.op.Err = err.Error()
	}
	r.done.Store(true)
	if checkerclock.Record != nil {
		checkerclock.Record.Returned(call, r.op.ID, r.op.Outcome.String(), out, r.op.Err)
	}
	if w != nil {
		w.returned(r)
	}
	return out, err
}

// Add appends an operation that was recorded elsewhere. Its ID is kept.
func (h *History[In, Out]) Add(op Operation[In, Out]) {
	r := &record[In, Out]{op: op}
	r.done.Store(true)
	h.ids.Add(1)
	h.push(r)
}

func (h *History[In, Out]) push(r *record[In, Out]) {
	for {
		r.next = h.head.Load()
		if h.head.CompareAndSwap(r.next, r) {
			return
		}
	}
}

func (h *History[In, Out]) stamp() Stamp {
	if h.Clock != nil {
		order, at := h.Clock()
		return Stamp{Order: order, At: at}
	}
	s := Stamp{Order: h.order.Add(1)}
	if world := checkerclock.World; world != nil {
		if step, at, ok := world(); ok {
			s.Step, s.At = step, at
		}
	}
	return s
}

// Len returns the number of operations called so far.
func (h *History[In, Out]) Len() int { return int(h.ids.Load()) }

// Operations returns the operations recorded so far, in the order in which they
// were recorded. Those that have not returned are pending.
func (h *History[In, Out]) Operations() []Operation[In, Out] {
	refs := h.refs()
	ops := make([]Operation[In, Out], len(refs))
	for i, op := range refs {
		ops[i] = *op
	}
	return ops
}

// refs returns the operations without copying those that are complete.
func (h *History[In, Out]) refs() []*Operation[In, Out] {
	refs := make([]*Operation[In, Out], 0, h.Len())
	for r := h.head.Load(); r != nil; r = r.next {
		if r.done.Load() {
			refs = append(refs, &r.op)
			continue
		}
		refs = append(refs, &Operation[In, Out]{
			ID: r.op.ID, Client: r.op.Client, In: r.op.In, Call: r.op.Call,
			Outcome: OutcomeUnknown, Pending: true,
		})
	}
	slices.Reverse(refs)
	return refs
}
