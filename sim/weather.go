package sim

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/terrella-go/terrella/clock"
	"github.com/terrella-go/terrella/internal/plan"
	"github.com/terrella-go/terrella/internal/prng"
	"github.com/terrella-go/terrella/internal/trace"
	"github.com/terrella-go/terrella/internal/turn"
	simnet "github.com/terrella-go/terrella/net"
)

// The weather is all the trouble in a world: what was planned, what is in force, what it has struck.
type weather struct {
	injects  int
	storms   map[int]int // storms so far, by the call of Inject
	roles    map[string]Role
	versions map[string]func(context.Context, *Node) error
	net      *simnet.Overlay
	clocks   map[*Node]*clock.Overlay
	idle     []*question

	mu       turn.Lock
	healed   chan struct{} // closed by Heal, which makes another
	planned  []plan.Fault  // in the order in which they were scheduled
	struck   []*strike
	inForce  []*strike
	same     map[string]uint64 // faults so far, by what they do
	triggers []*trigger
	counted  atomic.Int32 // triggers that look at events; written with mu locked
	models   models
}

// A strike is a fault that has begun.
type strike struct {
	fault   plan.Fault
	index   int      // of the fault in the plan
	names   []string // of the victims, roles found out
	began   time.Duration
	ended   time.Duration // 0 while it lasts
	event   uint64        // that recorded the beginning
	endings []func()      // what ends it
}

func (s *weather) begin(w *World) {
	s.net = simnet.NewOverlay(w.net)
	s.clocks = make(map[*Node]*clock.Overlay)
	s.roles = make(map[string]Role)
	s.storms = make(map[int]int)
	s.versions = make(map[string]func(context.Context, *Node) error)
	s.same = make(map[string]uint64)
	s.healed = make(chan struct{})
}

// schedule has a fault befall the world when its time comes.
//
// What a fault decides by chance is keyed by what it does and not by its place in the plan, and it waits in a goroutine of
// its own: when another is taken away nothing moves.
func (s *weather) schedule(w *World, f plan.Fault) error {
	if err := s.check(w, &f); err != nil {
		return fmt.Errorf("%s: %w", f, err)
	}
	s.mu.Lock()
	what := f.What()
	key := w.key.Name("fault").Name(what).Num(s.same[what])
	s.same[what]++
	index := len(s.planned)
	s.planned = append(s.planned, f)
	if f.Spec().Setting {
		s.models.given = append(s.models.given, f)
	}
	healed := s.healed
	s.mu.Unlock()
	if f.Spec().Setting {
		return nil
	}
	if f.Spec().Layer == plan.Point {
		w.points.give(&f)
		return nil
	}
	var moment *trigger
	if f.When.Nth > 0 {
		moment = s.watch(&f)
	}
	w.spawn(key, func() {
		if !waitFor(w, &f, moment, healed) {
			return
		}
		s.strike(w, f, index, key, healed)
	})
	return nil
}

// check returns an error for victims that are not there. Roles may be announced later.
func (s *weather) check(w *World, f *plan.Fault) error {
	if err := f.Validate(); err != nil {
		return err
	}
	k := f.Spec()
	if k.Victims == plan.Name {
		return nil
	}
	for _, name := range f.Victims() {
		if name == "*" || name[0] == '@' || w.given.Given || k.Setting {
			continue // a file may name nodes that are to come, or are no more, and a setting has to name the former
		}
		if w.dir.node(name) == nil {
			return fmt.Errorf("there is no node %q; there are %v", name, w.dir.names())
		}
	}
	if to := f.Param("to"); k.Amount == plan.VersionN && s.versions[to] == nil {
		return fmt.Errorf("no version is called %q; World.Version makes one known", to)
	}
	return nil
}

// waitFor returns when the fault's moment has come, false if all is healed before.
func waitFor(w *World, f *plan.Fault, moment *trigger, healed chan struct{}) bool {
	if moment != nil {
		select {
		case <-moment.due:
			return pause(0, healed)
		case <-healed:
			return false
		}
	}
	return pause(f.When.At-w.now(), healed)
}

// pause waits for a time, false if all is healed before.
func pause(d time.Duration, healed chan struct{}) bool {
	if d <= 0 {
		select {
		case <-healed:
			return false
		default:
			return true
		}
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		select {
		case <-healed: // at the same moment
			return false
		default:
			return true
		}
	case <-healed:
		return false
	}
}

// strike begins a fault, waits, and ends it.
func (s *weather) strike(w *World, f plan.Fault, index int, key prng.Key, healed chan struct{}) {
	groups, ok := s.victims(w, &f, key, healed)
	if !ok {
		return
	}
	st := &strike{fault: f, index: index, names: slices.Concat(groups...), began: w.now()}
	s.mu.Lock()
	over := s.healed != healed
	s.mu.Unlock()
	if over {
		return
	}
	st.event = w.logFault(trace.FaultBegin, trace.None, &f)
	s.mu.Lock()
	s.struck = append(s.struck, st)
	s.inForce = append(s.inForce, st)
	s.mu.Unlock()
	e := effect{w: w, f: &st.fault, key: key, groups: groups, healed: healed}
	if err := e.begin(); err != nil {
		w.Fatalf("sim: %s: %v", f, err)
	}
	s.mu.Lock()
	st.endings = e.endings
	over = st.ended > 0 // healed while it began
	s.mu.Unlock()
	if f.Spec().Instant || over || f.For > 0 && pause(f.For, healed) {
		s.end(w, st)
	}
}

// end ends a strike, once.
func (s *weather) end(w *World, st *strike) {
	s.mu.Lock()
	if st.ended == 0 {
		st.ended = max(w.now(), 1)
	}
	endings := st.endings
	st.endings = nil
	s.inForce = slices.DeleteFunc(s.inForce, func(o *strike) bool { return o == st })
	s.mu.Unlock()
	for _, f := range slices.Backward(endings) {
		f()
	}
	w.logFault(trace.FaultEnd, st.event, &st.fault)
}

// stop ends all faults that are in force, the latest first, and calls off those to come.
func (s *weather) stop(w *World) {
	s.mu.Lock()
	close(s.healed)
	s.healed = make(chan struct{})
	inForce := slices.Clone(s.inForce)
	s.triggers = nil
	s.counted.Store(0)
	s.mu.Unlock()
	for _, st := range slices.Backward(inForce) {
		s.end(w, st)
	}
	s.net.Heal()
	w.points.calm()
}

// spare calls off the faults to come and ends those in force on the nodes named; links between these are spared too.
func (s *weather) spare(w *World, names []string) {
	s.mu.Lock()
	close(s.healed)
	s.healed = make(chan struct{})
	inForce := slices.Clone(s.inForce)
	s.triggers = nil
	s.counted.Store(0)
	s.mu.Unlock()
	for _, st := range slices.Backward(inForce) {
		ours := func(name string) bool { return slices.Contains(names, name) }
		if st.fault.Spec().Layer != plan.Network && slices.ContainsFunc(st.names, ours) {
			s.end(w, st)
		}
	}
	s.net.Spare(names)
	w.points.calm()
}

// clockOf returns what lays faults over a node's clock.
func (s *weather) clockOf(n *Node) *clock.Overlay {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.clocks[n]
	if o == nil {
		o = clock.NewOverlay(n.clock)
		s.clocks[n] = o
	}
	return o
}

// A question is asked when all goroutines of the world wait.
type question struct {
	ask    func()
	answer chan struct{}
}

// whenIdle has f called when all goroutines wait, and returns afterwards.
func (s *weather) whenIdle(w *World, f func()) {
	q := &question{ask: f, answer: make(chan struct{})}
	s.mu.Lock()
	s.idle = append(s.idle, q)
	s.mu.Unlock()
	w.watchIdle()
	<-q.answer
}

// answerIdle answers the questions asked so far.
func (s *weather) answerIdle(w *World) {
	s.mu.Lock()
	questions := s.idle
	s.idle = nil
	s.mu.Unlock()
	for _, q := range questions {
		w.guard("the function of a role", q.ask)
		close(q.answer)
	}
}

// roleStep is how often a fault asks whether a node has the role that it is aimed at.
const roleStep = 10 * time.Millisecond

// victims finds out whom a fault strikes. It waits until each of its roles is some node's, and returns
// false if all is healed before.
func (s *weather) victims(w *World, f *plan.Fault, key prng.Key, healed chan struct{}) ([][]string, bool) {
	if f.Spec().Victims == plan.Name {
		return f.Groups, true
	}
	for {
		groups, missing := s.findVictims(w, f, key)
		if !missing {
			return groups, len(groups) > 0
		}
		if !pause(roleStep, healed) {
			return nil, false
		}
	}
}

// findVictims replaces roles by nodes. Nodes that a file names and that are not there are left out.
func (s *weather) findVictims(w *World, f *plan.Fault, key prng.Key) (groups [][]string, missing bool) {
	roles := slices.ContainsFunc(f.Victims(), func(name string) bool { return name[0] == '@' })
	find := func() {
		for _, g := range f.Groups {
			var names []string
			for _, name := range g {
				found, ok := s.resolve(w, name, key)
				missing = missing || !ok
				for _, name := range found {
					if !slices.Contains(names, name) {
						names = append(names, name)
					}
				}
			}
			groups = append(groups, names)
		}
	}
	if roles {
		s.whenIdle(w, find)
	} else {
		find()
	}
	if slices.ContainsFunc(groups, func(g []string) bool { return len(g) == 0 }) {
		groups = nil
	}
	return groups, missing
}

// resolve returns the nodes that a victim's name stands for, false if it is a role that no node has.
func (s *weather) resolve(w *World, name string, key prng.Key) ([]string, bool) {
	switch {
	case name == "*":
		return w.dir.names(), true
	case name[0] != '@':
		if w.dir.node(name) == nil {
			return nil, true
		}
		return []string{name}, true
	}
	role, ok := s.roles[name[1:]]
	if !ok {
		w.Fatalf("sim: a fault is aimed at %s, and no role of that name was injected", name)
	}
	var names []string
	for _, n := range w.dir.all() {
		if !n.client && role.holds(n) {
			names = append(names, n.name)
		}
	}
	if len(names) == 0 {
		return nil, false
	}
	if role.zone {
		return names, true
	}
	return []string{names[key.Name("role").Uint64()%uint64(len(names))]}, true
}
