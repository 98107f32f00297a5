package viewer

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/terrella-go/terrella/internal/trace"
)

// A Filter selects events. Its zero value selects all; each field that is set takes some away.
type Filter struct {
	Nodes []string      // only on these nodes; "world" is the test and the faults
	Kinds []string      // only of these kinds, by their names
	From  time.Duration // from this virtual time on
	To    time.Duration // before this virtual time, if it is not 0
	Conn  string        // only with this in the name of their connection, packet, file or fault
	Op    string        // only from the call to the return of the operation of this name
	Text  string        // only with this in their text, in capitals or not
}

// World is what the place of events without a node is called.
const World = "world"

// place returns the name of an event's column.
func place(e *trace.Event) string {
	if e.Node == "" {
		return World
	}
	return e.Node
}

// Select returns the events that meet a filter.
func Select(r *trace.Run, f Filter) []*trace.Event {
	from, to := f.operation(r)
	var all []*trace.Event
	for i := range r.Events {
		e := &r.Events[i]
		switch {
		case len(f.Nodes) > 0 && !slices.Contains(f.Nodes, place(e)),
			len(f.Kinds) > 0 && !slices.Contains(f.Kinds, e.Kind.String()),
			e.At < f.From, f.To != 0 && e.At >= f.To,
			f.Conn != "" && !strings.Contains(e.Subject, f.Conn),
			e.Number < from, e.Number > to,
			f.Text != "" && !strings.Contains(strings.ToLower(e.String()), strings.ToLower(f.Text)):
		default:
			all = append(all, e)
		}
	}
	return all
}

// operation returns the first and the last event of the operation that a filter names.
func (f Filter) operation(r *trace.Run) (from, to uint64) {
	to = ^uint64(0)
	if f.Op == "" {
		return 0, to
	}
	from = to
	for i := range r.Events {
		e := &r.Events[i]
		switch {
		case e.Subject != f.Op:
		case e.Kind == trace.Call && from == ^uint64(0):
			from = e.Number
		case e.Kind == trace.Return && e.Cause == from:
			return from, e.Number
		}
	}
	return from, to
}

// Path walks back from an event to what set it off: to its cause; from an event without one to the last thing
// that reached its node before. It returns the events in the order in which they happened.
func Path(r *trace.Run, number uint64) []*trace.Event {
	var path []*trace.Event
	for e := r.At(number); e != nil && len(path) < maxPath; e = stepBack(r, e) {
		path = append(path, e)
	}
	slices.Reverse(path)
	return path
}

// maxPath bounds a path. Further back than that nobody reads.
const maxPath = 40

func stepBack(r *trace.Run, e *trace.Event) *trace.Event {
	if e.Cause != trace.None {
		return r.At(e.Cause)
	}
	var wanted func(*trace.Event) bool
	switch {
	case e.Kind == trace.PropertyFail:
		if last := lastSuspect(r, e); last != nil {
			return last
		}
		named := namedNodes(r, e)
		wanted = func(b *trace.Event) bool {
			return b.Node != "" && (len(named) == 0 || named[b.Node])
		}
	case e.Node == "" || e.Kind == trace.Start || e.Kind == trace.Call || e.Kind == trace.Crash:
		return nil
	case e.Kind == trace.Restart:
		wanted = func(b *trace.Event) bool { return b.Node == e.Node && (b.Kind == trace.Crash || b.Kind == trace.Exit) }
	default:
		wanted = func(b *trace.Event) bool {
			return b.Node == e.Node && slices.Contains(arrivals, b.Kind)
		}
	}
	for n := e.Number; n > r.Events[0].Number; n-- {
		if b := r.At(n - 1); wanted(b) {
			return b
		}
	}
	return nil
}

var arrivals = []trace.Kind{trace.Deliver, trace.Restart, trace.Start, trace.Resume, trace.Call, trace.Timer, trace.Accept}

// suspects returns the calls of the operations that a checker found wrong before e.
func suspects(r *trace.Run, e *trace.Event) []*trace.Event {
	var calls []*trace.Event
	for _, a := range r.Attachments {
		var finding struct{ Suspects []uint64 }
		if a.Key != trace.AttachedFinding || json.Unmarshal(a.Data, &finding) != nil {
			continue
		}
		for _, n := range finding.Suspects {
			if c := r.At(n); c != nil && n < e.Number && !slices.Contains(calls, c) {
				calls = append(calls, c)
			}
		}
	}
	return calls
}

// lastSuspect returns the end of the last operation that a checker found wrong before e, nil if there is none.
func lastSuspect(r *trace.Run, e *trace.Event) *trace.Event {
	calls := make(map[uint64]bool)
	for _, c := range suspects(r, e) {
		calls[c.Number] = true
	}
	var last *trace.Event
	for i := range r.Events {
		s := &r.Events[i]
		if s.Number < e.Number && (calls[s.Number] || s.Kind == trace.Return && calls[s.Cause]) {
			last = s
		}
	}
	return last
}

// nodeA matches a message that means by the word a the node of that name, and not the article.
var nodeA = regexp.MustCompile(`(^|[^\pL\pN_.-])a([^\pL\pN_.-]*$|\s*[^\pL\pN\s_.-]| (and|or|is|has|was) )`)

// namedNodes returns the nodes that the message of a failure names.
func namedNodes(r *trace.Run, e *trace.Event) map[string]bool {
	words := make(map[string]bool)
	text := e.Subject
	for _, a := range e.Detail {
		text += " " + a.Text
	}
	for _, w := range strings.FieldsFunc(text, func(c rune) bool {
		return !(c == '_' || c == '.' || c == '-' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c > 127)
	}) {
		words[w] = true
	}
	if words["a"] && !nodeA.MatchString(text) {
		delete(words, "a")
	}
	named := make(map[string]bool)
	for i := range r.Events {
		if n := r.Events[i].Node; n != "" && words[n] {
			named[n] = true
		}
	}
	return named
}
