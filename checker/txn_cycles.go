package checker

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// sessions adds the order of each client's committed transactions.
func (d *dependencies) sessions() {
	byCall := make([]int32, 0, len(d.ops))
	for t, o := range d.ops {
		if o.Outcome == OutcomeOK {
			byCall = append(byCall, int32(t))
		}
	}
	slices.SortStableFunc(byCall, func(a, b int32) int { return cmp.Compare(d.ops[a].Call.Order, d.ops[b].Call.Order) })
	last := map[int]int32{}
	for _, t := range byCall {
		if before, ok := last[d.ops[t].Client]; ok {
			d.graph.add(before, t, edgeSession, none)
		}
		last[d.ops[t].Client] = t
	}
}

// realTime adds the order of transactions that did not overlap, without what
// follows from the rest: edges come from those that have ended and before whose end
// nobody else that has ended began later.
func (d *dependencies) realTime() {
	spans := make([]span, len(d.ops))
	for i, o := range d.ops {
		spans[i] = span{o.Call.Order, o.Return.Order, o.Outcome != OutcomeOK}
	}
	var ended []int32                        // the frontier
	inherited := make(map[int32][]int32, 64) // by open transaction: the frontier when it began
	for _, e := range sortEvents(spans) {
		t := e >> 1
		if e&1 == 0 {
			if d.ops[t].Outcome == OutcomeFailed {
				continue
			}
			for _, b := range ended {
				d.graph.add(b, t, edgeTime, none)
			}
			if !spans[t].optional {
				inherited[t] = slices.Clone(ended)
			}
			continue
		}
		ended = slices.DeleteFunc(ended, func(b int32) bool { return slices.Contains(inherited[t], b) })
		ended = append(ended, t)
		delete(inherited, t)
	}
}

const (
	dataEdges  = edgeWW | edgeWR | edgeRW | edgeHub
	orderEdges = edgeSession | edgeTime
)

// cycles reports cycles of dependencies: those of data alone and, unless these
// explain all, those that need real time.
func (d *dependencies) cycles() []Anomaly {
	d.graph.build(len(d.ops) + int(d.graph.hubs))
	var all []Anomaly
	for _, c := range d.graph.components(dataEdges) {
		all = append(all, d.classify(c, 0)...)
	}
	plain := len(all)
	if plain == 0 {
		for _, c := range d.graph.components(dataEdges | orderEdges) {
			all = append(all, d.classify(c, orderEdges)...)
		}
	}
	return firstOfEach(all)
}

// firstOfEach keeps the shortest few anomalies of each class.
func firstOfEach(all []Anomaly) []Anomaly {
	slices.SortStableFunc(all, func(a, b Anomaly) int { return cmp.Compare(len(a.Txns), len(b.Txns)) })
	count := map[Class]int{}
	return slices.DeleteFunc(all, func(a Anomaly) bool {
		count[a.Class]++
		return count[a.Class] > perClass
	})
}

// classify finds in a component the shortest cycle of each class, gravest first.
func (d *dependencies) classify(component []int32, extra edgeKind) []Anomaly {
	h := d.graph.hunt(component)
	var found []Anomaly
	take := func(class Class, breaks Level, cycle []txnArc) bool {
		if cycle == nil {
			return false
		}
		if extra != 0 {
			breaks = StrictSerializable
		}
		found = append(found, d.anomaly(class, breaks, cycle))
		return true
	}
	take(ClassDirtyWrite, ReadUncommitted, h.shortest(edgeWW, edgeWW|extra, false))
	take(ClassCircular, ReadCommitted, h.shortest(edgeWR, edgeWW|edgeWR|extra, false))
	if single := h.shortest(edgeRW, edgeWW|edgeWR|extra, false); single != nil {
		class, breaks := ClassReadSkew, SnapshotIsolation
		if len(single) == 2 && single[1].kind == edgeWR {
			class, breaks = ClassFractured, ReadAtomic
		} else if len(single) == 2 && single[1].kind == edgeWW && single[0].key == single[1].key {
			class = ClassLostUpdate
		}
		take(class, breaks, single)
	}
	if len(found) > 0 && extra != 0 {
		return found
	}
	if apart := h.shortest(edgeRW, edgeWW|edgeWR|extra, true); apart != nil && countKind(apart, edgeRW) > 1 {
		class := ClassNonadjacent
		if len(apart) == 4 && apart[1].kind == edgeWR && apart[3].kind == edgeWR {
			class = ClassLongFork
		}
		take(class, SnapshotIsolation, apart)
	}
	if len(found) == 0 {
		g2 := h.shortest(edgeRW, edgeWW|edgeWR|edgeRW|extra, false)
		class := ClassG2
		if len(withoutHubs(g2)) == 2 && g2[0].key != g2[len(g2)-1].key {
			class = ClassWriteSkew
		}
		take(class, Serializable, g2)
	}
	return found
}

func countKind(cycle []txnArc, kind edgeKind) int {
	n := 0
	for _, a := range cycle {
		if a.kind == kind {
			n++
		}
	}
	return n
}

// withoutHubs joins the arcs to and from hubs into one.
func withoutHubs(cycle []txnArc) []txnArc {
	var joined []txnArc
	for i, a := range cycle {
		if a.kind == edgeHub {
			if i == 0 { // the arc to the hub is the last
				continue
			}
			joined[len(joined)-1].to = a.to
			continue
		}
		joined = append(joined, a)
	}
	if len(cycle) > 0 && cycle[0].kind == edgeHub {
		joined[len(joined)-1].to = cycle[0].to
	}
	return joined
}

// anomaly tells of a cycle in words.
func (d *dependencies) anomaly(class Class, breaks Level, cycle []txnArc) Anomaly {
	cycle = withoutHubs(cycle)
	a := Anomaly{Class: class, Breaks: breaks}
	var b strings.Builder
	for _, arc := range cycle {
		e := TxnEdge{From: d.ops[arc.from].ID, To: d.ops[arc.to].ID, Kind: edgeNames[arc.kind], Text: d.because(arc)}
		a.Txns = append(a.Txns, e.From)
		a.Edges = append(a.Edges, e)
		fmt.Fprintf(&b, "  T%d came before T%d (%s): %s\n", e.From, e.To, e.Kind, e.Text)
	}
	for _, arc := range cycle {
		fmt.Fprintf(&b, "  T%d = %v\n", d.ops[arc.from].ID, d.txnText(arc.from))
	}
	a.Text = strings.TrimRight(b.String(), "\n")
	return a
}

func (d *dependencies) txnText(t int32) string {
	txn := d.ops[t].Out
	if d.ops[t].Outcome != OutcomeOK {
		txn = d.ops[t].In
	}
	parts := make([]string, len(txn))
	for i, m := range txn {
		parts[i] = m.String()
	}
	return fmt.Sprintf("client %d: %s", d.ops[t].Client, strings.Join(parts, ", "))
}

// because says in words what an edge rests on.
func (d *dependencies) because(a txnArc) string {
	key := ""
	if a.key >= 0 {
		key = d.keys[a.key].name
	}
	switch a.kind {
	case edgeWW:
		return fmt.Sprintf("T%d wrote to %s next after it", d.ops[a.to].ID, key)
	case edgeWR:
		return fmt.Sprintf("T%d read from %s what it wrote", d.ops[a.to].ID, key)
	case edgeRW:
		return fmt.Sprintf("it read %s as it was before T%d wrote to it", key, d.ops[a.to].ID)
	case edgeSession:
		return fmt.Sprintf("client %d made both, in this order", d.ops[a.from].Client)
	}
	return fmt.Sprintf("it ended at %d and the other began at %d", d.ops[a.from].Return.Order, d.ops[a.to].Call.Order)
}
