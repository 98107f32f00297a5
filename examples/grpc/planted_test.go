package grpc

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestSkippedSync: a server that acknowledges what is not durable loses messages in a crash, and TestStorms
// finds it. What it prints to paste fails in the same way.
func TestSkippedSync(t *testing.T) {
	found, output := runPlanted(t, "-sim.runs=100")
	seed := regexp.MustCompile(`-sim\.seed=0x[0-9a-f]+`).FindString(output)
	if seed == "" {
		t.Fatalf("no line to paste in the output:\n%s", output)
	}
	t.Logf("%s: %s", seed, found)
	for range 3 {
		if again, output := runPlanted(t, seed); again != found {
			t.Fatalf("%s found\n%s\nand then\n%s\nThe output:\n%s", seed, found, again, output)
		}
	}
}

// failure is what a report says of the property, the step and the time.
var failure = regexp.MustCompile(`(?m)^ *(\S.*)\n *(at step \d+, virtual time .*)$`)

// runPlanted runs TestStorms with the bug in a process of its own. It has to fail, and how it failed is
// returned, with its whole output.
func runPlanted(t *testing.T, flag string) (found, output string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestStorms$", flag)
	// Settings of this run are none for that one, and what it finds is no finding of the command that runs this one.
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "TERRELLA_") })
	cmd.Env = append(cmd.Env, "GRPC_SKIP_SYNC=1", "TERRELLA_DIR=none", "TERRELLA_SHRINKTIME=0s")
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Fatalf("the bug was not found:\n%s", out)
	}
	m := failure.FindSubmatch(out)
	if m == nil {
		t.Fatalf("%v, and no failure of a property:\n%s", err, out)
	}
	return string(m[1]) + " " + string(m[2]), string(out)
}
