package concurrency

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/terrella-go/terrella/sim"
)

// TestMistakesAreFound: the default strategy finds each mistake, from each of 20 first seeds, within 50 seeds.
// With -v it says at the how manieth.
func TestMistakesAreFound(t *testing.T) {
	for _, p := range programs {
		t.Run(p.name, func(t *testing.T) {
			report := runCareless(t, p)
			found := foundAt(t, p, report)
			if len(found) != starts {
				t.Fatalf("found from %d of %d first seeds, at seed %v; the output:\n%s", len(found), starts, found, report)
			}
			slices.Sort(found)
			t.Logf("found at seed %d (median of %d; %d to %d)", found[starts/2], starts, found[0], found[starts-1])
		})
	}
}

// TestMistakes has the mistakes that show without the race detector. Worlds have to find each; terrella fuzz reports them.
func TestMistakes(t *testing.T) {
	for _, p := range programs {
		if !p.race {
			t.Run(p.name, func(t *testing.T) {
				sim.Config{Planted: true, Runs: within}.Test(t, func(w *sim.World) { p.run(w, true) })
			})
		}
	}
}

// runCareless runs a program with its mistake, in a process of its own, and returns what that printed.
func runCareless(t *testing.T, p program) string {
	t.Helper()
	run := "-run=^TestPrograms$/^" + p.name + "$"
	cmd := exec.Command(os.Args[0], strings.Replace(run, "-run", "-test.run", 1))
	if p.race {
		cmd = exec.Command("go", "test", "-race", run)
	}
	// Settings of this run are none for that one.
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "TERRELLA_") })
	cmd.Env = append(cmd.Env, "CONCURRENCY_CARELESS=1", "TERRELLA_DIR=none", "TERRELLA_SHRINKTIME=0s")
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Fatalf("the mistake was not found:\n%s", out)
	}
	return string(out)
}

var failedAt = regexp.MustCompile(`sim: TestPrograms/\w+/\d+ failed at seed 0x[0-9a-f]+ \((\d+) of \d+\)\n *(.*)\n`)

// foundAt returns at the how manieth seed each failure was, if it is the one that is expected.
func foundAt(t *testing.T, p program, report string) []int {
	t.Helper()
	expected := regexp.MustCompile(p.fails)
	var found []int
	for _, m := range failedAt.FindAllStringSubmatch(report, -1) {
		if !expected.MatchString(m[2]) {
			t.Errorf("%q was found; want %s", m[2], p.fails)
			continue
		}
		n, err := strconv.Atoi(m[1])
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, n)
	}
	return found
}
