// Package planted checks that the bugs planted in the examples are found, shrunk and kept as promised.
package planted

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/terrella-go/terrella/examples/internal/edit"
)

// A Bug is one that a test finds when it is told to have it.
type Bug struct {
	// Test is the name of the test, and Env the variable, as NAME=1, that plants the bug.
	Test, Env string
	// Faults and Operations are how many the shrunk failure may have.
	Faults, Operations int
	// Nodes are the servers: one that the failure does not name gets a goroutine more; see [edit.Variable].
	Nodes []string
}

// same is what a replay says that goes as the failure did.
const same = "the run is the same as when it was found: schedule and events"

// found is what is looked at of a failure file.
type found struct {
	Property string
	Message  string
	Story    string
	Plan     struct {
		Faults     []string
		Operations []json.RawMessage
	}
}

// seeds is how many worlds may be needed to find a bug, and repaired how many the form without it passes; repeats is how
// often a failure is replayed. PLANTED_REPEATS and PLANTED_SEEDS ask for more than fits into every run of the tests:
//
//	PLANTED_REPEATS=100 PLANTED_SEEDS=5000 go test -run Planted ./...
const seeds = 500

var repeats, repaired = setting("PLANTED_REPEATS", 5), setting("PLANTED_SEEDS", 0)

func setting(name string, usual int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil && n > 0 {
		return n
	}
	return usual
}

// Check finds the bug, and looks at the failure file that is kept of it: it is small, it fails again and again
// in the same way, also after edits to the program that have nothing to do with it, and passes without the bug.
func Check(t *testing.T, b Bug) {
	t.Helper()
	dir := t.TempDir()
	out, err := b.run(true, "-sim.dir="+dir, fmt.Sprint("-sim.runs=", seeds))
	if err == nil {
		t.Fatalf("not found in %d seeds:\n%s", seeds, out)
	}
	files, _ := filepath.Glob(filepath.Join(dir, b.Test, "*.json"))
	if len(files) != 1 {
		t.Fatalf("%d failure files were kept; want 1. The output:\n%s", len(files), out)
	}
	f := read(t, files[0])
	t.Logf("%s\n%s", regexp.MustCompile(`seed 0x\S+ \(\d+ of \d+\)`).Find(out), f.Story)
	if n := len(f.Plan.Faults); n > b.Faults {
		t.Errorf("%d faults are left; want at most %d:\n%s", n, b.Faults, strings.Join(f.Plan.Faults, "\n"))
	}
	if n := len(f.Plan.Operations); n > b.Operations {
		t.Errorf("%d operations are left; want at most %d", n, b.Operations)
	}

	out, err = b.run(true, "-sim.replay="+files[0], fmt.Sprint("-test.count=", repeats))
	if n := bytes.Count(out, []byte(same)); err == nil || n != repeats {
		t.Errorf("of %d replays %d went the same way. The output:\n%s", repeats, n, out)
	}
	if out, err := b.run(false, "-sim.replay="+files[0], "-test.v"); err != nil || !bytes.Contains(out, []byte("no longer fails")) {
		t.Errorf("it fails without the bug too:\n%s", out)
	}
	b.replayEdited(t, files[0], f)
	if repaired > 0 {
		if out, err := b.run(false, "-sim.dir=none", fmt.Sprint("-sim.runs=", repaired), "-test.timeout=1h"); err != nil {
			t.Errorf("without the bug:\n%s", out)
		}
	}
}

// replayEdited replays the failure with each change to the program that has nothing to do with it.
func (b *Bug) replayEdited(t *testing.T, file string, f found) {
	t.Helper()
	for _, what := range []string{"log", "metric", "goroutine " + b.other(f)} {
		t.Setenv(edit.Variable, what)
		out, err := b.run(true, "-sim.replay="+file)
		if err != nil && (bytes.Contains(out, []byte("fails still")) || bytes.Contains(out, []byte(same))) {
			t.Logf("%s survives an edit: %s", b.Test, what)
		} else {
			t.Errorf("%s does not survive an edit: %s. The output:\n%s", b.Test, what, out)
		}
	}
	t.Setenv(edit.Variable, "")
}

// other returns a node that the failure does not name, the last if it names all.
func (b *Bug) other(f found) string {
	text := strings.Join(append(f.Plan.Faults, f.Message, f.Story), " ")
	for _, name := range b.Nodes {
		if !regexp.MustCompile(`\b` + regexp.QuoteMeta(name) + `\b`).MatchString(text) {
			return name
		}
	}
	return b.Nodes[len(b.Nodes)-1]
}

// run runs the test in a process of its own. What it finds is no finding of the command that runs this one.
func (b *Bug) run(bug bool, args ...string) ([]byte, error) {
	cmd := exec.Command(os.Args[0], append(args, "-test.run=^"+b.Test+"$")...)
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "TERRELLA_") || strings.HasPrefix(v, "PLANTED_")
	})
	if bug {
		cmd.Env = append(cmd.Env, b.Env)
	}
	return cmd.CombinedOutput()
}

func read(t *testing.T, name string) found {
	t.Helper()
	var f found
	data, err := os.ReadFile(name)
	if err == nil {
		err = json.Unmarshal(data, &f)
	}
	if err != nil {
		t.Fatal(err)
	}
	return f
}
