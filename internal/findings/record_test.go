package findings

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/terrella-go/terrella/internal/plan"
)

// A recorded is a record under test, with shortcuts.
type recorded struct {
	*Record
	t   *testing.T
	dir string
}

func newRecorded(t *testing.T) *recorded {
	return &recorded{&Record{}, t, t.TempDir()}
}

// run enters a run that found the failures of the properties given, after so many seeds.
func (r *recorded) run(id string, seeds int, passes []string, properties ...string) {
	r.t.Helper()
	var s Set
	for i, p := range properties {
		f := failure(uint64(i+1), func(f *plan.File) { f.Property = p })
		name := filepath.Join(r.dir, p+".json")
		if err := f.WriteFile(name); err != nil {
			r.t.Fatal(err)
		}
		if _, err := s.Add(FromFile(f, name)); err != nil {
			r.t.Fatal(err)
		}
	}
	run := Run{ID: id, Found: &s, Passes: make(map[string]bool)}
	if seeds > 0 {
		run.Ran = []Ran{{"example.com/register", "TestRegister", seeds}, {"example.com/other", "TestRegister", 1 << 20}}
	}
	for _, p := range passes {
		run.Passes[FromFile(failure(1, func(f *plan.File) { f.Property = p }), "").Key().ID] = true
	}
	if err := r.Update(run); err != nil {
		r.t.Fatal(err)
	}
}

// want checks the states, written like "a:new b:resolved".
func (r *recorded) want(when, states string) {
	r.t.Helper()
	var got []string
	for _, e := range r.Entries {
		got = append(got, e.Property+":"+string(e.State))
	}
	if s := strings.Join(got, " "); s != states {
		r.t.Errorf("%s: %s; want %s", when, s, states)
	}
}

func TestLifeOfABucket(t *testing.T) {
	r := newRecorded(t)
	r.run("r1", 100, nil, "a")
	r.want("found", "a:new")
	r.run("r2", 100, nil, "a", "b")
	r.want("again, and another", "a:ongoing b:new")
	r.run("r3", 100, nil)
	r.want("not seen", "a:ongoing b:ongoing")
	r.run("r4", 0, []string{"a", "b"})
	r.want("their files pass, but the test was not run", "a:ongoing b:ongoing")
	// a: 2 in 300 seeds, so 450 quiet ones are wanted.
	r.run("r5", 449, []string{"a"})
	r.want("not yet enough", "a:ongoing b:ongoing")
	r.run("r6", 1, []string{"a"})
	r.want("enough", "a:resolved b:ongoing")
	r.run("r7", 10_000, nil)
	r.want("b's file still fails", "a:resolved b:ongoing")
	r.run("r8", 100, nil, "a")
	r.want("back", "a:regressed b:ongoing")
	if e := r.Entries[0]; e.First != "r1" || e.Seen != "r8" || e.Count != 1 || e.Seeds != 100 || e.Resolved != "" {
		t.Errorf("after it came back: %+v", e.Status)
	}
	r.run("r9", 100, nil, "a")
	r.want("still there", "a:ongoing b:ongoing")
}

// Quiet seeds count only while the kept failure passes.
func TestAFailingFileBeginsAgain(t *testing.T) {
	r := newRecorded(t)
	r.run("r1", 100, nil, "a")
	r.run("r2", 200, []string{"a"})
	r.run("r3", 0, nil)
	r.run("r4", 299, []string{"a"})
	r.want("299 since", "a:ongoing")
	if e := r.Entries[0]; e.Enough() != 900 || e.Quiet != 299 {
		t.Errorf("%d of %d; want 299 of 900, as the 200 seeds before were seeds with the bug", e.Quiet, e.Enough())
	}
}

// A failure without a file is resolved by seeds alone.
func TestWithoutAFile(t *testing.T) {
	r := &Record{}
	var s Set
	s.Add(&Finding{Kind: Nondeterminism, Package: "p", Test: "TestX", Seed: 1})
	for i, step := range []struct {
		found *Set
		seeds int
		want  State
	}{{&s, 10, New}, {nil, 29, Ongoing}, {nil, 1, Resolved}} {
		if err := r.Update(Run{ID: fmt.Sprint(i), Found: step.found, Ran: []Ran{{"p", "TestX", step.seeds}}}); err != nil {
			t.Fatal(err)
		}
		if got := r.Entries[0].State; got != step.want {
			t.Errorf("run %d: %s; want %s", i, got, step.want)
		}
	}
}

// A run that is entered twice counts once: CI repeats jobs.
func TestARunTakesItsOwnPlace(t *testing.T) {
	r := newRecorded(t)
	r.run("r1", 100, nil, "a", "c")
	r.run("r2", 1000, []string{"a"}, "b")
	r.want("first try", "a:resolved b:new c:ongoing")
	r.run("r2", 100, nil, "c")
	r.want("second try", "a:ongoing c:ongoing")
	once := newRecorded(t)
	once.run("r1", 100, nil, "a", "c")
	once.run("r2", 100, nil, "c")
	for _, e := range append(r.Entries, once.Entries...) {
		e.Smallest, e.Failure = nil, nil // the folders differ
		if e.Before != nil {
			e.Before.Smallest, e.Before.Failure = nil, nil
		}
	}
	if !reflect.DeepEqual(r.Record, once.Record) {
		t.Errorf("a run that was repeated left traces:\n%+v\n%+v", r.Entries[0], once.Entries[0])
	}
}

func TestRecordFile(t *testing.T) {
	r := newRecorded(t)
	r.run("r1", 100, nil, "b", "a")
	r.run("r2", 100, nil, "a")
	name := filepath.Join(t.TempDir(), "ci", "findings.json")
	if err := r.Write(name); err != nil {
		t.Fatal(err)
	}
	first, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	back, err := ReadRecord(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := back.Write(name); err != nil {
		t.Fatal(err)
	}
	second, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, second) {
		t.Errorf("what was read and written is another file:\n%s\n%s", first, second)
	}
	f, err := plan.Decode(back.Entries[0].Failure)
	if err != nil || f.Property != "a" {
		t.Errorf("the failure kept in the record: %v", err)
	}
}

func TestRecordWithoutFile(t *testing.T) {
	r, err := ReadRecord(filepath.Join(t.TempDir(), "findings.json"))
	if err != nil || len(r.Entries) != 0 {
		t.Errorf("%v, %v; want an empty record", r, err)
	}
}

// What can't be understood is an error that names the file.
func TestRecordRefuses(t *testing.T) {
	entry := `{"id":"1","key":"k","kind":"property","package":"p","test":"T","site":{},"first_seen":"r","state":"new","last_seen":"r","count":1}`
	for _, test := range []struct{ text, want string }{
		{``, "no record"},
		{`{"schema":1,"buckets":[`, "only a part"},
		{`[]`, "no record"},
		{`{"buckets":[]}`, `no "schema"`},
		{`{"schema":2,"buckets":[],"more":1}`, "schema 2"},
		{`{"schema":1,"bucket":[]}`, "bucket"},
		{`{"schema":1,"buckets":[null]}`, "buckets[0]"},
		{`{"schema":1,"buckets":[` + strings.Replace(entry, `"new"`, `"fresh"`, 1) + `]}`, "fresh"},
		{`{"schema":1,"buckets":[` + strings.Replace(entry, `"count":1`, `"count":-1`, 1) + `]}`, "below 0"},
		{`{"schema":1,"buckets":[` + entry + `,` + entry + `]}`, "twice"},
	} {
		name := filepath.Join(t.TempDir(), "findings.json")
		if err := os.WriteFile(name, []byte(test.text), 0o666); err != nil {
			t.Fatal(err)
		}
		_, err := ReadRecord(name)
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v; want %q and the file's name", test.text, err, test.want)
		}
	}
}

func TestUpdateWantsAnID(t *testing.T) {
	if err := new(Record).Update(Run{}); err == nil {
		t.Error("a run without an id was entered")
	}
}

func TestSummary(t *testing.T) {
	name := filepath.Join(t.TempDir(), SummaryName)
	lost := &Finding{Kind: Nondeterminism, Package: "p", Test: "TestB", Seed: 7}
	s := &Summary{Ran: []Ran{{"p", "TestB", 3}, {"p", "TestA", 2}, {"p", "TestB", 4}}, Findings: []*Finding{lost}, Counted: []Counted{{"a key", 40000}}}
	ran := []Ran{{"p", "TestA", 2}, {"p", "TestB", 7}}
	if err := s.Write(name); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadSummary(name); err != nil || !reflect.DeepEqual(got, &Summary{1, ran, []*Finding{lost}, []Counted{{"a key", 40000}}}) {
		t.Errorf("%+v, %v", got, err)
	}
	log := `{"Action":"start","Package":"p"}
{"Action":"output","Package":"p","Test":"TestA","Output":"    sim: TestA: 2 seeds, 126 steps, virtual 30.024s in real 70ms, schedule hash 0x5f, event hash 0x32\n"}
{"Action":"output","Package":"p","Test":"TestB","Output":"    b_test.go:27: sim: TestB failed at seed 0xcbe83729ea4d82f7 (7 of 500)\n"}
{"Action":"output","Package":"p","Test":"TestB","Output":"        a note about sim: TestB: 9 seeds\n"}
not of this world
`
	if err := os.WriteFile(name, []byte(log), 0o666); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadSummary(name); err != nil || !reflect.DeepEqual(got.Ran, ran) {
		t.Errorf("of go test -json: %v, %v; want %v", got, err, ran)
	}
	for _, text := range []string{"ok p 0.1s\n", `{"schema":2,"ran":[]}`, `{"schema":1,"ran":[{"test":"T","seeds":-1}]}`,
		`{"schema":1,"runs":[]}`, `{"schema":1,"ran":[],"findings":[null]}`, `{"schema":1,"ran":[],"findings":[{"kind":"odd","test":"T"}]}`,
		`{"schema":1,"ran":[],"counted":[{"failures":1}]}`, `{"schema":1,"ran":[],"counted":[{"bucket":"b","failures":-1}]}`} {
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if got, err := ReadSummary(name); err == nil {
			t.Errorf("%s: read as %+v", text, got)
		}
	}
}
