package main

import (
	"bytes"
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terrella-go/terrella/internal/findings"
	"github.com/terrella-go/terrella/internal/plan"
)

// worldsPackage is the package of testdata/worlds.
const worldsPackage = "github.com/terrella-go/terrella/cmd/terrella/testdata/worlds"

// failureOf returns a failure file of a test in testdata/worlds, as far as it is needed to replay it.
func failureOf(t *testing.T, test, property string) string {
	t.Helper()
	data, err := (&plan.File{
		Test: test, Package: worldsPackage, Property: property, Message: "it does not hold",
		Site:   plan.Site{Func: worldsPackage + "." + test + ".func1", File: "worlds/worlds_test.go", Line: 17},
		Plan:   plan.Plan{Seed: 7, Faults: &[]string{}},
		Shrunk: &plan.Shrunk{Finished: true},
	}).Encode()
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestTriage(t *testing.T) {
	nondeterminism := `{"schema": 1, "ran": [], "findings": [{"kind": "nondeterminism", "package": "p", "test": "TestN", "seed": "0x7"}]}`
	dir := tree(t, map[string]string{
		"none/findings.json":                    `{"schema": 1, "buckets": [{"test": "TestX"}]}`,
		"none/list.json":                        `[{"schema": 1, "test": "TestX"}]`,
		"none/package.json":                     `{"scripts": {"test": "x"}}`,
		"none/.git/x.json":                      `{"schema": 1, "test": "TestHidden"`,
		"one/testdata/sim/TestSteady/x-7.json":  failureOf(t, "TestSteady", "x"),
		"out/a/failure.json":                    failureOf(t, "TestSteady", "x"),
		"out/a/run.trace":                       "",
		"out/a/run.html":                        "a page",
		"out/campaign.json":                     `{"schema": 1, "ran": [{"package": "` + worldsPackage + `", "test": "TestSteady", "seeds": 100}]}`,
		"half/x.json":                           failureOf(t, "TestSteady", "x")[:200],
		"half/testdata/sim/TestX/not-mine.json": `{}`,
		"newer/x.json":                          `{"schema": 99, "test": "TestSteady"}`,
		"shaky/campaign.json":                   nondeterminism,
		"bad/campaign.json":                     `{"schema": 1, "ran": 7}`,
		"notes.txt":                             "no failure",
		"newer-record.json":                     `{"schema": 99, "buckets": []}`,
	})
	for _, tt := range []struct {
		name string
		args string
		code int
		want []string
	}{
		{"nothing", "none", 0, []string{"no failures"}},
		{"a kept failure", "one", 1, []string{"TestSteady", "1 failure in 1 bucket", "terrella replay one/testdata/sim/TestSteady/x-7.json"}},
		{"of a campaign", "out", 1, []string{"terrella replay out/a/failure.json"}},
		{"the same twice", "one out", 1, []string{"1 failure in 1 bucket"}},
		{"a file", "out/a/failure.json", 1, []string{"1 failure in 1 bucket"}},
		{"half a file", "half", 3, []string{"skipped: half/x.json", "only a part", "skipped: half/testdata/sim/TestX/not-mine.json", "no failures"}},
		{"a newer file", "newer one", 3, []string{"schema 99", "use the version that wrote it", "1 failure in 1 bucket"}},
		{"nondeterminism", "shaky one", 4, []string{"two runs of one seed differ", "-sim.seed=0x7 -sim.verify", "2 failures in 2 buckets"}},
		{"a bad summary", "bad", 3, []string{"skipped: bad/campaign.json"}},
		{"a file of another kind", "notes.txt", 3, []string{"skipped: notes.txt: is no failure file"}},
		{"no such folder", "nosuch", 2, []string{"terrella: there is no nosuch"}},
		{"a newer record", "one --findings newer-record.json --run r", 3, []string{"schema 99", "left as it is"}},
		{"no run", "one --findings record.json", 2, []string{"--run"}},
		{"nobody ran", "one --ran nosuch", 3, []string{"nosuch"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			call{dir, withoutCI, append([]string{"triage"}, strings.Fields(tt.args)...)}.run(t).want(t, tt.code, tt.want...)
		})
	}
	if data, err := os.ReadFile(filepath.Join(dir, "newer-record.json")); err != nil || string(data) != `{"schema": 99, "buckets": []}` {
		t.Errorf("the record that was not understood is now %q, %v", data, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "record.json")); err == nil {
		t.Error("a record was written without a run")
	}
}

// withoutCI is the environment without what CI systems tell.
var withoutCI = []string{"GITHUB_RUN_ID=", "GITHUB_SHA=", "GITHUB_STEP_SUMMARY=", "CI_PIPELINE_ID=", "CI_COMMIT_SHA="}

func TestTriageWrites(t *testing.T) {
	dir := tree(t, map[string]string{
		"out/a/failure.json": failureOf(t, "TestSteady", "x"),
		"out/a/run.html":     "a page",
		"file":               "",
	})
	env := append(withoutCI, "GITHUB_RUN_ID=77", "GITHUB_SHA=0123456789abcdef", "GITHUB_STEP_SUMMARY="+filepath.Join(dir, "summary.md"))
	call{dir, env, strings.Fields("triage out --findings ci/findings.json --junit ci/junit.xml --github --artifacts artifacts")}.run(t).
		want(t, 1, "::error title=TestSteady%3A x (new)::", "first seen in 77@0123456789ab", "terrella replay artifacts/")
	read := func(name string) []byte {
		t.Helper()
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	if !bytes.Contains(read("summary.md"), []byte("## Terrella: 1 failure in 1 bucket: 1 new")) {
		t.Errorf("summary: %s", read("summary.md"))
	}
	var suites struct {
		Failures int `xml:"failures,attr"`
	}
	if err := xml.Unmarshal(read("ci/junit.xml"), &suites); err != nil || suites.Failures != 1 {
		t.Errorf("JUnit XML: %d failures, %v", suites.Failures, err)
	}
	record, err := findings.ReadRecord(filepath.Join(dir, "ci/findings.json"))
	if err != nil || len(record.Entries) != 1 {
		t.Fatalf("record: %v, %v", record, err)
	}
	if string(read(record.Entries[0].Smallest.Picture)) != "a page" {
		t.Error("the page is not among the artifacts")
	}
	call{dir, withoutCI, strings.Fields("triage out --findings file/findings.json --run r")}.run(t).want(t, 3, "findings.json")
	call{dir, withoutCI, strings.Fields("triage out --junit file/junit.xml --artifacts file/x")}.run(t).want(t, 3, "JUnit XML could not be written", "artifacts: ", "1 failure in 1 bucket")
}

// What a campaign has only counted is in the table and in the record.
func TestTriageCounts(t *testing.T) {
	dir := tree(t, map[string]string{"out/a/failure.json": failureOf(t, "TestSteady", "x")})
	f, err := findings.Read(filepath.Join(dir, "out/a/failure.json"))
	if err != nil {
		t.Fatal(err)
	}
	summary := findings.Summary{
		Ran:     []findings.Ran{{Package: worldsPackage, Test: "TestSteady", Seeds: 50000}},
		Counted: []findings.Counted{{Key: f.Key().Text, Failures: 37999}, {Key: "a bucket that is not there", Failures: 5}},
	}
	if err := summary.Write(filepath.Join(dir, "out", findings.SummaryName)); err != nil {
		t.Fatal(err)
	}
	call{dir, withoutCI, strings.Fields("triage out --findings findings.json --run r")}.run(t).want(t, 1, "38000 failures in 1 bucket")
	record, err := findings.ReadRecord(filepath.Join(dir, "findings.json"))
	if err != nil || len(record.Entries) != 1 || record.Entries[0].Count != 38000 || record.Entries[0].Seeds != 50000 {
		t.Errorf("record %+v, %v; want 38000 failures of 50000 seeds", record, err)
	}
}

// A failure is followed from the run that finds it to the one that resolves it, over replays.
func TestTriageRerun(t *testing.T) {
	dir := tree(t, map[string]string{
		"out/x.json": failureOf(t, "TestSteady", "x"), // TestSteady passes
		"ran.json":   `{"schema": 1, "ran": [{"package": "` + worldsPackage + `", "test": "TestSteady", "seeds": 1000}]}`,
	})
	kept := filepath.Join("testdata", "worlds", "testdata", "sim")
	at := func(name string) string { return filepath.Join(dir, name) }
	triage := func(code int, args []string, want ...string) {
		t.Helper()
		args = append([]string{"triage", "--findings", at("findings.json")}, args...)
		call{env: withoutCI, args: args}.run(t).want(t, code, want...)
	}
	triage(1, []string{at("out"), kept, "--run", "r1"}, "2 failures in 2 buckets: 2 new")
	if err := os.Remove(at("out/x.json")); err != nil { // the record has it
		t.Fatal(err)
	}
	triage(1, []string{at("out"), kept, "--run", "r2", "--rerun"}, "TestSteady: "+filepath.ToSlash(at("out/x.json"))+": no longer fails",
		"TestProperty: testdata/worlds/testdata/sim/TestProperty/failure-af7bc5785221bf5f.json: still fails", "2 ongoing")
	triage(1, []string{at("out"), kept, "--run", "r3", "--rerun", "--ran", at("ran.json"), "--artifacts", at("artifacts")}, "1 ongoing, 1 resolved")
	if pages, err := filepath.Glob(at("artifacts/*/failure-af7bc5785221bf5f.html")); err != nil || len(pages) != 1 {
		t.Errorf("pages of the failure that was replayed: %q, %v", pages, err)
	}
	triage(1, []string{at("out"), "--run", "r4", "--rerun"}, "TestProperty: ", ": still fails", "1 ongoing", "!TestSteady")
}

// What can't be replayed is said, and stays open.
func TestTriageRerunFails(t *testing.T) {
	dir := tree(t, map[string]string{
		"gone/x.json":    failureOf(t, "TestGone", "x"),
		"nowhere/x.json": strings.ReplaceAll(failureOf(t, "TestSteady", "x"), worldsPackage, worldsPackage+"/nowhere"),
	})
	for name, want := range map[string][]string{
		"gone":    {"TestGone: ", ": could not be replayed", "has no test TestGone"},
		"nowhere": {": could not be replayed", "there is no package " + worldsPackage + "/nowhere"},
	} {
		call{env: withoutCI, args: []string{"triage", "--rerun", filepath.Join(dir, name)}}.run(t).want(t, 3, append(want, "1 failure in 1 bucket")...)
	}
}

// A deadlock is told by the function that waits.
func TestTriageDeadlock(t *testing.T) {
	out := t.TempDir()
	call{args: []string{"test", "./testdata/counter", "-run=TestDeadlock", "-sim.dir=" + out, "-count=1"}}.run(t).want(t, 1, "all goroutines wait")
	call{env: withoutCI, args: []string{"triage", out}}.run(t).want(t, 1, "deadlock  none    cmd/terrella/testdata/counter/counter_test.go:")
}
