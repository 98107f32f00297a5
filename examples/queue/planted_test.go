package queue

import (
	"testing"

	"github.com/terrella-go/terrella/examples/internal/planted"
	"github.com/terrella-go/terrella/sim"
)

func TestPlanted(t *testing.T) {
	planted.Check(t, planted.Bug{Test: "TestQueue", Env: "QUEUE_BUG=1", Faults: 3, Operations: 6, Nodes: []string{"queue", "till"}})
}

// TestCountedTwice is TestQueue with the bug: the till does not know jobs that it has counted. Its worlds have to find it; terrella fuzz reports it.
func TestCountedTwice(t *testing.T) {
	sim.Config{Planted: true, Runs: 5000}.Test(t, world(true))
}
