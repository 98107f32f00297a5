package checker

import (
	"slices"
	"sync/atomic"
)

// Watch checks a history while it is recorded and fails the test, by Fatalf, at
// the first event that makes it illegal: in a world that is the moment at which it
// stops. It must be called before the first operation. At the end of the test
// [Linearizable] still has to be called: a monitor may have given up.
//
// Fatalf is called on the goroutine whose operation returned.
func Watch[S, In, Out any](t T, m Model[S, In, Out], h *History[In, Out]) {
	t.Helper()
	monitor, err := NewMonitor(m, Config{})
	if err != nil {
		t.Fatalf("%v", err)
		return
	}
	tickets := map[*record[In, Out]]int{}
	w := new(watcher[In, Out])
	w.feed = func(e watched[In, Out]) bool {
		if !e.returned {
			tickets[e.of] = monitor.Call(e.of.op.In)
			return true
		}
		op := &e.of.op
		ticket := tickets[e.of]
		delete(tickets, e.of)
		if monitor.Return(ticket, op.Out, op.Outcome) != Illegal {
			return true
		}
		w.stopped.Store(true) // before Fatalf, which may end the goroutine
		t.Helper()
		t.Fatalf("the return of operation %d, %s, made the history illegal\n%s", op.ID, describeReturn(m, op), check(m, h.refs(), Config{}))
		return false
	}
	h.watch.Store(w)
}

func describeReturn[S, In, Out any](m Model[S, In, Out], op *Operation[In, Out]) string {
	if m.Describe == nil {
		return describeOperation(op.In, &op.Out)
	}
	return m.Describe(op.In, &op.Out)
}

// A watcher passes the events of a history on, one at a time and in their order,
// without a lock: events are linked in by compare-and-swap, and whoever finds
// nobody at work hands on all that have come.
type watcher[In, Out any] struct {
	head    atomic.Pointer[watched[In, Out]]
	busy    atomic.Bool
	stopped atomic.Bool
	feed    func(watched[In, Out]) (more bool)
}

// A watched is a call or a return.
type watched[In, Out any] struct {
	before   *watched[In, Out]
	of       *record[In, Out]
	returned bool
}

func (w *watcher[In, Out]) called(r *record[In, Out]) { w.push(&watched[In, Out]{of: r}) }
func (w *watcher[In, Out]) returned(r *record[In, Out]) {
	w.push(&watched[In, Out]{of: r, returned: true})
}

func (w *watcher[In, Out]) push(e *watched[In, Out]) {
	if w.stopped.Load() {
		return
	}
	for {
		e.before = w.head.Load()
		if w.head.CompareAndSwap(e.before, e) {
			break
		}
	}
	for w.head.Load() != nil && w.busy.CompareAndSwap(false, true) {
		var events []watched[In, Out]
		for e := w.head.Swap(nil); e != nil; e = e.before {
			events = append(events, *e)
		}
		slices.Reverse(events)
		for _, e := range events {
			if !w.feed(e) {
				return
			}
		}
		w.busy.Store(false)
	}
}
