package sim

import (
	"fmt"
	"slices"
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
	storm  bool                   // they fire by themselves
	visits map[visit]int          // so far; those of no node are all visits
	given  map[visit]map[int]bool // which fire, by lines of a plan
}

// A visit is a place where a fault point may fire.
type visit struct{ point, node string }

// The probability that a point is switched on in a world, and that it then fires: FoundationDB's.
const pointOneIn = 4

// fires reports whether a fault point fires.
func fires(name string) bool {
	w := here()
	if w == nil {
		return false
	}
	m, _ := kernel.Now()
	node, _ := w.dir.owner(m.Group)
	f := plan.Fault{Kind: firing, Groups: [][]string{{name}}, When: plan.When{Event: plan.Visit}}
	drawn := false
	p := &w.points
	p.mu.Lock()
	if p.visits == nil {
		p.visits = make(map[visit]int)
	}
	for _, of := range slices.Compact([]string{node, ""}) {
		at := visit{name, of}
		p.visits[at]++
		n := p.visits[at]
		if f.When.Nth == 0 || p.given[at][n] {
			f.When.Nth, f.When.Of = n, of
		}
		drawn = drawn || p.given[at][n]
	}
	storm := p.storm
	p.mu.Unlock()
	if !drawn && storm && !w.given.Given {
		key := w.key.Name("point").Name(name)
		drawn = key.Name("on").Stream().Chance(1, pointOneIn) && key.Name(node).Num(uint64(f.When.Nth)).Stream().Chance(1, pointOneIn)
	}
	if drawn {
		w.weather.fired(w, f)
	}
	return drawn
}

// give notes that a fault point fires at a visit.
func (p *points) give(f *plan.Fault) {
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

// brew has the points fire by themselves.
func (p *points) brew() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.storm = true
}

// calm has them fire no more.
func (p *points) calm() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.storm, p.given = false, nil
}

// fired records that a fault point has fired.
func (s *weather) fired(w *World, f plan.Fault) {
	event := w.logFault(trace.FaultBegin, trace.None, &f)
	s.mu.Lock()
	defer s.mu.Unlock()
	st := &strike{fault: f, index: -1, names: f.Groups[0], began: max(w.now(), 1), event: event}
	st.ended = st.began
	st.index = slices.IndexFunc(s.planned, func(p plan.Fault) bool { return p.Kind == f.Kind && p.What() == f.What() && p.When == f.When })
	if st.index < 0 {
		st.index = len(s.planned)
		s.planned = append(s.planned, f)
	}
	s.struck = append(s.struck, st)
}
