package sim_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/terrella-go/terrella/internal/overlay"
)

// binaries is a folder for what the tests build.
var binaries string

func TestMain(m *testing.M) {
	var err error
	if binaries, err = os.MkdirTemp("", "planted"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(binaries)
	os.Exit(code)
}

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

// runPlanted runs the tests of the package of planted failures in a binary that is built once, with the patched runtime.
func runPlanted(t *testing.T, args ...string) (string, int) {
	t.Helper()
	binary, err := plantedBinary()
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range args {
		if !strings.HasPrefix(a, "-sim.") {
			args[i] = "-test." + strings.TrimPrefix(a, "-")
		}
	}
	cmd := exec.Command(binary, args...)
	cmd.Dir = filepath.Join("testdata", "planted")
	out, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

var plantedBinary = sync.OnceValues(func() (string, error) {
	tc, err := overlay.Find(".")
	if err != nil {
		return "", err
	}
	o, err := overlay.Make(tc)
	if err != nil {
		return "", err
	}
	binary := filepath.Join(binaries, "planted.test")
	args := append([]string{"test", "-c", "-o", binary, "-tags=" + overlay.Tag}, o.Flags()...)
	cmd := exec.Command(o.Command, append(args, "./testdata/planted")...)
	cmd.Env = append(os.Environ(), o.Env()...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return binary, nil
})

// realLimits are the tests that end where the machine says, and those of which nothing is kept.
var realLimits = map[string]bool{"TestRealTime": true, "TestMemory": true, "TestNeverYields": true, "TestSharedChannel": true}

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
		{"TestPanicElsewhere", []string{"panic in goroutine", "oh dear", "[panicked] (world)", "TestPanicElsewhere.func1.1.1", "planted_test.go:"}},
		{"TestFatalError", []string{"panic in goroutine", "of node a: fatal error: sync: unlock of unlocked mutex", "on node a", "planted_test.go:"}},
		{"TestPanicIsCrash", []string{"comes true: did not come true within 10s: a is down", "panic in node a: oh dear"}},
		{"TestPartialDeadlock", []string{"deadlock: goroutines wait for each other's locks, while others go on",
			"waits for a lock of goroutine ", "has locked, at ", "[sync.Mutex.Lock] (node a)", "virtual time 1m1s", "planted_test.go:"}},
		{"TestLeak", []string{"goroutine leak: a goroutine that the test's function started is still there", "[chan receive] (world)", "Config.AllowLeaks", "planted_test.go:"}},
		{"TestLivelock", []string{"livelock: 1000000 scheduling decisions were made while virtual time stood still", "Config.MaxStill", "planted_test.go:"}},
		{"TestNeverYields", []string{"no yield: a goroutine ran for 200ms of real time", "Config.Preempt", "[runnable] (node a)", "planted_test.go:"}},
		{"TestMemory", []string{"memory limit: the heap of the process grew beyond 64 MB", "Config.MaxMemory", "planted_test.go:"}},
		{"TestRealTime", []string{"real-time limit: the world took more than 200ms of real time", "Config.MaxReal"}},
		{"TestInsideAWorld", []string{"sim: Test was called inside a world"}},
		{"TestParallelBefore", []string{"TestParallelBefore is parallel; tests with worlds run one after the other", "take out t.Parallel"}},
		{"TestParallelInside", []string{"t.Parallel was called in a world"}},
		{"TestFatalOfT", []string{"failed by the T", "use those of the World instead"}},
		{"TestChannelOfAnotherWorld", []string{"terrella: send on a channel that was made in another world"}},
		{"TestSharedChannel", []string{"worlds apart: the world failed beside others and does not fail alone"}},
		{"TestBadConfig", []string{"Config.Runs is -1; want the number of worlds"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			out, code := runPlanted(t, "-run=^"+test.name+"$", "-sim.dir="+t.TempDir())
			if code != 1 {
				t.Errorf("exit code %d; want 1", code)
			}
			wantAll(t, out, test.want...)
			if strings.Contains(out, "failed at seed") && !realLimits[test.name] {
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
	out, code := runPlanted(t, "-run="+line[1], line[2])
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
		{"preempted", []string{"-run=^TestPreempt$"}, 0, []string{"ok  \t"}, nil},
		{"parallel", []string{"-v", "-run=^TestPass$", "-sim.parallel=4"}, 0, []string{"sim: TestPass: 32 seeds, "}, nil},
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

// The hashes of a test are the same whether its worlds run alone or beside each other.
func TestParallelWorldsAreTheSame(t *testing.T) {
	hashes := regexp.MustCompile(`schedule hash 0x\S+, event hash 0x\S+`)
	var want string
	for _, n := range []string{"1", "2", "7"} {
		out, _ := runPlanted(t, "-v", "-run=^TestSharedLock$", "-sim.runs=200", "-sim.parallel="+n)
		got := hashes.FindString(out)
		if want == "" {
			want = got
		}
		if got == "" || got != want {
			t.Errorf("%s worlds at a time: %q; want %q, in\n%s", n, got, want, out)
		}
	}
}

// A seed is the same world after a hundred others in its process, beside another one, and alone.
func TestSeedsAreTheSameAlone(t *testing.T) {
	lines := func(args ...string) []string {
		file := filepath.Join(t.TempDir(), "hashes")
		out, code := runPlanted(t, append(args, "-run=^TestSharedLock$", "-sim.hashes="+file)...)
		data, err := os.ReadFile(file)
		if code != 0 || err != nil {
			t.Fatalf("%v, exit code %d, %s", err, code, out)
		}
		return strings.Split(strings.TrimSpace(string(data)), "\n")
	}
	after := lines("-sim.runs=120")
	beside := lines("-sim.runs=120", "-sim.parallel=2")
	if len(after) != 120 || strings.Join(after, "\n") != strings.Join(beside, "\n") {
		t.Fatalf("%d worlds, one after the other and two at a time, are not the same", len(after))
	}
	seed := regexp.MustCompile(`0x[0-9a-f]+`)
	for _, i := range []int{0, 57, 100, 119} {
		if alone := lines("-sim.seed=" + seed.FindString(after[i])); len(alone) != 1 || alone[0] != after[i] {
			t.Errorf("after %d others\n%s\nalone\n%s", i, after[i], alone)
		}
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
