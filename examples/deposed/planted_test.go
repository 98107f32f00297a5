package deposed

import (
	"testing"

	"github.com/terrella-go/terrella/examples/internal/planted"
)

func TestPlanted(t *testing.T) {
	planted.Check(t, planted.Bug{Test: "TestDeposed", Env: "DEPOSED_BUG=1", Faults: 3, Operations: 6})
}
