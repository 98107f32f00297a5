package plan

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// A Case is all that decides a run of a test but the program: what of it is given here is not drawn.
type Case struct {
	// Seed decides everything that is not given.
	Seed uint64
	// Luck, if it is not 0, re-draws what a plan does not hold: the schedule, what becomes of packets, what crashes keep.
	Luck uint64
	// FIFO runs goroutines in the order in which they became able to run.
	FIFO bool
	// Given tells that Faults are the faults; without it they are drawn.
	Given  bool
	Faults []Fault
	// Chosen tells that Ops are the operations of the clients, and that they perform no others.
	Chosen bool
	Ops    []Op
	// Redraw, if it is not 0, re-draws the schedule from step RedrawFrom on: all that goroutines decide. What is keyed by what it is about, the fate of a packet
	// or of what a crash finds unsynced, stays.
	Redraw     uint64
	RedrawFrom uint64
	// Until, if it is not 0, is when the run ends, if it has not failed by then: a search for failures need not wait longer.
	Until time.Duration
}

// An Op is one operation of a client: what it drew from one draw of its first label to the next.
type Op struct {
	// Node is the client, and N is the operation's number there, from 0, as first drawn.
	Node string
	N    int
	// At is when it began, since the start of the world: it does not begin before that.
	At time.Duration
	// Draws are what was drawn, in order.
	Draws []Draw
}

// A Draw is a value that was drawn.
type Draw struct {
	Label string
	// Index counts the draws of that label within the operation, from 0.
	Index int
	// Value is the value in JSON. It is used as it stands if Fixed; otherwise the seed gives it again, and
	// this is for reading.
	Value json.RawMessage
	Fixed bool
	// Text is the value as fmt prints it, where JSON can't hold it.
	Text string
}

// Clone returns a copy that shares no slice with c.
func (c Case) Clone() Case {
	faults := make([]Fault, len(c.Faults))
	for i, f := range c.Faults {
		faults[i] = f.Clone()
	}
	ops := make([]Op, len(c.Ops))
	for i, op := range c.Ops {
		op.Draws = slices.Clone(op.Draws)
		ops[i] = op
	}
	c.Faults, c.Ops = faults, ops
	return c
}

// SortOps puts the operations in the order of their clients and numbers, in which runs use them.
func (c *Case) SortOps() {
	slices.SortStableFunc(c.Ops, func(a, b Op) int {
		return cmp.Or(strings.Compare(a.Node, b.Node), cmp.Compare(a.N, b.N))
	})
}
