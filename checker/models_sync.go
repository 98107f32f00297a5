package checker

import (
	"fmt"
	"time"
)

// A LockOp is the input of [Lock] and [Lease]: [Acquire], [Renew] (leases) or
// [Release] of the lock of that name by that holder.
type LockOp struct {
	Kind   Kind   `json:"kind"`
	Name   string `json:"name,omitempty"` // empty if there is one lock only
	Holder string `json:"holder"`
}

// String renders the input as a call.
func (o LockOp) String() string {
	if o.Name == "" {
		return fmt.Sprintf("%s(%s)", o.Kind, o.Holder)
	}
	return fmt.Sprintf("%s(%s, %s)", o.Kind, o.Name, o.Holder)
}

// A LockResult is the output of [Lock].
type LockResult struct {
	// OK says that the lock was acquired or released.
	OK bool `json:"ok"`
	// Token is the fencing token of an acquisition; 0 if the system has none.
	Token uint64 `json:"token,omitempty"`
}

// A LockState is the state of one lock.
type LockState struct {
	Holder string // empty: free
	Token  uint64 // the highest token given out
}

// Lock returns the model of named mutual-exclusion locks with fencing tokens: an
// acquisition succeeds if the lock is free and yields a token higher than all
// before it, and is refused if the lock is held; a release succeeds
// for the holder only. A holder is one owner; locks are not reentrant.
func Lock() Model[LockState, LockOp, LockResult] {
	return Model[LockState, LockOp, LockResult]{
		Name:  "lock",
		Init:  func() LockState { return LockState{} },
		Step:  stepLock,
		Hash:  func(s LockState) uint64 { return hashString(s.Holder) ^ mix(s.Token) },
		Key:   func(in LockOp, _ *LockResult) any { return in.Name },
		Reads: func(_ LockOp, out *LockResult) bool { return out != nil && !out.OK },
		Answer: func(s LockState, in LockOp) LockResult {
			if in.Kind == Acquire {
				return LockResult{OK: s.Holder == ""}
			}
			return LockResult{OK: s.Holder == in.Holder}
		},
		DescribeState: func(s LockState) string {
			if s.Holder == "" {
				return fmt.Sprintf("free, last token %d", s.Token)
			}
			return fmt.Sprintf("held by %s, token %d", s.Holder, s.Token)
		},
	}
}

func stepLock(s LockState, in LockOp, out *LockResult) (LockState, bool) {
	switch in.Kind {
	case Acquire:
		free := s.Holder == ""
		if out != nil && out.OK != free {
			return s, false
		}
		if !free {
			return s, true
		}
		s.Holder = in.Holder
		if out != nil && out.Token != 0 {
			if out.Token <= s.Token {
				return s, false
			}
			s.Token = out.Token
		}
		return s, true
	case Release:
		held := s.Holder == in.Holder
		if held {
			s.Holder = ""
		}
		return s, out == nil || out.OK == held
	}
	return s, false
}

// A LeaseResult is the output of [Lease].
type LeaseResult struct {
	OK bool `json:"ok"` // it was granted, renewed or released
	// From and Until bound the time for which the lease was granted, on the
	// clock that the service uses.
	From  time.Duration `json:"from,omitempty"`
	Until time.Duration `json:"until,omitempty"`
}

// A LeaseState is the state of one lease.
type LeaseState struct {
	Holder string        // empty if nobody holds it
	Until  time.Duration // when the last grant ends, on the clock that the service uses
}

// Lease returns the model of leases: locks that end by themselves. A grant to a
// new holder may not begin before the last one's has ended or was released;
// a renewal succeeds for the holder only and never shortens. A refusal is always
// allowed, and so is a release.
func Lease() Model[LeaseState, LockOp, LeaseResult] {
	return Model[LeaseState, LockOp, LeaseResult]{
		Name:  "lease",
		Init:  func() LeaseState { return LeaseState{} },
		Step:  stepLease,
		Key:   func(in LockOp, _ *LeaseResult) any { return in.Name },
		Hash:  func(s LeaseState) uint64 { return hashString(s.Holder) ^ mix(uint64(s.Until)) },
		Reads: func(in LockOp, out *LeaseResult) bool { return out != nil && !out.OK },
		DescribeState: func(s LeaseState) string {
			if s.Holder == "" {
				return "free"
			}
			return fmt.Sprintf("held by %s until %v", s.Holder, s.Until)
		},
	}
}

func stepLease(s LeaseState, in LockOp, out *LeaseResult) (LeaseState, bool) {
	if out != nil && !out.OK {
		return s, true
	}
	if in.Kind == Release {
		if s.Holder == in.Holder {
			return LeaseState{}, true
		}
		return s, out == nil
	}
	if out == nil {
		// For how long it was granted nobody was told, so nobody relies on
		// it; but the holder may renew it.
		if in.Kind == Acquire {
			s.Holder = in.Holder
		}
		return s, true
	}
	if out.Until < out.From || in.Kind != Acquire && in.Kind != Renew {
		return s, false
	}
	if s.Holder == in.Holder {
		return LeaseState{in.Holder, max(s.Until, out.Until)}, in.Kind == Acquire || out.Until >= s.Until
	}
	return LeaseState{in.Holder, out.Until}, in.Kind == Acquire && (s.Holder == "" || out.From >= s.Until)
}

// UniqueIDs returns the model of a generator of identifiers: [NewID] with the
// identifier in OpResult.Value, never the same twice. The state is whether one
// identifier has been given out.
func UniqueIDs[V comparable]() Model[bool, Op[V], OpResult[V]] {
	type open struct{}
	m := Model[bool, Op[V], OpResult[V]]{
		Name: "unique ids",
		Init: func() bool { return false },
		Step: func(given bool, in Op[V], out *OpResult[V]) (bool, bool) {
			if in.Kind != NewID {
				return given, false
			}
			if out == nil { // an identifier that nobody saw
				return given, true
			}
			return true, !given
		},
		Key: func(_ Op[V], out *OpResult[V]) any {
			if out == nil {
				return open{}
			}
			return out.Value
		},
		Reads:    func(_ Op[V], out *OpResult[V]) bool { return out == nil },
		Describe: describeOp[V],
		DescribeState: func(given bool) string {
			if given {
				return "given out"
			}
			return "not given out"
		},
	}
	m.shape = &shape[Op[V], OpResult[V]]{famUnique, stepPointer(m.Step), func() func(*Op[V], *OpResult[V]) act {
		return func(_ *Op[V], out *OpResult[V]) act {
			if out == nil {
				return act{}
			}
			return act{verb: vPut}
		}
	}}
	return m
}
