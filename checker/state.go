package checker

import (
	"fmt"
	"reflect"

	"github.com/google/go-cmp/cmp"
)

// SameState returns nil if two states are equal, and an error with their
// differences if not: for invariants and for comparing a system with its
// model. Unexported fields are compared as well. Options are those of go-cmp.
//
//	w.Invariant("replicas agree", func() error { return checker.SameState("replica b", a.State(), b.State()) })
//
// The cost grows with the square of what differs: compare states, not traces.
func SameState(name string, want, got any, opts ...cmp.Option) error {
	opts = append([]cmp.Option{cmp.Exporter(func(reflect.Type) bool { return true })}, opts...)
	if diff := cmp.Diff(want, got, opts...); diff != "" {
		return fmt.Errorf("%s differs (-want +got):\n%s", name, diff)
	}
	return nil
}
