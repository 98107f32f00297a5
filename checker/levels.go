package checker

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

// Strongest returns the strongest level that the operations meet, [NoLevel] if
// they meet none, and "" if that could not be told within the budget, or from
// this model.
func Strongest[S, In, Out any](m Model[S, In, Out], ops []Operation[In, Out], c Config) Level {
	j, err := newJob(m, refsTo(ops), c)
	if err != nil {
		return ""
	}
	if j.run().Verdict == Ok {
		return LinearizableLevel
	}
	return j.strongestBelow()
}

// strongestBelow returns the first of the weaker levels that the history meets, ""
// if some could not be decided and it meets none of the others.
func (j *job[S, In, Out]) strongestBelow() Level {
	found := NoLevel
	for _, level := range weaker {
		switch j.level(level).Verdict {
		case Ok:
			return level
		case Unknown:
			found = ""
		}
	}
	return found
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
