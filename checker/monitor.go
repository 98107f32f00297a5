package checker

import (
	"reflect"
	"slices"
)

// A Monitor judges a history while it happens: it is told of each call and each
// return, and says at the first event with which the history is illegal. It keeps the
// ways in which the operations that are open now may have taken effect so far, and
// nothing of those that are over: its memory depends on how many operations
// are open at once, not on how many there were. An operation of unknown outcome
// stays open for ever.
//
// Its work grows exponentially with the number of operations open at once on one key, to which those
// of unknown outcome belong for ever; BenchmarkMonitor measures it (see the package
// documentation). What bounds it is the budget: for a [Budget] of zero, 300,000 steps and 16 MiB for each return, where comparing two
// configurations is a step too.
// Beyond that the monitor gives up on that key, and [Monitor.Verdict] is [Unknown]: check the whole
// history when it is over.
//
// Model.Key must not depend on the output. If the state after an operation does (the
// fencing tokens of a lock, equal priorities) and others overlapped it, the monitor
// gives up on that key as well. A Monitor is not safe for use by
// several goroutines at once.
type Monitor[S, In, Out any] struct {
	m       Model[S, In, Out]
	budget  Budget
	parts   map[any]*window[S, In, Out]
	open    map[int]*window[S, In, Out] // by ticket
	tickets int
	verdict Verdict
}

// NewMonitor returns a monitor for a history that begins now.
func NewMonitor[S, In, Out any](m Model[S, In, Out], c Config) (*Monitor[S, In, Out], error) {
	m, err := m.filled()
	if err != nil {
		return nil, err
	}
	b := c.Budget
	if b.Steps == 0 {
		b.Steps = 300_000
	}
	if b.Bytes == 0 {
		b.Bytes = 16 << 20
	}
	return &Monitor[S, In, Out]{m: m, budget: b, verdict: Ok,
		parts: map[any]*window[S, In, Out]{}, open: map[int]*window[S, In, Out]{}}, nil
}

// Verdict returns the verdict on what happened so far: Illegal at the latest at the
// event that made it so, Unknown if it might be illegal but the budget ran out.
func (o *Monitor[S, In, Out]) Verdict() Verdict { return o.verdict }

// Call says that an operation was called, and returns its ticket.
func (o *Monitor[S, In, Out]) Call(in In) (ticket int) {
	var key any
	if o.m.Key != nil {
		key = o.m.Key(in, nil)
	}
	w := o.parts[key]
	if w == nil {
		w = &window[S, In, Out]{m: &o.m, shown: map[int][]shown[S, Out]{}, configs: []config[S]{{state: o.m.Init()}}}
		o.parts[key] = w
	}
	o.tickets++
	o.open[o.tickets] = w
	w.call(o.tickets, in)
	return o.tickets
}

// Return says what became of an operation, and returns the verdict so far. out
// matters if the outcome is OutcomeOK only.
func (o *Monitor[S, In, Out]) Return(ticket int, out Out, outcome Outcome) Verdict {
	w := o.open[ticket]
	if w == nil {
		panic("checker: Monitor.Return with a ticket that is not open")
	}
	delete(o.open, ticket)
	defer delete(w.shown, ticket)
	if w.lost || o.verdict == Illegal {
		return o.verdict
	}
	at := slices.IndexFunc(w.ops, func(p pendingOp[In]) bool { return p.ticket == ticket })
	if o.m.Key != nil && outcome == OutcomeOK && o.m.Key(w.ops[at].in, &out) != o.m.Key(w.ops[at].in, nil) {
		w.lost = true
	} else {
		w.ret(at, &out, outcome, o.budget)
	}
	switch {
	case w.lost:
		o.verdict = Unknown
		w.configs, w.ops = nil, nil
	case len(w.configs) == 0:
		o.verdict = Illegal
	}
	return o.verdict
}

// A pendingOp is an operation that is open.
type pendingOp[In any] struct {
	ticket  int
	in      In
	reads   bool // it changes no state, whatever its output
	unknown bool // it will not return
}

// A window holds the open operations of one key and the ways in which they
// may have taken effect.
type window[S, In, Out any] struct {
	m       *Model[S, In, Out]
	ops     []pendingOp[In]
	configs []config[S]
	shown   map[int][]shown[S, Out] // by ticket
	lost    bool                    // the budget did not suffice
}

// A shown is an answer that an open operation may give, and the first state found
// in which it would. States that give one answer need not be told apart.
type shown[S, Out any] struct {
	answer Out
	in     S
}

// standIn returns the state to remember for an operation that took effect in s.
func (w *window[S, In, Out]) standIn(i int, s S) S {
	op := &w.ops[i]
	switch {
	case op.unknown:
		return w.m.Init() // nobody will ever ask
	case !w.m.answersAll():
		return s
	}
	answer := w.m.Answer(s, op.in)
	for _, before := range w.shown[op.ticket] {
		if reflect.DeepEqual(before.answer, answer) {
			return before.in
		}
	}
	w.shown[op.ticket] = append(w.shown[op.ticket], shown[S, Out]{answer, s})
	return s
}

// A config is one way in which the open operations may have taken effect so far.
type config[S any] struct {
	state S
	// marks has an entry for each open operation. Of one that changes the state it
	// is empty, or holds the state in which it took effect; of one that reads,
	// the states in which it may have.
	marks [][]S
}

func (w *window[S, In, Out]) call(ticket int, in In) {
	if w.lost {
		return
	}
	reads := w.m.Reads(in, nil)
	w.ops = append(w.ops, pendingOp[In]{ticket: ticket, in: in, reads: reads})
	for i := range w.configs {
		c := &w.configs[i]
		var mark []S
		if reads {
			mark = []S{c.state}
		}
		c.marks = append(slices.Clip(c.marks), mark)
	}
}

// ret takes in the return of the operation at index at.
func (w *window[S, In, Out]) ret(at int, out *Out, outcome Outcome, b Budget) {
	switch outcome {
	case OutcomeUnknown:
		if w.ops[at].reads {
			w.remove(at)
		} else {
			w.forget(at)
		}
		return
	case OutcomeFailed:
		w.configs = slices.DeleteFunc(w.configs, func(c config[S]) bool { return !w.ops[at].reads && len(c.marks[at]) > 0 })
		w.remove(at)
		return
	}
	rest := slices.Concat(w.ops[:at:at], w.ops[at+1:])
	kept, tried := newConfigSet(w.m, rest), newConfigSet(w.m, w.ops)
	steps := int64(0)
	for todo := w.configs; len(todo) > 0; {
		c := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if w.accepts(&c, at, out) {
			kept.add(config[S]{c.state, slices.Concat(c.marks[:at:at], c.marks[at+1:])})
			continue
		}
		if !w.ops[at].reads && len(c.marks[at]) > 0 {
			continue // it took effect with another output
		}
		for i := range w.ops {
			if w.ops[i].reads || len(c.marks[i]) > 0 {
				continue
			}
			var known *Out
			if i == at {
				known = out
			}
			steps++
			if state, ok := w.m.Step(c.state, w.ops[i].in, known); ok {
				if next := w.after(&c, i, state); tried.add(next) {
					todo = append(todo, next)
				}
			}
		}
		if w.lost || steps+kept.work+tried.work > b.Steps || int64(len(tried.all)+len(kept.all))*int64(64+32*len(w.ops)) > b.Bytes {
			w.lost = true
			return
		}
	}
	w.configs, w.ops = kept.all, rest
}

// forget makes the operation at index at one that will not return.
func (w *window[S, In, Out]) forget(at int) {
	w.ops[at].unknown = true
	set := newConfigSet(w.m, w.ops)
	for _, c := range w.configs {
		if len(c.marks[at]) > 0 {
			c.marks = slices.Clone(c.marks)
			c.marks[at] = []S{w.m.Init()}
		}
		set.add(c)
	}
	w.configs = set.all
}

// accepts reports whether the operation at index at took effect in c with this
// output.
func (w *window[S, In, Out]) accepts(c *config[S], at int, out *Out) bool {
	for _, s := range c.marks[at] {
		next, ok := w.m.Step(s, w.ops[at].in, out)
		if !ok {
			continue
		}
		if w.ops[at].reads {
			return true
		}
		// With this output it must have led to the state to which it was taken.
		assumed, ok := w.m.Step(s, w.ops[at].in, nil)
		if ok && w.m.Equal(next, assumed) {
			return true
		}
		w.lost = true // the effect depends on the output, so what was assumed meanwhile is worth nothing
	}
	return false
}

// after is c once the operation at index i took effect.
func (w *window[S, In, Out]) after(c *config[S], i int, state S) config[S] {
	next := config[S]{state, slices.Clone(c.marks)}
	next.marks[i] = []S{w.standIn(i, c.state)}
	for j := range w.ops {
		if w.ops[j].reads {
			next.marks[j] = w.withState(c.marks[j], state)
		}
	}
	return next
}

// withState adds a state to a set of states, which is kept in the order of their hashes.
func (w *window[S, In, Out]) withState(set []S, state S) []S {
	if slices.ContainsFunc(set, func(s S) bool { return w.m.Equal(s, state) }) {
		return set
	}
	h := w.m.Hash(state)
	at := slices.IndexFunc(set, func(s S) bool { return w.m.Hash(s) > h })
	if at < 0 {
		at = len(set)
	}
	return slices.Insert(slices.Clone(set), at, state)
}

func (w *window[S, In, Out]) remove(at int) {
	set := newConfigSet(w.m, slices.Concat(w.ops[:at:at], w.ops[at+1:]))
	for _, c := range w.configs {
		set.add(config[S]{c.state, slices.Concat(c.marks[:at:at], c.marks[at+1:])})
	}
	w.configs, w.ops = set.all, set.ops
}

// A configSet holds configurations, without those that another covers.
type configSet[S, In any] struct {
	all    []config[S]
	byHash map[uint64][]int
	work   int64 // comparisons made
	ops    []pendingOp[In]
	hash   func(S) uint64
	equal  func(a, b S) bool
}

func newConfigSet[S, In, Out any](m *Model[S, In, Out], ops []pendingOp[In]) *configSet[S, In] {
	return &configSet[S, In]{byHash: map[uint64][]int{}, ops: ops, hash: m.Hash, equal: m.Equal}
}

// add reports whether c was not covered yet.
func (t *configSet[S, In]) add(c config[S]) bool {
	h := t.hash(c.state)
	for i, mark := range c.marks {
		if !t.ops[i].reads && !t.ops[i].unknown {
			h = mix(h + uint64(len(mark)))
		}
	}
	for _, i := range t.byHash[h] {
		t.work++
		switch o := &t.all[i]; {
		case t.covers(o, &c):
			return false
		case t.covers(&c, o):
			*o = c
			return true
		}
	}
	t.byHash[h] = append(t.byHash[h], len(t.all))
	t.all = append(t.all, c)
	return true
}

// covers reports whether all that can still happen in b can happen in a: the states are the same, and so is
// what took effect, but for operations that will not return, which in a may yet
// take effect or never, and reads, which in a may have seen more.
func (t *configSet[S, In]) covers(a, b *config[S]) bool {
	if !t.equal(a.state, b.state) {
		return false
	}
	for i, op := range t.ops {
		x, y := a.marks[i], b.marks[i]
		switch {
		case op.unknown:
			if len(x) > len(y) {
				return false
			}
		case op.reads:
			for _, s := range y {
				if !slices.ContainsFunc(x, func(seen S) bool { return t.equal(seen, s) }) {
					return false
				}
			}
		case !slices.EqualFunc(x, y, t.equal):
			return false
		}
	}
	return true
}
