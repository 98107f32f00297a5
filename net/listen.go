package simnet

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"syscall"
	"time"
)

func isTCP(network string) bool {
	return network == "tcp" || network == "tcp4" || network == "tcp6"
}

func isUDP(network string) bool {
	return network == "udp" || network == "udp4" || network == "udp6"
}

// Listen announces on an address of the machine: tcp, tcp4 or tcp6 on
// "host:port", or unix on a path, which is a name on this machine alone and no file.
func (h *Host) Listen(network, address string) (net.Listener, error) {
	switch {
	case network == "unix":
		return h.listenUnix(address)
	case !isTCP(network):
		return nil, opError("listen", network, nil, nil, net.UnknownNetworkError(network))
	}
	at, err := h.resolveLocal(network, address)
	if err != nil {
		return nil, opError("listen", network, nil, nil, err)
	}
	l, err := h.listenTCP(network, at)
	if err != nil {
		return nil, opError("listen", network, nil, net.TCPAddrFromAddrPort(at), err)
	}
	return l, nil
}

// ListenPacket opens a socket for datagrams: udp, udp4 or udp6 on "host:port",
// or unixgram on a path.
func (h *Host) ListenPacket(network, address string) (net.PacketConn, error) {
	switch {
	case network == "unixgram":
		return h.listenUnixgram(address)
	case !isUDP(network):
		return nil, opError("listen", network, nil, nil, net.UnknownNetworkError(network))
	}
	at, err := h.resolveLocal(network, address)
	if err != nil {
		return nil, opError("listen", network, nil, nil, err)
	}
	h.net.lock()
	defer h.net.unlock()
	u, err := h.openUDP(network, at, netip.AddrPort{})
	if err != nil {
		return nil, opError("listen", network, nil, net.UDPAddrFromAddrPort(at), err)
	}
	return u, nil
}

// resolveLocal translates the address of a listening socket. It asks no name
// server: a machine knows itself.
func (h *Host) resolveLocal(network, address string) (netip.AddrPort, error) {
	if address == "" {
		return netip.AddrPort{}, &net.AddrError{Err: "missing port in address"}
	}
	all, err := h.resolve(context.Background(), network, address, h.lookupNow)
	if err != nil {
		return netip.AddrPort{}, err
	}
	return all[0], nil
}

// Dial connects to an address by a host's name or one of its addresses: tcp, tcp4,
// tcp6, udp, udp4 or udp6, or unix with a path on the same machine.
func (h *Host) Dial(network, address string) (net.Conn, error) {
	return h.DialContext(context.Background(), network, address)
}

// DialContext is Dial bounded by a context, which does not bound the connection.
func (h *Host) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, opError("dial", network, nil, nil, contextError(err))
	}
	switch {
	case network == "unix":
		return h.dialUnix(address)
	case !isTCP(network) && !isUDP(network):
		return nil, opError("dial", network, nil, nil, net.UnknownNetworkError(network))
	}
	all, err := h.resolve(ctx, network, address, h.lookup)
	if err != nil {
		return nil, opError("dial", network, nil, nil, err)
	}
	var first error
	for _, to := range all {
		c, err := h.dialOne(ctx, network, to)
		if err == nil {
			return c, nil
		}
		if first == nil {
			first = opError("dial", network, nil, dialAddr(network, to), err)
		}
		// A machine that answers may listen on its other address. One
		// that does not would cost the same time-out again.
		if !errors.Is(err, syscall.ECONNREFUSED) {
			break
		}
	}
	return nil, first
}

func (h *Host) dialOne(ctx context.Context, network string, to netip.AddrPort) (net.Conn, error) {
	if isUDP(network) {
		return h.dialUDP(network, to)
	}
	return h.dialTCP(ctx, network, to)
}

func dialAddr(network string, to netip.AddrPort) net.Addr {
	if isUDP(network) {
		return net.UDPAddrFromAddrPort(to)
	}
	return net.TCPAddrFromAddrPort(to)
}

// sleep waits for a virtual time, less if the context ends. It is called with the
// network locked.
func (n *Network) sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	w := &waitpoint{limited: true, deadline: n.now() + d}
	w.prepare(n)
	n.unlock()
	select {
	case <-w.ch:
	case <-ctx.Done():
	}
	err := ctx.Err() // it may wait for a moment: not under the lock
	n.lock()
	n.cancel(&w.timer)
	if err != nil {
		return contextError(err)
	}
	return nil
}
