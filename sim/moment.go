package sim

import (
	"time"

	"github.com/terrella-go/terrella/internal/plan"
	"github.com/terrella-go/terrella/internal/trace"
)

// A trigger waits for the nth event of a kind.
type trigger struct {
	kind  string
	of    string
	after time.Duration
	left  int           // events to come
	due   chan struct{} // gets a value at the last
}

// watch begins to wait for the event that a fault begins at.
func (s *weather) watch(f *plan.Fault) *trigger {
	t := &trigger{kind: f.When.Event, of: f.When.Of, after: f.When.At, left: f.When.Nth, due: make(chan struct{}, 1)}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.triggers = append(s.triggers, t)
	s.counted.Add(1)
	return t
}

// see is shown each event. It is called with the log locked, wherever in the world the event happens.
func (s *weather) see(e *trace.Event) {
	if s.counted.Load() == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	kind := e.Kind.String()
	for _, t := range s.triggers {
		if t.left == 0 || t.kind != kind || t.of != "" && t.of != e.Node || e.At < t.after {
			continue
		}
		if t.left--; t.left == 0 {
			s.counted.Add(-1)
			t.due <- struct{}{} // there is room for the one value
		}
	}
}
