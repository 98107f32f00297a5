package checker

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares text with a file that programs outside of this module may rely on.
func golden(t *testing.T, name string, text []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(text, want) {
		t.Errorf("%s differs: names of fields are a promise; if it is meant to change, run the test with -update\n%s", file, text)
	}
}

// TestExplanationJSON fixes the JSON of an explanation in which each field is used.
func TestExplanationJSON(t *testing.T) {
	m := KeyValue[int]()
	write := func(v int) iop { return iop{Kind: Write, Key: "x", Value: v} }
	read := iop{Kind: Read, Key: "x"}
	ops := script(at(1, 2, write(1), ires{}), at(3, 4, write(2), ires{}), at(5, 6, read, ires{2, true}), at(7, 8, read, ires{1, true}),
		at(9, 12, iop{Kind: CAS, Key: "x", Old: 5, Value: 6}, ires{}), at(10, 11, read, ires{6, true}))
	ops[4].Outcome = OutcomeUnknown
	ops[3].Call.At, ops[3].Return.Step = time.Millisecond, 17
	for name, use := range map[string]Algorithm{"explanation_zones.json": "", "explanation_search.json": BySearch} {
		e := Explain(Check(m, ops, Config{Use: use}))
		// There are two contradictions; the one named must be the one shown.
		if e.Class != ClassStale || len(e.Ops) != 3 {
			t.Errorf("%s", e)
		}
		text, err := e.JSON()
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name, append(text, '\n'))
	}
	ops[3].Out = ops[2].Out
	text, err := Explain(Check(m, ops[:4], Config{})).JSON()
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "explanation_ok.json", append(text, '\n'))
}

// TestTransactionsJSON fixes the JSON of a verdict on transactions.
func TestTransactionsJSON(t *testing.T) {
	ops := txnWorkload(snapshots, true, 4, 3, 60, 1)
	text, err := json.MarshalIndent(CheckTransactions(ops, Serializable), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "transactions.json", append(text, '\n'))
}
