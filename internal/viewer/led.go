package viewer

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/terrella-go/terrella/internal/trace"
)

// trouble are the kinds of events that tell of faults and of what they did to nodes.
var trouble = []trace.Kind{trace.FaultBegin, trace.FaultEnd, trace.Crash, trace.Exit, trace.Restart, trace.Pause, trace.Resume, trace.Lost}

// maxTrouble bounds how many events of trouble are told of: those nearest to the failure.
const maxTrouble = 24

// LedTo returns the events that led to a run's first failure, and the failure: what set it off, from cause to cause; for each operation that
// a checker found wrong its way through the nodes; and the trouble before. Of a run that ended otherwise than by a check, such as by a
// deadlock, it returns the last events.
func LedTo(r *trace.Run) []*trace.Event {
	failed := r.Failed()
	if failed == nil {
		var last []*trace.Event
		for i := max(0, len(r.Events)-maxTrouble); i < len(r.Events); i++ {
			last = append(last, &r.Events[i])
		}
		return last
	}
	chosen := make(map[uint64]*trace.Event)
	add := func(events []*trace.Event) {
		for _, e := range events {
			chosen[e.Number] = e
		}
	}
	add(Path(r, failed.Number))
	for _, call := range suspects(r, failed) {
		add(operationPath(r, call))
	}
	var bad []*trace.Event
	for i := range r.Events {
		if e := &r.Events[i]; e.Number < failed.Number && slices.Contains(trouble, e.Kind) {
			bad = append(bad, e)
		}
	}
	add(bad[max(0, len(bad)-maxTrouble):])
	var all []*trace.Event
	for i := range r.Events {
		if e := chosen[r.Events[i].Number]; e != nil {
			all = append(all, e)
		}
	}
	return all
}

// operationPath returns the call and the return of an operation, and what led to the last thing that reached its node before it returned: the
// answer that it gave back.
func operationPath(r *trace.Run, call *trace.Event) []*trace.Event {
	path := []*trace.Event{call}
	for i := range r.Events {
		e := &r.Events[i]
		if e.Kind != trace.Return || e.Cause != call.Number {
			continue
		}
		path = append(path, e)
		for n := e.Number; n > call.Number; n-- {
			if b := r.At(n - 1); b.Kind == trace.Deliver && b.Node == call.Node && carries(b, r) {
				for _, e := range Path(r, b.Number) {
					if e.Number > call.Number {
						path = append(path, e)
					}
				}
				return path
			}
		}
	}
	return path
}

// carries reports whether a delivery brought something of the program's: not only the news that a connection is open or closed.
func carries(e *trace.Event, r *trace.Run) bool {
	for _, a := range e.Detail {
		if a.Key == "packet" {
			return a.Text != "syn-ack" && a.Text != "fin" && a.Text != "ack" && a.Text != "rst"
		}
	}
	return true
}

// maxBrief is how long an event's line may be, in characters.
const maxBrief = 150

// WriteBrief writes events as text, one a line: the first of those that an event's text has, and no more of it than fits.
func WriteBrief(to io.Writer, events []*trace.Event) error {
	for _, e := range events {
		short := *e
		if short.Kind == trace.PropertyFail {
			short.Detail = nil // the report has it
		}
		line, _, more := strings.Cut(short.String(), "\n")
		if utf8.RuneCountInString(line) > maxBrief {
			line, more = string([]rune(line)[:maxBrief]), true
		}
		if line = printable(line); more {
			line += " …"
		}
		if _, err := fmt.Fprintln(to, line); err != nil {
			return err
		}
	}
	return nil
}
