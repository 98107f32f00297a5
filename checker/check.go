package checker

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/terrella-go/terrella/internal/checkerclock"
)

// A T is a test: a *testing.T, a *testing.B, a world.
type T interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// A Verdict is the result of a check.
type Verdict string

// The verdicts.
const (
	Ok      Verdict = "Ok"      // the history meets the specification
	Illegal Verdict = "Illegal" // it does not
	Unknown Verdict = "Unknown" // the budget ran out, or the history is malformed
)

// An Algorithm names the way in which a part of a history was decided.
type Algorithm string

// The algorithms.
const (
	ByZones     Algorithm = "zones"              // registers and keys with unique values, O(n log n)
	ByDecrease  Algorithm = "decrease"           // collections with unique values, O(n log n)
	ByDistinct  Algorithm = "distinct"           // unique identifiers, O(n)
	ByHint      Algorithm = "hint"               // replay of the system's own order, O(n log n)
	BySearch    Algorithm = "search"             // the general search
	ByPorcupine Algorithm = "porcupine's search" // only if asked for
	ByPrograms  Algorithm = "program order"      // search without real time, for weaker levels
)

// A Budget bounds the work on each part of a history. It counts what is the same
// on every machine, so the verdict is too; there is no time-out.
type Budget struct {
	// Steps is the number of calls of Model.Step; 0 means 50,000,000.
	Steps int64
	// Bytes bounds the memory for remembered configurations; 0 means 512 MiB.
	// What a state points to is not counted.
	Bytes int64
}

func (b Budget) filled() Budget {
	if b.Steps == 0 {
		b.Steps = 50_000_000
	}
	if b.Bytes == 0 {
		b.Bytes = 512 << 20
	}
	return b
}

// A Config says how to check. The zero value is the usual way.
type Config struct {
	Budget Budget
	// Use names the algorithm for parts that could be decided in several ways:
	// [BySearch] or [ByPorcupine]. Empty means the fastest that applies.
	Use Algorithm
}

// A Result is a verdict, how it was reached, and what it rests on.
type Result struct {
	Verdict    Verdict
	Model      string
	Level      Level // what was checked
	Operations int
	Parts      []PartResult // in the order of their first operations
	// Err is set if the history was malformed; the verdict is Unknown then.
	Err error

	explain func() *Explanation
}

// A PartResult is the verdict on one independent part of a history.
type PartResult struct {
	Key        string // empty if the model has no keys
	Verdict    Verdict
	Algorithm  Algorithm
	Operations int
	Open       int   // the most operations of known outcome that were open at once
	Uncertain  int   // operations of unknown outcome
	Steps      int64 // of the budget
	Bytes      int64 // of the budget
	Linearized int   // how many operations the search could put in order
	// Order holds the IDs of the operations in the order found, for Ok. It was
	// checked against the model, apart from the algorithm that found it.
	Order []int

	bad *clash
}

// Linearizable checks that the history is linearizable: that each operation
// took effect at one moment between its call and its return, as the model allows.
// If it is not, or if the budget of [Config]'s zero value does not suffice, it
// fails the test and says why.
func Linearizable[S, In, Out any](t T, m Model[S, In, Out], h *History[In, Out]) Result {
	t.Helper()
	r := check(m, h.refs(), Config{})
	if checkerclock.Record != nil {
		checkerclock.Record.Judged(h, r.reasons)
	}
	r.Require(t)
	return r
}

// reasons returns the operations that contradict each other, and others in an order that works.
func (r Result) reasons() (suspects, order []int) {
	e := Explain(r)
	if r.Verdict == Illegal {
		for i := range e.Ops {
			suspects = append(suspects, e.Ops[i].ID)
		}
	}
	return suspects, e.Order
}

// Check checks that the operations are linearizable, with a configuration.
func Check[S, In, Out any](m Model[S, In, Out], ops []Operation[In, Out], c Config) Result {
	return check(m, refsTo(ops), c)
}

func refsTo[In, Out any](ops []Operation[In, Out]) []*Operation[In, Out] {
	refs := make([]*Operation[In, Out], len(ops))
	for i := range ops {
		refs[i] = &ops[i]
	}
	return refs
}

// Require fails the test unless the verdict is [Ok].
func (r Result) Require(t T) {
	t.Helper()
	if r.Verdict != Ok {
		t.Errorf("%s", r)
	}
}

// Algorithms returns the algorithms that decided, without repetition.
func (r Result) Algorithms() []Algorithm {
	var all []Algorithm
	for i := range r.Parts {
		all = append(all, r.Parts[i].Algorithm)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// String returns one line for Ok, and for other verdicts the reasons.
func (r Result) String() string {
	switch {
	case r.Err != nil:
		return fmt.Sprintf("%s: malformed history: %v", r.Verdict, r.Err)
	case r.Verdict == Ok:
		names := make([]string, 0, 2)
		for _, a := range r.Algorithms() {
			names = append(names, string(a))
		}
		return fmt.Sprintf("Ok: %d operations on a %s are %s, in %d parts, by %s",
			r.Operations, r.Model, r.Level, len(r.Parts), strings.Join(names, ", "))
	case r.Verdict == Illegal:
		return Explain(r).String()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Unknown: the budget did not suffice to decide whether %d operations on a %s are %s\n", r.Operations, r.Model, r.Level)
	for i := range r.Parts {
		if p := &r.Parts[i]; p.Verdict == Unknown {
			b.WriteString(p.undecided())
		}
	}
	return strings.TrimRight(b.String(), "\n")
}

// undecided says how far the search came and what would help.
func (p *PartResult) undecided() string {
	var b strings.Builder
	name := "the history"
	if p.Key != "" {
		name = "key " + p.Key
	}
	fmt.Fprintf(&b, "  %s: %d of %d operations put in order after %d steps and %d MiB; up to %d were open at once, %d have an unknown outcome\n",
		name, p.Linearized, p.Operations, p.Steps, p.Bytes>>20, p.Open, p.Uncertain)
	var advice []string
	if p.Uncertain > 8 {
		advice = append(advice, "mark errors that certainly did nothing with checker.Failed")
	}
	if p.Open > 8 {
		advice = append(advice, "use fewer clients for each key")
	}
	advice = append(advice, "write values that are all different", "set Model.Key, Model.Reads or Model.Index", "raise Config.Budget")
	fmt.Fprintf(&b, "    what would help: %s\n", strings.Join(advice, "; "))
	return b.String()
}

// check is Check without the copy.
func check[S, In, Out any](m Model[S, In, Out], ops []*Operation[In, Out], c Config) Result {
	j, err := newJob(m, ops, c)
	if err != nil {
		return Result{Verdict: Unknown, Model: m.Name, Level: LinearizableLevel, Operations: len(ops), Err: err}
	}
	return j.run()
}

// A job is a check under way.
type job[S, In, Out any] struct {
	m     Model[S, In, Out]
	ops   []*Operation[In, Out]
	c     Config
	parts []*part
	keys  []string
}

func newJob[S, In, Out any](m Model[S, In, Out], ops []*Operation[In, Out], c Config) (*job[S, In, Out], error) {
	m, err := m.filled()
	if err != nil {
		return nil, err
	}
	if err := validate(ops); err != nil {
		return nil, err
	}
	c.Budget = c.Budget.filled()
	j := &job[S, In, Out]{m: m, ops: ops, c: c}
	j.partition(func(i int) any {
		if m.Key == nil {
			return nil
		}
		return m.Key(ops[i].In, ops[i].known())
	})
	return j, nil
}

// partition splits the history by the keys of the operations. Operations that
// failed, and reads of unknown outcome, are in no part.
func (j *job[S, In, Out]) partition(keyOfOp func(i int) any) {
	j.keys = nil
	spans := make([]span, len(j.ops))
	keyOf := make([]int32, len(j.ops))
	for i, o := range j.ops {
		spans[i] = span{o.Call.Order, o.Return.Order, o.Outcome == OutcomeUnknown}
	}
	numbers := map[any]int32{}
	events := sortEvents(spans)
	for _, e := range events {
		if e&1 == 1 {
			continue
		}
		o := j.ops[e>>1]
		out := o.known()
		if o.Outcome == OutcomeFailed || out == nil && j.m.Reads(o.In, nil) {
			keyOf[e>>1] = -1
			continue
		}
		key := keyOfOp(int(e >> 1))
		number, ok := numbers[key]
		if !ok {
			number = int32(len(numbers))
			numbers[key] = number
			name := ""
			if key != nil {
				name = fmt.Sprint(key)
			}
			j.keys = append(j.keys, name)
		}
		keyOf[e>>1] = number
	}
	j.parts = split(events, keyOf, len(j.keys))
}

// firstRound is the budget of steps with which each part is tried at first, and
// roundGrowth by how much it grows while parts remain undecided and none is illegal.
// One illegal part settles the history, and the hard parts are not always those.
// Searches go on where they were as long as all that wait take less than roundBytes,
// else they begin anew.
const (
	firstRound  = 1 << 11
	roundGrowth = 8
	roundBytes  = 64 << 20
)

func (j *job[S, In, Out]) run() Result {
	r := Result{Verdict: Unknown, Model: j.m.Name, Level: LinearizableLevel, Operations: len(j.ops), Parts: make([]PartResult, len(j.parts))}
	for i := range r.Parts {
		r.Parts[i].Verdict = Unknown
		r.Parts[i].Key, r.Parts[i].Operations = j.keys[i], j.parts[i].len()
	}
	paused := make([]*search[S, In, Out], len(j.parts))
	for steps := int64(firstRound); r.Verdict == Unknown; steps *= roundGrowth {
		if len(j.parts) == 1 {
			steps = j.c.Budget.Steps
		}
		r.Verdict = j.round(r.Parts, paused, Budget{min(steps, j.c.Budget.Steps), j.c.Budget.Bytes}, steps > firstRound)
		if steps >= j.c.Budget.Steps {
			break
		}
	}
	r.explain = func() *Explanation { return j.explain(&r) }
	return r
}

// round tries to decide the parts that are undecided yet; the later rounds end at
// the first illegal one. What it leaves in parts does not depend on how many
// are judged at the same time: parts beyond the first illegal one of a later round stay as they were.
func (j *job[S, In, Out]) round(parts []PartResult, paused []*search[S, In, Out], b Budget, later bool) Verdict {
	results, searches := slices.Clone(parts), slices.Clone(paused)
	illegal := atomic.Int64{} // the first part known to be
	illegal.Store(math.MaxInt64)
	each(len(parts), j.workers(), func(i int) {
		if parts[i].Verdict != Unknown || int64(i) > illegal.Load() {
			return
		}
		over := func() bool { return int64(i) > illegal.Load() }
		results[i], searches[i] = j.resume(j.parts[i], paused[i], b, over)
		if results[i].Verdict != Illegal || !later {
			return
		}
		for {
			first := illegal.Load()
			if int64(i) >= first || illegal.CompareAndSwap(first, int64(i)) {
				return
			}
		}
	})
	verdict, held := Ok, int64(0)
	for i, p := range j.parts {
		if parts[i].Verdict == Unknown {
			parts[i], paused[i] = results[i], searches[i]
			parts[i].Key, parts[i].Operations = j.keys[i], p.len()
			if held += parts[i].Bytes; held > roundBytes {
				held -= parts[i].Bytes
				paused[i] = nil
			}
		}
		switch {
		case parts[i].Verdict == Illegal && later:
			return Illegal
		case parts[i].Verdict == Illegal:
			verdict = Illegal
		case parts[i].Verdict == Unknown && verdict == Ok:
			verdict = Unknown
		}
	}
	return verdict
}

// ids translates an order of a part's operations into IDs.
func (j *job[S, In, Out]) ids(p *part, order []int32) []int {
	ids := make([]int, len(order))
	for i, op := range order {
		ids[i] = j.ops[p.ops[op]].ID
	}
	return ids
}

// hinted returns the operations in the order of Model.Index, if all of known
// outcome have one.
func (j *job[S, In, Out]) hinted(p *part) (order []int32, ok bool) {
	if j.m.Index == nil {
		return nil, false
	}
	type at struct {
		index uint64
		read  bool
		op    int32
	}
	places := make([]at, 0, p.len())
	for i := range int32(p.len()) {
		o := j.ops[p.ops[i]]
		out := o.known()
		index, known := j.m.Index(o.In, out)
		switch {
		case known:
			places = append(places, at{index, j.m.Reads(o.In, out), i})
		case out != nil:
			return nil, false
		}
	}
	slices.SortFunc(places, func(a, b at) int {
		if c := cmp.Compare(a.index, b.index); c != 0 {
			return c
		}
		if a.read != b.read {
			if b.read {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.op, b.op)
	})
	for _, pl := range places {
		order = append(order, pl.op)
	}
	return order, true
}
