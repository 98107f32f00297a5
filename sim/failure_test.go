package sim_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/terrella-go/terrella/internal/plan"
)

// replayPlanted runs the test binary of planted failures, whose exit code is its own.
func replayPlanted(t *testing.T, env []string, args ...string) (string, int) {
	t.Helper()
	binary, err := plantedBinary()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary, args...)
	cmd.Dir = filepath.Join("testdata", "planted")
	cmd.Env = append(os.Environ(), "TERRELLA_DIR=none")
	cmd.Env = append(cmd.Env, env...)
	out, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// findWords has TestWords fail and returns the folder of failure files, the file, and what was printed.
func findWords(t *testing.T) (dir, name, out string) {
	t.Helper()
	dir = t.TempDir()
	out, code := replayPlanted(t, nil, "-test.run=^TestWords$", "-sim.dir="+dir)
	if code != 1 {
		t.Fatalf("exit code %d; want 1, of\n%s", code, out)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "TestWords", "*"))
	if len(files) != 1 {
		t.Fatalf("%v were written; want one file. The output:\n%s", files, out)
	}
	return dir, files[0], out
}

func readFile(t *testing.T, name string) *plan.File {
	t.Helper()
	f, err := plan.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// edited writes a copy of a file with a text replaced, and returns its name.
func edited(t *testing.T, name, from, to string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(data), from, to, 1)
	if text == string(data) {
		t.Fatalf("no %q in\n%s", from, text)
	}
	copied := filepath.Join(t.TempDir(), "edited.json")
	if err := os.WriteFile(copied, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return copied
}

func TestFailuresAreShrunkKeptAndReplayed(t *testing.T) {
	dir, name, out := findWords(t)
	f := readFile(t, name)
	if len(*f.Plan.Faults) > 2 || len(*f.Plan.Operations) != 1 {
		t.Errorf("%d faults and %d operations are left; want at most 2, and 1:\n%s", len(*f.Plan.Faults), len(*f.Plan.Operations), out)
	}
	draws := (*f.Plan.Operations)[0].Draws
	var w struct {
		Text  string
		Count int
	}
	if err := json.Unmarshal(draws[0].Value, &w); err != nil || w.Count != 11 || w.Text != "a" {
		t.Errorf("the word is %s; want the smallest, a and 11", draws[0].Value)
	}
	if f.Original == nil || len(*f.Original.Plan.Faults) <= 1 || f.Shrunk == nil || !f.Shrunk.Finished {
		t.Errorf("the original is %+v and the shrinking %+v; want the plan as it was drawn, and an end", f.Original, f.Shrunk)
	}
	wantAll(t, out, "of the world)", "How likely: with the plan as it is", "it raises the probability by", `start 2 counts "a" 11 times`, "server", "to see it again:")
	wantAll(t, f.Story, "client", "server", `the test fails on server: start 2 counts "a" 11 times`)

	t.Run("replay", func(t *testing.T) {
		out, code := replayPlanted(t, nil, "-test.run=^TestWords$", "-sim.replay="+name, "-test.count=20")
		if n := strings.Count(out, "the run is the same as when it was found: schedule and events"); code != 1 || n != 20 {
			t.Errorf("%d of 20 replays went the same way, exit code %d:\n%s", n, code, out)
		}
	})
	t.Run("replayed first", func(t *testing.T) {
		out, code := replayPlanted(t, nil, "-test.run=^TestWords$", "-sim.dir="+dir)
		wantAll(t, out, "TestWords failed again, as kept in "+filepath.ToSlash(name))
		if code != 1 {
			t.Errorf("exit code %d; want 1", code)
		}
	})
	t.Run("repaired", func(t *testing.T) {
		out, code := replayPlanted(t, []string{"WORDS_FIXED=1"}, "-test.run=^TestWords$", "-sim.dir="+dir, "-test.v")
		wantAll(t, out, "no longer fails", "--- PASS: TestWords")
		if code != 0 {
			t.Errorf("exit code %d; want 0", code)
		}
	})
	t.Run("edited program", func(t *testing.T) {
		out, code := replayPlanted(t, []string{"WORDS_EDITED=1"}, "-test.run=^TestWords$", "-sim.replay="+name)
		wantAll(t, out, "the program has changed since it was found, and fails still")
		if code != 1 {
			t.Errorf("exit code %d; want 1", code)
		}
	})
	t.Run("found with the race detector", func(t *testing.T) {
		raced := edited(t, name, `"random":`, `"race": true, "random":`)
		const says = "it was found with the race detector, without which the run is another, and races are not seen: add -race"
		out, code := replayPlanted(t, []string{"WORDS_EDITED=1"}, "-test.run=^TestWords$", "-sim.replay="+raced)
		wantAll(t, out, says)
		if code != 1 {
			t.Errorf("exit code %d; want 1", code)
		}
		out, code = replayPlanted(t, []string{"WORDS_FIXED=1"}, "-test.run=^TestWords$", "-sim.replay="+raced, "-test.v")
		wantAll(t, out, "no longer fails: "+says)
		if code != 0 {
			t.Errorf("exit code %d; want 0", code)
		}
		if out, _ := replayPlanted(t, nil, "-test.run=^TestWords$", "-sim.replay="+raced); strings.Contains(out, says) {
			t.Errorf("the run is the same, and this is said of it:\n%s", out)
		}
	})
	t.Run("edited by hand", func(t *testing.T) {
		smaller := edited(t, name, `"Count": 11`, `"Count": 10`)
		if out, code := replayPlanted(t, nil, "-test.run=^TestWords$", "-sim.replay="+smaller, "-test.v"); code != 0 || !strings.Contains(out, "no longer fails") {
			t.Errorf("with a count of 10 it ends with %d and\n%s", code, out)
		}
		larger := edited(t, name, `"Count": 11`, `"Count": 500`)
		out, code := replayPlanted(t, nil, "-test.run=^TestWords$", "-sim.replay="+larger)
		wantAll(t, out, `counts "a" 500 times`)
		if code != 1 {
			t.Errorf("exit code %d; want 1", code)
		}
	})
}

func TestFilesThatCannotBeReplayed(t *testing.T) {
	dir, name, _ := findWords(t)
	whole, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	half := filepath.Join(t.TempDir(), "half.json")
	if err := os.WriteFile(half, whole[:len(whole)/2], 0o644); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, file string
		want       []string
	}{
		{"schema", edited(t, name, `"schema": 1`, `"schema": 7`), []string{"has schema 7, and this version of Terrella reads schema 1"}},
		{"half", half, []string{"is no failure file, or only a part of one", "line "}},
		{"another test's", edited(t, name, `"test": "TestWords"`, `"test": "TestPass"`), []string{"is a failure of TestPass, and this test is TestWords", "-run '^TestPass$'"}},
		{"another package's", edited(t, name, `testdata/planted"`, `elsewhere"`), []string{"is a failure of package", "elsewhere"}},
		{"missing", filepath.Join(t.TempDir(), "none.json"), []string{"there is no file", "none.json"}},
		{"a fault that is none", edited(t, name, `"faults": [`, `"faults": [ "crush a at 1s",`), []string{"plan.faults", `no kind of fault is called "crush"`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before, _ := os.ReadFile(test.file)
			out, code := replayPlanted(t, nil, "-test.run=^TestWords$", "-sim.replay="+test.file)
			if code != 2 {
				t.Errorf("exit code %d; want 2, of\n%s", code, out)
			}
			wantAll(t, out, test.want...)
			if after, _ := os.ReadFile(test.file); string(after) != string(before) {
				t.Error("the file was changed")
			}
		})
	}
	t.Run("among those kept", func(t *testing.T) {
		broken := filepath.Join(dir, "TestWords", "broken.json")
		if err := os.WriteFile(broken, whole[:len(whole)/2], 0o644); err != nil {
			t.Fatal(err)
		}
		out, _ := replayPlanted(t, []string{"WORDS_FIXED=1"}, "-test.run=^TestWords$", "-sim.dir="+dir, "-test.v")
		wantAll(t, out, "a failure file is skipped", "broken.json: is no failure file", "no longer fails", "--- PASS: TestWords")
		if left, _ := os.ReadFile(broken); string(left) != string(whole[:len(whole)/2]) {
			t.Error("the broken file was changed or deleted")
		}
	})
	t.Run("folder that can't be written", func(t *testing.T) {
		out, code := replayPlanted(t, nil, "-test.run=^TestWords$", "-sim.dir="+half)
		wantAll(t, out, "The failure could not be kept in a file: ", "-sim.seed=0x")
		if code != 1 {
			t.Errorf("exit code %d; want 1", code)
		}
	})
}

// Of at least 40 faults two are needed. They are found in at least 19 of 20 failures, within 300 runs of the world.
func TestKnownMinimumIsReached(t *testing.T) {
	dir := t.TempDir()
	out, _ := replayPlanted(t, nil, "-test.run=^TestTwoFaults$", "-sim.dir="+dir)
	reached, most := 0, 0
	files, _ := filepath.Glob(filepath.Join(dir, "TestTwoFaults", "*", "*.json"))
	for _, name := range files {
		f := readFile(t, name)
		if f.Shrunk == nil || f.Shrunk.Faults[0] < 40 {
			t.Errorf("%s: %+v; want a failure of 40 faults and more", name, f.Shrunk)
			continue
		}
		if f.Shrunk.Faults[1] == 2 && f.Shrunk.Runs <= 300 {
			reached++
		} else {
			t.Logf("%v faults are left after %d runs: %v", f.Shrunk.Faults, f.Shrunk.Runs, *f.Plan.Faults)
		}
		most = max(most, f.Shrunk.Runs)
	}
	if len(files) != 20 || reached < 19 {
		t.Errorf("in %d of %d failures the two faults are found within 300 runs; want 19 of 20. The output:\n%.4000s", reached, len(files), out)
	}
	t.Logf("%d of %d reach the minimum; the longest search took %d runs", reached, len(files), most)
}

// What a failure is shrunk to the storm could have drawn: two nodes down at once would be less than three one after the other, and more than the
// test tolerates.
func TestShrunkPlanKeepsWithinTheBudget(t *testing.T) {
	dir := t.TempDir()
	out, _ := replayPlanted(t, nil, "-test.run=^TestTolerated$", "-sim.dir="+dir)
	files, _ := filepath.Glob(filepath.Join(dir, "TestTolerated", "*.json"))
	if len(files) != 1 {
		t.Fatalf("%d failure files; want 1. The output:\n%s", len(files), out)
	}
	faults, err := plan.ParseAll(*readFile(t, files[0]).Plan.Faults)
	if err != nil || len(faults) != 3 {
		t.Fatalf("%v, and %d faults are left; want 3: %v", err, len(faults), plan.Texts(faults))
	}
	slices.SortFunc(faults, func(a, b plan.Fault) int { return int(a.When.At - b.When.At) })
	for i := range faults[1:] {
		if end, ends := faults[i].End(); !ends || faults[i+1].When.At < end {
			t.Errorf("two nodes are down at once: %v", plan.Texts(faults))
		}
	}
}

func TestChecksThatAreNeverReachedAreFindings(t *testing.T) {
	findings, checks := filepath.Join(t.TempDir(), "findings"), filepath.Join(t.TempDir(), "checks")
	out, code := replayPlanted(t, []string{"TERRELLA_FINDINGS=" + findings, "TERRELLA_CHECKS=" + checks}, "-test.run=^TestReach$", "-sim.reach")
	if code != 1 {
		t.Errorf("exit code %d; want 1", code)
	}
	wantAll(t, out, "checks in the source 3 do not do what they are there for",
		`Sometimes "n is seven" (sim/testdata/planted/storm_test.go:`, "was reached 32 times and never true",
		`Reachable "the impossible" (sim/testdata/planted/storm_test.go:`, "was never reached",
		`Always "n is not zero"`) // which another test has
	for _, not := range []string{"n is one", "the beginning", "n is small", "the worst"} {
		if strings.Contains(out, not) {
			t.Errorf("%q is named in\n%s", not, out)
		}
	}
	data, _ := os.ReadFile(findings)
	wantAll(t, string(data), `"kind":"unreached"`)
	data, _ = os.ReadFile(checks)
	wantAll(t, string(data), `"name":"n is seven"`, `"reached":32,"held":0`, `"name":"the impossible"`, `"reached":0,"held":0`)

	if out, code := replayPlanted(t, nil, "-test.run=^TestReach$"); code != 0 {
		t.Errorf("without the flag it ends with %d:\n%s", code, out)
	}
	out, _ = replayPlanted(t, nil, "-test.run=^TestAlways$")
	wantAll(t, out, "n is not zero: does not hold: n=0", "at step ")
}

func TestFuzz(t *testing.T) {
	out, code := replayPlanted(t, nil, "-test.run=^FuzzWorlds$", "-test.v")
	if code != 0 {
		t.Errorf("exit code %d; want 0", code)
	}
	wantAll(t, out, "--- PASS: FuzzWorlds/seed#0", "--- PASS: FuzzWorlds/seed#7")
	dir := t.TempDir()
	out, code = replayPlanted(t, nil, "-test.run=^FuzzFails$", "-sim.dir="+dir)
	line := regexp.MustCompile(`-run '(\S+)' -sim\.replay='?([^\s']+\.json)`).FindStringSubmatch(out)
	if code != 1 || line == nil {
		t.Fatalf("exit code %d and no line to paste in\n%s", code, out)
	}
	wantAll(t, out, "a has started", "2 of ", " faults are enough")
	out, code = replayPlanted(t, nil, "-test.run="+line[1], "-sim.replay="+line[2])
	wantAll(t, out, "the run is the same as when it was found: schedule and events")
	if code != 1 {
		t.Errorf("exit code %d; want 1", code)
	}
}
