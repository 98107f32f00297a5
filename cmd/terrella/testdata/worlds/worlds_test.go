// Package worlds holds tests of each kind that the command has an exit code for.
package worlds

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/terrella-go/terrella/sim"
)

func TestSteady(t *testing.T) {
	sim.Test(t, func(*sim.World) { time.Sleep(time.Second) })
}

func TestProperty(t *testing.T) {
	sim.Test(t, func(w *sim.World) { w.Fatal("this property does not hold") })
}

// begun survives from one world to the next.
var begun atomic.Int64

func TestNondeterministic(t *testing.T) {
	sim.Test(t, func(*sim.World) {
		time.Sleep(time.Duration(begun.Add(1)) * time.Second)
		time.Sleep(time.Second)
	})
}
