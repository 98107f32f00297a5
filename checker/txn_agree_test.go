package checker

import (
	"maps"
	"slices"
	"testing"
)

// txnModel is a store on which transactions happen one after the other. Linearizable
// on it means strict serializable and, if all overlap, serializable.
func txnModel() Model[map[string][]int, Txn, Txn] {
	return Model[map[string][]int, Txn, Txn]{
		Name: "serial store",
		Init: func() map[string][]int { return map[string][]int{} },
		Step: func(s map[string][]int, in Txn, out *Txn) (map[string][]int, bool) {
			s = maps.Clone(s)
			for i, m := range in {
				v := s[m.Key]
				if m.Kind != Read {
					s[m.Key] = append(slices.Clip(v), m.Value)
					continue
				}
				if out == nil {
					continue
				}
				got := (*out)[i]
				switch {
				case got.Found:
					if len(v) == 0 || v[len(v)-1] != got.Value {
						return s, false
					}
				case len(got.List) > 0:
					if !slices.Equal(v, got.List) {
						return s, false
					}
				case len(v) > 0:
					return s, false
				}
			}
			return s, true
		},
	}
}

// TestTransactionsAgree compares the anomalies found in short histories of stores that
// keep transactions apart badly with a search over all serial orders. What is
// reported must be there; and for lists little may be missed.
func TestTransactionsAgree(t *testing.T) {
	for _, lists := range []bool{true, false} {
		wrong, found := 0, 0
		for seed := range uint64(histories(t)) {
			how := []isolation{serial, snapshots, committed}[seed%3]
			ops := txnWorkload(how, lists, 3, 2, 6, seed)
			overlapping := slices.Clone(ops)
			for i := range overlapping {
				o := &overlapping[i]
				o.Client, o.Call.Order, o.Return.Order = i, 1, 1
			}
			for level, history := range map[Level][]Operation[Txn, Txn]{StrictSerializable: ops, Serializable: overlapping} {
				want := Check(txnModel(), history, Config{}).Verdict
				got := CheckTransactions(ops, level)
				if got.Verdict == Illegal && want == Ok {
					t.Fatalf("seed %d, lists %v: %s, but it is %s", seed, lists, got, level)
				}
				if want == Illegal {
					wrong++
					if got.Verdict == Illegal {
						found++
					}
				}
			}
		}
		t.Logf("lists %v: found %d of %d broken levels", lists, found, wrong)
		if lists && found*100 < wrong*99 {
			t.Errorf("only %d of %d broken levels found", found, wrong)
		}
	}
}
