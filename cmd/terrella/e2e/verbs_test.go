package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestEveryVerbHasAScript asks the command for its verbs.
func TestEveryVerbHasAScript(t *testing.T) {
	// What a shell asks when the tab key is pressed.
	out, err := exec.Command(filepath.Join(host.bin, "terrella"), "__complete", "").Output()
	if err != nil {
		t.Fatal(err)
	}
	verbs := 0
	for line := range strings.Lines(string(out)) {
		verb, about, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if !ok {
			continue // a directive to the shell
		}
		verbs++
		if about == "" {
			t.Errorf("%s has no short description", verb)
		}
		script, err := os.ReadFile(filepath.Join(scripts, verb+".txtar"))
		if err != nil {
			t.Errorf("%s has no script: %v", verb, err)
			continue
		}
		commands, _, _ := bytes.Cut(script, []byte("\n-- "))
		if !bytes.Contains(commands, []byte("terrella "+verb)) {
			t.Errorf("%s.txtar does not run terrella %[1]s", verb)
		}
		if !bytes.Contains(commands, []byte("terrella help "+verb)) {
			t.Errorf("%s.txtar does not look at its help", verb)
		}
	}
	if verbs < 8 {
		t.Errorf("the command tells of %d verbs:\n%s", verbs, out)
	}
}
