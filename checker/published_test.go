package checker

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/anishathalye/porcupine"
)

// published returns the histories that porcupine is tested with, from its module.
func published(t testing.TB, pattern string) []string {
	t.Helper()
	dir := os.Getenv("TERRELLA_PORCUPINE")
	if dir == "" {
		out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/anishathalye/porcupine").Output()
		if err != nil {
			t.Fatal(err)
		}
		dir = strings.TrimSpace(string(out))
	}
	files, err := filepath.Glob(filepath.Join(dir, "test_data", pattern))
	if err != nil || len(files) == 0 {
		t.Fatalf("no histories in %s: %v", dir, err)
	}
	return files
}

func open(t testing.TB, name string) *os.File {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// forPorcupine translates operations for Model.Porcupine.
func forPorcupine[In, Out any](ops []Operation[In, Out]) []porcupine.Operation {
	var history []porcupine.Operation
	last := int64(0)
	for _, o := range ops {
		last = max(last, int64(o.Call.Order), int64(o.Return.Order))
	}
	for i := range ops {
		o := &ops[i]
		op := porcupine.Operation{ClientId: o.Client, Input: o.In, Output: &o.Out, Call: int64(o.Call.Order), Return: int64(o.Return.Order)}
		switch o.Outcome {
		case OutcomeFailed:
			continue
		case OutcomeUnknown:
			op.Output, op.Return = (*Out)(nil), last+1
		}
		history = append(history, op)
	}
	return history
}

// porcupineSays asks porcupine itself about operations without keys.
func porcupineSays[S, In, Out any](m Model[S, In, Out], ops []Operation[In, Out]) Verdict {
	return Verdict(porcupine.CheckOperationsTimeout(m.Porcupine(), forPorcupine(ops), 0))
}

func TestPublishedEtcd(t *testing.T) {
	const absent = -1
	m := Register(absent)
	legal := 0
	var sizes []int
	files := published(t, "jepsen/*.log")
	for _, name := range files {
		ops, err := ReadJepsen(open(t, name), DecodeRegister(absent))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got := Check(m, ops, Config{})
		if want := porcupineSays(m, ops); got.Verdict != want {
			t.Errorf("%s: %s, porcupine says %s", filepath.Base(name), got.Verdict, want)
		}
		if got.Verdict == Ok {
			legal++
			continue
		}
		e := Explain(got)
		sizes = append(sizes, len(e.Ops))
		if left, optional := subHistory(e, ops); naive(m, left, optional...) {
			t.Errorf("%s: the explanation is legal:\n%s", filepath.Base(name), e)
		}
		if len(sizes) <= 3 {
			t.Logf("%s: %s", filepath.Base(name), e)
		}
	}
	slices.Sort(sizes)
	median := sizes[len(sizes)/2]
	t.Logf("%d histories, %d legal; explanations of the others: median %d operations, at most %d", len(files), legal, median, sizes[len(sizes)-1])
	if median > 10 {
		t.Errorf("the median explanation has %d operations: %v", median, sizes)
	}
}

// kvDecode decodes porcupine's key-value histories: get, put and append of strings.
func kvDecode(call, completion *JepsenEvent, op *Operation[kvOp, string]) error {
	op.In.f = call.F
	op.In.key, _ = call.Key.(string)
	op.In.value, _ = call.Value.(string)
	if op.In.f == "get" && completion != nil {
		op.Out, _ = completion.Value.(string)
	}
	return nil
}

type kvOp struct{ f, key, value string }

// stringStore is the model of these histories.
func stringStore() Model[string, kvOp, string] {
	return Model[string, kvOp, string]{
		Name: "strings",
		Init: func() string { return "" },
		Step: func(s string, in kvOp, out *string) (string, bool) {
			switch in.f {
			case "put":
				return in.value, true
			case "append":
				return s + in.value, true
			}
			return s, out == nil || *out == s
		},
		Key:   func(in kvOp, _ *string) any { return in.key },
		Reads: func(in kvOp, _ *string) bool { return in.f == "get" },
	}
}

func TestPublishedKeyValue(t *testing.T) {
	m := stringStore()
	for _, name := range published(t, "kv/*.txt") {
		ops, err := ReadJepsen(open(t, name), kvDecode)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		want := Ok
		if strings.HasSuffix(name, "-bad.txt") {
			want = Illegal
		}
		got := Check(m, ops, Config{})
		if got.Verdict != want {
			t.Errorf("%s: %s, want %s", filepath.Base(name), got.Verdict, want)
		}
		steps := int64(0)
		for _, p := range got.Parts {
			steps += p.Steps
		}
		t.Logf("%s: %s after %d steps", filepath.Base(name), got.Verdict, steps)
	}
}
