package assert_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/antithesishq/antithesis-sdk-go/assert"
	"github.com/antithesishq/antithesis-sdk-go/random"
	"github.com/terrella-go/terrella/sim"
)

// TestCounts passes, and its checks are counted; with ASSERT_BUG=1 it fails at an assertion.
func TestCounts(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		time.Sleep(time.Second)
		n, _ := random.RandomChoice([]int{1, 2, 3})
		assert.AlwaysLessThan(n, 4, "numbers are small", map[string]any{"n": n})
		assert.Sometimes(n == 2, "it is two", nil)
		assert.Sometimes(n == 4, "it is four", nil)
		if n > 3 {
			assert.Reachable("large numbers", nil)
		}
		assert.AlwaysOrUnreachable(os.Getenv("ASSERT_BUG") == "", "no bug", map[string]any{"n": n, "a": 1})
	})
}

// run runs TestCounts in a process of its own.
func run(t *testing.T, env string, args ...string) (string, bool) {
	t.Helper()
	cmd := exec.Command(os.Args[0], append(args, "-test.run=^TestCounts$", "-sim.dir=none")...)
	cmd.Env = append(os.Environ(), env)
	out, err := cmd.CombinedOutput()
	return string(out), err == nil
}

func TestAssertionsFailWorlds(t *testing.T) {
	out, ok := run(t, "ASSERT_BUG=1")
	if ok || !strings.Contains(out, "no bug: was reached: a=1 n=") {
		t.Errorf("an assertion that does not hold:\n%s", out)
	}
}

func TestUnreachedAssertionsAreFound(t *testing.T) {
	out, ok := run(t, "ASSERT_BUG=", "-sim.reach")
	if ok {
		t.Error("the test passes")
	}
	for _, want := range []string{
		`Sometimes "it is four" (assert/assert_test.go:22) was reached 32 times and never true`,
		`Reachable "large numbers" (assert/assert_test.go:24) was never reached`,
	} {
		if !strings.Contains(out, want) {
			t.Errorf("want %q in\n%s", want, out)
		}
	}
	if strings.Contains(out, `"it is two"`) || strings.Contains(out, `"no bug"`) {
		t.Errorf("checks are named that did what they are there for:\n%s", out)
	}
}
