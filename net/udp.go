package simnet

import (
	"net"
	"net/netip"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/terrella-go/terrella/internal/trace"
)

// A udpConn is a UDP socket, with a peer of its own if it was dialled.
type udpConn struct {
	net       *Network
	host      *Host
	network   string
	addr      *net.UDPAddr
	local     netip.AddrPort
	remote    netip.AddrPort // zero unless it was dialled
	raddr     *net.UDPAddr
	claim     binding
	group     netip.AddrPort // of a multicast socket
	nth       uint64         // how many sockets the port has had, this one included
	fixedPort uint16         // the port, 0 if it was picked
	closed    bool
	err       syscall.Errno // from the network, to report once

	flows    map[flowKey]*flow
	usual    *flow // the last one used, and its key
	where    flowKey
	refusals *flow // of messages that the peer's port is closed

	queue  []message
	first  int // of the queue that is still to be read
	queued int // bytes
	cap    int
	rd     waitpoint
	limit  waitpoint // its deadline is the writes'; nobody ever waits
}

// flowKey tells the flows of a socket apart: datagrams to a group go to many hosts.
type flowKey struct {
	to   netip.AddrPort
	host *Host
}

// A flowOrdinal numbers the flows between two hosts for their keys. Ports that
// were picked count as 0: which they are depends on what else was opened before.
type flowOrdinal struct {
	host     *Host
	from, to uint16
}

// fixed returns a port, or 0 for one that was picked.
func fixed(port uint16) uint16 {
	if port >= firstEphemeral {
		return 0
	}
	return port
}

// A message is a datagram that waits to be read.
type message struct {
	payload []byte
	from    netip.AddrPort
}

const (
	maxDatagram   = 65507      // bytes that a UDP datagram over IPv4 can hold
	udpBuffer     = 212992     // Linux's net.core.rmem_default
	messageCost   = 256        // what a datagram takes of it beside its bytes
	unreachedSize = 28 + 8 + 8 // an ICMP message with the header it quotes
)

// openUDP opens a socket on a local address, and towards a remote one if that is valid.
func (h *Host) openUDP(network string, local, remote netip.AddrPort) (*udpConn, error) {
	u := h.newUDP(network)
	u.claim = claim(network, local.Addr())
	u.claim.udp = u
	port, err := h.bind(true, &u.claim, local.Port())
	if err != nil {
		return nil, err
	}
	u.bound(netip.AddrPortFrom(local.Addr(), port))
	if remote.IsValid() {
		u.remote, u.raddr = remote, net.UDPAddrFromAddrPort(remote)
	}
	return u, nil
}

func (h *Host) newUDP(network string) *udpConn {
	return &udpConn{net: h.net, host: h, network: network, cap: udpBuffer, flows: make(map[flowKey]*flow)}
}

// bound notes where the socket is.
func (u *udpConn) bound(at netip.AddrPort) {
	h := u.host
	u.local, u.addr = at, net.UDPAddrFromAddrPort(at)
	u.fixedPort = fixed(at.Port())
	h.opened[at.Port()]++
	u.nth = h.opened[at.Port()]
	h.net.log.Add(trace.Listen, h.name, u.subject())
}

func (u *udpConn) subject() string {
	return "udp " + u.host.name + ":" + strconv.Itoa(int(u.local.Port()))
}

// dialUDP opens a socket with a peer.
func (h *Host) dialUDP(network string, to netip.AddrPort) (net.Conn, error) {
	n := h.net
	n.lock()
	defer n.unlock()
	if to.Addr().IsUnspecified() {
		to = netip.AddrPortFrom(loopbackOf(to.Addr()), to.Port())
	}
	if !isGroup(to.Addr()) {
		if _, err := h.route(to.Addr()); err != nil {
			return nil, err
		}
	}
	u, err := h.openUDP(network, netip.AddrPortFrom(h.source(to.Addr()), 0), to)
	if err != nil {
		return nil, err
	}
	return u, nil
}

// flowTo returns the flow to an address on a host.
func (u *udpConn) flowTo(k flowKey) *flow {
	if u.usual != nil && u.where == k {
		return u.usual
	}
	f := u.flows[k]
	if f == nil {
		l := u.net.linkBetween(u.host, k.host)
		o := flowOrdinal{k.host, u.fixedPort, fixed(k.to.Port())}
		u.host.flows[o]++
		here, there := strconv.Itoa(int(u.local.Port())), strconv.Itoa(int(k.to.Port()))
		f = &flow{
			link: l,
			key:  l.key.Name("udp").Num(uint64(o.from)).Num(uint64(o.to)).Num(u.host.flows[o]),
			name: "udp " + u.host.name + ":" + here + "->" + k.host.name + ":" + there,

			from: u.sourceFor(k.to.Addr()), to: k.to, socket: u, group: isGroup(k.to.Addr()),
		}
		if u.nth > 1 {
			f.name += "#" + strconv.FormatUint(u.nth, 10)
		}
		u.flows[k] = f
	}
	u.usual, u.where = f, k
	return f
}

// sendTo sends one datagram to an address, or to all of a group.
func (u *udpConn) sendTo(b []byte, to netip.AddrPort) error {
	switch {
	case u.closed:
		return net.ErrClosed
	case u.limit.expired(u.net):
		return os.ErrDeadlineExceeded
	case u.err != 0:
		return u.takeError("write")
	case len(b) > maxDatagram:
		return sysError("write", syscall.EMSGSIZE)
	case !to.IsValid() || to.Port() == 0:
		return sysError("write", syscall.EINVAL)
	}
	to = netip.AddrPortFrom(to.Addr().Unmap(), to.Port())
	if to.Addr().IsUnspecified() {
		to = netip.AddrPortFrom(loopbackOf(to.Addr()), to.Port())
	}
	if !u.takes(to.Addr()) {
		return sysError("write", syscall.EAFNOSUPPORT)
	}
	if isGroup(to.Addr()) {
		u.sendToGroup(b, to)
		return nil
	}
	host, err := u.host.route(to.Addr())
	if err != nil {
		return err
	}
	u.sendOne(b, flowKey{to, host})
	return nil
}

// takes reports whether the socket's family can reach an address.
func (u *udpConn) takes(a netip.Addr) bool {
	if u.group.IsValid() {
		return u.group.Addr().Is4() == a.Is4()
	}
	return u.claim.v4 && a.Is4() || u.claim.v6 && a.Is6()
}

// sendOne sends a datagram to one host.
func (u *udpConn) sendOne(b []byte, k flowKey) {
	f := u.flowTo(k)
	p := u.net.newPacket(f, datagram)
	p.payload = u.net.pool.clone(b)
	p.size = int32(len(b) + udpHeader4)
	if k.to.Addr().Is6() {
		p.size = int32(len(b) + udpHeader6)
	}
	p.key = f.key.Num(f.count)
	u.net.send(p)
}

// sourceFor returns the address from which a datagram comes.
func (u *udpConn) sourceFor(to netip.Addr) netip.AddrPort {
	if u.claim.addr.IsValid() && !u.claim.addr.IsUnspecified() {
		return u.local
	}
	return netip.AddrPortFrom(u.host.source(to), u.local.Port())
}

// arriveDatagram hands a datagram to the socket that it is for.
func (n *Network) arriveDatagram(p *packet) {
	h := p.flow.link.to
	f := p.flow
	if f.group {
		n.arriveAtGroup(p)
		return
	}
	if !h.owns(f.to.Addr()) {
		n.lose(p, h, LostToAddress, trace.None)
		return
	}
	b := h.bound(true, f.to)
	if b == nil || b.udp.remote.IsValid() && b.udp.remote != f.from {
		n.lose(p, h, LostToPort, trace.None)
		f.socket.unreached(h)
		return
	}
	if !b.udp.room(p) {
		n.lose(p, h, LostToBacklog, trace.None)
		return
	}
	p.damage()
	n.recordDelivery(p)
	b.udp.take(message{p.payload, f.from})
	p.payload = nil
	n.freePacket(p)
}

// room reports whether the socket's buffer takes one more.
func (u *udpConn) room(p *packet) bool {
	return u.queued == 0 || u.queued+len(p.payload)+messageCost <= u.cap
}

func (u *udpConn) take(m message) {
	u.queue = append(u.queue, m)
	u.queued += len(m.payload) + messageCost
	u.rd.signal()
}

// unreached tells a dialled socket that a datagram found no socket: its machine sends an
// ICMP message, which goes the way back like any packet.
func (u *udpConn) unreached(from *Host) {
	if !u.remote.IsValid() || u.closed {
		return
	}
	n := u.net
	f := u.refusals
	if f == nil {
		l := n.linkBetween(from, u.host)
		f = &flow{
			link:   l,
			key:    l.key.Name("icmp").Num(uint64(u.fixedPort)).Num(uint64(u.remote.Port())).Num(u.nth),
			name:   "icmp " + from.name + "->" + u.host.name + ":" + strconv.Itoa(int(u.local.Port())),
			socket: u,
		}
		u.refusals = f
	}
	p := n.newPacket(f, unreachable)
	p.size = unreachedSize
	p.key = f.key.Num(f.count)
	n.send(p)
}

// arriveUnreachable tells a socket that its peer's port is closed.
func (n *Network) arriveUnreachable(p *packet) {
	n.recordDelivery(p)
	if u := p.flow.socket; !u.closed {
		u.err = syscall.ECONNREFUSED
		u.rd.signal()
	}
	n.freePacket(p)
}

func (u *udpConn) takeError(call string) error {
	err := sysError(call, u.err)
	u.err = 0
	return err
}

// receive waits for a datagram and copies it to b, cutting off what does not fit.
func (u *udpConn) receive(b []byte) (int, netip.AddrPort, error) {
	n := u.net
	for {
		switch {
		case u.closed:
			u.rd.signal()
			return 0, netip.AddrPort{}, net.ErrClosed
		case u.rd.expired(n):
			u.rd.signal()
			return 0, netip.AddrPort{}, os.ErrDeadlineExceeded
		case u.err != 0:
			return 0, netip.AddrPort{}, u.takeError("read")
		case u.first < len(u.queue):
			m := u.queue[u.first]
			u.queue[u.first] = message{}
			u.queued -= len(m.payload) + messageCost
			if u.first++; u.first == len(u.queue) {
				u.queue, u.first = u.queue[:0], 0
			} else {
				u.rd.signal()
			}
			got := copy(b, m.payload)
			n.pool.put(m.payload)
			return got, m.from, nil
		}
		u.rd.wait(n)
	}
}

// shut closes the socket.
func (u *udpConn) shut() {
	u.closed = true
	if u.group.IsValid() {
		u.leaveGroup()
	} else {
		u.host.unbind(true, &u.claim, u.local.Port())
	}
	for _, m := range u.queue[u.first:] {
		u.net.pool.put(m.payload)
	}
	u.queue, u.first, u.queued = nil, 0, 0
	u.rd.stop(u.net)
	u.net.log.Add(trace.Close, u.host.name, u.subject())
}

// setDeadlines sets the deadline of either direction.
func (u *udpConn) setDeadlines(t time.Time, read, write bool) error {
	n := u.net
	n.lock()
	defer n.unlock()
	if u.closed {
		return opError("set", u.network, nil, u.addr, net.ErrClosed)
	}
	if read {
		u.rd.setDeadline(n, t)
	}
	if write {
		u.limit.setDeadline(n, t)
	}
	return nil
}
