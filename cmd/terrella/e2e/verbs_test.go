package e2e

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestEveryVerbHasAScript looks for the scripts of all verbs that there are.
func TestEveryVerbHasAScript(t *testing.T) {
	names := verbs(t)
	for _, verb := range names {
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
	if len(names) < 12 {
		t.Errorf("the command tells of %d verbs: %v", len(names), names)
	}
}
