package checker

import (
	"fmt"
	"slices"
	"strings"
)

// A Txn is a transaction: what it did, in its order. As an input its reads are
// empty, as an output they hold what was read.
type Txn []Micro

// A Micro is one operation of a transaction: [Append] of Value to the list at Key,
// [Write] of Value to the register at Key, or [Read] of either.
//
// Each value is written or appended at most once to a key: by that a read tells
// whose writes it saw.
type Micro struct {
	Kind  Kind   `json:"kind"`
	Key   string `json:"key"`
	Value int    `json:"value,omitzero"`
	// List is what a read of a list found.
	List []int `json:"list,omitempty"`
	// Found says that a read of a register found a value, in Value.
	Found bool `json:"found,omitzero"`
}

// String renders the operation as a call.
func (m Micro) String() string {
	switch {
	case m.Kind != Read:
		return fmt.Sprintf("%s(%s, %d)", m.Kind, m.Key, m.Value)
	case m.Found:
		return fmt.Sprintf("read(%s) -> %d", m.Key, m.Value)
	}
	return fmt.Sprintf("read(%s) -> %s", m.Key, describeList(m.List))
}

// The anomalies, named as Adya ("Weak consistency", 1999) and Elle (Kingsbury and
// Alvaro, VLDB 2020) name them, or more tellingly where there is a common name.
const (
	ClassDirtyWrite     Class = "dirty write (G0)"
	ClassAbortedRead    Class = "aborted read (G1a)"
	ClassIntermediate   Class = "intermediate read (G1b)"
	ClassCircular       Class = "circular information flow (G1c)"
	ClassFractured      Class = "fractured read (G-single)"
	ClassLostUpdate     Class = "lost update (G-single)"
	ClassReadSkew       Class = "read skew (G-single)"
	ClassLongFork       Class = "long fork (G-nonadjacent)"
	ClassNonadjacent    Class = "G-nonadjacent"
	ClassWriteSkew      Class = "write skew (G2-item)"
	ClassG2             Class = "G2-item"
	ClassInternal       Class = "internal inconsistency"
	ClassIncompatible   Class = "incompatible order"
	ClassDuplicateWrite Class = "duplicate element"
	ClassCyclicVersions Class = "cyclic versions"
)

// An Anomaly is one thing that went wrong between transactions.
type Anomaly struct {
	Class Class `json:"class"` // its name in the literature
	// Breaks is the weakest level that forbids it.
	Breaks Level `json:"breaks"`
	// Txns are the IDs of the transactions; of a cycle, in its order.
	Txns []int `json:"txns"`
	// Edges are the edges of the cycle, if it is one.
	Edges []TxnEdge `json:"edges,omitempty"`
	// Text says in words what happened.
	Text string `json:"text"`
}

// A TxnEdge says why a transaction comes before another.
type TxnEdge struct {
	From int    `json:"from"`
	To   int    `json:"to"`
	Kind string `json:"kind"` // ww, wr, rw, session or real time
	Text string `json:"text"`
}

// A TxnResult is a verdict on a history of transactions.
type TxnResult struct {
	Verdict      Verdict   `json:"verdict"`
	Level        Level     `json:"level"` // what was asked for
	Meets        Level     `json:"meets"` // the strongest level that nothing speaks against; empty if there is none
	Transactions int       `json:"transactions"`
	Anomalies    []Anomaly `json:"anomalies,omitempty"` // of each class at least one, gravest first
	Err          error     `json:"-"`
}

// Transactions checks that a history of transactions meets a level, from
// [ReadUncommitted] to [StrictSerializable], and fails the test with the anomalies
// found if it does not.
//
// An operation that failed is an aborted transaction; one of unknown outcome
// counts as committed if somebody saw what it wrote.
//
// What is found is there; but a level that is met here may be broken in ways that
// the values read do not show. Lists show much more than registers: their reads
// give the order of all writes before.
func Transactions(t T, level Level, h *History[Txn, Txn]) TxnResult {
	t.Helper()
	r := checkTransactions(h.refs(), level)
	r.Require(t)
	return r
}

// CheckTransactions is [Transactions] without a test.
func CheckTransactions(ops []Operation[Txn, Txn], level Level) TxnResult {
	return checkTransactions(refsTo(ops), level)
}

// Require fails the test unless the verdict is [Ok].
func (r TxnResult) Require(t T) {
	t.Helper()
	if r.Verdict != Ok {
		t.Errorf("%s", r)
	}
}

// String returns one line for Ok, and for other verdicts the anomalies.
func (r TxnResult) String() string {
	switch {
	case r.Err != nil:
		return fmt.Sprintf("%s: %v", r.Verdict, r.Err)
	case r.Verdict == Ok:
		return fmt.Sprintf("Ok: nothing in %d transactions speaks against %s", r.Transactions, r.Level)
	}
	var b strings.Builder
	for _, a := range r.Anomalies {
		if slices.Index(txnLevels, a.Breaks) <= slices.Index(txnLevels, r.Level) {
			fmt.Fprintf(&b, "%s: %d transactions are not %s\n%s\n", a.Class, r.Transactions, a.Breaks, a.Text)
		}
	}
	meets := r.Meets
	if meets == "" {
		meets = NoLevel
	}
	fmt.Fprintf(&b, "the strongest level that the history meets: %s", meets)
	return b.String()
}

func checkTransactions(ops []*Operation[Txn, Txn], level Level) TxnResult {
	r := TxnResult{Verdict: Unknown, Level: level, Transactions: len(ops)}
	if !slices.Contains(txnLevels, level) {
		r.Err = fmt.Errorf("checker: %q is not a level of transactions", level)
		return r
	}
	if r.Err = validate(ops); r.Err != nil {
		return r
	}
	d := newDependencies(ops)
	if r.Err = d.infer(); r.Err != nil {
		return r
	}
	r.Anomalies = append(d.anomalies, d.cycles()...)
	slices.SortStableFunc(r.Anomalies, func(a, b Anomaly) int {
		return slices.Index(txnLevels, a.Breaks) - slices.Index(txnLevels, b.Breaks)
	})
	r.Verdict, r.Meets = Ok, StrictSerializable
	if len(r.Anomalies) > 0 {
		weakest := slices.Index(txnLevels, r.Anomalies[0].Breaks)
		r.Meets = ""
		if weakest > 0 {
			r.Meets = txnLevels[weakest-1]
		}
		if weakest <= slices.Index(txnLevels, level) {
			r.Verdict = Illegal
		}
	}
	return r
}
