package findings

import (
	"bytes"
	"encoding/xml"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terrella-go/terrella/internal/plan"
)

var update = flag.Bool("update", false, "write the golden files anew")

// example returns a report with a bucket in each state, and with text that the formats have to escape.
func example(t *testing.T, withRecord bool) *Report {
	t.Helper()
	r := &Record{}
	found := func(edits ...func(*plan.File)) *Set {
		var s Set
		for i, edit := range edits {
			for seed := range uint64(i + 1) {
				f := failure(seed+1, edit)
				x := FromFile(f, fmt.Sprintf("out/%s", f.FileName()))
				x.Path = "register/register_test.go"
				if _, err := s.Add(x); err != nil {
					t.Fatal(err)
				}
			}
		}
		return &s
	}
	property := func(name string) func(*plan.File) {
		return func(f *plan.File) { f.Property = name }
	}
	nasty := func(f *plan.File) {
		f.Property, f.Message = "", "panic in goroutine 7 of node a: 100% of <this> & \"that\", 1:2 | `x`\x1b[31m\n\ngoroutine 7:\n```\nmain.go:1\r\n"
		f.Story = "At 1.3s the power fails on b."
	}
	ran := []Ran{{"example.com/register", "TestRegister", 1000}, {"example.com/register", "TestOther", 500}, {"example.com/queue", "TestQueue", 1}}
	update := func(run Run) {
		if err := r.Update(run); err != nil {
			t.Fatal(err)
		}
	}
	update(Run{ID: "commit-1", Found: found(property("comes back"), property("is resolved"), property("stays")), Ran: ran})
	update(Run{ID: "commit-2", Found: found(property("stays")), Ran: []Ran{{"example.com/register", "TestRegister", 9000}},
		Passes: map[string]bool{r.Entries[0].ID: true}})
	last := found(property("comes back"), property("linearizable"), nasty)
	if ok, err := last.Add(&Finding{Kind: Nondeterminism, Package: "example.com/queue", Test: "TestQueue", Seed: 0x5eed}); !ok || err != nil {
		t.Fatal(err)
	}
	passes := make(map[string]bool)
	for _, e := range r.Entries {
		if e.Property == "is resolved" {
			passes[e.ID] = true
		}
	}
	update(Run{ID: "commit-3", Found: last, Ran: append(ran, Ran{"example.com/register", "TestRegister", 30_000}), Passes: passes})
	report := &Report{Found: last, Ran: ran}
	if withRecord {
		report.Record = r
	}
	return report
}

// golden compares what is written with a file.
func golden(t *testing.T, name string, write func(io.Writer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("testdata", "report", name)
	if *update {
		if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b.Bytes(), want) {
		t.Errorf("%s differs (go test -update writes it anew); now it is:\n%s", name, b.Bytes())
	}
	return b.Bytes()
}

func TestGolden(t *testing.T) {
	r := example(t, true)
	golden(t, "table.txt", r.WriteTable)
	golden(t, "annotations.txt", r.WriteAnnotations)
	golden(t, "summary.md", r.WriteSummary)
	golden(t, "junit.xml", r.WriteJUnit)
	golden(t, "table-without-record.txt", example(t, false).WriteTable)
	golden(t, "table-empty.txt", (&Report{}).WriteTable)
	golden(t, "junit-empty.xml", (&Report{}).WriteJUnit)
}

func TestStatesOfTheExample(t *testing.T) {
	states := make(map[string]State)
	for _, row := range example(t, true).Rows() {
		states[row.Smallest.Title()] = row.State
	}
	for title, want := range map[string]State{"linearizable": New, "comes back": Regressed, "stays": Ongoing, "is resolved": Resolved} {
		if states[title] != want {
			t.Errorf("%s is %q; want %q", title, states[title], want)
		}
	}
}

// unescape is what GitHub's runner does with a workflow command.
func unescape(s string) string {
	return strings.NewReplacer("%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",", "%25", "%").Replace(s)
}

// Annotations are one line each, and what the runner reads from them is what was meant.
func TestAnnotationsAreRead(t *testing.T) {
	r := example(t, true)
	var b bytes.Buffer
	if err := r.WriteAnnotations(&b); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	var open []Row
	for _, row := range r.Rows() {
		if row.State != Resolved {
			open = append(open, row)
		}
	}
	if len(lines) != len(open) {
		t.Fatalf("%d lines for %d open buckets", len(lines), len(open))
	}
	for i, line := range lines {
		command, message, ok := strings.Cut(strings.TrimPrefix(line, "::error "), "::")
		if !ok || !strings.HasPrefix(line, "::error ") {
			t.Errorf("no command: %s", line)
		}
		props := make(map[string]string)
		for p := range strings.SplitSeq(command, ",") {
			key, value, _ := strings.Cut(p, "=")
			props[key] = unescape(value)
		}
		f := open[i].Smallest
		if f.Path != "" && (props["file"] != f.Path || props["line"] != fmt.Sprint(f.Site.Line)) {
			t.Errorf("properties %v; want file %s and line %d", props, f.Path, f.Site.Line)
		}
		if want := f.Test + ": " + f.label() + " (" + string(open[i].State) + ")"; props["title"] != want {
			t.Errorf("title %q; want %q", props["title"], want)
		}
		if want := strings.TrimSpace(open[i].text()); unescape(message) != want {
			t.Errorf("message %q; want %q", unescape(message), want)
		}
	}
}

// GitHub drops all annotations of a step beyond ten; the tenth says so.
func TestManyAnnotations(t *testing.T) {
	for _, n := range []int{9, 10, 11, 40} {
		var s Set
		for i := range n {
			if _, err := s.Add(FromFile(failure(1, func(f *plan.File) { f.Property = fmt.Sprint("p", i) }), "")); err != nil {
				t.Fatal(err)
			}
		}
		var b bytes.Buffer
		if err := (&Report{Found: &s}).WriteAnnotations(&b); err != nil {
			t.Fatal(err)
		}
		if lines := strings.Count(b.String(), "\n"); lines != min(n, 10) {
			t.Errorf("%d buckets: %d annotations", n, lines)
		}
		if says := strings.Contains(b.String(), fmt.Sprintf("%d more buckets", n-9)); says != (n > 10) {
			t.Errorf("%d buckets: says that there are more: %t", n, says)
		}
	}
}

// A summary that is too long for GitHub would not be shown at all.
func TestSummaryFits(t *testing.T) {
	var s Set
	for i := range 3000 {
		f := failure(1, func(f *plan.File) { f.Property, f.Story = fmt.Sprint("property ", i), strings.Repeat("a story ", 200) })
		if _, err := s.Add(FromFile(f, "")); err != nil {
			t.Fatal(err)
		}
	}
	r := &Report{Found: &s}
	name := filepath.Join(t.TempDir(), "summary")
	if err := os.WriteFile(name, []byte("what the step wrote before\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := r.AppendSummary(name); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	if len(text) > largestSummary || !strings.HasPrefix(text, "what the step wrote before\n## Terrella") || !strings.HasSuffix(text, "a summary can't be longer.\n") {
		t.Errorf("%d bytes, which begin %.80q and end %.80q", len(text), text, text[max(0, len(text)-80):])
	}
	if strings.Count(text, "<details>") != strings.Count(text, "</details>") {
		t.Error("a section is cut")
	}
	var small bytes.Buffer
	if err := r.writeSummary(&small, 1000); err != nil || small.Len() > 1000 {
		t.Errorf("%d bytes where there is room for 1000, %v", small.Len(), err)
	}
}

// The numbers in JUnit XML are those of its elements, and it is read back as it was written.
func TestJUnitIsRead(t *testing.T) {
	r := example(t, true)
	var b bytes.Buffer
	if err := r.WriteJUnit(&b); err != nil {
		t.Fatal(err)
	}
	var s junitSuites
	if err := xml.Unmarshal(b.Bytes(), &s); err != nil {
		t.Fatal(err)
	}
	tests, failures, errors := 0, 0, 0
	for _, suite := range s.Suites {
		f, e := 0, 0
		for _, c := range suite.Cases {
			if c.Failure != nil {
				f++
			}
			if c.Error != nil {
				e++
			}
		}
		if suite.Tests != len(suite.Cases) || suite.Failures != f || suite.Errors != e {
			t.Errorf("%s: %d tests, %d failures, %d errors; its cases are %d, %d and %d", suite.Name, suite.Tests, suite.Failures, suite.Errors, len(suite.Cases), f, e)
		}
		tests, failures, errors = tests+suite.Tests, failures+f, errors+e
	}
	if s.Tests != tests || s.Failures != failures || s.Errors != errors || failures != 3 || errors != 2 || tests != 6 {
		t.Errorf("%d tests, %d failures, %d errors; want 6, 3 and 2: the open buckets, and the test that ran without one", s.Tests, s.Failures, s.Errors)
	}
	if _, err := r.Found.Add(&Finding{Kind: Property, Package: "p\x00", Test: "T\x01", Message: "m\ufffe"}); err != nil {
		t.Fatal(err)
	}
	b.Reset()
	if err := r.WriteJUnit(&b); err != nil {
		t.Fatal(err)
	}
	if err := xml.Unmarshal(b.Bytes(), new(junitSuites)); err != nil {
		t.Errorf("with control characters in it: %v", err)
	}
}

func TestCollect(t *testing.T) {
	dir := t.TempDir()
	var s Set
	for i, folder := range []string{"shard-1", "shard-2"} {
		base := filepath.Join(dir, folder, "linearizable-1")
		f := failure(1, func(f *plan.File) { f.Found.Schedule = plan.Number(i) })
		if err := f.WriteFile(base + ".json"); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(base+".trace", []byte(folder), 0o666); err != nil {
			t.Fatal(err)
		}
		x, err := Read(base + ".json")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Add(x); err != nil {
			t.Fatal(err)
		}
	}
	to := filepath.Join(dir, "artifacts")
	for range 2 { // the second time they are there
		if err := s.Collect(to); err != nil {
			t.Fatal(err)
		}
	}
	for i, f := range s.Buckets()[0].Smallest {
		base := filepath.Join(to, s.Buckets()[0].Key.ID, []string{"linearizable-1", "linearizable-1-2"}[i])
		if f.File != base+".json" || f.Trace != base+".trace" || f.Picture != "" {
			t.Errorf("%q, %q, %q; want those of %s", f.File, f.Trace, f.Picture, base)
		}
		if text, err := os.ReadFile(f.Trace); err != nil || string(text) != fmt.Sprint("shard-", i+1) {
			t.Errorf("%s: %q, %v", f.Trace, text, err)
		}
		if _, err := Read(f.File); err != nil {
			t.Error(err)
		}
	}
	s.Buckets()[0].Smallest[0].Picture = filepath.Join(dir, "gone.html")
	if err := s.Collect(to); err == nil || !strings.Contains(err.Error(), "gone.html") {
		t.Errorf("a picture that is gone: %v", err)
	}
}
