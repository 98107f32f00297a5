package broken

import (
	"testing"

	"github.com/terrella-go/terrella/sim"
)

func TestBroken(t *testing.T) {
	sim.Test(t, func(w *sim.World) { nothing() })
}
