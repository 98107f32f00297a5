package simnet

import (
	"net"
	"net/netip"
	"slices"
	"syscall"

	"github.com/terrella-go/terrella/internal/trace"
)

// broadcast4 reaches all hosts, as does the last address of their network.
var (
	broadcast4 = netip.AddrFrom4([4]byte{255, 255, 255, 255})
	subnet4    = netip.AddrFrom4([4]byte{10, 255, 255, 255})
)

func isBroadcast(a netip.Addr) bool { return a == broadcast4 || a == subnet4 }

// isGroup reports whether an address may stand for many hosts.
func isGroup(a netip.Addr) bool { return a.IsMulticast() || isBroadcast(a) }

// ListenMulticast joins a multicast group, udp, udp4 or udp6 on an address such as
// "224.0.0.251:5353". Many sockets of a host may share the address. A
// member does not receive what it sends itself.
//
// Datagrams to 255.255.255.255 and 10.255.255.255 need no membership: they
// reach all sockets that are open on their port.
func (h *Host) ListenMulticast(network, group string) (net.PacketConn, error) {
	if !isUDP(network) {
		return nil, opError("listen", network, nil, nil, net.UnknownNetworkError(network))
	}
	at, err := h.resolveLocal(network, group)
	if err != nil {
		return nil, opError("listen", network, nil, nil, err)
	}
	addr := net.UDPAddrFromAddrPort(at)
	if !at.Addr().IsMulticast() || at.Port() == 0 {
		return nil, opError("listen", network, nil, addr, sysError("setsockopt", syscall.EINVAL))
	}
	h.net.lock()
	defer h.net.unlock()
	if !h.up || h.net.closed {
		return nil, opError("listen", network, nil, addr, sysError("bind", syscall.ENETDOWN))
	}
	u := h.newUDP(network)
	u.group = at
	u.bound(at)
	h.groups[at] = append(h.groups[at], u)
	return u, nil
}

func (u *udpConn) leaveGroup() {
	h := u.host
	rest := slices.DeleteFunc(slices.Clone(h.groups[u.group]), func(o *udpConn) bool { return o == u })
	if len(rest) == 0 {
		delete(h.groups, u.group)
	} else {
		h.groups[u.group] = rest
	}
}

// sendToGroup sends a datagram to each host where somebody listens, the
// sender's own included.
func (u *udpConn) sendToGroup(b []byte, to netip.AddrPort) {
	for _, h := range u.net.hosts {
		if len(h.listeners(to)) > 0 {
			u.sendOne(b, flowKey{to, h})
		}
	}
}

// listeners returns the sockets for datagrams to a group.
func (h *Host) listeners(to netip.AddrPort) []*udpConn {
	if !isBroadcast(to.Addr()) {
		return h.groups[to]
	}
	var all []*udpConn
	for _, b := range h.ports[portKey{true, to.Port()}] {
		if b.v4 && (b.addr.IsUnspecified() || b.addr == to.Addr()) && !b.udp.remote.IsValid() {
			all = append(all, b.udp)
		}
	}
	return all
}

// arriveAtGroup hands a datagram to all of a host's sockets that it is for.
func (n *Network) arriveAtGroup(p *packet) {
	h := p.flow.link.to
	p.damage()
	why := LostToPort
	taken := false
	for _, u := range h.listeners(p.flow.to) {
		switch {
		case u == p.flow.socket && u.group.IsValid():
			taken = true // its own, which it does not want back
		case u.room(p):
			u.take(message{n.pool.clone(p.payload), p.flow.from})
			taken = true
		default:
			why = LostToBacklog
		}
	}
	if !taken {
		n.lose(p, h, why, trace.None)
		return
	}
	n.recordDelivery(p)
	n.freePacket(p)
}
