package simnet

import (
	"net"
	"os"
	"time"
)

// An acceptor is what listeners have in common: the queue of connections that wait to be
// accepted.
type acceptor[C accepted] struct {
	net     *Network
	network string
	addr    net.Addr
	queue   []C
	closed  bool
	rd      waitpoint
}

// accepted is a connection that is told when it has left the queue.
type accepted interface {
	net.Conn
	wasAccepted()
}

// offer puts a connection in the queue.
func (a *acceptor[C]) offer(c C) {
	a.queue = append(a.queue, c)
	a.rd.signal()
}

// Accept waits for the next connection.
func (a *acceptor[C]) Accept() (net.Conn, error) {
	n := a.net
	n.lock()
	defer n.unlock()
	for {
		switch {
		case a.closed:
			a.rd.signal()
			return nil, a.error("accept", net.ErrClosed)
		case a.rd.expired(n):
			a.rd.signal()
			return nil, a.error("accept", os.ErrDeadlineExceeded)
		case len(a.queue) > 0:
			c := a.queue[0]
			if a.queue = a.queue[1:]; len(a.queue) > 0 {
				a.rd.signal()
			}
			c.wasAccepted()
			return c, nil
		}
		a.rd.wait(n)
	}
}

// Addr returns the address that the listener is bound to.
func (a *acceptor[C]) Addr() net.Addr { return a.addr }

// SetDeadline bounds the time that Accept waits.
func (a *acceptor[C]) SetDeadline(t time.Time) error {
	a.net.lock()
	defer a.net.unlock()
	if a.closed {
		return a.error("set", net.ErrClosed)
	}
	a.rd.setDeadline(a.net, t)
	return nil
}

// close does f to a listener that is not closed.
func (a *acceptor[C]) close(f func()) error {
	a.net.lock()
	defer a.net.unlock()
	if a.closed {
		return a.error("close", net.ErrClosed)
	}
	f()
	return nil
}

// end closes the queue and returns the connections that nobody will accept.
func (a *acceptor[C]) end() (left []C) {
	a.closed = true
	left, a.queue = a.queue, nil
	a.rd.stop(a.net)
	return left
}

func (a *acceptor[C]) error(op string, err error) error {
	return opError(op, a.network, nil, a.addr, err)
}
