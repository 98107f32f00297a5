package checker

import (
	"cmp"
	"fmt"
	"slices"
)

// A HistoryError says what is wrong with a history. Such a history is not judged:
// any verdict on it would be worth nothing.
type HistoryError struct {
	Op      int    // ID of the operation, -1 if the error is not about one
	Line    int    // line of the file that it was read from, from 1; 0 if there is none
	Problem string // what is wrong, and what was expected
}

// Error says where the problem is, and which.
func (e *HistoryError) Error() string {
	switch {
	case e.Line > 0 && e.Op >= 0:
		return fmt.Sprintf("checker: line %d: operation %d: %s", e.Line, e.Op, e.Problem)
	case e.Line > 0:
		return fmt.Sprintf("checker: line %d: %s", e.Line, e.Problem)
	case e.Op >= 0:
		return fmt.Sprintf("checker: operation %d: %s", e.Op, e.Problem)
	}
	return "checker: " + e.Problem
}

// Validate reports the first thing wrong with a history, as a *HistoryError: an
// operation that returned before it was called, an identifier used twice, a
// client with two operations open at once.
func Validate[In, Out any](ops []Operation[In, Out]) error {
	refs := make([]*Operation[In, Out], len(ops))
	for i := range ops {
		refs[i] = &ops[i]
	}
	return validate(refs)
}

func validate[In, Out any](ops []*Operation[In, Out]) error {
	if err := uniqueIDs(ops); err != nil {
		return err
	}
	for _, o := range ops {
		if int(o.Outcome) >= len(outcomeNames) {
			return &HistoryError{Op: o.ID, Problem: fmt.Sprintf("has no valid outcome: %d", uint8(o.Outcome))}
		}
		if o.Pending && o.Outcome != OutcomeUnknown {
			return &HistoryError{Op: o.ID, Problem: "is pending, so its outcome cannot be " + o.Outcome.String()}
		}
		if !o.Pending && o.Return.Order < o.Call.Order {
			return &HistoryError{Op: o.ID, Problem: fmt.Sprintf("returned at %d, before it was called at %d", o.Return.Order, o.Call.Order)}
		}
	}
	return oneAtATime(ops)
}

func uniqueIDs[In, Out any](ops []*Operation[In, Out]) error {
	dense := make([]bool, len(ops)) // most histories number their operations from 0
	sparse := map[int]bool{}
	for _, o := range ops {
		if o.ID < 0 {
			return &HistoryError{Op: -1, Problem: fmt.Sprintf("negative operation number %d", o.ID)}
		}
		twice := false
		if o.ID < len(dense) {
			twice, dense[o.ID] = dense[o.ID], true
		} else {
			twice, sparse[o.ID] = sparse[o.ID], true
		}
		if twice {
			return &HistoryError{Op: o.ID, Problem: "there is another operation of this number"}
		}
	}
	return nil
}

// oneAtATime checks that no client called before its last call returned. An
// operation that is explicitly pending has been abandoned.
func oneAtATime[In, Out any](ops []*Operation[In, Out]) error {
	earlier := func(a, b *Operation[In, Out]) int {
		if c := cmp.Compare(a.Call.Order, b.Call.Order); c != 0 {
			return c
		}
		// Of two calls in one moment the one that returned first came first.
		return cmp.Compare(a.Return.Order, b.Return.Order)
	}
	if !slices.IsSortedFunc(ops, earlier) {
		ops = slices.Clone(ops)
		slices.SortStableFunc(ops, earlier)
	}
	last := map[int]*Operation[In, Out]{}
	for _, o := range ops {
		if before := last[o.Client]; before != nil && !before.Pending && o.Call.Order < before.Return.Order {
			return &HistoryError{Op: o.ID, Problem: fmt.Sprintf("client %d called it at %d while its operation %d was open, until %d",
				o.Client, o.Call.Order, before.ID, before.Return.Order)}
		}
		last[o.Client] = o
	}
	return nil
}
