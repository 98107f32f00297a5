package checker

import "fmt"

// verify checks an order found by an algorithm against the definition itself: the
// model takes every step, no operation comes after one that it returned before
// was called, and all of known outcome are there once.
func verify[S, In, Out any](m *Model[S, In, Out], p *part, ops []*Operation[In, Out], order []int32) error {
	seen := make([]bool, p.len())
	state, latest := m.Init(), int32(-1)
	for _, i := range order {
		o := ops[p.ops[i]]
		if seen[i] || p.ret[i] < latest {
			return fmt.Errorf("operation %d is out of order", o.ID)
		}
		out := o.known()
		next, ok := m.Step(state, o.In, out)
		if !ok {
			return fmt.Errorf("operation %d is refused", o.ID)
		}
		state, seen[i], latest = next, true, max(latest, p.call[i])
	}
	for i := range seen {
		if !seen[i] && p.ret[i] != never {
			return fmt.Errorf("operation %d is missing", ops[p.ops[i]].ID)
		}
	}
	return nil
}
