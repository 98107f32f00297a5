package worlds

import (
	"os"
	"testing"
	"time"

	"github.com/terrella-go/terrella/sim"
)

// TestPlanted has worlds that are the same twice in a process and not in two: if the command's own test has asked for them, a
// pause in each takes as long as the process's id says.
func TestPlanted(t *testing.T) {
	pause := time.Microsecond
	if os.Getenv("EXACT_PLANTED") != "" {
		pause *= time.Duration(os.Getpid())
	}
	sim.Test(t, func(w *sim.World) {
		for i := range 3 {
			w.Log("pause", i)
			time.Sleep(pause)
		}
	})
}
