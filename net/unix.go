package simnet

import (
	"io"
	"net"
	"syscall"
)

// unixBuffer is how many bytes may wait in one direction of a Unix socket: Linux's
// net.core.wmem_default.
const unixBuffer = 212992

// A unixListener accepts connections at a path of its host. The paths are names of
// the network, not files: nothing is left of them when the process is gone.
type unixListener struct {
	acceptor[*unixConn]
	host *Host
	path string
}

// A unixConn is one end of a connection within a host. What is written is at once in
// the peer's hands, so none of it can be lost, and it makes no packets.
type unixConn struct {
	stream
	host     *Host
	peer     *unixConn
	rcv      ring
	shut     bool // no more will be written here
	readShut bool
	broken   bool // the peer closed with something unread: one read fails
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
	l := &unixListener{host: h, path: path}
	l.net, l.network, l.addr = h.net, "unix", addr
	h.unix[path] = l
	return l, nil
}

// dialUnix connects to a path.
func (h *Host) dialUnix(path string) (net.Conn, error) {
	n := h.net
	n.lock()
	defer n.unlock()
	raddr := &net.UnixAddr{Name: path, Net: "unix"}
	fail := func(e syscall.Errno) (net.Conn, error) {
		return nil, opError("dial", "unix", nil, raddr, sysError("connect", e))
	}
	l := h.unix[path]
	switch {
	case !h.up || n.closed:
		return fail(syscall.ENETDOWN)
	case l == nil && h.unixgram[path] != nil:
		return fail(syscall.EPROTOTYPE)
	case l == nil:
		return fail(syscall.ENOENT)
	case len(l.queue) >= n.tcp.Backlog:
		return fail(syscall.EAGAIN)
	}
	nameless := &net.UnixAddr{Net: "unix"}
	a := &unixConn{host: h, stream: stream{net: n, network: "unix", laddr: nameless, raddr: raddr}}
	b := &unixConn{host: h, stream: stream{net: n, network: "unix", laddr: raddr, raddr: nameless}}
	a.peer, b.peer = b, a
	h.unixConns = append(h.unixConns, a, b)
	l.offer(b)
	return a, nil
}

func (c *unixConn) wasAccepted() {}

// Close ends the listener and frees its path. Connections that nobody has accepted are closed.
func (l *unixListener) Close() error { return l.close(l.shut) }

func (l *unixListener) shut() {
	delete(l.host.unix, l.path)
	for _, c := range l.end() {
		c.peer.broken = true
		c.end()
	}
}

// Read takes what the peer has written, waiting for something if there is nothing.
func (c *unixConn) Read(b []byte) (int, error) { return c.read(c, b) }

func (c *unixConn) take(b []byte) (int, bool, error) {
	switch {
	case c.rcv.n > 0:
		got := c.rcv.take(&c.net.pool, b)
		if c.rcv.n > 0 {
			c.rd.signal()
		}
		c.peer.wr.signal()
		return got, true, nil
	case c.broken:
		c.broken = false
		return 0, true, c.error("read", sysError("read", syscall.ECONNRESET))
	case c.peer.shut || c.readShut:
		c.rd.signal()
		return 0, true, io.EOF
	}
	return 0, false, nil
}

// Write hands all of b to the peer, waiting for room while there is none.
func (c *unixConn) Write(b []byte) (int, error) { return c.write(c, b) }

func (c *unixConn) writeError() error {
	if c.shut || c.peer.closed || c.peer.readShut {
		c.wr.signal()
		return sysError("write", syscall.EPIPE)
	}
	return nil
}

func (c *unixConn) put(b []byte) int {
	k := min(unixBuffer-c.peer.rcv.n, len(b))
	if k > 0 {
		c.peer.rcv.add(&c.net.pool, b[:k])
		c.peer.rd.signal()
	}
	return k
}

// Close ends the connection. The peer still reads what was written.
func (c *unixConn) Close() error {
	return c.close(func() error {
		c.end()
		return nil
	})
}

func (c *unixConn) end() {
	if c.rcv.n > 0 {
		c.peer.broken = true
		c.rcv.drop(&c.net.pool, c.rcv.n)
	}
	c.closed, c.shut = true, true
	c.stop()
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
	return c.close(func() error {
		c.shut = true
		c.peer.rd.signal()
		c.wr.signal()
		return nil
	})
}

// CloseRead ends the reading direction: the peer's writes fail.
func (c *unixConn) CloseRead() error {
	return c.close(func() error {
		c.readShut = true
		c.rd.signal()
		c.peer.wr.signal()
		return nil
	})
}
