package kernel_test

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/terrella-go/terrella/internal/kernel"
)

func sleepsForEver() {
	for {
		time.Sleep(time.Second)
	}
}

// When Config.Ended is called, the goroutines of the world are there as they were at its last step; afterwards they are gone.
func TestEnded(t *testing.T) {
	there := func() bool {
		buf := make([]byte, 1<<20)
		return strings.Contains(string(buf[:runtime.Stack(buf, true)]), "kernel_test.sleepsForEver")
	}
	calls := 0
	r := kernel.Run(kernel.Config{MaxSteps: 10, Ended: func() {
		calls++
		if kernel.InWorld() {
			t.Error("it is called inside the world")
		}
		if !there() {
			t.Error("the world's goroutine is gone")
		}
	}}, sleepsForEver)
	if r.Outcome != kernel.StepLimit || r.Steps != 10 || calls != 1 {
		t.Errorf("the world ended by %v after %d steps, and %d calls; want the step limit, 10, and one", r.Outcome, r.Steps, calls)
	}
	if there() {
		t.Error("the world's goroutine outlives it")
	}
}
