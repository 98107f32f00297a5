package sim

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/terrella-go/terrella/internal/kernel"
	"github.com/terrella-go/terrella/internal/plan"
	"github.com/terrella-go/terrella/internal/turn"
	"pgregory.net/rapid"
)

// Draw draws a value from a generator. It is part of the world's plan: failure files show it, and it shrinks.
//
// What is drawn on one node, from one draw of its first label to the next, is an operation. A client's operations
// are what its workload shrinks by: without one of them the others keep their values and times, and
// when none is left the client's next Draw ends its goroutine, deferred functions run, once the client's context is done. What a value is
// follows from the seed, the node, the number of the operation and the label, not from what was drawn elsewhere,
// nor from rapid's flags.
//
// A value is replayed as it is written in a failure file, in JSON, if its type survives that, and may be edited there; one of another type is drawn
// again from the seed. So generators draw by rapid alone: a value that depends on other random numbers is not the one that the file shows.
// Nothing else shows in the world's schedule how a value came about.
func Draw[V any](w *World, gen *rapid.Generator[V], label string) V {
	d := w.work.next(w, label)
	again := func() V { return gen.Example(int(d.seed >> 1)) }
	if d.fixed != nil {
		var v V
		var err error
		kernel.Unmarked(d.seed, func() { err = json.Unmarshal(d.fixed, &v) })
		if err != nil {
			w.Fatalf("sim: the plan's value for %s cannot be read: %v", d.name(), err)
		}
		return v
	}
	if d.record != nil {
		d.record.again = func() any { return again() }
		d.record.shrink = func(alone sync.Locker, fails func(json.RawMessage) bool) {
			shrinkValue(gen, d.seed>>1, label, alone, fails)
		}
		d.record.survives = func(v any) (json.RawMessage, bool) { return survives[V](v.(V)) }
	}
	var v V
	kernel.Unmarked(d.seed, func() { v = again() }) // whether a value is drawn or given changes nothing else
	return v
}

// Actions carries out actions in the manner of a state machine: again and again it draws one by its name, until the context is done. An action may
// draw in turn. What is under the empty name, if anything, is called after each action.
func Actions(ctx context.Context, w *World, actions map[string]func()) {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(actions)) {
		if name != "" {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		w.Fatalf("sim: Actions needs an action that has a name")
	}
	gen := rapid.SampledFrom(names)
	for ctx.Err() == nil {
		do := actions[Draw(w, gen, "action")]
		if do == nil {
			w.Fatalf("sim: the plan has an action that is none; there are %v", names)
		}
		do()
		if after := actions[""]; after != nil {
			after()
		}
	}
}

// survives returns a value in JSON, and whether it is the same when it is read back.
func survives[V any](v V) (json.RawMessage, bool) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, false
	}
	var back V
	if json.Unmarshal(text, &back) != nil {
		return nil, false
	}
	again, err := json.Marshal(back)
	return text, err == nil && bytes.Equal(text, again) && fmt.Sprintf("%#v", v) == fmt.Sprintf("%#v", back)
}

// The workload of a world is what was drawn in it.
type workload struct {
	mu    turn.Lock
	nodes map[string]*nodeWork
	order []*nodeWork
	ops   int
}

// A nodeWork is what one node has drawn.
type nodeWork struct {
	node  string
	first string // label
	given []plan.Op
	asked int // draws of the first label
	n     int // number of the present operation
	index map[string]int
	op    *opRecord
	ops   []*opRecord
}

// An opRecord is an operation as it happened.
type opRecord struct {
	node  string
	n     int
	at    time.Duration
	draws []*drawRecord
}

// A drawRecord is a draw as it happened.
type drawRecord struct {
	label    string
	index    int
	again    func() any
	survives func(any) (json.RawMessage, bool)
	shrink   func(alone sync.Locker, fails func(json.RawMessage) bool)
	fixed    json.RawMessage
}

// maxOps is how many operations of a world are remembered, and so can shrink.
const maxOps = 100_000

func (l *workload) begin(w *World) {
	l.nodes = make(map[string]*nodeWork)
	for _, op := range w.given.Ops {
		nw := l.of(op.Node)
		nw.given = append(nw.given, op)
	}
}

func (l *workload) of(node string) *nodeWork {
	nw := l.nodes[node]
	if nw == nil {
		nw = &nodeWork{node: node, index: make(map[string]int)}
		l.nodes[node] = nw
		l.order = append(l.order, nw)
	}
	return nw
}

// A draw is where a value comes from.
type draw struct {
	node, label string
	n, index    int
	seed        uint64
	fixed       json.RawMessage
	record      *drawRecord
}

func (d *draw) name() string { return fmt.Sprintf("%s %s, operation %d", d.node, d.label, d.n) }

// next tells where the next draw of the current goroutine comes from. It waits until the operation is due, and ends the goroutine
// of a client that has no more.
func (l *workload) next(w *World, label string) draw {
	m, ok := kernel.Now()
	if !ok {
		panic("sim: Draw was called outside its world")
	}
	name, _ := w.dir.owner(m.Group)
	node := w.dir.node(name)
	skips := w.given.Chosen && node != nil && node.client
	l.mu.Lock()
	nw := l.of(name)
	if nw.first == "" {
		nw.first = label
	}
	var due time.Duration
	over := false
	if label == nw.first {
		nw.n = nw.asked
		if skips {
			over = nw.asked >= len(nw.given)
			if !over {
				nw.n, due = nw.given[nw.asked].N, nw.given[nw.asked].At
			}
		}
		nw.asked++
		clear(nw.index)
	}
	l.mu.Unlock()
	if over {
		<-node.done.Done()
		runtime.Goexit()
	}
	if wait := due - w.now(); wait > 0 {
		kernel.Sleep(wait)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.take(w, nw, label)
}

// take makes the next draw of a node.
func (l *workload) take(w *World, nw *nodeWork, label string) draw {
	if label == nw.first || nw.op == nil {
		nw.op = nil
		if l.ops < maxOps {
			l.ops++
			nw.op = &opRecord{node: nw.node, n: nw.n, at: w.now()}
			nw.ops = append(nw.ops, nw.op)
		}
	}
	d := draw{node: nw.node, label: label, n: nw.n, index: nw.index[label]}
	nw.index[label]++
	key := w.key.Name("draw").Name(nw.node).Num(uint64(nw.n)).Name(label).Num(uint64(d.index))
	d.seed = key.Uint64()
	d.fixed = nw.fixed(d.n, label, d.index)
	if nw.op != nil {
		d.record = &drawRecord{label: label, index: d.index, fixed: d.fixed}
		nw.op.draws = append(nw.op.draws, d.record)
	}
	return d
}

// fixed returns the value that the plan gives for a draw, nil if the seed decides.
func (nw *nodeWork) fixed(n int, label string, index int) json.RawMessage {
	i, found := slices.BinarySearchFunc(nw.given, n, func(op plan.Op, n int) int { return op.N - n })
	if !found {
		return nil
	}
	for _, d := range nw.given[i].Draws {
		if d.Fixed && d.Label == label && d.Index == index {
			return d.Value
		}
	}
	return nil
}

// done returns the operations of the clients up to a time, and the values drawn on other nodes that were given.
func (l *workload) done(w *World, until time.Duration) []plan.Op {
	var ops []plan.Op
	for _, nw := range l.order {
		node := w.dir.node(nw.node)
		if node == nil || !node.client {
			continue
		}
		for _, rec := range nw.ops {
			if rec.at > until {
				continue
			}
			op := plan.Op{Node: rec.node, N: rec.n, At: rec.at}
			for _, d := range rec.draws {
				op.Draws = append(op.Draws, d.value())
			}
			ops = append(ops, op)
		}
	}
	slices.SortStableFunc(ops, func(a, b plan.Op) int { return int(a.At - b.At) })
	return ops
}

// value returns the draw as a failure file has it.
func (d *drawRecord) value() plan.Draw {
	out := plan.Draw{Label: d.label, Index: d.index}
	if d.fixed != nil {
		out.Value, out.Fixed = d.fixed, true
		return out
	}
	if d.again == nil {
		return out
	}
	v := d.again()
	if text, ok := d.survives(v); ok {
		out.Value = text
	} else {
		out.Text = fmt.Sprintf("%+v", v)
	}
	return out
}
