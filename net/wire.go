package simnet

import "time"

// A task is something due at a virtual time: the arrival of a packet, or a
// timer of a socket. It is embedded in what it is about, so scheduling one
// allocates nothing.
type task struct {
	pos int // 1 + index in the agenda, of a timer; 0 when it is not there
	run runner
}

// A runner is what a due task does. It is called with the network locked.
type runner interface{ due(n *Network) }

// slot is a heap entry. The order is kept beside the pointer, so that sifting packets
// reads and writes no memory but the heap's own: with a million of them it is
// the cache misses that cost.
type slot struct {
	at time.Duration
	// order is that of tasks of one instant: 24 bits drawn for each flow, so that which of two
	// flows comes first is up to the seed, then 39 bits as they came. The lowest bit marks timers.
	order uint64
	t     *task
}

// moved notes where a timer now is, for it may be taken off the agenda. Packets
// never are.
func (s *slot) moved(to int) {
	if s.order&1 != 0 {
		s.t.pos = to + 1
	}
}

func (a *slot) before(b *slot) bool {
	if a.at != b.at {
		return a.at < b.at
	}
	return a.order < b.order
}

// agenda is a 4-ary heap of tasks: half the levels of a binary heap, and
// the four children of a slot lie in two cache lines.
type agenda struct {
	slots []slot
	seq   uint64
}

const orderBits = 40

// add adds a packet, or a timer that can be removed again.
func (a *agenda) add(t *task, at time.Duration, tie uint64, timer bool) {
	a.seq += 2
	order := tie>>orderBits<<orderBits | a.seq
	if timer {
		order |= 1
	}
	a.slots = append(a.slots, slot{at, order, t})
	a.up(len(a.slots) - 1)
}

// remove takes a timer off if it is there.
func (a *agenda) remove(t *task) {
	if t.pos > 0 {
		a.take(t.pos - 1)
	}
}

// take takes off the task at an index and returns it.
func (a *agenda) take(i int) *task {
	t := a.slots[i].t
	t.pos = 0
	last := len(a.slots) - 1
	a.slots[i] = a.slots[last]
	a.slots[last] = slot{}
	a.slots = a.slots[:last]
	if i < last && !a.down(i) {
		a.up(i)
	}
	return t
}

func (a *agenda) up(i int) {
	s := a.slots[i]
	for i > 0 {
		parent := (i - 1) / 4
		if !s.before(&a.slots[parent]) {
			break
		}
		a.slots[i] = a.slots[parent]
		a.slots[i].moved(i)
		i = parent
	}
	a.slots[i] = s
	s.moved(i)
}

func (a *agenda) down(i int) (moved bool) {
	s := a.slots[i]
	for {
		first := 4*i + 1
		if first >= len(a.slots) {
			break
		}
		least := first
		for c := first + 1; c < min(first+4, len(a.slots)); c++ {
			if a.slots[c].before(&a.slots[least]) {
				least = c
			}
		}
		if !a.slots[least].before(&s) {
			break
		}
		a.slots[i] = a.slots[least]
		a.slots[i].moved(i)
		i, moved = least, true
	}
	a.slots[i] = s
	s.moved(i)
	return moved
}

// schedule makes a timer due at the given time, before the packets of that time. One
// that is scheduled already is moved.
func (n *Network) schedule(t *task, at time.Duration) {
	if !n.closed {
		n.agenda.remove(t)
		n.agenda.add(t, at, 0, true)
		n.wakeBy(at)
	}
}

// launch makes a packet arrive at the given time.
func (n *Network) launch(p *packet, at time.Duration) {
	p.run = p
	n.agenda.add(&p.task, at, uint64(p.flow.key)|1<<orderBits, false)
	n.wakeBy(at)
}

// wakeBy makes sure that the wire is awake at the given time.
func (n *Network) wakeBy(at time.Duration) {
	if at < n.wakeAt {
		n.wakeAt = at // the wire will find it; further wake-ups would be for nothing
		select {
		case n.wake <- struct{}{}:
		default:
		}
	}
}

// cancel takes t off the agenda if it is there.
func (n *Network) cancel(t *task) { n.agenda.remove(t) }

// never is later than all tasks.
const never = time.Duration(1<<63 - 1)

// carry is the wire: the one goroutine that lets packets arrive and timers
// fire. It belongs to whoever made the network, so that it outlives the
// nodes, and it sleeps without a timer while nothing is under way.
func (n *Network) carry() {
	defer close(n.gone)
	timer := time.NewTimer(never)
	defer timer.Stop()
	for n.runDue() {
		wait := n.untilNext()
		if wait == never {
			<-n.wake
			continue
		}
		timer.Reset(wait)
		select {
		case <-n.wake:
			timer.Stop()
		case <-timer.C:
		}
	}
}

// runDue runs all tasks that are due. It reports false once the network is closed.
func (n *Network) runDue() bool {
	n.lock()
	defer n.unlock()
	now := n.now()
	for !n.closed && len(n.agenda.slots) > 0 && n.agenda.slots[0].at <= now {
		n.agenda.take(0).run.due(n)
		n.settle()
	}
	return !n.closed
}

// untilNext returns how long nothing will be due, and promises to be awake then.
func (n *Network) untilNext() time.Duration {
	n.lock()
	defer n.unlock()
	if len(n.agenda.slots) == 0 {
		n.wakeAt = never
		return never
	}
	n.wakeAt = n.agenda.slots[0].at
	return max(0, n.wakeAt-n.now())
}
