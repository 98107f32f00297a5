package hashiraft

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestForgottenVote: servers that forget in a crash whom they voted for elect two leaders for a
// term, and TestHashiRaft finds it. What it prints to paste fails in the same way every time: with the
// same message, at the same step and virtual time.
func TestForgottenVote(t *testing.T) {
	found, output := runForgetful(t, "-sim.runs=500")
	if !strings.HasPrefix(found, "election safety: ") && !strings.HasPrefix(found, "state-machine safety: ") {
		t.Fatalf("found %q; want a violation of election safety or state-machine safety. The output:\n%s", found, output)
	}
	seed := regexp.MustCompile(`-sim\.seed=0x[0-9a-f]+`).FindString(output)
	if seed == "" {
		t.Fatalf("no line to paste in the output:\n%s", output)
	}
	t.Logf("%s: %s", seed, found)
	for i := range 10 {
		if again, output := runForgetful(t, seed); again != found {
			t.Fatalf("replay %d of %s found\n%s\nand not\n%s\nThe output:\n%s", i+1, seed, again, found, output)
		}
	}
}

// failure is what a report says of the property, the step and the time.
var failure = regexp.MustCompile(`(?m)^ *(\S.*: .*)\n *(at step \d+, virtual time \S+)$`)

// runForgetful runs TestHashiRaft with the bug in a process of its own. It has to fail, and
// how it failed is returned, with its whole output.
func runForgetful(t *testing.T, flag string) (found, output string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestHashiRaft$", flag)
	// Settings of this run are none for that one, and what it finds is no finding of the command that runs this one.
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "TERRELLA_") })
	cmd.Env = append(cmd.Env, "HASHIRAFT_FORGET_VOTES=1", "TERRELLA_DIR=none", "TERRELLA_SHRINKTIME=0s")
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
