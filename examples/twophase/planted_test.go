package twophase

import (
	"testing"

	"github.com/terrella-go/terrella/examples/internal/planted"
	"github.com/terrella-go/terrella/sim"
)

func TestPlanted(t *testing.T) {
	planted.Check(t, planted.Bug{Test: "TestTwoPhase", Env: "TWOPHASE_BUG=1", Faults: 3, Operations: 6, Nodes: []string{"coordinator"}})
}

// TestForgottenPromise is TestTwoPhase with the bug: banks forget what they have prepared when they start again. Its worlds have to find it; terrella fuzz reports it.
func TestForgottenPromise(t *testing.T) {
	sim.Config{Planted: true, Runs: 5000}.Test(t, world(true))
}
