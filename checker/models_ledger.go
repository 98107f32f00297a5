package checker

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Counter returns the model of a number that is added to ([Add], by Op.Value) and
// [Read]. An Add whose OpResult.OK is true also returned the new number.
func Counter(initial int64) Model[int64, Op[int64], OpResult[int64]] {
	return Model[int64, Op[int64], OpResult[int64]]{
		Name: "counter",
		Init: func() int64 { return initial },
		Step: func(s int64, in Op[int64], out *OpResult[int64]) (int64, bool) {
			switch in.Kind {
			case Add:
				s += in.Value
				return s, out == nil || !out.OK || out.Value == s
			case Read:
				return s, out == nil || out.Value == s
			}
			return s, false
		},
		Key:   func(in Op[int64], _ *OpResult[int64]) any { return in.Key },
		Hash:  hashOf[int64],
		Reads: func(in Op[int64], _ *OpResult[int64]) bool { return in.Kind == Read || in.Value == 0 },
		Answer: func(s int64, in Op[int64]) OpResult[int64] {
			if in.Kind == Add {
				return OpResult[int64]{s + in.Value, true}
			}
			return OpResult[int64]{Value: s}
		},
		Describe: func(in Op[int64], out *OpResult[int64]) string {
			if in.Kind == Add && out != nil && !out.OK {
				return in.String()
			}
			if in.Kind == Add && out != nil {
				return fmt.Sprintf("%v -> %d", in, out.Value)
			}
			return describeOp(in, out)
		},
	}
}

// A LogResult is the output of [Log].
type LogResult[V comparable] struct {
	// Index is the position at which a value was appended, from 1; 0 if the
	// system does not say.
	Index int `json:"index,omitzero"`
	// Values is the whole log, oldest first.
	Values []V `json:"values,omitempty"`
}

// Log returns the model of an append-only list: [Append] of Op.Value, and [Read]
// of the whole.
func Log[V comparable]() Model[List[V], Op[V], LogResult[V]] {
	return Model[List[V], Op[V], LogResult[V]]{
		Name: "log",
		Init: func() List[V] { return List[V]{} },
		Step: func(s List[V], in Op[V], out *LogResult[V]) (List[V], bool) {
			switch in.Kind {
			case Append:
				next := List[V]{s.seq.push(in.Value)}
				return next, out == nil || out.Index == 0 || out.Index == next.seq.n
			case Read:
				return s, out == nil || len(out.Values) == s.seq.n && slices.Equal(out.Values, s.Values())
			}
			return s, false
		},
		Equal: func(a, b List[V]) bool { return a.seq.equal(b.seq) },
		Hash:  func(s List[V]) uint64 { return s.seq.hash() },
		Key:   func(in Op[V], _ *LogResult[V]) any { return in.Key },
		Reads: func(in Op[V], _ *LogResult[V]) bool { return in.Kind == Read },
		Answer: func(s List[V], in Op[V]) LogResult[V] {
			if in.Kind == Append {
				return LogResult[V]{Index: s.seq.n + 1}
			}
			return LogResult[V]{Values: s.Values()}
		},
		Describe: func(in Op[V], out *LogResult[V]) string {
			switch {
			case out == nil:
				return in.String() + " -> ?"
			case in.Kind == Read:
				return in.String() + " -> " + describeList(out.Values)
			case out.Index == 0:
				return in.String()
			}
			return fmt.Sprintf("%v -> %d", in, out.Index)
		},
		DescribeState: func(s List[V]) string { return describeList(s.Values()) },
	}
}

// describeList renders a list, without the middle if it is long.
func describeList[V any](values []V) string {
	const ends = 5
	if len(values) <= 2*ends {
		return fmt.Sprint(values)
	}
	head := strings.TrimSuffix(fmt.Sprint(values[:ends]), "]")
	tail := strings.TrimPrefix(fmt.Sprint(values[len(values)-ends:]), "[")
	return fmt.Sprintf("%s … %s (%d values)", head, tail, len(values))
}

// A BankOp is the input of [Bank]: [Transfer] of Amount from an account to
// another, or [Read] of all balances.
type BankOp struct {
	Kind   Kind   `json:"kind"`
	From   string `json:"from,omitempty"`
	To     string `json:"to,omitempty"`
	Amount int64  `json:"amount,omitempty"`
}

// String renders the input as a call.
func (o BankOp) String() string {
	if o.Kind == Read {
		return "read()"
	}
	return fmt.Sprintf("%s(%s -> %s, %d)", o.Kind, o.From, o.To, o.Amount)
}

// A BankResult is the output of [Bank].
type BankResult struct {
	// OK says that a transfer was made, not refused.
	OK bool `json:"ok,omitempty"`
	// Balances is what a read found.
	Balances map[string]int64 `json:"balances,omitempty"`
}

// Bank returns the model of accounts between which money moves. A transfer is
// refused if, and only if, it would make a balance negative; a transfer from
// or to an unknown account is always refused.
func Bank(initial map[string]int64) Model[map[string]int64, BankOp, BankResult] {
	initial = maps.Clone(initial)
	return Model[map[string]int64, BankOp, BankResult]{
		Name: "bank",
		Init: func() map[string]int64 { return initial },
		Step: func(s map[string]int64, in BankOp, out *BankResult) (map[string]int64, bool) {
			switch in.Kind {
			case Read:
				return s, out == nil || maps.Equal(s, out.Balances)
			case Transfer:
				can := canTransfer(s, in)
				if out != nil && out.OK != can {
					return s, false
				}
				if !can {
					return s, true
				}
				next := maps.Clone(s)
				next[in.From] -= in.Amount
				next[in.To] += in.Amount
				return next, true
			}
			return s, false
		},
		Equal: maps.Equal[map[string]int64, map[string]int64],
		Hash: func(s map[string]int64) uint64 {
			var h uint64
			for account, balance := range s { // a sum: the order does not matter
				h += mix(hashString(account) ^ mix(uint64(balance)))
			}
			return h
		},
		Reads: func(in BankOp, out *BankResult) bool {
			return in.Kind == Read || in.From == in.To || in.Amount == 0 || out != nil && !out.OK
		},
		Answer: func(s map[string]int64, in BankOp) BankResult {
			if in.Kind == Read {
				return BankResult{Balances: s}
			}
			return BankResult{OK: canTransfer(s, in)}
		},
		Describe: func(in BankOp, out *BankResult) string {
			switch {
			case out == nil:
				return in.String() + " -> ?"
			case in.Kind == Read:
				return fmt.Sprintf("%v -> %v", in, out.Balances)
			}
			return fmt.Sprintf("%v -> %v", in, out.OK)
		},
	}
}

func canTransfer(s map[string]int64, in BankOp) bool {
	_, from := s[in.From]
	_, to := s[in.To]
	return from && to && in.Amount >= 0 && s[in.From] >= in.Amount
}
