package checker

import (
	"maps"
	"testing"
	"time"

	"github.com/terrella-go/terrella/internal/prng"
)

type (
	iop  = Op[int]
	ires = OpResult[int]
)

// answered is the right behaviour of a model that has Answer and takes its own answers.
func answered[S, In, Out any](m Model[S, In, Out]) func(S, In) (S, Out) {
	return func(s S, in In) (S, Out) {
		out := m.Answer(s, in)
		next, _ := m.Step(s, in, &out)
		return next, out
	}
}

func anyResult(values int) func(*prng.Stream, iop) ires {
	return func(r *prng.Stream, _ iop) ires { return ires{r.IntN(values), r.Chance(1, 2)} }
}

// pick makes inputs of the given kinds; value gives the value of the nth operation.
func pick(value func(r *prng.Stream, n int) int, kinds ...Kind) func(*prng.Stream, int) iop {
	return func(r *prng.Stream, n int) iop {
		k := kinds[r.IntN(len(kinds))]
		in := iop{Kind: k, Value: value(r, n)}
		switch k {
		case Read, Take:
			in.Value = 0
		case CAS:
			in.Old = value(r, max(n-1, 0))
		}
		return in
	}
}

func unique(_ *prng.Stream, n int) int     { return n + 1 }
func few(r *prng.Stream, _ int) int        { return r.IntN(3) }
func recent(r *prng.Stream, n int) int     { return r.IntN(n+1) + 1 }
func named(r *prng.Stream, in iop) iop     { in.Key = string('a' + rune(r.IntN(2))); return in }
func urgency(r *prng.Stream, in iop) iop   { in.Priority = int64(in.Value * 7 % 5); return in }
func urgentTie(_ *prng.Stream, in iop) iop { in.Priority = int64(in.Value % 2); return in }

func with(in func(*prng.Stream, int) iop, more func(*prng.Stream, iop) iop) func(*prng.Stream, int) iop {
	return func(r *prng.Stream, n int) iop { return more(r, in(r, n)) }
}

func renamed[S, In, Out any](m Model[S, In, Out], name string) Model[S, In, Out] {
	m.Name += ", " + name
	return m
}

func agreeOp[S any](t *testing.T, m Model[S, iop, ires], in func(*prng.Stream, int) iop) {
	rc := recipe[S, iop, ires]{m, in, anyResult(7), answered(m), false}
	rc.agree(t)
}

func TestAgreeRegister(t *testing.T) {
	agreeOp(t, renamed(Register(0), "unique values"), pick(unique, Read, Read, Write))
	agreeOp(t, renamed(Register(0), "few values"), pick(few, Read, Read, Write))
	agreeOp(t, renamed(Register(0), "compare-and-set, unique"), func(r *prng.Stream, n int) iop {
		in := pick(unique, Read, Read, Write, CAS, CAS)(r, n)
		if in.Kind == CAS {
			in.Old = r.IntN(n + 1)
		}
		return in
	})
	agreeOp(t, renamed(Register(0), "compare-and-set, few"), pick(few, Read, Write, CAS))
	agreeOp(t, renamed(KeyValue[int](), "unique values"), with(pick(unique, Read, Write, Write, CAS), named))
	agreeOp(t, renamed(KeyValue[int](), "few values"), with(pick(few, Read, Write, CAS, Delete), named))
}

func TestAgreeCollections(t *testing.T) {
	agreeOp(t, renamed(Set[int](), "few values"), pick(few, Add, Remove, Contains))
	agreeOp(t, renamed(Set[int](), "one value"), pick(func(*prng.Stream, int) int { return 1 }, Add, Remove, Contains, Contains))
	agreeOp(t, Multiset[int](), pick(few, Add, Remove, Contains))
	agreeOp(t, renamed(Queue[int](), "unique values"), pick(unique, Put, Take))
	agreeOp(t, renamed(Queue[int](), "few values"), pick(few, Put, Take))
	agreeOp(t, renamed(Stack[int](), "unique values"), pick(unique, Put, Take))
	agreeOp(t, renamed(Stack[int](), "few values"), pick(few, Put, Take))
	agreeOp(t, renamed(PriorityQueue[int](), "unique values"), with(pick(unique, Put, Take), urgency))
	agreeOp(t, renamed(PriorityQueue[int](), "equal priorities"), with(pick(unique, Put, Take), urgentTie))
	agreeOp(t, renamed(PriorityQueue[int](), "few values"), with(pick(few, Put, Take), urgency))
}

func TestAgreeCounter(t *testing.T) {
	m := Counter(0)
	rc := recipe[int64, Op[int64], OpResult[int64]]{
		model: m,
		in: func(r *prng.Stream, _ int) Op[int64] {
			if r.Chance(1, 2) {
				return Op[int64]{Kind: Read}
			}
			return Op[int64]{Kind: Add, Value: int64(r.IntN(4)) - 1}
		},
		out: func(r *prng.Stream, _ Op[int64]) OpResult[int64] {
			return OpResult[int64]{int64(r.IntN(4)), r.Chance(1, 2)}
		},
		right: answered(m),
	}
	rc.agree(t)
}

func TestAgreeLog(t *testing.T) {
	m := Log[int]()
	rc := recipe[List[int], iop, LogResult[int]]{
		model: m, in: pick(recent, Read, Append, Append),
		out: func(r *prng.Stream, in iop) LogResult[int] {
			if in.Kind == Append {
				return LogResult[int]{Index: r.IntN(4)}
			}
			return LogResult[int]{Values: make([]int, r.IntN(2))}
		},
		right: answered(m),
	}
	rc.agree(t)
}

func lockInput(kinds ...Kind) func(*prng.Stream, int) LockOp {
	return func(r *prng.Stream, _ int) LockOp {
		return LockOp{Kind: kinds[r.IntN(len(kinds))], Holder: string('a' + rune(r.IntN(3)))}
	}
}

func TestAgreeLock(t *testing.T) {
	rc := recipe[LockState, LockOp, LockResult]{
		model: Lock(), in: lockInput(Acquire, Acquire, Release),
		out: func(r *prng.Stream, _ LockOp) LockResult { return LockResult{r.Chance(1, 2), r.Uint64N(3)} },
		right: func(s LockState, in LockOp) (LockState, LockResult) {
			out := Lock().Answer(s, in)
			if in.Kind == Acquire && out.OK {
				out.Token = s.Token + 1
			}
			next, _ := stepLock(s, in, &out)
			return next, out
		},
	}
	rc.agree(t)
}

func TestAgreeLease(t *testing.T) {
	now := time.Duration(0)
	rc := recipe[LeaseState, LockOp, LeaseResult]{
		model: Lease(), in: lockInput(Acquire, Acquire, Renew, Release),
		out: func(r *prng.Stream, _ LockOp) LeaseResult {
			from := time.Duration(r.IntN(20))
			return LeaseResult{true, from, from + time.Duration(r.IntN(5))}
		},
		right: func(s LeaseState, in LockOp) (LeaseState, LeaseResult) {
			now = s.Until + 1
			out := LeaseResult{true, now, now + 3}
			next, ok := stepLease(s, in, &out)
			if !ok {
				return s, LeaseResult{}
			}
			return next, out
		},
	}
	rc.agree(t)
}

func TestAgreeUniqueIDs(t *testing.T) {
	next := 0
	rc := recipe[bool, iop, ires]{
		model: UniqueIDs[int](), in: pick(unique, NewID),
		out: func(r *prng.Stream, _ iop) ires { return ires{Value: next - r.IntN(2)} },
		right: func(bool, iop) (bool, ires) {
			next++
			return true, ires{Value: next}
		},
	}
	rc.agree(t)
}

func TestAgreeBank(t *testing.T) {
	m := Bank(map[string]int64{"a": 3, "b": 2})
	rc := recipe[map[string]int64, BankOp, BankResult]{
		model: m,
		in: func(r *prng.Stream, _ int) BankOp {
			if r.Chance(1, 2) {
				return BankOp{Kind: Read}
			}
			in := BankOp{Kind: Transfer, From: "a", To: "b", Amount: int64(1 + r.IntN(3))}
			if r.Chance(1, 2) {
				in.From, in.To = in.To, in.From
			}
			return in
		},
		out: func(r *prng.Stream, in BankOp) BankResult {
			if in.Kind == Transfer {
				return BankResult{OK: r.Chance(1, 2)}
			}
			b := maps.Clone(m.Init())
			b["a"] += int64(r.IntN(3))
			return BankResult{Balances: b}
		},
		right: answered(m),
	}
	rc.agree(t)
}
