package sim

import (
	"fmt"
	"strings"

	"github.com/terrella-go/terrella/internal/kernel"
	"github.com/terrella-go/terrella/internal/plan"
	"github.com/terrella-go/terrella/internal/trace"
	"github.com/terrella-go/terrella/internal/turn"
	"github.com/terrella-go/terrella/sim/internal/hook"
)

// Checks are what package prop has reported in a world.
type checks struct {
	mu     turn.Lock
	counts map[checkID]counts
}

// A checkID is a check as package prop knows it.
type checkID struct {
	kind hook.Kind
	name string
}

// Counts tell how often a check was come to, and how often it held.
type counts struct{ reached, held uint64 }

func init() {
	hook.Installed.Store(&hook.Hooks{Check: check, Fault: fires, Mutate: mutates})
}

// here returns the world of the current goroutine, nil if it is in none.
func here() *World {
	w, _ := kernel.Value().(*World)
	return w
}

// check counts a check and fails the world if one does not hold that has to.
func check(kind hook.Kind, name string, holds bool, details []any) {
	w := here()
	if w == nil {
		return
	}
	if w.checks.count(checkID{kind, name}, holds) {
		w.log.Add(trace.Reached, "", name)
	}
	if holds || kind == hook.Sometimes {
		return
	}
	message := "does not hold"
	if kind == hook.Unreachable {
		message = "was reached"
	}
	if len(details) > 0 {
		message += ":" + detailText(details)
	}
	w.fail(name, message, nil)
	kernel.Stop()
}

// count adds one and reports whether it is the first.
func (c *checks) count(id checkID, holds bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.counts == nil {
		c.counts = make(map[checkID]counts)
	}
	n := c.counts[id]
	n.reached++
	if holds {
		n.held++
	}
	c.counts[id] = n
	return n.reached == 1
}

// detailText prints keys and values in turn.
func detailText(details []any) string {
	var b strings.Builder
	for i := 0; i < len(details); i++ {
		if key, ok := details[i].(string); ok && i+1 < len(details) {
			fmt.Fprintf(&b, " %s=%v", key, details[i+1])
			i++
		} else {
			fmt.Fprintf(&b, " %v", details[i])
		}
	}
	return b.String()
}

// Points are the fault points of a world.
type points struct {
	mu     turn.Lock
	visits map[visit]int          // so far
	given  map[visit]map[int]bool // which fire, where that is given
}

// A visit is a place where a fault point may fire.
type visit struct{ point, node string }

// The probability that a point is switched on in a world, and that it then fires: FoundationDB's.
const pointOneIn = 4

// fires reports whether a fault point fires.
func fires(name string) bool {
	w := here()
	if w == nil || !w.weather.points {
		return false
	}
	m, _ := kernel.Now()
	node, _ := w.dir.owner(m.Group)
	at := visit{name, node}
	p := &w.points
	p.mu.Lock()
	if p.visits == nil {
		p.visits = make(map[visit]int)
	}
	p.visits[at]++
	n := p.visits[at]
	given := p.given[at][n]
	p.mu.Unlock()
	switch key := w.key.Name("point").Name(name); {
	case w.given.Given:
		if !given {
			return false
		}
	case !key.Name("on").Stream().Chance(1, pointOneIn) || !key.Name(node).Num(uint64(n)).Stream().Chance(1, pointOneIn):
		return false
	}
	f := plan.Fault{Kind: "fire", Groups: [][]string{{name}}, When: plan.When{Nth: n, Event: "visit", Of: node}}
	w.weather.fired(w, f)
	return true
}

// pointsGiven notes that a fault point fires at a visit.
func (w *World) pointsGiven(f *plan.Fault) {
	p := &w.points
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.given == nil {
		p.given = make(map[visit]map[int]bool)
	}
	at := visit{f.Groups[0][0], f.When.Of}
	if p.given[at] == nil {
		p.given[at] = make(map[int]bool)
	}
	p.given[at][f.When.Nth] = true
}

// fired records that a fault point has fired.
func (s *weather) fired(w *World, f plan.Fault) {
	event := w.logFault(trace.FaultBegin, trace.None, &f)
	s.mu.Lock()
	defer s.mu.Unlock()
	st := &strike{fault: f, index: -1, names: f.Groups[0], began: max(w.now(), 1), event: event}
	st.ended = st.began
	if w.given.Given {
		for i := range s.planned {
			if p := &s.planned[i]; p.Kind == f.Kind && p.What() == f.What() && p.When == f.When {
				st.index = i
			}
		}
	} else {
		st.index = len(s.planned)
		s.planned = append(s.planned, f)
	}
	s.struck = append(s.struck, st)
}
