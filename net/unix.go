package simnet

import (
	"io"
	"net"
	"os"
	"syscall"
	"time"
)

// unixBuffer is how many bytes may wait in one direction of a Unix socket: Linux's
// net.core.wmem_default.
const unixBuffer = 212992

// A unixListener accepts connections at a path of its host. The paths are names of
// the network, not files: nothing is left of them when the process is gone.
type unixListener struct {
	net    *Network
	host   *Host
	addr   *net.UnixAddr
	queue  []*unixConn
	closed bool
	rd     waitpoint
}

// A unixConn is one end of a connection within a host. What is written is at once in
// the peer's hands, so none of it can be lost, and it makes no packets.
type unixConn struct {
	net          *Network
	host         *Host
	peer         *unixConn
	laddr, raddr *net.UnixAddr
	rcv          ring
	closed       bool
	shut         bool // no more will be written here
	readShut     bool
	broken       bool // the peer closed with something unread: one read fails
	writing      bool
	rd, wr       waitpoint
}

// listenUnix opens a listener at a path.
func (h *Host) listenUnix(path string) (net.Listener, error) {
	addr := &net.UnixAddr{Name: path, Net: "unix"}
	fail := func(e syscall.Errno) (net.Listener, error) {
		return nil, opError("listen", "unix", nil, addr, sysError("bind", e))
	}
	h.net.lock()
	defer h.net.unlock()
	switch {
	case path == "":
		return fail(syscall.EINVAL)
	case !h.up || h.net.closed:
		return fail(syscall.ENETDOWN)
	case h.unix[path] != nil || h.unixgram[path] != nil:
		return fail(syscall.EADDRINUSE)
	}
	l := &unixListener{net: h.net, host: h, addr: addr}
	h.unix[path] = l
	return l, nil
}

// dialUnix connects to a path.
func (h *Host) dialUnix(path string) (net.Conn, error) {
	n := h.net
	n.lock()
	defer n.unlock()
	raddr := &net.UnixAddr{Name: path, Net: "unix"}
	l := h.unix[path]
	switch {
	case !h.up || n.closed:
		return nil, opError("dial", "unix", nil, raddr, sysError("connect", syscall.ENETDOWN))
	case l == nil && h.unixgram[path] != nil:
		return nil, opError("dial", "unix", nil, raddr, sysError("connect", syscall.EPROTOTYPE))
	case l == nil:
		return nil, opError("dial", "unix", nil, raddr, sysError("connect", syscall.ENOENT))
	case len(l.queue) >= n.tcp.Backlog:
		return nil, opError("dial", "unix", nil, raddr, sysError("connect", syscall.EAGAIN))
	}
	nameless := &net.UnixAddr{Net: "unix"}
	a := &unixConn{net: n, host: h, laddr: nameless, raddr: raddr}
	b := &unixConn{net: n, host: h, laddr: raddr, raddr: nameless, peer: a}
	a.peer = b
	h.unixConns = append(h.unixConns, a, b)
	l.queue = append(l.queue, b)
	l.rd.signal()
	return a, nil
}

// Accept waits for the next connection.
func (l *unixListener) Accept() (net.Conn, error) {
	n := l.net
	n.lock()
	defer n.unlock()
	for {
		switch {
		case l.closed:
			return nil, opError("accept", "unix", nil, l.addr, net.ErrClosed)
		case l.rd.expired(n):
			l.rd.signal()
			return nil, opError("accept", "unix", nil, l.addr, os.ErrDeadlineExceeded)
		case len(l.queue) > 0:
			c := l.queue[0]
			if l.queue = l.queue[1:]; len(l.queue) > 0 {
				l.rd.signal()
			}
			return c, nil
		}
		l.rd.wait(n)
	}
}

// Close ends the listener and frees its path. Connections that nobody has accepted are closed.
func (l *unixListener) Close() error {
	l.net.lock()
	defer l.net.unlock()
	if l.closed {
		return opError("close", "unix", nil, l.addr, net.ErrClosed)
	}
	l.end()
	return nil
}

func (l *unixListener) end() {
	l.closed = true
	delete(l.host.unix, l.addr.Name)
	for _, c := range l.queue {
		c.peer.broken = true
		c.end()
	}
	l.queue = nil
	l.rd.stop(l.net)
}

// Addr returns the listener's path.
func (l *unixListener) Addr() net.Addr { return l.addr }

// SetDeadline bounds the time that Accept waits.
func (l *unixListener) SetDeadline(t time.Time) error {
	l.net.lock()
	defer l.net.unlock()
	if l.closed {
		return opError("set", "unix", nil, l.addr, net.ErrClosed)
	}
	l.rd.setDeadline(l.net, t)
	return nil
}

// Read takes what the peer has written, waiting for something if there is nothing.
func (c *unixConn) Read(b []byte) (int, error) {
	n := c.net
	n.lock()
	defer n.unlock()
	for {
		switch {
		case c.closed:
			return 0, c.error("read", net.ErrClosed)
		case len(b) == 0:
			return 0, nil
		case c.rd.expired(n):
			c.rd.signal()
			return 0, c.error("read", os.ErrDeadlineExceeded)
		case c.rcv.n > 0:
			got := c.rcv.take(&n.pool, b)
			if c.rcv.n > 0 {
				c.rd.signal()
			}
			c.peer.wr.signal()
			return got, nil
		case c.broken:
			c.broken = false
			return 0, c.error("read", sysError("read", syscall.ECONNRESET))
		case c.peer.shut || c.readShut:
			c.rd.signal()
			return 0, io.EOF
		}
		c.rd.wait(n)
	}
}

// Write hands all of b to the peer, waiting for room while there is none.
func (c *unixConn) Write(b []byte) (int, error) {
	n := c.net
	n.lock()
	defer n.unlock()
	for c.writing {
		if err := c.unwritable(); err != nil {
			return 0, err
		}
		c.wr.wait(n)
	}
	c.writing = true
	defer func() {
		c.writing = false
		c.wr.signal()
	}()
	done := 0
	for {
		if err := c.unwritable(); err != nil {
			return done, err
		}
		if done == len(b) {
			return done, nil
		}
		if room := unixBuffer - c.peer.rcv.n; room > 0 {
			k := min(room, len(b)-done)
			c.peer.rcv.add(&n.pool, b[done:done+k])
			done += k
			c.peer.rd.signal()
			continue
		}
		c.wr.wait(n)
	}
}

func (c *unixConn) unwritable() error {
	switch {
	case c.closed:
		return c.error("write", net.ErrClosed)
	case c.wr.expired(c.net):
		c.wr.signal()
		return c.error("write", os.ErrDeadlineExceeded)
	case c.shut || c.peer.closed || c.peer.readShut:
		c.wr.signal()
		return c.error("write", sysError("write", syscall.EPIPE))
	}
	return nil
}

// Close ends the connection. The peer still reads what was written.
func (c *unixConn) Close() error {
	c.net.lock()
	defer c.net.unlock()
	if c.closed {
		return c.error("close", net.ErrClosed)
	}
	c.end()
	return nil
}

func (c *unixConn) end() {
	if c.rcv.n > 0 {
		c.peer.broken = true
		c.rcv.drop(&c.net.pool, c.rcv.n)
	}
	c.closed, c.shut = true, true
	for _, w := range []*waitpoint{&c.rd, &c.wr} {
		w.stop(c.net)
	}
	c.peer.rd.signal()
	c.peer.wr.signal()
	if c.peer.closed {
		c.host.dropUnix(c)
	}
}

// dropUnix forgets both ends of a connection.
func (h *Host) dropUnix(c *unixConn) {
	kept := h.unixConns[:0]
	for _, o := range h.unixConns {
		if o != c && o != c.peer {
			kept = append(kept, o)
		}
	}
	clear(h.unixConns[len(kept):])
	h.unixConns = kept
}

// CloseWrite ends the writing direction: the peer reads to the end.
func (c *unixConn) CloseWrite() error {
	return c.set("close", func() {
		c.shut = true
		c.peer.rd.signal()
		c.wr.signal()
	})
}

// CloseRead ends the reading direction: the peer's writes fail.
func (c *unixConn) CloseRead() error {
	return c.set("close", func() {
		c.readShut = true
		c.rd.signal()
		c.peer.wr.signal()
	})
}

// LocalAddr returns the path of this end, empty for a dialling one.
func (c *unixConn) LocalAddr() net.Addr { return c.laddr }

// RemoteAddr returns the path of the other end.
func (c *unixConn) RemoteAddr() net.Addr { return c.raddr }

// SetDeadline bounds the time that reads and writes wait.
func (c *unixConn) SetDeadline(t time.Time) error {
	return c.set("set", func() {
		c.rd.setDeadline(c.net, t)
		c.wr.setDeadline(c.net, t)
	})
}

// SetReadDeadline bounds the time that reads wait.
func (c *unixConn) SetReadDeadline(t time.Time) error {
	return c.set("set", func() { c.rd.setDeadline(c.net, t) })
}

// SetWriteDeadline bounds the time that writes wait.
func (c *unixConn) SetWriteDeadline(t time.Time) error {
	return c.set("set", func() { c.wr.setDeadline(c.net, t) })
}

func (c *unixConn) set(op string, f func()) error {
	c.net.lock()
	defer c.net.unlock()
	if c.closed {
		return c.error(op, net.ErrClosed)
	}
	f()
	return nil
}

func (c *unixConn) error(op string, err error) error {
	return opError(op, "unix", c.laddr, c.raddr, err)
}
