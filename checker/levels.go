package checker

import (
	"fmt"
	"slices"
	"strings"
)

// A Level names a consistency level in reports.
type Level string

// The levels of single operations, strongest first where one implies the other.
const (
	LinearizableLevel Level = "linearizable"            // one order, which real time agrees with
	SequentialLevel   Level = "sequentially consistent" // one order, which each client agrees with
	CausalLevel       Level = "causally consistent"     // no client sees an effect without its cause
	PerKeyLevel       Level = "sequentially consistent for each key"
	SessionLevel      Level = "consistent in each session" // the four session guarantees together
	NoLevel           Level = "none of the levels"
)

// The levels of transactions, strongest first.
const (
	StrictSerializable Level = "strict serializable"
	Serializable       Level = "serializable"
	SnapshotIsolation  Level = "snapshot isolation"
	ReadAtomic         Level = "read atomic"
	ReadCommitted      Level = "read committed"
	ReadUncommitted    Level = "read uncommitted"
)

// txnLevels are the levels of transactions, weakest first.
var txnLevels = []Level{ReadUncommitted, ReadCommitted, ReadAtomic, SnapshotIsolation, Serializable, StrictSerializable}

// The session guarantees one by one (Terry et al. 1994).
const (
	MonotonicReads  Level = "monotonic reads"  // a session never sees an older value after a newer one
	MonotonicWrites Level = "monotonic writes" // who sees a session's write sees its earlier ones
	ReadYourWrites  Level = "read your writes" // a session sees its own writes
)

// weaker are the levels that are tried on illegal histories, strongest first.
var weaker = []Level{SequentialLevel, CausalLevel, PerKeyLevel, SessionLevel, MonotonicReads, ReadYourWrites, MonotonicWrites}

// CheckLevel checks that operations meet a level weaker than linearizability, or
// [LinearizableLevel] itself.
//
// The causal and session levels speak of who read whose write: they can be
// judged for [Register] and [KeyValue] with unique written values only, and are
// [Unknown] for others.
func CheckLevel[S, In, Out any](level Level, m Model[S, In, Out], ops []Operation[In, Out], c Config) Result {
	j, err := newJob(m, refsTo(ops), c)
	if err != nil {
		return Result{Verdict: Unknown, Model: m.Name, Level: level, Operations: len(ops), Err: err}
	}
	return j.level(level)
}

// A Strength is what is known of the levels that a history meets.
type Strength struct {
	// Level is the strongest level that the history is known to meet: [NoLevel] if it meets none,
	// empty if it meets none of those that could be decided.
	Level Level `json:"level,omitempty"`
	// Undecided are the levels that it may meet as well and that Level does not imply: the budget did not suffice
	// for them, or the model does not fit.
	Undecided []Level `json:"undecided,omitempty"`
	// Err is set if the history is malformed: nothing is known then.
	Err error `json:"-"`
}

// String returns the level, as in "at least monotonic writes; sequentially consistent undecided".
func (s Strength) String() string {
	if s.Err != nil {
		return fmt.Sprintf("unknown: malformed history: %v", s.Err)
	}
	if len(s.Undecided) == 0 {
		return string(s.Level)
	}
	names := make([]string, len(s.Undecided))
	for i, level := range s.Undecided {
		names[i] = string(level)
	}
	known := "at least " + string(s.Level)
	if s.Level == "" {
		known = "none of the levels that could be decided"
	}
	return known + "; " + strings.Join(names, ", ") + " undecided"
}

// Strongest returns the strongest level that the operations are known to meet, and the stronger ones
// that could not be decided within the budget, or from this model.
func Strongest[S, In, Out any](m Model[S, In, Out], ops []Operation[In, Out], c Config) Strength {
	j, err := newJob(m, refsTo(ops), c)
	if err != nil {
		return Strength{Err: err}
	}
	switch j.run().Verdict {
	case Ok:
		return Strength{Level: LinearizableLevel}
	case Unknown:
		s := j.strongestBelow()
		s.Undecided = slices.Insert(s.Undecided, 0, LinearizableLevel)
		if s.Level == NoLevel {
			s.Level = ""
		}
		return s
	}
	return j.strongestBelow()
}

// strongestBelow is Strongest for the levels below linearizability.
func (j *job[S, In, Out]) strongestBelow() Strength {
	var s Strength
	for _, level := range weaker {
		switch j.level(level).Verdict {
		case Ok:
			s.Level = level
			return s
		case Unknown:
			s.Undecided = append(s.Undecided, level)
		}
	}
	if len(s.Undecided) == 0 {
		s.Level = NoLevel
	}
	return s
}

// level checks one level.
func (j *job[S, In, Out]) level(level Level) Result {
	if level == LinearizableLevel {
		return j.run()
	}
	r := Result{Verdict: Unknown, Model: j.m.Name, Level: level, Operations: len(j.ops)}
	switch level {
	case SequentialLevel:
		pr := j.programs(j.parts)
		r.Verdict, r.Parts = pr.Verdict, []PartResult{pr}
	case PerKeyLevel:
		r.Verdict = Ok
		for i, p := range j.parts {
			pr := j.programs([]*part{p})
			pr.Key = j.keys[i]
			r.Parts = append(r.Parts, pr)
			if pr.Verdict == Illegal || pr.Verdict == Unknown && r.Verdict == Ok {
				r.Verdict = pr.Verdict
			}
		}
	default:
		verdict, why := j.causal(level)
		r.Verdict = verdict
		r.explain = func() *Explanation {
			return &Explanation{Verdict: verdict, Model: j.m.Name, Summary: "not " + string(level) + ": " + why}
		}
		if why == notUnique {
			r.Err = &HistoryError{Op: -1, Problem: why}
		}
		return r
	}
	r.explain = func() *Explanation {
		return &Explanation{Verdict: r.Verdict, Model: j.m.Name, Summary: "not " + string(level) + ": no order that each client agrees with gives these results"}
	}
	return r
}
