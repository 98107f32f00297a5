package checker

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// A Class names what kind of thing went wrong.
type Class string

// The classes of violations of linearizability and of the levels below it.
const (
	ClassStale      Class = "stale read"           // a value was observed after it had been replaced
	ClassLostWrite  Class = "lost write"           // a completed write that nobody ever observed
	ClassPhantom    Class = "phantom value"        // a value that nobody wrote
	ClassFuture     Class = "read from the future" // a value observed before it was written
	ClassDuplicate  Class = "duplicate delivery"   // one value, delivered twice
	ClassReordered  Class = "wrong order"          // a queue, stack or priority queue out of order
	ClassFalseEmpty Class = "false empty"          // nothing found where something was
	ClassDoubleSwap Class = "double compare-and-set"
	ClassMutex      Class = "broken mutual exclusion"
	ClassImpossible Class = "impossible result" // none of the above
)

// An EdgeKind says why one operation must come before another, or be next to it.
type EdgeKind string

// The kinds of edges.
const (
	EdgeBefore    EdgeKind = "returned before the call of"
	EdgeSameValue EdgeKind = "is about the same value as"
	EdgeObserves  EdgeKind = "did not observe"
	EdgeReadsFrom EdgeKind = "was read by"
	EdgeSession   EdgeKind = "came earlier in the session of"
)

// An Edge connects two operations, by their IDs.
type Edge struct {
	From int      `json:"from"`
	To   int      `json:"to"`
	Kind EdgeKind `json:"kind"`
}

// An ExplainedOp is an operation of a minimal sub-history.
type ExplainedOp struct {
	ID     int    `json:"id"`
	Client int    `json:"client"`
	Text   string `json:"text"`
	Call   Stamp  `json:"call"`
	Return Stamp  `json:"return"`
	// Optional is set for operations that need not have taken effect: their
	// outcome is unknown, or the rest is a contradiction either way.
	Optional bool `json:"optional,omitempty"`
}

// A Candidate is an operation that could have come next, and why it could not.
type Candidate struct {
	ID  int    `json:"id"`
	Why string `json:"why"`
}

// An Explanation says why a history is illegal, by a sub-history that is illegal
// on its own and as small as the shrinker could make it. Each step of the
// shrinking is sound: had the whole history been legal, so would this be.
type Explanation struct {
	Verdict   Verdict       `json:"verdict"`
	Class     Class         `json:"class,omitempty"`
	Summary   string        `json:"summary"` // one line, beginning with the class
	Model     string        `json:"model"`
	Key       string        `json:"key,omitempty"`
	Algorithm Algorithm     `json:"algorithm,omitempty"`
	Of        int           `json:"of"` // operations in the part that this was shrunk from
	Ops       []ExplainedOp `json:"ops,omitempty"`
	// Edges contradict each other; if they make a circle, they are in its order.
	Edges []Edge `json:"edges,omitempty"`
	// Order is the longest order that works (all of it, if the verdict is Ok),
	// State the state after it, and Candidates what came next.
	Order      []int       `json:"order,omitempty"`
	State      string      `json:"state,omitempty"`
	Candidates []Candidate `json:"candidates,omitempty"`
	// Meets says what weaker levels the whole history still meets. It is nil if they were not judged: the verdict is not
	// Illegal, or there are more than 10,000 operations, for which [Strongest] can be asked.
	Meets *Strength `json:"meets,omitempty"`
}

// Explain returns the reasons of a verdict.
func Explain(r Result) *Explanation {
	if r.explain == nil {
		e := &Explanation{Verdict: r.Verdict, Model: r.Model, Summary: string(r.Verdict)}
		if r.Err != nil {
			e.Summary = r.Err.Error()
		}
		return e
	}
	return r.explain()
}

// JSON returns the explanation for programs: viewers, reports.
func (e *Explanation) JSON() ([]byte, error) { return json.MarshalIndent(e, "", "  ") }

// String returns the explanation as text. Its first line names the class.
func (e *Explanation) String() string {
	var b strings.Builder
	b.WriteString(e.Summary)
	if len(e.Ops) == 0 {
		return b.String()
	}
	fmt.Fprintf(&b, "\n\n%d of %d operations on %s are a contradiction by themselves:\n", len(e.Ops), e.Of, e.where())
	texts := map[int]string{}
	for i := range e.Ops {
		o := &e.Ops[i]
		texts[o.ID] = fmt.Sprintf("#%d %s", o.ID, o.Text)
		span := fmt.Sprintf("[%d, %d]", o.Call.Order, o.Return.Order)
		if o.Optional {
			span = fmt.Sprintf("[%d, …", o.Call.Order)
		}
		fmt.Fprintf(&b, "  %-18s client %-3d #%-6d %s\n", span, o.Client, o.ID, o.Text)
	}
	if len(e.Edges) > 0 {
		b.WriteString("because\n")
		for _, d := range e.Edges {
			fmt.Fprintf(&b, "  %s %s %s\n", texts[d.From], d.Kind, texts[d.To])
		}
	}
	if len(e.Candidates) > 0 {
		fmt.Fprintf(&b, "after %s the state is %s, and\n", e.orderText(), e.State)
		for _, c := range e.Candidates {
			fmt.Fprintf(&b, "  %s cannot come next: %s\n", texts[c.ID], c.Why)
		}
	}
	if e.Meets != nil {
		fmt.Fprintf(&b, "the strongest level that the history meets: %s\n", e.Meets)
	}
	return strings.TrimRight(b.String(), "\n")
}

func (e *Explanation) where() string {
	if e.Key == "" {
		return "the " + e.Model
	}
	return fmt.Sprintf("key %s of the %s", e.Key, e.Model)
}

func (e *Explanation) orderText() string {
	if len(e.Order) == 0 {
		return "nothing at all"
	}
	parts := make([]string, len(e.Order))
	for i, id := range e.Order {
		parts[i] = fmt.Sprintf("#%d", id)
	}
	return strings.Join(parts, ", ")
}

// levelsUpTo is the length up to which an explanation says what level an illegal
// history still meets, and levelsBudget the budget of finding out: an explanation is to take less than a second.
const levelsUpTo = 10_000

var levelsBudget = Budget{Steps: 200_000, Bytes: 64 << 20}

// explain makes the explanation of r.
func (j *job[S, In, Out]) explain(r *Result) *Explanation {
	e := &Explanation{Verdict: r.Verdict, Model: r.Model}
	for i := range r.Parts {
		pr := &r.Parts[i]
		if pr.Verdict != r.Verdict || r.Verdict == Ok {
			continue
		}
		e.Key, e.Algorithm, e.Of = pr.Key, pr.Algorithm, pr.Operations
		if r.Verdict == Unknown {
			e.Summary = r.String()
			return e
		}
		j.explainPart(j.parts[i], pr, e)
		if r.Operations <= levelsUpTo {
			weaker := *j
			weaker.c.Budget = levelsBudget
			meets := weaker.strongestBelow()
			e.Meets = &meets
		}
		return e
	}
	e.Summary = r.String()
	if len(r.Parts) == 1 {
		e.Order, e.Algorithm, e.Of = r.Parts[0].Order, r.Parts[0].Algorithm, r.Operations
	}
	return e
}

// explainPart fills e with the reasons why part p is illegal.
func (j *job[S, In, Out]) explainPart(p *part, pr *PartResult, e *Explanation) {
	sub := newShrinker(j, p).shrink(pr.bad)
	small := sub.part()
	s := newSearch(&j.m, small, j.ops)
	s.keepBest = true
	s.run(j.c.Budget, nil)
	for i, op := range small.ops {
		o := j.ops[op]
		e.Ops = append(e.Ops, ExplainedOp{ID: o.ID, Client: o.Client, Text: j.describe(o), Call: o.Call, Return: o.Return,
			Optional: small.ret[i] == never})
	}
	// The class is told by the whole part: small ones lack who else wrote or
	// observed a value. A clash that the shrinker dropped, for another, is not what is shown.
	bad, culprit := pr.bad, int32(none)
	if bad != nil {
		last := slices.Max(bad.ops) // the operation called last
		if bad.class == ClassFuture {
			last = bad.ops[0]
		}
		culprit = p.ops[last]
	}
	if !slices.Contains(small.ops, culprit) {
		culprit = small.ops[stuckAt(small, s.best)]
		bad = j.guess(p, culprit)
	}
	e.Class = bad.class
	e.Summary = fmt.Sprintf("%s on %s: %s: %s", e.Class, e.where(), j.describe(j.ops[culprit]), bad.text)
	if circle := j.clashIn(small); circle != nil {
		e.Edges = j.edges(small, circle)
	} else {
		e.Edges = j.edges(small, new(clash))
	}
	j.candidates(small, s.best, e)
}

func (j *job[S, In, Out]) describe(o *Operation[In, Out]) string {
	return j.m.Describe(o.In, o.known())
}

// clashIn returns what the family's algorithm has against a small part.
func (j *job[S, In, Out]) clashIn(p *part) *clash {
	if j.m.shape == nil {
		return nil
	}
	_, bad, fits, exact := decideFamily(j.m.shape.family, p, j.acts(p))
	if !fits || exact == forLegal {
		return nil
	}
	return bad
}

func (j *job[S, In, Out]) edges(p *part, bad *clash) []Edge {
	var edges []Edge
	for _, t := range bad.edges {
		if t.from != none && t.to != none {
			edges = append(edges, Edge{j.ops[p.ops[t.from]].ID, j.ops[p.ops[t.to]].ID, t.kind})
		}
	}
	if len(edges) > 0 {
		return edges
	}
	// Without a circle at hand: who certainly came before whom, without what
	// follows from the rest.
	for a := range p.call {
		for b := range p.call {
			if p.ret[a] < p.call[b] && !p.between(a, b) {
				edges = append(edges, Edge{j.ops[p.ops[a]].ID, j.ops[p.ops[b]].ID, EdgeBefore})
			}
		}
	}
	return edges
}

// between reports whether some operation comes after a and before b.
func (p *part) between(a, b int) bool {
	for c := range p.call {
		if p.ret[a] < p.call[c] && p.ret[c] < p.call[b] {
			return true
		}
	}
	return false
}

// candidates replays the longest order and asks the model about each operation
// that could come next.
func (j *job[S, In, Out]) candidates(p *part, order []int32, e *Explanation) {
	state, done := j.m.Init(), make([]bool, p.len())
	for _, op := range order {
		state, _ = j.m.Step(state, j.ops[p.ops[op]].In, j.outOf(p, op))
		done[op] = true
	}
	e.Order, e.State = j.ids(p, order), j.m.DescribeState(state)
	for op := range int32(p.len()) {
		if done[op] {
			continue
		}
		o := j.ops[p.ops[op]]
		wait := int32(none)
		for other := range int32(p.len()) {
			if !done[other] && p.ret[other] < p.call[op] {
				wait = other
				break
			}
		}
		if wait != none {
			e.Candidates = append(e.Candidates, Candidate{o.ID, fmt.Sprintf("#%d returned before it was called", j.ops[p.ops[wait]].ID)})
			continue
		}
		e.Candidates = append(e.Candidates, Candidate{o.ID, j.refusal(state, o, j.outOf(p, op))})
	}
}

func (j *job[S, In, Out]) outOf(p *part, op int32) *Out {
	return j.ops[p.ops[op]].known()
}

// refusal says why o cannot take effect in the given state.
func (j *job[S, In, Out]) refusal(state S, o *Operation[In, Out], out *Out) string {
	if _, ok := j.m.Step(state, o.In, out); ok {
		return "the model allows it, but then those that are left cannot follow"
	}
	if j.m.Answer == nil || out == nil {
		return "the model refuses it in this state"
	}
	answer := j.m.Answer(state, o.In)
	return fmt.Sprintf("it would have been %s", j.m.Describe(o.In, &answer))
}
