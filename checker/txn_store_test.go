package checker

import (
	"fmt"
	"maps"
	"slices"

	"github.com/terrella-go/terrella/internal/prng"
)

// An isolation is how a txnStore keeps its transactions apart.
type isolation int

const (
	serial    isolation = iota // a transaction takes effect in one moment
	snapshots                  // reads from a snapshot; the first to commit a key wins
	committed                  // each read sees the latest committed version
)

// txnWorkload runs n transactions of several clients on a correct store of the
// given isolation. Lists are appended to, or registers written.
func txnWorkload(how isolation, lists bool, clients, keys, n int, seed uint64) []Operation[Txn, Txn] {
	r := prng.Seed(seed).Stream()
	type running struct {
		op       int
		at       int // the next operation of the transaction
		snapshot map[string][]int
		began    int
		own      map[string][]int
	}
	var (
		ops     = make([]Operation[Txn, Txn], 0, n)
		store   = map[string][]int{} // all versions; of a register the last counts
		changed = map[string]int{}   // number of the commit that changed the key last
		open    = make([]*running, clients)
		commits int
		clock   uint64
		values  = map[string]int{}
		done    int
	)
	version := func(t *running, key string) []int {
		from := store[key]
		if how == snapshots {
			from = t.snapshot[key]
		}
		return slices.Concat(from, t.own[key])
	}
	exec := func(t *running) {
		o := &ops[t.op]
		m := o.In[t.at]
		t.at++
		if m.Kind != Read {
			t.own[m.Key] = append(t.own[m.Key], m.Value)
		} else if v := version(t, m.Key); lists {
			m.List = v
		} else if len(v) > 0 {
			m.Value, m.Found = v[len(v)-1], true
		}
		o.Out = append(o.Out, m)
	}
	commit := func(t *running) bool {
		if how == snapshots {
			for key := range t.own {
				if changed[key] > t.began {
					return false
				}
			}
		}
		commits++
		for key, own := range t.own {
			// New backing: readers keep what they saw.
			store[key] = slices.Concat(store[key], own)
			changed[key] = commits
		}
		return true
	}
	for done < n {
		c := r.IntN(clients)
		clock++
		t := open[c]
		switch {
		case t == nil && len(ops) < n:
			o := Operation[Txn, Txn]{ID: len(ops), Client: c, Call: Stamp{Order: clock}}
			for range 1 + r.IntN(4) {
				m := Micro{Kind: Read, Key: fmt.Sprint("k", len(ops)/500*keys+r.IntN(keys))}
				if r.Chance(1, 2) {
					values[m.Key]++
					m.Kind, m.Value = Append, values[m.Key]
					if !lists {
						m.Kind = Write
					}
				}
				o.In = append(o.In, m)
			}
			open[c] = &running{op: len(ops), began: commits, own: map[string][]int{}}
			if how == snapshots {
				open[c].snapshot = map[string][]int{}
				for _, m := range o.In {
					open[c].snapshot[m.Key] = store[m.Key]
				}
			}
			ops = append(ops, o)
		case t == nil:
		case how != serial && t.at < len(ops[t.op].In):
			exec(t)
		default:
			o := &ops[t.op]
			switch {
			case r.Chance(1, 20): // aborted
				o.Outcome, o.Out = OutcomeFailed, nil
			case how == serial:
				for t.at < len(o.In) {
					exec(t)
				}
				fallthrough
			default:
				if !commit(t) {
					o.Outcome, o.Out = OutcomeFailed, nil
				} else if r.Chance(1, 30) {
					o.Outcome, o.Out = OutcomeUnknown, nil
				}
			}
			o.Return = Stamp{Order: clock}
			open[c] = nil
			done++
		}
	}
	return ops
}

// classes counts the anomalies of a result by class.
func classes(r TxnResult) map[Class]int {
	m := map[Class]int{}
	for _, a := range r.Anomalies {
		m[a.Class]++
	}
	return m
}

func classNames(r TxnResult) []Class { return slices.Sorted(maps.Keys(classes(r))) }
