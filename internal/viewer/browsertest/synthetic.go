package browsertest

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/terrella-go/terrella/internal/trace"
)

// Synthetic makes a run of n events: five servers and three clients that talk over connections, write to disks, lose
// packets to partitions, and crash, in about the proportions of a recorded Raft cluster.
func Synthetic(n int, seed uint64) *trace.Run {
	g := &generator{rand: rand.New(rand.NewPCG(seed, 7)), run: &trace.Run{Meta: trace.Meta{Test: "TestSynthetic", Seed: fmt.Sprintf("0x%x", seed)}}, partition: trace.None}
	for i := range 5 {
		g.nodes = append(g.nodes, node{name: fmt.Sprintf("n%d", i+1)})
	}
	for i := range 3 {
		g.nodes = append(g.nodes, node{name: fmt.Sprintf("client%d", i+1)})
	}
	for i := range g.nodes {
		g.add(trace.Event{Node: g.nodes[i].name, Kind: trace.Start, Subject: g.nodes[i].name, Cause: trace.None})
	}
	for len(g.run.Events) < n-1 {
		g.step()
	}
	g.add(trace.Event{Kind: trace.PropertyFail, Subject: "election safety", Cause: trace.None,
		Detail: []trace.Attr{trace.Text("message", "term 9 has two leaders, n2 and n4")}})
	return g.run
}

type node struct {
	name        string
	incarnation int
	down        bool
}

type packet struct {
	sent    uint64
	to      int
	subject string
}

type generator struct {
	rand      *rand.Rand
	run       *trace.Run
	nodes     []node
	flying    []packet
	at        time.Duration
	steps     uint64
	packets   [8][8]int
	partition uint64
	cut       int
	calls     [8]uint64
}

func (g *generator) add(e trace.Event) uint64 {
	e.Number = uint64(len(g.run.Events))
	e.At, e.Step = g.at, g.steps
	for i := range g.nodes {
		if g.nodes[i].name == e.Node {
			e.Incarnation = g.nodes[i].incarnation
			e.Goroutine = uint64(20*i + g.rand.IntN(6))
		}
	}
	g.run.Events = append(g.run.Events, e)
	return e.Number
}

func (g *generator) step() {
	g.steps += uint64(1 + g.rand.IntN(4))
	if g.rand.IntN(3) == 0 {
		g.at += time.Duration(g.rand.ExpFloat64() * float64(400*time.Microsecond))
	}
	if len(g.flying) > 6 || len(g.flying) > 0 && g.rand.IntN(2) == 0 {
		g.arrive()
		return
	}
	from := g.rand.IntN(len(g.nodes))
	n := &g.nodes[from]
	if n.down {
		n.down = false
		n.incarnation++
		g.add(trace.Event{Node: n.name, Kind: trace.Restart, Subject: n.name, Cause: trace.None})
		return
	}
	switch g.rand.IntN(2000) {
	case 0:
		if from < 5 {
			g.add(trace.Event{Node: n.name, Kind: trace.Crash, Subject: n.name, Cause: trace.None, Detail: []trace.Attr{trace.Text("how", "power failure")}})
			n.down = true
			return
		}
	case 1:
		if g.partition == trace.None {
			g.cut = g.rand.IntN(5)
			g.partition = g.add(trace.Event{Kind: trace.FaultBegin, Subject: "partition " + g.nodes[g.cut].name, Cause: trace.None})
		} else {
			g.add(trace.Event{Kind: trace.FaultEnd, Subject: "partition", Cause: g.partition})
			g.partition = trace.None
		}
		return
	}
	if from >= 5 && g.rand.IntN(4) == 0 {
		if g.calls[from] == 0 {
			g.calls[from] = g.add(trace.Event{Node: n.name, Kind: trace.Call, Subject: fmt.Sprintf("operation %d", len(g.run.Events)), Cause: trace.None, Detail: []trace.Attr{trace.Number("client", int64(from))}})
		} else {
			call := g.calls[from]
			g.calls[from] = 0
			g.add(trace.Event{Node: n.name, Kind: trace.Return, Subject: g.run.Events[call].Subject, Cause: call})
		}
		return
	}
	if from < 5 && g.rand.IntN(4) == 0 {
		offset := int64(g.rand.IntN(1 << 16))
		g.add(trace.Event{Node: n.name, Kind: trace.Write, Subject: "log", Cause: trace.None, Detail: []trace.Attr{trace.Number("offset", offset), trace.Number("bytes", int64(22+g.rand.IntN(90)))}})
		g.add(trace.Event{Node: n.name, Kind: trace.Sync, Subject: "log", Cause: trace.None})
		return
	}
	to := (from + 1 + g.rand.IntN(len(g.nodes)-1)) % len(g.nodes)
	g.packets[from][to]++
	subject := fmt.Sprintf("tcp %s:%d->%s:7000#1/%d", n.name, 49152+to, g.nodes[to].name, g.packets[from][to])
	sent := g.add(trace.Event{Node: n.name, Kind: trace.Send, Subject: subject, Cause: trace.None,
		Detail: []trace.Attr{trace.Text("packet", "data"), trace.Number("bytes", int64(48+g.rand.IntN(200)))}})
	g.flying = append(g.flying, packet{sent, to, subject})
}

func (g *generator) arrive() {
	k := g.rand.IntN(min(3, len(g.flying)))
	p := g.flying[k]
	g.flying = append(g.flying[:k], g.flying[k+1:]...)
	e := trace.Event{Node: g.nodes[p.to].name, Kind: trace.Deliver, Subject: p.subject, Cause: p.sent, Detail: []trace.Attr{trace.Text("packet", "data")}}
	switch {
	case g.partition != trace.None && p.to == g.cut && p.sent > g.partition:
		e.Kind, e.Cause = trace.Drop, g.partition
		e.Detail = append(e.Detail, trace.Text("reason", "cut off"))
	case g.nodes[p.to].down:
		e.Kind = trace.Drop
		e.Detail = append(e.Detail, trace.Text("reason", "host down"))
	case g.rand.IntN(200) == 0:
		e.Kind = trace.Drop
		e.Detail = append(e.Detail, trace.Text("reason", "loss"))
	}
	g.add(e)
}
