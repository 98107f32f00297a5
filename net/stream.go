package simnet

import (
	"net"
	"os"
	"time"
)

// A stream is what the ends of all connections have in common: addresses, deadlines and
// who waits. It is embedded in them, and they say by streamEnd what is
// different.
type stream struct {
	net          *Network
	network      string // as the program asked for: tcp, tcp4, tcp6, unix
	laddr, raddr net.Addr
	closed       bool // by the program
	writing      bool // a Write is under way; others wait for its end
	rd, wr       waitpoint
	turns        waitpoint // of writers who wait for their turn; the one at wr has it
}

// A streamEnd is one end of a connection. Its methods are called with the network locked.
type streamEnd interface {
	// take moves what has arrived to b. It reports false if there is nothing, nor an error, yet.
	take(b []byte) (int, bool, error)
	// writeError returns the error of a write that can't go on.
	writeError() error
	// put takes as much of b as there is room for and returns how much.
	put(b []byte) int
}

// read waits until there is something to read.
func (s *stream) read(e streamEnd, b []byte) (int, error) {
	n := s.net
	n.lock()
	defer n.unlock()
	for {
		switch {
		case s.closed:
			s.rd.signal()
			return 0, s.error("read", net.ErrClosed)
		case len(b) == 0:
			return 0, nil
		case s.rd.expired(n):
			s.rd.signal()
			return 0, s.error("read", os.ErrDeadlineExceeded)
		}
		if got, done, err := e.take(b); done {
			return got, err
		}
		s.rd.wait(n)
	}
}

// write waits until all of b is taken. Writes do not mix: each has its turn.
func (s *stream) write(e streamEnd, b []byte) (done int, err error) {
	n := s.net
	n.lock()
	defer n.unlock()
	for s.writing {
		if err := s.unwritable(e); err != nil {
			s.turns.signal()
			return 0, err
		}
		s.turns.wait(n)
	}
	s.writing = true
	for {
		if err = s.unwritable(e); err != nil || done == len(b) {
			s.writing = false
			s.turns.signal()
			return done, err
		}
		if k := e.put(b[done:]); k > 0 {
			done += k
			continue
		}
		s.wr.wait(n)
	}
}

func (s *stream) unwritable(e streamEnd) error {
	switch {
	case s.closed:
		s.wr.signal()
		return s.error("write", net.ErrClosed)
	case s.wr.expired(s.net):
		s.wr.signal()
		return s.error("write", os.ErrDeadlineExceeded)
	}
	if err := e.writeError(); err != nil {
		return s.error("write", err)
	}
	return nil
}

// stop ends all waiting for good.
func (s *stream) stop() {
	s.rd.stop(s.net)
	s.wr.stop(s.net)
	s.turns.stop(s.net)
}

// LocalAddr returns this end's address.
func (s *stream) LocalAddr() net.Addr { return s.laddr }

// RemoteAddr returns the other end's address.
func (s *stream) RemoteAddr() net.Addr { return s.raddr }

// SetDeadline bounds the time that reads and writes wait.
func (s *stream) SetDeadline(t time.Time) error {
	return s.set(func() {
		s.rd.setDeadline(s.net, t)
		s.setWriteDeadline(t)
	})
}

// SetReadDeadline bounds the time that reads wait.
func (s *stream) SetReadDeadline(t time.Time) error {
	return s.set(func() { s.rd.setDeadline(s.net, t) })
}

// SetWriteDeadline bounds the time that writes wait.
func (s *stream) SetWriteDeadline(t time.Time) error {
	return s.set(func() { s.setWriteDeadline(t) })
}

func (s *stream) setWriteDeadline(t time.Time) {
	s.wr.setDeadline(s.net, t)
	s.turns.setDeadline(s.net, t)
}

// set changes a setting of a connection that is not closed.
func (s *stream) set(f func()) error {
	s.net.lock()
	defer s.net.unlock()
	if s.closed {
		return opError("set", s.network, nil, s.laddr, net.ErrClosed)
	}
	f()
	return nil
}

// close does f to a connection that is not closed: all of it, or one direction.
func (s *stream) close(f func() error) error {
	s.net.lock()
	defer s.net.unlock()
	err := net.ErrClosed
	if !s.closed {
		err = f()
	}
	if err != nil {
		return s.error("close", err)
	}
	return nil
}

// error wraps an error as package net does.
func (s *stream) error(op string, err error) error {
	return opError(op, s.network, s.laddr, s.raddr, err)
}
