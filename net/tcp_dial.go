package simnet

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"syscall"
	"time"

	"github.com/terrella-go/terrella/internal/trace"
)

// unreachableAfter is how long a machine asks its network for the owner of
// an address before it gives up: three times, a second apart
// (net.ipv4.neigh.default.mcast_solicit and retrans_time_ms).
const unreachableAfter = 3 * time.Second

// dialTCP connects to one address.
func (h *Host) dialTCP(ctx context.Context, network string, to netip.AddrPort) (net.Conn, error) {
	n := h.net
	n.lock()
	defer n.unlock()
	c, err := h.startDial(network, to)
	if errors.Is(err, syscall.EHOSTUNREACH) {
		if slept := n.sleep(ctx, unreachableAfter); slept != nil {
			return nil, slept
		}
	}
	if err != nil {
		return nil, err
	}
	c.record(trace.Dial)
	c.firstSent = n.now()
	c.dueAt = c.firstSent + c.rto
	c.sendSyn()
	n.settle()
	for c.state == synSent {
		c.wr.prepare(n)
		n.unlock()
		select {
		case <-c.wr.ch:
		case <-ctx.Done():
		}
		err := ctx.Err() // it may wait for a moment: not under the lock
		n.lock()
		c.wr.waiting--
		if err != nil && c.state == synSent {
			c.vanish()
			return nil, contextError(err)
		}
	}
	switch {
	case c.closed:
		return nil, net.ErrClosed // the machine stopped, or the network did
	case c.state == aborted && c.err != 0 && c.peer == nil:
		return nil, sysError("connect", c.err)
	}
	return c, nil
}

// startDial makes the dialling end of a connection.
func (h *Host) startDial(network string, to netip.AddrPort) (*tcpConn, error) {
	n := h.net
	if !h.up || n.closed {
		return nil, sysError("connect", syscall.ENETDOWN)
	}
	if to.Addr().IsUnspecified() {
		to = netip.AddrPortFrom(loopbackOf(to.Addr()), to.Port())
	}
	if to.Port() == 0 {
		return nil, sysError("connect", syscall.ECONNREFUSED)
	}
	target, err := h.route(to.Addr())
	if err != nil {
		return nil, err
	}
	source := h.source(to.Addr())
	now := n.now()
	port, ok := h.ephemeral(false, func(port uint16) bool {
		id := connID{netip.AddrPortFrom(source, port), to}
		until, waits := h.timeWait[id]
		if waits && until <= now {
			delete(h.timeWait, id)
			waits = false
		}
		return !waits && h.conns[id] == nil && len(h.ports[portKey{false, port}]) == 0
	})
	if !ok {
		return nil, sysError("connect", syscall.EADDRNOTAVAIL)
	}
	c := newConn(h, netip.AddrPortFrom(source, port), to)
	c.network, c.dialer = network, true
	c.stray = c.nameFlows(target)
	c.remember()
	return c, nil
}

// route returns the machine that has an address.
func (h *Host) route(to netip.Addr) (*Host, error) {
	if h.owns(to) {
		return h, nil
	}
	if o := h.net.byAddr[to]; o != nil {
		return o, nil
	}
	if to.Is4() && to.As4()[0] == 10 || to.Is6() && to.As16()[0] == 0xfd {
		return nil, sysError("connect", syscall.EHOSTUNREACH)
	}
	return nil, sysError("connect", syscall.ENETUNREACH)
}

func loopbackOf(a netip.Addr) netip.Addr {
	if a.Is4() {
		return loopback4
	}
	return loopback6
}
