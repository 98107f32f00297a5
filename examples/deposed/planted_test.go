package deposed

import (
	"testing"

	"github.com/terrella-go/terrella/examples/internal/planted"
	"github.com/terrella-go/terrella/sim"
)

func TestPlanted(t *testing.T) {
	planted.Check(t, planted.Bug{Test: "TestDeposed", Env: "DEPOSED_BUG=1", Faults: 3, Operations: 6, Nodes: []string{"a", "b", "c"}})
}

// TestDeposedLeaderAnswers is TestDeposed with the bug: a leader does not ask whether it still leads. Its worlds have to find it; terrella fuzz reports it.
func TestDeposedLeaderAnswers(t *testing.T) {
	sim.Config{Planted: true, Runs: 5000}.Test(t, world(true))
}
