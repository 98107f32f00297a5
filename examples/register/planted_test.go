package register

import (
	"testing"

	"github.com/terrella-go/terrella/examples/internal/planted"
	"github.com/terrella-go/terrella/sim"
)

func TestPlanted(t *testing.T) {
	planted.Check(t, planted.Bug{Test: "TestRegister", Env: "REGISTER_BUG=1", Faults: 3, Operations: 6, Nodes: []string{"a", "b", "c"}})
}

// TestEarlyAcknowledgement is TestRegister with the bug: servers acknowledge before they sync. Its worlds have to find it; terrella fuzz reports it.
func TestEarlyAcknowledgement(t *testing.T) {
	sim.Config{Planted: true, Runs: 5000}.Test(t, world(true))
}
