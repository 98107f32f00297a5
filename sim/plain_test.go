package sim_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// goTest runs plain `go test` on the package of planted failures and returns what it printed and its exit code.
func goTest(t *testing.T, env []string, args ...string) (string, int) {
	t.Helper()
	cmd := exec.Command("go", append([]string{"test", "-count=1"}, args...)...)
	if !strings.HasSuffix(args[len(args)-1], ".go") {
		cmd.Args = append(cmd.Args[:3:3], append([]string{"./testdata/planted"}, cmd.Args[3:]...)...)
	}
	// Failure files go where nobody finds them later.
	cmd.Env = append(os.Environ(), "TERRELLA_DIR="+t.TempDir())
	cmd.Env = append(cmd.Env, env...)
	out, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// wantAll fails the test unless text holds all parts, in any order.
func wantAll(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("want %q in\n%s", p, text)
		}
	}
}

func TestPlantedFailuresAreReported(t *testing.T) {
	tests := []struct {
		name string
		want []string
	}{
		{"TestInvariant", []string{"failed at seed 0x", "stays small: n is 6", "virtual time 5s", "5s -: n becomes 6"}},
		{"TestEventually", []string{"comes true: did not come true within 10s: not yet", "virtual time 10s"}},
		{"TestDeadlock", []string{"deadlock: all goroutines wait, and no timer is pending",
			"[sync.Mutex.Lock] (world)", "[select (no cases)] (node a)", "planted_test.go:"}},
		{"TestStepLimit", []string{"step limit: 1000 scheduling decisions", "Config.MaxSteps", "time.Sleep"}},
		{"TestTimeLimit", []string{"time limit: virtual time reached 1m0s", "Config.MaxTime"}},
		{"TestNodeError", []string{"node a returned an error: out of luck", "on node a", "virtual time 1s"}},
		{"TestTwoNodesOfOneName", []string{`two nodes are called "a"`}},
		{"TestPanic", []string{"panic in the test's function: oh dear", "planted_test.go:"}},
		{"TestPanicOnNode", []string{"panic in node a: oh dear", "on node a", "planted_test.go:"}},
		{"TestPanicElsewhere", []string{"panic: oh dear", "TestPanicElsewhere crashed the process at seed 0x", "planted_test.go:"}},
		{"TestInsideAWorld", []string{"sim: Test was called inside a world"}},
		{"TestParallelBefore", []string{"TestParallelBefore is parallel; worlds run one at a time", "take out t.Parallel"}},
		{"TestParallelInside", []string{"t.Parallel was called in a world"}},
		{"TestFatalOfT", []string{"failed by the T", "use those of the World instead"}},
		{"TestChannelOfAnotherWorld", []string{"terrella: send on a channel that was made in another world"}},
		{"TestBadConfig", []string{"Config.Runs is -1; want the number of worlds"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			out, code := goTest(t, nil, "-run=^"+test.name+"$")
			if code != 1 {
				t.Errorf("exit code %d; want 1", code)
			}
			wantAll(t, out, test.want...)
			if strings.Contains(out, "failed at seed") {
				replayFails(t, out)
			}
		})
	}
}

var replayLine = regexp.MustCompile(`go test \S+ -run '(\S+)' (-sim\.replay=\S+\.json)`)
var failedAt = regexp.MustCompile(`at step \d+, virtual time \S+`)

// replayFails runs the line to paste of a report and wants the same failure.
func replayFails(t *testing.T, report string) {
	t.Helper()
	line := replayLine.FindStringSubmatch(report)
	if line == nil {
		t.Errorf("no line to paste in\n%s", report)
		return
	}
	out, code := goTest(t, nil, "-run="+line[1], line[2])
	if code != 1 || failedAt.FindString(out) != failedAt.FindString(report) || !strings.Contains(out, "the run is the same as when it was found: schedule and events") {
		t.Errorf("the replay ended with %d and printed\n%s\nwhere the report was\n%s", code, out, report)
	}
}

func TestNondeterminismIsReported(t *testing.T) {
	findings := filepath.Join(t.TempDir(), "findings")
	out, code := goTest(t, []string{"TERRELLA_FINDINGS=" + findings}, "-run=^TestNondeterminism$", "-sim.verify")
	if code != 1 {
		t.Errorf("exit code %d; want 1", code)
	}
	wantAll(t, out, "TestNondeterminism is not deterministic: two runs of seed 0x", "first at step",
		"first run, at ", "second run, at ", "planted_test.go:", "-sim.verify")
	data, err := os.ReadFile(findings)
	if err != nil {
		t.Fatal(err)
	}
	var f struct{ Test, Package, Kind, Seed string }
	if err := json.Unmarshal(data, &f); err != nil {
		t.Fatalf("%v in %s", err, data)
	}
	if f.Test != "TestNondeterminism" || f.Kind != "nondeterminism" || !strings.HasSuffix(f.Package, "testdata/planted") || !strings.HasPrefix(f.Seed, "0x") {
		t.Errorf("the finding is %+v", f)
	}

	out, _ = goTest(t, nil, "-run=^TestEventsDiffer$", "-sim.verify")
	wantAll(t, out, "in their events alone", "this is world 2", "this is world 3")
}

func TestPlainGoTestPassesThrough(t *testing.T) {
	tests := []struct {
		name string
		args []string
		code int
		want []string
		not  []string
	}{
		{"run and v", []string{"-v", "-run=^TestPass$"}, 0, []string{"=== RUN   TestPass\n", "--- PASS: TestPass",
			"sim: TestPass: 32 seeds, ", "schedule hash 0x", "TestMain: before", "TestMain: after"}, nil},
		{"quiet", []string{"-run=^TestPass$"}, 0, []string{"ok  \t"}, []string{"sim:", "RUN"}},
		{"patched", []string{"-v", "-run=^TestPatched$"}, 0, []string{"--- PASS: TestPatched"}, nil},
		{"race", []string{"-race", "-v", "-run=^(TestPass|TestPatched)$"}, 0, []string{"--- PASS: TestPatched", "sim: TestPass: 32 seeds"}, nil},
		{"data race", []string{"-race", "-run=^TestDataRace$"}, 1, []string{"WARNING: DATA RACE", "TestDataRace.func1.1()", "race detected during execution of test"}, nil},
		{"tags", []string{"-tags=planted", "-run=^TestTagged$"}, 1, []string{"built with the tag"}, nil},
		{"no tags", []string{"-run=^TestTagged$"}, 0, []string{"ok  \t"}, nil},
		{"count", []string{"-count=3", "-v", "-run=^TestPass$"}, 0, []string{"ok  \t"}, nil},
		{"timeout", []string{"-timeout=1ns", "-run=^TestPass$"}, 1, []string{"panic: test timed out after 1ns"}, nil},
		{"runs", []string{"-v", "-run=^TestPass$", "-sim.runs=3"}, 0, []string{"sim: TestPass: 3 seeds, "}, nil},
		{"seed", []string{"-v", "-run=^TestPass$", "-sim.seed=0x5eed"}, 0, []string{"sim: TestPass: 1 seed, "}, nil},
		{"subtests", []string{"-run=^TestSubtests$"}, 1, []string{"--- FAIL: TestSubtests/bad_(one)", "this one is bad",
			`-run '^TestSubtests$/^bad_\(one\)$'`}, nil},
		{"cover", []string{"-cover", "-coverpkg=github.com/terrella-go/terrella/sim", "-run=^TestPass$"}, 0, []string{"coverage: ", "of statements in github.com/terrella-go/terrella/sim"}, nil},
		{"list", []string{"-list=^TestPass$"}, 0, []string{"TestPass\n"}, []string{"TestPatched"}},
		{"unknown flag", []string{"-sim.foo=1"}, 1, []string{"unknown flag -sim.foo; there are -sim.seed, "}, []string{"test.bench"}},
		{"bad seed", []string{"-sim.seed=seven"}, 1, []string{`"seven" is no seed: want a number`}, []string{"test.bench"}},
		{"bad runs", []string{"-sim.runs=many"}, 1, []string{"-sim.runs=many"}, []string{"test.bench"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			out, code := goTest(t, nil, test.args...)
			if code != test.code {
				t.Errorf("exit code %d; want %d, of\n%s", code, test.code, out)
			}
			wantAll(t, out, test.want...)
			for _, not := range test.not {
				if strings.Contains(out, not) {
					t.Errorf("do not want %q in\n%s", not, out)
				}
			}
		})
	}
}

func TestCountRunsEachTestAgain(t *testing.T) {
	out, _ := goTest(t, nil, "-v", "-run=^TestPass$", "-count=3")
	lines := regexp.MustCompile(`sim: TestPass: .*hash 0x\S+, event hash 0x\S+`).FindAllString(out, -1)
	real := regexp.MustCompile(` in real \S+,`)
	if len(lines) != 3 {
		t.Fatalf("%d summary lines; want 3, of\n%s", len(lines), out)
	}
	for _, l := range lines[1:] {
		if real.ReplaceAllString(l, "") != real.ReplaceAllString(lines[0], "") {
			t.Errorf("%s\nand then\n%s", lines[0], l)
		}
	}
}

func TestJSONOutputIsFaithful(t *testing.T) {
	out, code := goTest(t, nil, "-json", "-run=^(TestPass|TestSubtests)$")
	if code != 1 {
		t.Errorf("exit code %d; want 1", code)
	}
	verdicts := make(map[string]string)
	for line := range bytes.Lines([]byte(out)) {
		var e struct{ Action, Test string }
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if e.Action == "pass" || e.Action == "fail" {
			verdicts[e.Test] = e.Action
		}
	}
	want := map[string]string{"": "fail", "TestPass": "pass", "TestSubtests": "fail", "TestSubtests/good": "pass", "TestSubtests/bad_(one)": "fail"}
	for name, v := range want {
		if verdicts[name] != v {
			t.Errorf("%q is said to %q; want %q", name, verdicts[name], v)
		}
	}
}

func TestEnvironmentSetsFlags(t *testing.T) {
	out, _ := goTest(t, []string{"TERRELLA_RUNS=2"}, "-v", "-run=^TestPass$")
	wantAll(t, out, "sim: TestPass: 2 seeds, ")
	out, _ = goTest(t, []string{"TERRELLA_RUNS=2"}, "-v", "-run=^TestPass$", "-sim.runs=5")
	wantAll(t, out, "sim: TestPass: 5 seeds, ")
	out, code := goTest(t, []string{"TERRELLA_SEED=abc"}, "-v", "-run=^TestPass$")
	wantAll(t, out, `TERRELLA_SEED="abc"`, "is no seed")
	if code != 1 {
		t.Errorf("exit code %d; want 1", code)
	}
}

func TestTroubleWithTheEnvironmentIsSaid(t *testing.T) {
	// The stock binary is built first: what is tried is the rebuilding.
	bin := filepath.Join(t.TempDir(), "planted.test")
	if out, err := exec.Command("go", "test", "-c", "-o", bin, "./testdata/planted").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	readOnly := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(readOnly, nil, 0o444); err != nil {
		t.Fatal(err)
	}
	elsewhere := t.TempDir()
	tests := []struct {
		name string
		dir  string
		env  []string
		want string
	}{
		{"no go", "testdata/planted", []string{"PATH="}, "no go command on the path"},
		{"cache that can't be written", "testdata/planted", []string{"XDG_CACHE_HOME=" + readOnly, "HOME=" + readOnly}, "make the cache writable, or set XDG_CACHE_HOME"},
		{"no source", elsewhere, nil, "cannot build this package with the patched runtime"},
		{"told it is patched", "testdata/planted", []string{"TERRELLA_REBUILT=x"}, "does not have it"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			cmd := exec.Command(bin, "-test.run=TestPass")
			cmd.Dir = test.dir
			cmd.Env = append(os.Environ(), test.env...)
			out, _ := cmd.CombinedOutput()
			if code := cmd.ProcessState.ExitCode(); code != 3 {
				t.Errorf("exit code %d; want 3", code)
			}
			wantAll(t, string(out), test.want)
		})
	}
}

func TestBuildFailureIsShown(t *testing.T) {
	out, code := goTest(t, nil, "testdata/broken/broken_test.go")
	if code != 1 {
		t.Errorf("exit code %d; want 1", code)
	}
	wantAll(t, out, "undefined: nothing", "[build failed]")
}

func TestFilesInsteadOfAPackage(t *testing.T) {
	out, code := goTest(t, nil, "-run=^TestPatched$", "testdata/planted/tag_off.go", "testdata/planted/planted_test.go")
	if code != 0 {
		t.Errorf("exit code %d; want 0, of\n%s", code, out)
	}
}

func TestTraceHoldsAllEvents(t *testing.T) {
	file := filepath.Join(t.TempDir(), "trace.jsonl")
	goTest(t, nil, "-run=^TestInvariant$", "-sim.trace="+file)
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range bytes.Lines(data) {
		var e struct {
			Number  int
			Kind    string
			Subject string
		}
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if e.Number != n {
			t.Errorf("line %d holds event %d", n, e.Number)
		}
		n++
	}
	wantAll(t, string(data), `"kind":"log","subject":"n becomes 6"`, `"kind":"property failed","subject":"stays small"`)
}
