package checker

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// txns builds a history from lines such as "1: r x [1 2]; a y 3", which begin with
// the client. A client followed by ! aborted, by ? has an unknown outcome. Each
// line overlaps all others, unless times are given: "1@3-5: …".
func txns(t *testing.T, text string) []Operation[Txn, Txn] {
	t.Helper()
	var ops []Operation[Txn, Txn]
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		head, body, _ := strings.Cut(strings.TrimSpace(line), ": ")
		o := Operation[Txn, Txn]{ID: len(ops), Client: len(ops), Call: Stamp{Order: 1}, Return: Stamp{Order: 100}}
		switch head[len(head)-1] {
		case '!':
			o.Outcome = OutcomeFailed
		case '?':
			o.Outcome = OutcomeUnknown
		}
		if _, times, ok := strings.Cut(head, "@"); ok {
			if _, err := fmt.Sscanf(times, "%d-%d", &o.Call.Order, &o.Return.Order); err != nil {
				t.Fatal(line, err)
			}
		}
		for _, part := range strings.Split(body, "; ") {
			m := Micro{Key: part[2:3]}
			rest := part[3:]
			switch part[0] {
			case 'r':
				m.Kind = Read
				if list, ok := strings.CutPrefix(rest, " ["); ok {
					for _, f := range strings.Fields(strings.TrimSuffix(list, "]")) {
						v := 0
						fmt.Sscan(f, &v)
						m.List = append(m.List, v)
					}
				} else if rest != "" {
					m.Found = true
					fmt.Sscan(rest, &m.Value)
				}
			case 'a':
				m.Kind = Append
				fmt.Sscan(rest, &m.Value)
			case 'w':
				m.Kind = Write
				fmt.Sscan(rest, &m.Value)
			}
			o.Out = append(o.Out, m)
			if m.Kind == Read {
				m.List, m.Value, m.Found = nil, 0, false
			}
			o.In = append(o.In, m)
		}
		ops = append(ops, o)
	}
	return ops
}

func TestPlantedAnomalies(t *testing.T) {
	for _, tt := range []struct {
		class  Class
		breaks Level
		text   string
	}{
		{ClassDirtyWrite, ReadUncommitted, "0: a x 1; a y 2\n1: a x 3; a y 4\n2: r x [1 3]; r y [4 2]"},
		{ClassAbortedRead, ReadCommitted, "0!: a x 1\n1: r x [1]"},
		{ClassAbortedRead, ReadCommitted, "0!: w x 1\n1: r x 1"},
		{ClassIntermediate, ReadCommitted, "0: a x 1; a x 2\n1: r x [1]\n2: r x [1 2]"},
		{ClassIntermediate, ReadCommitted, "0: w x 1; w x 2\n1: r x 1"},
		{ClassCircular, ReadCommitted, "0: a x 1; r y [2]\n1: a y 2; r x [1]"},
		{ClassCircular, ReadCommitted, "0: w x 1; r y 2\n1: w y 2; r x 1"},
		{ClassFractured, ReadAtomic, "0: a x 1; a y 2\n1: r x [1]; r y []"},
		{ClassFractured, ReadAtomic, "0: w x 1; w y 2\n1: r x 1; r y"},
		{ClassInternal, ReadAtomic, "0: a x 1; r x []\n1: r x [1]"},
		{ClassInternal, ReadAtomic, "0: r x [1]; r x []\n1: a x 1"},
		{ClassReadSkew, SnapshotIsolation, "0: a x 1\n1: r x [1]; a y 2\n2: r x []; r y [2]"},
		{ClassLostUpdate, SnapshotIsolation, "0: r x []; a x 1\n1: r x []; a x 2\n2: r x [1 2]"},
		{ClassLostUpdate, SnapshotIsolation, "0: r x; w x 1\n1: r x; w x 2"},
		{ClassLongFork, SnapshotIsolation, "0: a x 1\n1: a y 2\n2: r x [1]; r y []\n3: r x []; r y [2]"},
		{ClassWriteSkew, Serializable, "0: r x []; a y 1\n1: r y []; a x 2\n2: r x [2]; r y [1]"},
		{ClassWriteSkew, Serializable, "0: r x; w y 1\n1: r y; w x 2"},
		{ClassG2, Serializable, "0: r x []; a y 1\n1: r y []; a z 2\n2: r z []; a x 3\n3: r x [3]; r y [1]; r z [2]"},
		{ClassReadSkew, StrictSerializable, "0@1-2: a x 1\n1@3-4: r x []\n2@5-6: r x [1]"},
		{ClassIncompatible, ReadUncommitted, "0: a x 1\n1: a x 2\n2: r x [1 2]\n3: r x [2]"},
		{ClassDuplicateWrite, ReadUncommitted, "0: a x 1\n1: r x [1 1]"},
		{ClassPhantom, ReadUncommitted, "0: a x 1\n1: r x [1 9]"},
		{ClassCyclicVersions, ReadUncommitted, "0: r x 2; w x 1\n1: r x 1; w x 2"},
	} {
		t.Run(string(tt.class), func(t *testing.T) {
			r := CheckTransactions(txns(t, tt.text), tt.breaks)
			if r.Err != nil || r.Verdict != Illegal || classes(r)[tt.class] == 0 {
				t.Fatalf("%s with %q, want %s\n%s", r.Verdict, classNames(r), tt.class, r)
			}
			for _, a := range r.Anomalies {
				if a.Class == tt.class && a.Breaks != tt.breaks {
					t.Errorf("it breaks %s, want %s", a.Breaks, tt.breaks)
				}
			}
			if below := slices.Index(txnLevels, tt.breaks) - 1; below >= 0 {
				if r := CheckTransactions(txns(t, tt.text), txnLevels[below]); r.Verdict != Ok {
					t.Errorf("%s is broken as well: %s", txnLevels[below], r)
				}
			}
		})
	}
}

// TestCorrectStores checks that no anomaly is found that a store excludes, and that
// those that it allows are found.
func TestCorrectStores(t *testing.T) {
	for _, tt := range []struct {
		how    isolation
		level  Level
		allows []Class // found in some run
	}{
		{serial, StrictSerializable, nil},
		{snapshots, SnapshotIsolation, []Class{ClassWriteSkew}},
		{committed, ReadCommitted, []Class{ClassLostUpdate, ClassFractured}},
	} {
		for _, lists := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/lists=%v", tt.level, lists), func(t *testing.T) {
				found := map[Class]int{}
				for seed := range uint64(60) {
					r := CheckTransactions(txnWorkload(tt.how, lists, 6, 4, 200, seed), tt.level)
					if r.Verdict != Ok {
						t.Fatalf("seed %d: %s", seed, r)
					}
					for class := range classes(r) {
						found[class]++
					}
				}
				for _, class := range tt.allows {
					if found[class] == 0 {
						t.Errorf("%s was never found; found %v", class, found)
					}
				}
				t.Logf("above its level: %v", found)
			})
		}
	}
}

func TestTransactionsRejects(t *testing.T) {
	if r := CheckTransactions(txns(t, "0: a x 1\n1: a x 1"), Serializable); r.Err == nil || r.Verdict != Unknown {
		t.Errorf("a value written twice: %s", r)
	}
	if r := CheckTransactions(nil, "best"); r.Err == nil || r.Verdict != Unknown {
		t.Errorf("an unknown level: %s", r)
	}
}

// TestTxnGrowth prints time against length if TERRELLA_CHECKER_GROWTH is set; it
// always checks the verdict, on a short history.
func TestTxnGrowth(t *testing.T) {
	lengths := []int{1000}
	if os.Getenv("TERRELLA_CHECKER_GROWTH") != "" {
		lengths = []int{1000, 10_000, 100_000, 1_000_000}
	}
	for _, n := range lengths {
		ops := txnWorkload(serial, true, 20, 10, n, 1)
		start := time.Now()
		r := CheckTransactions(ops, StrictSerializable)
		if r.Verdict != Ok {
			t.Errorf("%d transactions: %s", n, r)
		}
		t.Logf("%8d transactions, list-append, strict serializable: %.2f s", n, time.Since(start).Seconds())
	}
}
