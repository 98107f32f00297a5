package simnet

import (
	"io"
	"syscall"
	"time"

	"github.com/terrella-go/terrella/internal/trace"
)

// Read takes what has arrived, waiting for something if nothing has.
func (c *tcpConn) Read(b []byte) (int, error) { return c.read(c, b) }

func (c *tcpConn) take(b []byte) (int, bool, error) {
	switch {
	case c.rcv.n > 0:
		got := c.rcv.take(&c.net.pool, b)
		if c.rcv.n > 0 {
			c.rd.signal()
		}
		c.widen()
		return got, true, nil
	case c.err != 0 && !c.ended: // after the end of the stream no error counts any more
		return 0, true, c.error("read", c.takeError("read"))
	case c.ended || c.readShut || c.state >= finished:
		c.rd.signal()
		return 0, true, io.EOF
	}
	return 0, false, nil
}

// takeError returns the connection's error, which is reported once.
func (c *tcpConn) takeError(call string) error {
	err := sysError(call, c.err)
	c.err = 0
	c.wakeAll()
	return err
}

// Write hands all of b to the connection, waiting for room while there is none.
func (c *tcpConn) Write(b []byte) (int, error) { return c.write(c, b) }

func (c *tcpConn) writeError() error {
	switch {
	case c.err != 0:
		return c.takeError("write")
	case c.shut || c.state >= finished:
		c.wr.signal()
		return sysError("write", syscall.EPIPE)
	}
	return nil
}

func (c *tcpConn) put(b []byte) int {
	k := min(c.sendCap-c.snd.n, len(b))
	if k <= 0 {
		return 0
	}
	c.snd.add(&c.net.pool, b[:k])
	c.written += uint64(k)
	c.output()
	c.net.settle()
	return k
}

// Close ends the program's use of the connection. What was written is still delivered.
func (c *tcpConn) Close() error {
	return c.close(func() error {
		c.record(trace.Close)
		c.release()
		return nil
	})
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
	return c.close(func() error {
		if c.state >= finished {
			return sysError("shutdown", syscall.ENOTCONN)
		}
		f()
		return nil
	})
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

// SetKeepAlive turns probing on or off.
func (c *tcpConn) SetKeepAlive(keepalive bool) error {
	return c.set(func() { c.keep.off = !keepalive })
}

// SetKeepAlivePeriod sets the silence before the first probe and the time between probes.
func (c *tcpConn) SetKeepAlivePeriod(d time.Duration) error {
	return c.set(func() { c.keep.interval = max(0, d) })
}
