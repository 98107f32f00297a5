package checker

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// WithinVersions returns the model of an object of which reads may be stale: they
// may see any of the last k states, the current one being the first. With k = 1
// it is m. Checking against it checks bounded staleness by versions, also
// called k-atomicity; what counts as a read is said by m.Reads.
func WithinVersions[S, In, Out any](m Model[S, In, Out], k int) (Model[[]S, In, Out], error) {
	m, err := m.filled()
	if err == nil && k < 1 {
		err = fmt.Errorf("checker: reads within %d versions: want at least 1", k)
	}
	if err != nil {
		return Model[[]S, In, Out]{}, err
	}
	return Model[[]S, In, Out]{
		Name: m.Name,
		Init: func() []S { return []S{m.Init()} },
		Step: func(states []S, in In, out *Out) ([]S, bool) {
			if m.Reads(in, out) {
				for _, s := range states {
					if _, ok := m.Step(s, in, out); ok {
						return states, true
					}
				}
				return states, false
			}
			next, ok := m.Step(states[0], in, out)
			if !ok {
				return states, false
			}
			return append([]S{next}, states[:min(len(states), k-1)]...), true
		},
		Equal: func(a, b []S) bool { return slices.EqualFunc(a, b, m.Equal) },
		Hash: func(states []S) uint64 {
			var h uint64
			for _, s := range states {
				h = mix(h ^ m.Hash(s))
			}
			return h
		},
		Key: m.Key, Reads: m.Reads, Index: m.Index, Describe: m.Describe,
		DescribeState: func(states []S) string {
			texts := make([]string, len(states))
			for i, s := range states {
				texts[i] = m.DescribeState(s)
			}
			return describeList(texts)
		},
	}, nil
}

// WithinTime returns the operations with the calls of all reads moved back by d, by the
// times of their stamps. If they are linearizable, reads were at most d stale
// (Golab, Li and Shah, PODC 2011, call the least such d the Delta of a history).
// Each operation gets a client of its own, since those of one client overlap now.
func WithinTime[S, In, Out any](m Model[S, In, Out], ops []Operation[In, Out], d time.Duration) []Operation[In, Out] {
	var stamps []Stamp
	for _, o := range ops {
		stamps = append(stamps, o.Call)
		if !o.Pending {
			stamps = append(stamps, o.Return)
		}
	}
	slices.SortFunc(stamps, func(a, b Stamp) int { return cmp.Compare(a.Order, b.Order) })
	moved := slices.Clone(ops)
	for i := range moved {
		o := &moved[i]
		o.Client = i
		if o.Outcome != OutcomeOK || m.Reads == nil || !m.Reads(o.In, &o.Out) {
			continue
		}
		// The first event that is no longer ago than d.
		at, _ := slices.BinarySearchFunc(stamps, o.Call.At-d, func(s Stamp, t time.Duration) int { return cmp.Compare(s.At, t) })
		if at < len(stamps) && stamps[at].Order < o.Call.Order {
			o.Call = stamps[at]
		}
	}
	return moved
}
