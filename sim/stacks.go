package sim

import (
	"fmt"
	"strings"

	"github.com/terrella-go/terrella/internal/kernel"
)

// formatStacks prints goroutines, but for the simulator's own.
func formatStacks(w *World, stacks []kernel.Stack) string {
	var b strings.Builder
	for _, s := range stacks {
		if !ours(s) {
			b.WriteString(formatStack(w, s))
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// formatStack prints a goroutine, its node, and the calls that are the program's own.
func formatStack(w *World, s kernel.Stack) string {
	var b strings.Builder
	who, incarnation := w.dir.owner(s.Group)
	switch {
	case who == "":
		who = "world"
	case incarnation > 0:
		who = fmt.Sprintf("node %s, start %d", who, incarnation+1)
	default:
		who = "node " + who
	}
	fmt.Fprintf(&b, "goroutine %d [%s] (%s)\n", s.Goroutine, s.State, who)
	if s.Waits != nil {
		fmt.Fprintf(&b, "    waits for a lock of %s\n", holders(s.Waits.Holders))
	}
	for _, h := range s.Holds {
		if h.Where.File != "" && !machinery(h.Where.Func) {
			fmt.Fprintf(&b, "    has %s, at %s:%d\n", h.How, h.Where.File, h.Where.Line)
		}
	}
	for _, f := range s.Frames {
		if !machinery(f.Func) {
			fmt.Fprintf(&b, "    %s\n        %s:%d\n", f.Func, f.File, f.Line)
		}
	}
	return b.String()
}

// holders names the goroutines that hold a lock.
func holders(nums []uint64) string {
	if len(nums) == 0 {
		return "a goroutine that is not in this world"
	}
	var b strings.Builder
	for i, n := range nums {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "goroutine %d", n)
	}
	return b.String()
}

// ours reports whether a goroutine is the simulator's own, with no call of the program in it.
func ours(s kernel.Stack) bool {
	for _, f := range s.Frames {
		if !machinery(f.Func) {
			return false
		}
	}
	return len(s.Frames) > 0
}

// machinery reports whether a function belongs to the simulator or to the runtime below the program.
func machinery(fn string) bool {
	if own, ok := strings.CutPrefix(fn, "github.com/terrella-go/terrella/"); ok {
		for _, p := range []string{"sim.", "net.", "disk.", "clock.", "internal/kernel."} {
			if strings.HasPrefix(own, p) {
				return true
			}
		}
	}
	return strings.HasPrefix(fn, "runtime.") || strings.HasPrefix(fn, "internal/sync.") || strings.HasPrefix(fn, "sync.runtime_") || strings.HasPrefix(fn, "sync.(*WaitGroup).Go")
}
