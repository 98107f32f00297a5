package simnet

import "time"

// A waitpoint is where goroutines wait for one side of a socket: readers,
// writers, accepters. It works as an event that resets itself: a signal
// wakes one waiter, who signals on if what it waited for still holds, as the end
// of a socket and an expired deadline do for all.
//
// A goroutine may be destroyed while it waits here. Its place in the count
// then stays taken, which costs a signal that nobody receives and nothing else.
type waitpoint struct {
	ch       chan struct{}
	waiting  int
	limited  bool          // a deadline is set
	deadline time.Duration // in the network's time
	timer    task
}

// due makes a waitpoint the runner of its own timer.
func (w *waitpoint) due(*Network) { w.signal() }

// signal wakes a waiter, if there is one.
func (w *waitpoint) signal() {
	if w.waiting > 0 {
		select {
		case w.ch <- struct{}{}:
		default:
		}
	}
}

// expired reports whether the deadline has passed.
func (w *waitpoint) expired(n *Network) bool { return w.limited && n.now() >= w.deadline }

// prepare gets ready to wait. It is called with the network locked.
func (w *waitpoint) prepare(n *Network) {
	if w.ch == nil {
		w.ch = make(chan struct{}, 1)
	}
	w.arm(n)
	w.waiting++
}

// wait gives up the lock until a signal comes.
func (w *waitpoint) wait(n *Network) {
	w.prepare(n)
	n.unlock()
	<-w.ch
	n.lock()
	w.waiting--
}

// arm schedules the deadline's timer. That is done only once somebody waits,
// and undone only when the deadline changes: most deadlines are moved before
// anybody has waited for them.
func (w *waitpoint) arm(n *Network) {
	if !w.limited || w.timer.pos != 0 {
		return
	}
	w.timer.run = w
	n.schedule(&w.timer, w.deadline)
}

// setDeadline sets the deadline as net.Conn's methods do: the zero time
// means none, and those who wait already are bound by it.
func (w *waitpoint) setDeadline(n *Network, t time.Time) {
	n.cancel(&w.timer)
	w.limited = !t.IsZero()
	if !w.limited {
		return
	}
	w.deadline = n.at(t)
	if w.waiting > 0 {
		w.arm(n)
	}
}

// stop wakes everybody for good, when a socket is closed.
func (w *waitpoint) stop(n *Network) {
	n.cancel(&w.timer)
	w.signal()
}
