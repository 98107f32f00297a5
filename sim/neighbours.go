package sim

import (
	"fmt"
	"maps"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/terrella-go/terrella/internal/globals"
	"github.com/terrella-go/terrella/internal/plan"
)

// Neighbours are the worlds of a search as far as it is known whether they may run side by side: whether they use variables of each other, the
// program's package-level ones or those that the test's function has of its surroundings. To find out, one world that fails runs twice, and then some
// that the search runs anyway, of which one passes at least; variables are looked at after each, and in the middle of one.
//
// A number that differs after two runs that have gone the same way counts up from world to world, as numbers for objects do, and worlds don't
// depend on it: it does no harm. All else has to stay as it is. What that does not show, runs that don't repeat
// show later; see tryBeside.
type neighbours struct {
	state   neighbourhood
	failing plan.Case // is known to fail
	work    int64     // of the runs so far

	trials  int // begun; each ends when a variable has changed
	last    *globals.Snapshot
	counts  map[string]bool // numbers that only count up
	good    int             // runs of the trial
	passed  bool            // one of them
	changed []string        // variables with which the trial before has ended
}

type neighbourhood uint8

const (
	unknown neighbourhood = iota
	good
	bad // or nothing can be said
)

const (
	lookFrom  = int64(4 * time.Millisecond) // of work: less is over before it pays to look
	goodRuns  = 3
	maxTrials = 3 // a cache that is filled, or another thing that is done once, does not make worlds bad neighbours

	// maxSearchers bounds the worlds that a search runs at a time unless it is told otherwise: more of them would wait for what comes next.
	maxSearchers = 8
)

// searchers returns how many worlds a search may run at a time, if they are good neighbours.
func (r *runner) searchers() int {
	if r.config.Parallel > 0 {
		return r.config.Parallel
	}
	if info, ok := debug.ReadBuildInfo(); !ok || raced(info) || r.config.Fresh || len(r.config.Restore) > 0 {
		return 1 // two worlds that use one variable would be a race, even if both only set it
	}
	return min(runtime.GOMAXPROCS(0), maxSearchers)
}

// look is called after each run of a search that had no others beside it. When it knows enough, it lets the guests in.
func (r *runner) look(c plan.Case, failed bool, work int64) {
	n := &r.neighbours
	if r.guests == nil || n.state != unknown {
		return
	}
	if failed {
		n.failing = c
	}
	if n.work += work; n.work < lookFrom {
		return
	}
	if n.trials > 0 {
		if r.unchanged() {
			n.good++
			n.passed = n.passed || !failed
		}
	} else if r.between.open(); r.between.table == nil {
		r.settle(bad, "one world at a time, for package-level variables can't be looked at")
		return
	}
	for n.last == nil {
		if n.trials++; n.trials > maxTrials {
			r.settle(bad, "one world at a time, for they use each other's "+strings.Join(n.changed, ", "))
			return
		}
		r.beginTrial()
	}
	if n.good >= goodRuns && n.passed {
		r.settle(good, fmt.Sprintf("up to %d worlds at a time from here on", r.guests.n))
		r.open()
	}
}

// beginTrial runs a world that fails twice. If that ends the trial already, last is nil.
func (r *runner) beginTrial() {
	n := &r.neighbours
	n.good, n.passed, n.counts = 0, false, nil
	first := r.runCase(n.failing, nil, nil)
	n.last = r.takeVariables()
	var middle *globals.Snapshot
	r.half, r.halfway = first.result.Steps/2, func() { middle = r.takeVariables() }
	second := r.runCase(n.failing, nil, nil)
	r.halfway = nil
	if !sameRun(first, second) {
		n.last, n.changed = nil, []string{"state"}
		return
	}
	after := r.takeVariables()
	n.counts = make(map[string]bool)
	for _, c := range after.Since(n.last) {
		if c.Values != "" {
			n.counts[c.Name] = true
		}
	}
	before := n.last
	n.last = after
	if middle != nil {
		r.compare(before, middle)
	}
}

// unchanged looks at the variables and reports whether they are as they were when it looked before. If they aren't, the trial ends.
func (r *runner) unchanged() bool {
	n := &r.neighbours
	before := n.last
	n.last = r.takeVariables()
	return r.compare(before, n.last)
}

func (r *runner) compare(before, after *globals.Snapshot) bool {
	n := &r.neighbours
	changed := make(map[string]bool)
	for _, c := range after.Since(before) {
		if !n.counts[c.Name] {
			changed[c.Name] = true
		}
	}
	if len(changed) == 0 {
		return true
	}
	n.last, n.changed = nil, slices.Sorted(maps.Keys(changed))
	return false
}

func (r *runner) takeVariables() *globals.Snapshot {
	return r.between.table.TakeWith(unsafe.Pointer(&r.fn), unsafe.Pointer(r.t))
}

// settle notes what is known of the worlds.
func (r *runner) settle(state neighbourhood, what string) {
	r.neighbours = neighbours{state: state}
	if testing.Verbose() {
		fmt.Fprintf(r.t.Output(), "sim: %s: shrinking: %s\n", r.t.Name(), what)
	}
}
