package simnet

import (
	"net"
	"net/netip"
	"syscall"
	"time"
)

// ReadFrom waits for a datagram; what does not fit b is cut off.
func (u *udpConn) ReadFrom(b []byte) (int, net.Addr, error) {
	got, from, err := u.ReadFromUDPAddrPort(b)
	if err != nil {
		return got, nil, err
	}
	return got, net.UDPAddrFromAddrPort(from), nil
}

// ReadFromUDPAddrPort is ReadFrom without an allocation.
func (u *udpConn) ReadFromUDPAddrPort(b []byte) (int, netip.AddrPort, error) {
	u.net.lock()
	defer u.net.unlock()
	got, from, err := u.receive(b)
	if err != nil {
		return 0, netip.AddrPort{}, u.error("read", err)
	}
	return got, from, nil
}

// Read waits for a datagram, from the peer if there is one.
func (u *udpConn) Read(b []byte) (int, error) {
	got, _, err := u.ReadFromUDPAddrPort(b)
	return got, err
}

// WriteTo sends b as one datagram.
func (u *udpConn) WriteTo(b []byte, addr net.Addr) (int, error) {
	to, ok := addr.(*net.UDPAddr)
	if !ok || to == nil {
		return 0, opError("write", u.network, u.addr, addr, syscall.EINVAL)
	}
	return u.writeTo(b, to.AddrPort(), addr)
}

// WriteToUDPAddrPort is WriteTo without an allocation.
func (u *udpConn) WriteToUDPAddrPort(b []byte, addr netip.AddrPort) (int, error) {
	return u.writeTo(b, addr, nil)
}

func (u *udpConn) writeTo(b []byte, to netip.AddrPort, addr net.Addr) (int, error) {
	u.net.lock()
	defer u.net.unlock()
	var err error
	switch {
	case u.closed:
		err = net.ErrClosed
	case u.remote.IsValid():
		err = net.ErrWriteToConnected
	default:
		err = u.sendTo(b, to)
	}
	if err != nil {
		if addr == nil {
			addr = net.UDPAddrFromAddrPort(to)
		}
		return 0, opError("write", u.network, u.addr, addr, err)
	}
	return len(b), nil
}

// Write sends b as one datagram to the peer.
func (u *udpConn) Write(b []byte) (int, error) {
	u.net.lock()
	defer u.net.unlock()
	var err error
	switch {
	case u.closed:
		err = net.ErrClosed
	case !u.remote.IsValid():
		err = sysError("write", syscall.EDESTADDRREQ)
	default:
		err = u.sendTo(b, u.remote)
	}
	if err != nil {
		return 0, u.error("write", err)
	}
	return len(b), nil
}

// Close closes the socket. What has not been read is gone.
func (u *udpConn) Close() error {
	u.net.lock()
	defer u.net.unlock()
	if u.closed {
		return u.error("close", net.ErrClosed)
	}
	u.shut()
	return nil
}

// LocalAddr returns the socket's address.
func (u *udpConn) LocalAddr() net.Addr { return u.addr }

// RemoteAddr returns the peer's address, nil if there is none.
func (u *udpConn) RemoteAddr() net.Addr {
	if u.raddr == nil {
		return nil
	}
	return u.raddr
}

// SetDeadline bounds reads and writes.
func (u *udpConn) SetDeadline(t time.Time) error { return u.setDeadlines(t, true, true) }

// SetReadDeadline bounds the time that reads wait.
func (u *udpConn) SetReadDeadline(t time.Time) error { return u.setDeadlines(t, true, false) }

// SetWriteDeadline makes writes after t fail. None ever waits.
func (u *udpConn) SetWriteDeadline(t time.Time) error { return u.setDeadlines(t, false, true) }

// SetReadBuffer sets how many bytes may wait to be read; each datagram takes 256
// of them beside its own.
func (u *udpConn) SetReadBuffer(bytes int) error {
	u.net.lock()
	defer u.net.unlock()
	if u.closed {
		return opError("set", u.network, nil, u.addr, net.ErrClosed)
	}
	u.cap = max(1, bytes)
	return nil
}

// SetWriteBuffer has no effect: datagrams wait in the link's queue, if anywhere.
func (u *udpConn) SetWriteBuffer(int) error {
	u.net.lock()
	defer u.net.unlock()
	if u.closed {
		return opError("set", u.network, nil, u.addr, net.ErrClosed)
	}
	return nil
}

// error wraps an error with the socket's addresses. An absent peer has to be
// a nil interface in it.
func (u *udpConn) error(op string, err error) error {
	return opError(op, u.network, u.addr, u.RemoteAddr(), err)
}
