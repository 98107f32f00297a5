package sim_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var freshly = []string{"PLANTED_FRESH=1"}

// What is measured in real time differs from run to run.
var realTime = regexp.MustCompile(`in real \S+,|\([0-9.]+s\)`)

// withoutTime returns the lines of text that hold a part, with real time taken out.
func withoutTime(text, part string) string {
	var out []string
	for line := range strings.Lines(text) {
		if strings.Contains(line, part) {
			out = append(out, realTime.ReplaceAllString(line, ""))
		}
	}
	return strings.Join(out, "")
}

func TestFreshProcessesMakeNoDifference(t *testing.T) {
	for _, flags := range [][]string{nil, {"-sim.verify"}, {"-sim.seed=0x5eed"}} {
		args := append([]string{"-v", "-sim.runs=6", "-run=^TestFreshPass$"}, flags...)
		here, code := goTest(t, nil, args...)
		if code != 0 {
			t.Errorf("in one process: exit code %d, of\n%s", code, here)
		}
		fresh, code := goTest(t, freshly, args...)
		if code != 0 {
			t.Errorf("in fresh processes: exit code %d, of\n%s", code, fresh)
		}
		want := withoutTime(here, "schedule hash")
		if got := withoutTime(fresh, "schedule hash"); got != want || got == "" {
			t.Errorf("%q in one process\n%q in fresh ones", want, got)
		}
		wantAll(t, fresh, "printed in a world")
	}
	quiet, _ := goTest(t, freshly, "-sim.runs=2", "-run=^TestFreshPass$", "testdata/planted/between_test.go", "testdata/planted/fresh_test.go")
	if strings.Contains(quiet, "printed in a world") || !strings.Contains(quiet, "ok ") {
		t.Errorf("without -v was printed\n%s", quiet)
	}
}

func TestFreshProcessesTellTheirHashes(t *testing.T) {
	hashes := func(env []string) string {
		file := filepath.Join(t.TempDir(), "hashes")
		out, _ := goTest(t, env, "-sim.runs=3", "-sim.hashes="+file, "-run=^TestFreshPass$")
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatalf("%v, of\n%s", err, out)
		}
		return string(text)
	}
	if here, fresh := hashes(nil), hashes(freshly); here != fresh || strings.Count(fresh, "\n") != 3 {
		t.Errorf("in one process\n%sin fresh ones\n%s", here, fresh)
	}
}

func TestFreshProcessesShareNothing(t *testing.T) {
	if out, code := goTest(t, nil, "-sim.runs=5", "-run=^TestFreshCounter$"); code != 1 || !strings.Contains(out, planted+"nextID (") {
		t.Errorf("in one process: exit code %d, of\n%s", code, out)
	}
	if out, code := goTest(t, freshly, "-sim.runs=5", "-run=^TestFreshCounter$"); code != 0 {
		t.Errorf("in fresh processes: exit code %d, of\n%s", code, out)
	}
}

func TestFreshProcessesFailAlike(t *testing.T) {
	here, _ := goTest(t, nil, "-run=^TestFreshFails$", "-sim.dir=")
	fresh, code := goTest(t, freshly, "-run=^TestFreshFails$", "-sim.dir=")
	if code != 1 {
		t.Errorf("exit code %d; want 1", code)
	}
	_, want, _ := strings.Cut(here, "sim: TestFreshFails failed")
	_, got, _ := strings.Cut(fresh, "sim: TestFreshFails failed")
	want, _, _ = strings.Cut(want, "\nFAIL")
	got, _, _ = strings.Cut(got, "\nFAIL")
	want, got = realTime.ReplaceAllString(want, ""), realTime.ReplaceAllString(got, "")
	if got != want || !strings.Contains(got, "a bad seed") {
		t.Errorf("in one process\n%s\nin fresh ones\n%s", want, got)
	}
	wantAll(t, fresh, "-run '^TestFreshFails$' -sim.seed=0x")
}

func TestFreshProcessesThatDieAreReported(t *testing.T) {
	tests := []struct {
		name string
		args []string
		want []string
	}{
		{"TestFreshExits", nil, []string{"last words", "TestFreshExits failed: the process of seed 0x", "died before its world had ended: exit status 7", "-sim.seed=0x"}},
		{"TestFreshIsKilled", nil, []string{"last words", "TestFreshIsKilled failed: the process of seed 0x", "signal: killed", "-sim.seed=0x"}},
		{"TestFreshPanics", nil, []string{"last words", "panic in goroutine", "oh dear", "TestFreshPanics failed at seed 0x", "-sim.replay="}},
		{"TestFreshHangs", []string{"-timeout=10s"}, []string{"panic: test timed out after", "TestFreshHangs failed: the process of seed 0x"}},
		{"TestFreshDataRace", []string{"-race"}, []string{"WARNING: DATA RACE", "TestFreshDataRace failed: the process of seed 0x", "failed though its world passed: exit status 1"}},
		{"TestFreshNondeterminism", []string{"-sim.verify"}, []string{"TestFreshNondeterminism is not deterministic: two runs of seed 0x", planted + "nextID ("}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			out, code := goTest(t, freshly, append(test.args, "-run="+test.name+"$")...)
			if code != 1 {
				t.Errorf("exit code %d; want 1", code)
			}
			wantAll(t, out, test.want...)
		})
	}
}

func TestFreshProcessesAddToCoverage(t *testing.T) {
	cover := func(env []string) string {
		out, _ := goTest(t, env, "-cover", "-coverpkg=github.com/terrella-go/terrella/internal/trace", "-sim.runs=2", "-run=^TestFreshPass$")
		return regexp.MustCompile(`coverage: [1-9][0-9.]*% of`).FindString(out)
	}
	if here, fresh := cover(nil), cover(freshly); here == "" || here != fresh {
		t.Errorf("%q in one process, %q in fresh ones", here, fresh)
	}
}
