package sim_test

import (
	"regexp"
	"strings"
	"testing"
)

const planted = "github.com/terrella-go/terrella/sim/testdata/planted."

func TestVariablesThatWorldsLeaveAreNamed(t *testing.T) {
	out, code := goTest(t, nil, "-v", "-run=^(TestLeavesVariables|TestFillsCachesOnce)$")
	if code != 0 {
		t.Errorf("exit code %d; want 0", code)
	}
	_, after, _ := strings.Cut(out, "sim: TestLeavesVariables: worlds leave other values in these package-level variables than they find")
	report, _, _ := strings.Cut(after, "Config.Fresh")
	wantAll(t, report, planted+"history\n", planted+"known\n", planted+"nextID (", planted+"lastRun (")
	if n := strings.Count(report, planted); n != 4 {
		t.Errorf("%d variables are named; want 4, in\n%s", n, report)
	}
	if !regexp.MustCompile(`nextID \((\d+), then \d+\)`).MatchString(report) {
		t.Errorf("want the values of nextID in\n%s", report)
	}
	if strings.Contains(out, "sim: TestFillsCachesOnce: worlds leave") || !strings.Contains(out, "sim: TestFillsCachesOnce: 32 seeds") {
		t.Errorf("caches that are filled once are named in\n%s", out)
	}
}

func TestVariablesAreNamedWhereTheyMatter(t *testing.T) {
	out, _ := goTest(t, nil, "-run=^TestNondeterminism$")
	wantAll(t, out, "is not deterministic", "A run of this seed leaves other values", planted+"worlds (")
	out, _ = goTest(t, nil, "-run=^TestFailsOnce$")
	wantAll(t, out, "the second id", "did not fail in the same way", "A run of this seed leaves other values", planted+"nextID (")
	// A binary without symbols can't name them, and says so.
	out, _ = goTest(t, nil, "-ldflags=-s", "-run=^TestFailsOnce$")
	wantAll(t, out, "did not fail in the same way", "Package-level variables can't be looked at: this test binary holds no symbol table")
}

func TestRestorePutsVariablesBack(t *testing.T) {
	out, code := goTest(t, nil, "-v", "-run=^TestRestore$")
	if code != 0 || !strings.Contains(out, "sim: TestRestore: 32 seeds") || strings.Contains(out, "worlds leave") {
		t.Errorf("exit code %d, of\n%s", code, out)
	}
	for name, want := range map[string]string{
		"TestRestoreWhatHoldsPointers": "Config.Restore: " + planted + "known holds pointers",
		"TestRestoreWhatIsNotThere":    `Config.Restore: the program has no package-level variable "example.com/nowhere.n"`,
	} {
		out, code := goTest(t, nil, "-run=^"+name+"$")
		if code != 1 {
			t.Errorf("%s: exit code %d; want 1", name, code)
		}
		wantAll(t, out, want)
	}
}
