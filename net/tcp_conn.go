package simnet

import (
	"io"
	"net"
	"os"
	"syscall"
	"time"

	"github.com/terrella-go/terrella/internal/trace"
)

// Read takes what has arrived, waiting for something if nothing has.
func (c *tcpConn) Read(b []byte) (int, error) {
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
			c.widen()
			return got, nil
		case c.err != 0 && !c.ended: // after the end of the stream no error counts any more
			return 0, c.error("read", c.takeError("read"))
		case c.ended || c.readShut || c.state >= finished:
			c.rd.signal()
			return 0, io.EOF
		}
		c.rd.wait(n)
	}
}

// takeError returns the connection's error, which is reported once.
func (c *tcpConn) takeError(call string) error {
	err := sysError(call, c.err)
	c.err = 0
	c.wakeAll()
	return err
}

// Write hands all of b to the connection, waiting for room while there is none.
func (c *tcpConn) Write(b []byte) (int, error) {
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
		if len(b) == done {
			return done, nil
		}
		if room := c.sendCap - c.snd.n; room > 0 {
			k := min(room, len(b)-done)
			c.snd.add(&n.pool, b[done:done+k])
			c.written += uint64(k)
			done += k
			c.output()
			n.settle()
			continue
		}
		c.wr.wait(n)
	}
}

// unwritable returns the error of a write that can't go on.
func (c *tcpConn) unwritable() error {
	switch {
	case c.closed:
		return c.error("write", net.ErrClosed)
	case c.wr.expired(c.net):
		c.wr.signal()
		return c.error("write", os.ErrDeadlineExceeded)
	case c.err != 0:
		return c.error("write", c.takeError("write"))
	case c.shut || c.state >= finished:
		c.wr.signal()
		return c.error("write", sysError("write", syscall.EPIPE))
	}
	return nil
}

// Close ends the program's use of the connection. What was written is still delivered.
func (c *tcpConn) Close() error {
	n := c.net
	n.lock()
	defer n.unlock()
	if c.closed {
		return c.error("close", net.ErrClosed)
	}
	c.record(trace.Close)
	c.release()
	return nil
}

// CloseWrite ends the writing direction: the peer reads to the end.
func (c *tcpConn) CloseWrite() error {
	return c.shutdown(func() {
		c.shut = true
		c.output()
		c.wr.signal()
	})
}

// CloseRead lets reads end once they have taken what has arrived.
func (c *tcpConn) CloseRead() error {
	return c.shutdown(func() {
		c.readShut = true
		c.rd.signal()
	})
}

func (c *tcpConn) shutdown(f func()) error {
	n := c.net
	n.lock()
	defer n.unlock()
	switch {
	case c.closed:
		return c.error("close", net.ErrClosed)
	case c.state >= finished:
		return c.error("close", sysError("shutdown", syscall.ENOTCONN))
	}
	f()
	return nil
}

// LocalAddr returns this end's address.
func (c *tcpConn) LocalAddr() net.Addr { return c.laddr }

// RemoteAddr returns the other end's address.
func (c *tcpConn) RemoteAddr() net.Addr { return c.raddr }

// SetDeadline bounds the time that reads and writes wait.
func (c *tcpConn) SetDeadline(t time.Time) error {
	return c.set(func() {
		c.rd.setDeadline(c.net, t)
		c.wr.setDeadline(c.net, t)
	})
}

// SetReadDeadline bounds the time that reads wait.
func (c *tcpConn) SetReadDeadline(t time.Time) error {
	return c.set(func() { c.rd.setDeadline(c.net, t) })
}

// SetWriteDeadline bounds the time that writes wait.
func (c *tcpConn) SetWriteDeadline(t time.Time) error {
	return c.set(func() { c.wr.setDeadline(c.net, t) })
}

// SetReadBuffer sets how many bytes may wait to be read.
func (c *tcpConn) SetReadBuffer(bytes int) error {
	return c.set(func() { c.recvCap = max(1, bytes) })
}

// SetWriteBuffer sets how many bytes may wait to be acknowledged.
func (c *tcpConn) SetWriteBuffer(bytes int) error {
	return c.set(func() { c.sendCap = max(1, bytes) })
}

// SetNoDelay has no effect: small segments are never held back.
func (c *tcpConn) SetNoDelay(bool) error { return c.set(func() {}) }

// SetLinger makes Close send a reset and drop what was not sent if sec is 0.
func (c *tcpConn) SetLinger(sec int) error {
	return c.set(func() { c.noLinger = sec == 0 })
}

func (c *tcpConn) set(f func()) error {
	n := c.net
	n.lock()
	defer n.unlock()
	if c.closed {
		return c.errorFrom("set", nil, c.laddr, net.ErrClosed)
	}
	f()
	return nil
}

func (c *tcpConn) error(op string, err error) error {
	return c.errorFrom(op, c.laddr, c.raddr, err)
}

func (c *tcpConn) errorFrom(op string, source, addr net.Addr, err error) error {
	return opError(op, c.network, source, addr, err)
}
