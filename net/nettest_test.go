package simnet

import (
	"os"
	"os/exec"
	"testing"
)

// TestNettest runs golang.org/x/net/nettest's TestConn over simulated pairs. It is in a module of its own, so that the
// library does not depend on golang.org/x/net.
func TestNettest(t *testing.T) {
	cmd := exec.Command("go", "test", "-v", "./...")
	cmd.Dir = "internal/nettest"
	cmd.Env = append(os.Environ(), "GOWORK=off")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("go test in %s: %v", cmd.Dir, err)
	}
	t.Logf("%s", out)
}
