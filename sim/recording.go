package sim

import (
	"encoding/json"
	"fmt"

	"github.com/terrella-go/terrella/internal/checkerclock"
	"github.com/terrella-go/terrella/internal/kernel"
	"github.com/terrella-go/terrella/internal/trace"
	"github.com/terrella-go/terrella/internal/turn"
)

// Decode makes readable what the program sends: in a run that is recorded, decode is asked for each packet's bytes, and
// its text shown beside them. It returns false for what it does not know; of several decoders the first that does
// counts. It is called when the run is over and has no influence on it.
func (w *World) Decode(decode func(payload []byte) (text string, ok bool)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.decoders = append(w.decoders, decode)
}

// Expose shows the node's state beside its events, in a run that is recorded: after something happened on the node
// and all goroutines wait, state is called, and its value kept as JSON, or as fmt prints it. As nothing runs
// meanwhile, it may read without locks; it must not wait for anything. The registration ends with the node's process; a
// boot function renews it.
//
// It has no influence on what happens; the random numbers that ranging over a map draws enter the schedule hash, which
// is then not that of the run without a recording.
func (n *Node) Expose(state func() any) {
	w := n.world
	w.watchIdle() // in runs that are not recorded too: they are to go the same way
	if !w.log.KeepsAll() {
		return
	}
	w.recorder.mu.Lock()
	if w.recorder.states == nil {
		w.recorder.states = make(map[string]exposed)
	}
	w.recorder.states[n.name] = exposed{state: state, incarnation: n.Incarnation()}
	w.recorder.mu.Unlock()
}

// A recorder keeps what is needed to say more of a run than its events do.
type recorder struct {
	mu     turn.Lock
	states map[string]exposed
	looked uint64 // events before this one have been looked at for states
	// To print values and to explain verdicts takes locks and random numbers, which would change the run. Both
	// wait until it is over.
	calls    []call
	values   []value
	verdicts []judgement
}

// A call is the event of an operation of a history.
type call struct {
	history any
	id      int
	event   uint64
}

// A judgement is to be explained, and attached to an event.
type judgement struct {
	history any
	event   uint64
	explain func() (suspects, order []int)
}

// A value is to be attached to an event.
type value struct {
	event uint64
	key   string
	value any
}

type exposed struct {
	state       func() any
	incarnation int
	last        string
}

// recordStates keeps the states of the nodes on which something has happened. It is called when all goroutines wait.
func (w *World) recordStates() {
	if !w.log.KeepsAll() || len(w.recorder.states) == 0 {
		return
	}
	latest := make(map[string]*trace.Event)
	w.recorder.looked = w.log.Since(w.recorder.looked, func(e *trace.Event) { latest[e.Node] = e })
	w.recorder.mu.Lock() // which keeps the turn: what state does is no scheduling point
	defer w.recorder.mu.Unlock()
	for _, n := range w.dir.all() { // in the order of their making
		e, s := latest[n.name], w.recorder.states[n.name]
		if e == nil || s.state == nil || s.incarnation != e.Incarnation || n.status() == crashed {
			continue
		}
		if text := show(s.state()); text != s.last {
			s.last = text
			w.recorder.states[n.name] = s
			w.log.Attach(e.Number, trace.AttachedState, []byte(text))
		}
	}
}

// show returns a value as JSON, or as fmt prints it.
func show(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case fmt.Stringer, error:
		return fmt.Sprint(v)
	}
	if text, err := json.Marshal(v); err == nil && string(text) != "{}" {
		return string(text)
	}
	return fmt.Sprintf("%+v", v)
}

func init() { checkerclock.Record = operations{} }

// operations records what clients do through a checker's histories.
type operations struct{}

// Called implements [checkerclock.Recorder].
func (operations) Called(history any, id, client int, in any) uint64 {
	w := current()
	if w == nil {
		return trace.None
	}
	n := w.log.Add(trace.Call, "", fmt.Sprintf("operation %d", id), trace.Number("client", int64(client)))
	if w.log.KeepsAll() {
		w.recorder.mu.Lock()
		w.recorder.values = append(w.recorder.values, value{n, trace.AttachedInput, in})
		w.recorder.calls = append(w.recorder.calls, call{history, id, n})
		w.recorder.mu.Unlock()
	}
	return n
}

// Returned implements [checkerclock.Recorder].
func (operations) Returned(call uint64, id int, outcome string, out any, err string) {
	w := current()
	if w == nil || call == trace.None {
		return
	}
	n, name := uint64(0), fmt.Sprintf("operation %d", id)
	if outcome == "ok" {
		n = w.log.AddCaused(call, trace.Return, "", name)
	} else {
		n = w.log.AddCaused(call, trace.Return, "", name, trace.Text("outcome", outcome), trace.Text("error", err))
	}
	if w.log.KeepsAll() && outcome == "ok" {
		w.recorder.mu.Lock()
		w.recorder.values = append(w.recorder.values, value{n, trace.AttachedOutput, out})
		w.recorder.mu.Unlock()
	}
}

// Judged implements [checkerclock.Recorder].
func (operations) Judged(history any, explain func() (suspects, order []int)) {
	w := current()
	if w == nil || !w.log.KeepsAll() {
		return
	}
	w.recorder.mu.Lock()
	w.recorder.verdicts = append(w.recorder.verdicts, judgement{history, w.log.Len() - 1, explain})
	w.recorder.mu.Unlock()
}

// attach adds to a run what waited for its end.
func (r *recorder) attach(run *trace.Run) {
	for _, v := range r.values {
		run.Attachments = append(run.Attachments, trace.Attachment{Event: v.event, Key: v.key, Data: []byte(show(v.value))})
	}
	for _, v := range r.verdicts {
		run.Attachments = append(run.Attachments, trace.Attachment{Event: v.event, Key: trace.AttachedFinding, Data: r.finding(v)})
	}
}

// finding returns what a verdict is about, by the numbers of events.
func (r *recorder) finding(v judgement) []byte {
	calls := make(map[int]uint64)
	for _, c := range r.calls {
		if c.history == v.history {
			calls[c.id] = c.event
		}
	}
	suspects, order := v.explain()
	var finding struct {
		Suspects []uint64    `json:"suspects,omitempty"` // calls
		Points   [][2]uint64 `json:"points,omitempty"`   // calls, and the event at which each took effect
	}
	for _, id := range suspects {
		if n, ok := calls[id]; ok {
			finding.Suspects = append(finding.Suspects, n)
		}
	}
	// An operation takes effect when it has been called and those before it in the order have taken effect.
	at := uint64(0)
	for _, id := range order {
		if n, ok := calls[id]; ok {
			at = max(at, n)
			finding.Points = append(finding.Points, [2]uint64{n, at})
		}
	}
	text, err := json.Marshal(finding)
	if err != nil {
		panic(err) // it is numbers alone
	}
	return text
}

// current returns the world of the calling goroutine, nil outside any.
func current() *World {
	if _, ok := kernel.Now(); !ok {
		return nil
	}
	w, _ := kernel.Value().(*World)
	return w
}
