package checker

import (
	"fmt"
	"slices"
)

// dependencies finds out from the values read which transaction came before
// which, as Elle does.
type dependencies struct {
	ops       []*Operation[Txn, Txn]
	graph     txnGraph
	keys      []*txnKey // in the order of their first use
	byName    map[string]*txnKey
	writers   map[keyValue]*write
	anomalies []Anomaly
	seen      map[Class]int // anomalies of each class so far
}

type keyValue struct{ key, value int }

// A write is an append or a register's write.
type write struct {
	txn   int32
	final bool // the transaction's last to that key
	read  bool // somebody saw it
}

// A txnKey is what is known of one key.
type txnKey struct {
	number  int
	name    string
	list    bool
	longest []int      // of a list: the longest read, which has the order of versions
	reader  int32      // who read that
	reads   []txnRead  // by others than the writers of what was read
	appends []keyValue // what committed transactions wrote, by their order
}

// A txnRead is the state of a key before a transaction, as it read it.
type txnRead struct {
	txn   int32
	list  []int
	value int // of a register
	found bool
	wrote bool // the transaction wrote the key later on
	next  int  // the first value it wrote, then
}

func newDependencies(ops []*Operation[Txn, Txn]) *dependencies {
	return &dependencies{ops: ops, byName: map[string]*txnKey{}, writers: make(map[keyValue]*write, len(ops)), seen: map[Class]int{}}
}

// perClass bounds the anomalies reported of each class.
const perClass = 3

func (d *dependencies) report(class Class, breaks Level, text string, txns ...int32) {
	if d.seen[class]++; d.seen[class] > perClass {
		return
	}
	a := Anomaly{Class: class, Breaks: breaks, Text: text}
	for _, t := range txns {
		a.Txns = append(a.Txns, d.ops[t].ID)
	}
	d.anomalies = append(d.anomalies, a)
}

// infer fills the graph and reports what is wrong without any cycle.
func (d *dependencies) infer() error {
	if err := d.findWriters(); err != nil {
		return err
	}
	for t, o := range d.ops {
		if o.Outcome == OutcomeOK {
			d.readTxn(int32(t), o.Out)
		}
	}
	for _, k := range d.keys {
		if k.list {
			d.orderList(k)
		} else {
			d.orderRegister(k)
		}
	}
	d.sessions()
	d.realTime()
	return nil
}

func (d *dependencies) key(name string) *txnKey {
	k, ok := d.byName[name]
	if !ok {
		k = &txnKey{number: len(d.keys), name: name}
		d.byName[name] = k
		d.keys = append(d.keys, k)
	}
	return k
}

// findWriters finds who wrote each value.
func (d *dependencies) findWriters() error {
	for t, o := range d.ops {
		last := map[int]*write{}
		for _, m := range o.In {
			k := d.key(m.Key)
			switch m.Kind {
			case Read:
				continue
			case Append:
				k.list = true
			case Write:
			default:
				return &HistoryError{Op: o.ID, Problem: fmt.Sprintf("a transaction cannot %s: want append, write or read", m.Kind)}
			}
			at := keyValue{k.number, m.Value}
			if before, ok := d.writers[at]; ok {
				return &HistoryError{Op: o.ID, Problem: fmt.Sprintf("it writes %d to %s, as operation %d does: values must be unique",
					m.Value, m.Key, d.ops[before.txn].ID)}
			}
			w := &write{txn: int32(t), final: true}
			if before := last[k.number]; before != nil {
				before.final = false
			}
			last[k.number], d.writers[at] = w, w
			if o.Outcome == OutcomeOK {
				k.appends = append(k.appends, at)
			}
		}
	}
	return nil
}

// readTxn takes in the reads of a committed transaction.
func (d *dependencies) readTxn(t int32, txn Txn) {
	for i, m := range txn {
		if m.Kind != Read {
			continue
		}
		k := d.key(m.Key)
		own, first := ownWrites(txn[:i], m.Key)
		if k.list || len(m.List) > 0 {
			k.list = true
			d.readList(k, t, m, own, first)
			continue
		}
		switch {
		case len(own) > 0:
			if !m.Found || m.Value != own[len(own)-1] {
				d.report(ClassInternal, ReadAtomic, fmt.Sprintf("T%d wrote %d to %s and then read %v", d.ops[t].ID, own[len(own)-1], m.Key, m), t)
			}
		case first != nil:
			if first.Found != m.Found || first.Value != m.Value {
				d.report(ClassInternal, ReadAtomic, fmt.Sprintf("T%d read %s twice, with different results: %v, %v", d.ops[t].ID, m.Key, *first, m), t)
			}
		default:
			r := txnRead{txn: t, value: m.Value, found: m.Found}
			r.next, r.wrote = nextWrite(txn[i:], m.Key)
			k.reads = append(k.reads, r)
		}
	}
}

// ownWrites returns what a transaction wrote to a key so far, and its first read of it.
func ownWrites(txn Txn, key string) (own []int, first *Micro) {
	for i := range txn {
		if m := &txn[i]; m.Key != key {
			continue
		} else if m.Kind != Read {
			own = append(own, m.Value)
		} else if first == nil && len(own) == 0 {
			first = m
		}
	}
	return own, first
}

func nextWrite(txn Txn, key string) (value int, ok bool) {
	for _, m := range txn {
		if m.Key == key && m.Kind != Read {
			return m.Value, true
		}
	}
	return 0, false
}

func (d *dependencies) readList(k *txnKey, t int32, m Micro, own []int, first *Micro) {
	n := len(m.List) - len(own)
	if n < 0 || !slices.Equal(m.List[n:], own) || first != nil && !slices.Equal(first.List, m.List[:n]) {
		d.report(ClassInternal, ReadAtomic, fmt.Sprintf("T%d read %s otherwise than it must after what it had itself read and appended: %v", d.ops[t].ID, k.name, m), t)
		return
	}
	if first != nil {
		return
	}
	r := txnRead{txn: t, list: m.List[:n:n]}
	if len(own) == 0 {
		r.next, r.wrote = nextWrite(d.ops[t].In, k.name)
	}
	k.reads = append(k.reads, r)
	// Own appends at the end are no part of it: a store that keeps them back until
	// it commits may put them elsewhere.
	if len(r.list) > len(k.longest) {
		k.longest, k.reader = r.list, t
	}
}

// orderList derives the dependencies that the reads of a list show.
func (d *dependencies) orderList(k *txnKey) {
	d.checkElements(k)
	order := make([]int32, len(k.longest)) // who appended each element; -1 if nobody did
	for i, v := range k.longest {
		order[i] = none
		if w := d.writers[keyValue{k.number, v}]; w != nil {
			order[i], w.read = w.txn, true
		}
		if i > 0 && order[i] != none && order[i-1] != none {
			d.graph.add(order[i-1], order[i], edgeWW, k.number)
		}
	}
	// Appends that were in no list when the longest was read came later.
	var unseen []int32
	for _, at := range k.appends {
		if w := d.writers[at]; !w.read && (len(unseen) == 0 || unseen[len(unseen)-1] != w.txn) {
			unseen = append(unseen, w.txn)
			if len(order) > 0 && order[len(order)-1] != none {
				d.graph.add(order[len(order)-1], w.txn, edgeWW, k.number)
			}
		}
	}
	var latest []int32 // who read all of it
	for i := range k.reads {
		r := &k.reads[i]
		n := len(r.list)
		if n > len(k.longest) || !slices.Equal(r.list, k.longest[:n]) {
			d.report(ClassIncompatible, ReadUncommitted, fmt.Sprintf("T%d read %s as %s and T%d as %s: neither is the beginning of the other",
				d.ops[r.txn].ID, k.name, describeList(r.list), d.ops[k.reader].ID, describeList(k.longest)), r.txn, k.reader)
			continue
		}
		if n > 0 && order[n-1] != none {
			d.graph.add(order[n-1], r.txn, edgeWR, k.number)
			d.checkSource(k, r.txn, k.longest[n-1])
		}
		if n == len(order) {
			latest = append(latest, r.txn)
		} else if order[n] != none {
			d.graph.add(r.txn, order[n], edgeRW, k.number)
		}
	}
	d.allBefore(k, latest, unseen)
	d.lostUpdates(k, func(r *txnRead) int { return len(r.list) })
}

// checkElements looks for elements that nobody appended, that were appended by
// an aborted transaction, or that are there twice.
func (d *dependencies) checkElements(k *txnKey) {
	for i := range k.reads {
		r := &k.reads[i]
		for at, v := range r.list {
			// Most lists begin as the longest does, which is looked at in full
			// by its own reader.
			if r.txn != k.reader && at < len(k.longest) && k.longest[at] == v && d.writers[keyValue{k.number, v}] != nil && !d.aborted(k, v) {
				continue
			}
			d.checkElement(k, r, v)
			if slices.Index(r.list, v) < at {
				d.report(ClassDuplicateWrite, ReadUncommitted, fmt.Sprintf("T%d read %s as %s, with %d twice", d.ops[r.txn].ID, k.name, describeList(r.list), v), r.txn)
			}
		}
	}
}

func (d *dependencies) aborted(k *txnKey, v int) bool {
	w := d.writers[keyValue{k.number, v}]
	return w != nil && d.ops[w.txn].Outcome == OutcomeFailed
}

func (d *dependencies) checkElement(k *txnKey, r *txnRead, v int) {
	w := d.writers[keyValue{k.number, v}]
	switch {
	case w == nil:
		d.report(ClassPhantom, ReadUncommitted, fmt.Sprintf("T%d read %d from %s, which nobody wrote", d.ops[r.txn].ID, v, k.name), r.txn)
	case d.ops[w.txn].Outcome == OutcomeFailed:
		d.report(ClassAbortedRead, ReadCommitted, fmt.Sprintf("T%d read %d from %s, which T%d wrote and then aborted",
			d.ops[r.txn].ID, v, k.name, d.ops[w.txn].ID), w.txn, r.txn)
	}
}

// checkSource reports a read of a version that its writer itself overwrote.
func (d *dependencies) checkSource(k *txnKey, t int32, v int) {
	if w := d.writers[keyValue{k.number, v}]; w != nil && !w.final && w.txn != t {
		d.report(ClassIntermediate, ReadCommitted, fmt.Sprintf("T%d read %s with %d as the last value, but T%d wrote more to it afterwards",
			d.ops[t].ID, k.name, v, d.ops[w.txn].ID), w.txn, t)
	}
}

// lostUpdates reports transactions that read the same version of a key and both
// replaced it.
func (d *dependencies) lostUpdates(k *txnKey, version func(*txnRead) int) {
	first := map[int]*txnRead{}
	for i := range k.reads {
		r := &k.reads[i]
		if !r.wrote {
			continue
		}
		v := version(r)
		before, ok := first[v]
		if !ok {
			first[v] = r
			continue
		}
		if before.txn != r.txn {
			d.report(ClassLostUpdate, SnapshotIsolation, fmt.Sprintf("T%d and T%d read the same version of %s and both replaced it: with %d and with %d",
				d.ops[before.txn].ID, d.ops[r.txn].ID, k.name, before.next, r.next), before.txn, r.txn)
		}
	}
}
