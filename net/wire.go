package simnet

import (
	"time"

	"github.com/terrella-go/terrella/internal/turn"
)

// A task is a timer of a socket: something due at a virtual time, unless it is taken back. It is
// embedded in what it is about, so setting one allocates nothing.
type task struct {
	pos int // 1 + index in the heap of timers; 0 when it is not there
	run runner
}

// A runner is what a due timer does. It is called with the network locked.
type runner interface{ due(n *Network) }

func (t *task) moved(to int) { t.pos = to + 1 }

// moved is never called: packets are not taken back.
func (p *packet) moved(int) {}

// agenda is all that is to happen: timers, and packets that arrive. Both are in one order, but most timers
// are taken back or moved, while packets are many and come as they were sent.
type agenda struct {
	seq    uint64
	timers heap[*task]
	near   heap[*packet]
	far    *wheel // what is over nearMost; nil until there is something
}

const (
	orderBits = 40
	// nearMost is how many packets the heap holds before the wheel is used: as long as they
	// are in the processor's first cache, nothing is faster.
	nearMost = 512
)

func (a *agenda) addTimer(t *task, at time.Duration) {
	a.seq += 2
	a.timers.add(entry[*task]{at, a.seq | 1, t})
}

func (a *agenda) addPacket(p *packet, at time.Duration) {
	a.seq += 2
	e := entry[*packet]{at, (uint64(p.flow.key)>>orderBits | 1) << orderBits, p}
	e.order |= a.seq
	switch {
	case len(a.near) < nearMost:
		a.near.add(e)
		return
	case a.far == nil:
		a.far = newWheel(0)
	}
	if at <= a.far.base {
		a.near.add(e)
	} else {
		a.far.add(e)
	}
}

// remove takes a timer off if it is there.
func (a *agenda) remove(t *task) {
	if t.pos > 0 {
		a.timers.take(t.pos - 1)
		t.pos = 0
	}
}

// nextTimer returns when the first timer is due, and nextPacket when the first packet
// arrives; never if there is none.
func (a *agenda) nextTimer() time.Duration {
	if len(a.timers) == 0 {
		return never
	}
	return a.timers[0].at
}

func (a *agenda) nextPacket() time.Duration {
	next := never
	if len(a.near) > 0 {
		next = a.near[0].at
	}
	if a.far != nil {
		next = min(next, a.far.min)
	}
	return next
}

// take takes off what is first among what is due by now: a timer, or a packet. Both are nil if nothing is.
func (a *agenda) take(now time.Duration) (*task, *packet) {
	if a.far != nil && a.far.min <= now {
		a.far.advance(now, &a.near)
	}
	timer, packet := a.nextTimer(), never
	if len(a.near) > 0 {
		packet = a.near[0].at
	}
	switch {
	case min(timer, packet) > now:
		return nil, nil
	case timer <= packet:
		t := a.timers.take(0)
		t.pos = 0
		return t, nil
	}
	return nil, a.near.take(0)
}

// schedule makes a timer due at the given time, before the packets of that time. One
// that is scheduled already is moved.
func (n *Network) schedule(t *task, at time.Duration) {
	if !n.closed {
		n.agenda.remove(t)
		n.agenda.addTimer(t, at)
		n.forTimers.by(n, at)
	}
}

// launch makes a packet arrive at the given time.
func (n *Network) launch(p *packet, at time.Duration) {
	n.agenda.addPacket(p, at)
	n.forPackets.by(n, at)
}

// cancel takes t off the agenda if it is there.
func (n *Network) cancel(t *task) { n.agenda.remove(t) }

// never is later than all times.
const never = time.Duration(1<<63 - 1)

// An alarm wakes a goroutine that runs what is due. The network has two, since a timer
// that is set far ahead, as those of sockets are, would have to be set back for each packet.
type alarm struct {
	at    time.Duration // when it goes off
	timer *time.Timer
}

// by makes sure that the alarm goes off by the given time.
func (a *alarm) by(n *Network, at time.Duration) {
	if at < a.at {
		a.at = at
		turn.Reset(a.timer, max(0, at-n.now()))
	}
}

// carry is the wire: what lets packets arrive and timers fire. Its goroutines belong
// to whoever made the network, so that they outlive the nodes, and nothing
// wakes them while nothing is under way.
func (n *Network) carry(a *alarm) {
	for n.runDue(a) {
		<-a.timer.C
	}
}

// runDue runs all that is due, and sets the alarm for what is not. It reports false once the network is closed.
func (n *Network) runDue(a *alarm) bool {
	n.lock()
	defer n.unlock()
	now := n.now()
	a.at = now // what is sent meanwhile need not wake anybody
	for !n.closed && n.runNext(now) {
		n.settle()
	}
	a.at = never
	n.forPackets.by(n, n.agenda.nextPacket())
	n.forTimers.by(n, n.agenda.nextTimer())
	return !n.closed
}

// runNext runs what is first among what is due. It reports false if nothing is.
func (n *Network) runNext(now time.Duration) bool {
	switch t, p := n.agenda.take(now); {
	case t != nil:
		t.run.due(n)
	case p != nil:
		n.arrive(p)
	default:
		return false
	}
	return true
}
