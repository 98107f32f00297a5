package simnet

import (
	"net"
	"os"
	"syscall"
	"time"
)

// unixgramQueue is how many datagrams wait at a path before senders have to: Linux's
// net.unix.max_dgram_qlen, 10, counts those beyond the first.
const unixgramQueue = 11

// A unixgramConn is a datagram socket at a path of its host. Nothing is lost:
// a full queue makes senders wait.
type unixgramConn struct {
	net    *Network
	host   *Host
	addr   *net.UnixAddr
	queue  []unixgram
	closed bool
	rd     waitpoint
	wr     waitpoint // who wants to send to this socket waits here, unless a deadline is set
	limit  waitpoint // the deadline of this socket's own writes
}

type unixgram struct {
	payload []byte
	from    *net.UnixAddr
}

// listenUnixgram opens a datagram socket at a path.
func (h *Host) listenUnixgram(path string) (net.PacketConn, error) {
	addr := &net.UnixAddr{Name: path, Net: "unixgram"}
	h.net.lock()
	defer h.net.unlock()
	if !h.up || h.net.closed {
		return nil, opError("listen", "unixgram", nil, addr, sysError("bind", syscall.ENETDOWN))
	}
	if path != "" && (h.unix[path] != nil || h.unixgram[path] != nil) {
		return nil, opError("listen", "unixgram", nil, addr, sysError("bind", syscall.EADDRINUSE))
	}
	u := &unixgramConn{net: h.net, host: h, addr: addr}
	if path != "" {
		h.unixgram[path] = u
	}
	return u, nil
}

// ReadFrom waits for a datagram; what does not fit b is cut off.
func (u *unixgramConn) ReadFrom(b []byte) (int, net.Addr, error) {
	n := u.net
	n.lock()
	defer n.unlock()
	for {
		switch {
		case u.closed:
			u.rd.signal()
			return 0, nil, u.error("read", nil, net.ErrClosed)
		case u.rd.expired(n):
			u.rd.signal()
			return 0, nil, u.error("read", nil, os.ErrDeadlineExceeded)
		case len(u.queue) > 0:
			m := u.queue[0]
			u.queue = u.queue[1:]
			if len(u.queue) > 0 {
				u.rd.signal()
			}
			u.wr.signal()
			return copy(b, m.payload), m.from, nil
		}
		u.rd.wait(n)
	}
}

// WriteTo sends b as one datagram, waiting while the receiver's queue is full.
func (u *unixgramConn) WriteTo(b []byte, addr net.Addr) (int, error) {
	to, ok := addr.(*net.UnixAddr)
	if !ok || to == nil || to.Net != "unixgram" {
		return 0, u.error("write", addr, syscall.EINVAL)
	}
	n := u.net
	n.lock()
	defer n.unlock()
	for {
		target := u.host.unixgram[to.Name]
		switch {
		case u.closed:
			u.limit.signal()
			return 0, u.error("write", addr, net.ErrClosed)
		case u.limit.expired(n):
			u.limit.signal()
			return 0, u.error("write", addr, os.ErrDeadlineExceeded)
		case target == nil && u.host.unix[to.Name] != nil:
			return 0, u.error("write", addr, sysError("sendto", syscall.EPROTOTYPE))
		case target == nil:
			return 0, u.error("write", addr, sysError("sendto", syscall.ENOENT))
		case len(target.queue) < unixgramQueue:
			target.queue = append(target.queue, unixgram{append([]byte(nil), b...), u.addr})
			target.rd.signal()
			if len(target.queue) < unixgramQueue {
				target.wr.signal()
			}
			return len(b), nil
		}
		u.waitForRoom(target)
	}
}

// waitForRoom waits for a place at the target, or for the deadline of this socket's own
// writes: whichever comes first, the other is looked at again.
func (u *unixgramConn) waitForRoom(target *unixgramConn) {
	n := u.net
	target.wr.prepare(n)
	u.limit.prepare(n)
	n.unlock()
	select {
	case <-target.wr.ch:
	case <-u.limit.ch:
	}
	n.lock()
	target.wr.waiting--
	u.limit.waiting--
	if target.closed {
		target.wr.signal()
	}
}

// Close closes the socket and frees its path.
func (u *unixgramConn) Close() error {
	u.net.lock()
	defer u.net.unlock()
	if u.closed {
		return u.error("close", nil, net.ErrClosed)
	}
	u.end()
	return nil
}

func (u *unixgramConn) end() {
	u.closed = true
	if u.host.unixgram[u.addr.Name] == u {
		delete(u.host.unixgram, u.addr.Name)
	}
	u.queue = nil
	u.rd.stop(u.net)
	u.limit.stop(u.net)
	u.wr.signal()
}

// LocalAddr returns the socket's path.
func (u *unixgramConn) LocalAddr() net.Addr { return u.addr }

// SetDeadline bounds the time that reads and writes wait.
func (u *unixgramConn) SetDeadline(t time.Time) error { return u.setDeadlines(t, true, true) }

// SetReadDeadline bounds the time that reads wait.
func (u *unixgramConn) SetReadDeadline(t time.Time) error { return u.setDeadlines(t, true, false) }

// SetWriteDeadline bounds the time that writes wait.
func (u *unixgramConn) SetWriteDeadline(t time.Time) error { return u.setDeadlines(t, false, true) }

func (u *unixgramConn) setDeadlines(t time.Time, read, write bool) error {
	u.net.lock()
	defer u.net.unlock()
	if u.closed {
		return u.error("set", nil, net.ErrClosed)
	}
	if read {
		u.rd.setDeadline(u.net, t)
	}
	if write {
		u.limit.setDeadline(u.net, t)
	}
	return nil
}

func (u *unixgramConn) error(op string, addr net.Addr, err error) error {
	return opError(op, "unixgram", u.addr, addr, err)
}
