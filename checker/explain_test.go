package checker

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// script builds operations from their calls and returns: each at its place in time.
func script(ops ...Operation[iop, ires]) []Operation[iop, ires] {
	for i := range ops {
		ops[i].ID, ops[i].Client = i, i
	}
	return ops
}

func at(call, ret uint64, in iop, out ires) Operation[iop, ires] {
	return Operation[iop, ires]{In: in, Out: out, Call: Stamp{Order: call}, Return: Stamp{Order: ret}}
}

func TestClasses(t *testing.T) {
	write := func(v int) iop { return iop{Kind: Write, Value: v} }
	read, take := iop{Kind: Read}, iop{Kind: Take}
	put := func(v int) iop { return iop{Kind: Put, Value: v, Priority: int64(v)} }
	val := func(v int) ires { return ires{v, true} }
	check := func(ops []Operation[iop, ires]) Result { return Check(Register(0), ops, Config{}) }
	for _, tt := range []struct {
		class Class
		r     Result
		left  []int
	}{
		{ClassStale, check(script(at(1, 2, write(1), ires{}), at(3, 4, write(2), ires{}), at(5, 6, read, val(2)), at(7, 8, read, val(1)))), []int{0, 1, 3}},
		{ClassLostWrite, check(script(at(1, 2, write(1), ires{}), at(3, 4, write(2), ires{}), at(7, 8, read, val(1)))), []int{0, 1, 2}},
		{ClassPhantom, check(script(at(1, 2, write(1), ires{}), at(3, 4, read, val(1)), at(7, 8, read, val(9)))), []int{2}},
		{ClassFuture, check(script(at(1, 2, write(1), ires{}), at(3, 4, read, val(5)), at(7, 8, write(5), ires{}))), []int{1, 2}},
		{ClassDoubleSwap, check(script(at(1, 2, write(1), ires{}), at(3, 6, iop{Kind: CAS, Old: 1, Value: 2}, val(0)), at(4, 7, iop{Kind: CAS, Old: 1, Value: 3}, val(0)))), []int{0, 1, 2}},
		{ClassDuplicate, Check(Queue[int](), script(at(1, 2, put(1), ires{}), at(3, 4, put(2), ires{}), at(5, 6, take, val(1)), at(7, 8, take, val(1))), Config{}), []int{0, 2, 3}},
		{ClassReordered, Check(Queue[int](), script(at(1, 2, put(1), ires{}), at(3, 4, put(2), ires{}), at(5, 6, take, val(2)), at(7, 8, take, val(1))), Config{}), []int{0, 1, 2, 3}},
		{ClassLostWrite, Check(Queue[int](), script(at(1, 2, put(1), ires{}), at(3, 4, put(2), ires{}), at(5, 6, take, val(2))), Config{}), []int{0, 1, 2}},
		{ClassFalseEmpty, Check(Stack[int](), script(at(1, 2, put(1), ires{}), at(3, 4, put(2), ires{}), at(5, 6, take, ires{})), Config{}), []int{0, 2}},
		{ClassReordered, Check(Stack[int](), script(at(1, 2, put(1), ires{}), at(3, 4, put(2), ires{}), at(5, 6, take, val(1)), at(7, 8, take, val(2))), Config{}), []int{0, 1, 2, 3}},
		{ClassReordered, Check(PriorityQueue[int](), script(at(1, 2, put(1), ires{}), at(3, 4, put(2), ires{}), at(5, 6, take, val(2)), at(7, 8, take, val(1))), Config{}), []int{0, 1, 2, 3}},
		{ClassDuplicate, Check(UniqueIDs[int](), script(at(1, 2, iop{Kind: NewID}, val(1)), at(3, 4, iop{Kind: NewID}, val(2)), at(5, 6, iop{Kind: NewID}, val(1))), Config{}), []int{0, 2}},
		{ClassStale, Check(Set[int](), script(at(1, 2, iop{Kind: Add, Value: 1}, val(0)), at(3, 4, iop{Kind: Remove, Value: 1}, val(0)), at(5, 6, iop{Kind: Contains, Value: 1}, val(0))), Config{}), []int{0, 1, 2}},
	} {
		e := Explain(tt.r)
		var left []int
		for _, o := range e.Ops {
			left = append(left, o.ID)
		}
		if e.Class != tt.class || !strings.HasPrefix(tt.r.String(), string(tt.class)) || !slices.Equal(left, tt.left) {
			t.Errorf("%s with operations %v, want %s with %v\n%s", e.Class, left, tt.class, tt.left, e)
		}
		text, err := e.JSON()
		if err != nil || !json.Valid(text) {
			t.Errorf("%s: JSON: %v", tt.class, err)
		}
	}
}

func TestMutualExclusionClass(t *testing.T) {
	op := func(order uint64, kind Kind, holder string, out LockResult) Operation[LockOp, LockResult] {
		return Operation[LockOp, LockResult]{ID: int(order), Client: int(order), In: LockOp{Kind: kind, Holder: holder}, Out: out,
			Call: Stamp{Order: 2 * order}, Return: Stamp{Order: 2*order + 1}}
	}
	r := Check(Lock(), []Operation[LockOp, LockResult]{
		op(0, Acquire, "a", LockResult{true, 1}), op(1, Acquire, "b", LockResult{OK: false}), op(2, Acquire, "b", LockResult{true, 2}),
	}, Config{})
	e := Explain(r)
	if e.Class != ClassMutex || len(e.Ops) != 2 || e.State != "held by a, token 1" {
		t.Errorf("%s", e)
	}
}

// TestCircle checks that the edges of a clash between clusters make a circle.
func TestCircle(t *testing.T) {
	ops := registerHistory(10, 2000, 5, true)
	e := Explain(Check(Register(0), ops, Config{}))
	if len(e.Edges) < 2 || len(e.Ops) > 6 {
		t.Fatalf("%s", e)
	}
	for i, d := range e.Edges {
		if next := e.Edges[(i+1)%len(e.Edges)]; d.To != next.From {
			t.Errorf("edge %d leads to #%d, the next begins at #%d\n%s", i, d.To, next.From, e)
		}
	}
}

func TestBudget(t *testing.T) {
	ops := registerHistory(10, 2000, 5, true)
	for _, b := range []Budget{{Steps: 5000}, {Bytes: 10_000}} {
		r := Check(Register(0), ops, Config{Budget: b, Use: BySearch})
		again := Check(Register(0), ops, Config{Budget: b, Use: BySearch})
		if r.Verdict != Unknown || r.Parts[0].Steps != again.Parts[0].Steps || r.Parts[0].Bytes != again.Parts[0].Bytes {
			t.Errorf("%+v: %s after %d and %d steps", b, r.Verdict, r.Parts[0].Steps, again.Parts[0].Steps)
		}
		var fake fakeT
		r.Require(&fake)
		if len(fake.errors) != 1 || !strings.Contains(fake.errors[0], "of 2000 operations put in order") || !strings.Contains(fake.errors[0], "what would help") {
			t.Errorf("an undecided history must fail the test and say how far it got: %q", fake.errors)
		}
	}
	if r := Check(Register(0), ops, Config{Budget: Budget{Steps: 1000}, Use: ByPorcupine}); r.Verdict != Unknown {
		t.Errorf("porcupine with 1000 steps: %s", r.Verdict)
	}
}

func TestHint(t *testing.T) {
	m := Sequential("counter", 0, func(s int, in string) (int, int) { return s + 1, s + 1 })
	m.Index = func(_ string, out *int) (uint64, bool) {
		if out == nil {
			return 0, false
		}
		return uint64(*out), true
	}
	var h History[string, int]
	for i := range 100 {
		h.Do(i%7, "next", func() (int, error) { return i + 1, nil })
	}
	if r := Linearizable(t, m, &h); r.Parts[0].Algorithm != ByHint || r.Parts[0].Steps != 0 {
		t.Errorf("decided by %s", r.Parts[0].Algorithm)
	}
	m.Index = func(string, *int) (uint64, bool) { return 3, true } // a system that knows nothing
	ops := h.Operations()
	slices.Reverse(ops)
	ops[0].Out, ops[1].Out = ops[1].Out, ops[0].Out
	if r := Check(m, ops, Config{}); r.Verdict != Illegal || r.Parts[0].Algorithm != BySearch {
		t.Errorf("%s by %s", r.Verdict, r.Parts[0].Algorithm)
	}
}

func TestChangedModel(t *testing.T) {
	m := Register(0)
	m.Step = func(s int, _ iop, _ *ires) (int, bool) { return s, true } // anything goes
	r := Check(m, script(at(1, 2, iop{Kind: Read}, ires{Value: 9})), Config{})
	if r.Verdict != Ok || r.Parts[0].Algorithm != BySearch {
		t.Errorf("a model with another Step was judged as a register: %s", r)
	}
}

func TestSameState(t *testing.T) {
	type state struct{ log []int }
	if err := SameState("b", state{[]int{1}}, state{[]int{1}}); err != nil {
		t.Error(err)
	}
	err := SameState("b", state{[]int{1, 2}}, state{[]int{1, 3}})
	if err == nil || !strings.Contains(err.Error(), "b differs") || !strings.Contains(err.Error(), "3,") {
		t.Errorf("%v", err)
	}
}
