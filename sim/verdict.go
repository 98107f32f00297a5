package sim

import (
	"fmt"
	"strings"

	"github.com/terrella-go/terrella/disk"
	"github.com/terrella-go/terrella/internal/kernel"
	simnet "github.com/terrella-go/terrella/net"
)

// judge returns the failure of a world that ended without reporting one itself.
func (r *runner) judge(o *outcome) *failure {
	f := &failure{step: o.result.Steps, at: o.result.Elapsed}
	if o.result.Disturbed {
		f.message = "a goroutine of another world has woken one of this world"
		return f
	}
	stacks := func() string { return "; the goroutines at that point:\n" + formatStacks(o.world, o.result.Stacks) }
	switch o.result.Outcome {
	case kernel.Done:
		switch {
		case !o.returned && r.t.Failed():
			f.message = "the test failed by a method of testing.T; use those of the World instead, they record where in the run it was"
		case !o.returned:
			f.message = "the test's function ended by runtime.Goexit"
		default:
			return nil
		}
	case kernel.Deadlock:
		f.property = "deadlock"
		f.message = "all goroutines wait, and no timer is pending:\n" + formatStacks(o.world, o.result.Stacks)
	case kernel.LockCycle:
		f.property = "deadlock"
		f.message = "goroutines wait for each other's locks, while others go on:\n" + formatStacks(o.world, waiting(o.result.Stacks))
	case kernel.Livelock:
		f.property = "livelock"
		f.message = fmt.Sprintf("%d scheduling decisions were made while virtual time stood still (Config.MaxStill)%s", r.config.MaxStill, stacks())
	case kernel.Stuck:
		f.property = "no yield"
		f.message = fmt.Sprintf("a goroutine ran for %v of real time without coming to a scheduling point (Config.Watchdog; with Config.Preempt it loses its turn instead)%s", r.config.Watchdog, stacks())
	case kernel.StepLimit:
		f.property = "step limit"
		f.message = fmt.Sprintf("%d scheduling decisions were made without the test ending (Config.MaxSteps)%s", o.result.Steps, stacks())
	case kernel.TimeLimit:
		f.property = "time limit"
		f.message = fmt.Sprintf("virtual time reached %v without the test ending (Config.MaxTime)%s", r.config.MaxTime, stacks())
	case kernel.RealLimit:
		f.property = "real-time limit"
		f.message = fmt.Sprintf("the world took more than %v of real time (Config.MaxReal)%s", r.config.MaxReal, stacks())
	case kernel.MemoryLimit:
		f.property = "memory limit"
		f.message = fmt.Sprintf("the heap of the process grew beyond %d MB (Config.MaxMemory)%s", r.config.MaxMemory>>20, stacks())
	case kernel.Diverged, kernel.Contended:
		return nil // whoever runs the world again tells
	default:
		f.message = "the world ended for an unknown reason: " + o.result.Outcome.String()
	}
	return f
}

// waiting returns the goroutines that wait for a lock.
func waiting(stacks []kernel.Stack) []kernel.Stack {
	var out []kernel.Stack
	for _, s := range stacks {
		if s.Waits != nil {
			out = append(out, s)
		}
	}
	return out
}

// refuseLeaks fails the world if goroutines that the test's function has started, itself or through others,
// are still there when it has returned and all that could run has run. Those of nodes and clients
// end with the world.
func (w *World) refuseLeaks() {
	const own = kernel.Group(0)
	if own.Size() <= 1 {
		return
	}
	if w.lastCheck == nil {
		kernel.WaitIdle()
	}
	var left []kernel.Stack
	for _, s := range kernel.Stacks() {
		if s.Group == own && !ours(s) {
			left = append(left, s)
		}
	}
	if len(left) == 0 {
		return
	}
	who := count(len(left), "goroutine") + " that the test's function started are still there after it has returned"
	if len(left) == 1 {
		who = "a goroutine that the test's function started is still there after it has returned"
	}
	w.fail("goroutine leak", who+"; wait for it to end, or set Config.AllowLeaks:\n"+formatStacks(w, left), nil)
}

// panicked is called by a goroutine of the world that panics and is not recovered. It does not return.
func (w *World) panicked(v any) {
	m, _ := kernel.Now()
	who := "the test's function"
	if m.Goroutine > 1 {
		who = fmt.Sprintf("goroutine %d", m.Goroutine)
	}
	if n := w.dir.at(m.Group); n != nil {
		who += " of node " + n.name
	}
	w.panicIn(who, v)
}

// panicIn fails the world for a panic, or crashes the node if that is what the configuration wants.
func (w *World) panicIn(what string, v any) {
	message := fmt.Sprintf("panic in %s: %v", what, v)
	if strings.Contains(message, "t.Parallel") {
		// Its own message speaks of t.Setenv, which the program has not called.
		message = "t.Parallel was called in a world: its goroutines are not the test's; Config.Parallel runs worlds side by side"
	}
	m, _ := kernel.Now()
	stack := formatStack(w, kernel.PanicStack())
	if n := w.dir.at(m.Group); w.panicIsCrash && n != nil {
		w.Logf("%s\n%s", message, stack)
		n.goDown("panic", (*simnet.Host).Kill, (*disk.Disk).CrashProcess)
	}
	w.fail("", message, []byte(stack))
	kernel.Stop()
}
