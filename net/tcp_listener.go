package simnet

import (
	"net"
	"net/netip"
	"strconv"

	"github.com/terrella-go/terrella/internal/trace"
)

// A tcpListener accepts connections on a port.
type tcpListener struct {
	acceptor[*tcpConn]
	host    *Host
	claim   binding
	port    uint16
	backlog int
	half    []*tcpConn // answered, not yet confirmed
}

// listenTCP opens a listener.
func (h *Host) listenTCP(network string, at netip.AddrPort) (net.Listener, error) {
	n := h.net
	n.lock()
	defer n.unlock()
	l := &tcpListener{host: h, backlog: n.tcp.Backlog}
	l.net, l.network = n, network
	l.claim = claim(network, at.Addr())
	l.claim.tcp = l
	port, err := h.bind(false, &l.claim, at.Port())
	if err != nil {
		return nil, err
	}
	l.port = port
	l.addr = net.TCPAddrFromAddrPort(netip.AddrPortFrom(at.Addr(), port))
	n.log.Add(trace.Listen, h.name, l.subject())
	return l, nil
}

// claim returns the binding of a socket on an address.
func claim(network string, a netip.Addr) binding {
	four, six := families(network)
	if a.IsUnspecified() {
		return binding{addr: netip.IPv6Unspecified(), v4: four, v6: six && a.Is6()}
	}
	return binding{addr: a, v4: a.Is4(), v6: a.Is6()}
}

func (l *tcpListener) subject() string {
	return "tcp " + l.host.name + ":" + strconv.Itoa(int(l.port))
}

// arriveSyn answers the request for a connection.
func (n *Network) arriveSyn(p *packet) {
	h, dialler := p.flow.link.to, p.from
	if !h.owns(dialler.remote.Addr()) {
		n.lose(p, h, LostToAddress, trace.None)
		return
	}
	if a := dialler.answer; a != nil && a.state < finished {
		a.askedAgain(n, p)
		return
	}
	b := h.bound(false, dialler.remote)
	if b == nil {
		n.lose(p, h, LostToPort, trace.None)
		dialler.answerReset()
		return
	}
	l := b.tcp
	if len(l.queue)+len(l.half) >= l.backlog {
		n.lose(p, h, LostToBacklog, trace.None)
		return
	}
	n.recordDelivery(p)
	l.answer(dialler, p)
	n.freePacket(p)
}

// answer makes the accepting end of a connection.
func (l *tcpListener) answer(dialler *tcpConn, p *packet) {
	c := newConn(l.host, dialler.remote, dialler.local)
	c.peer, c.listener, c.out = dialler, l, dialler.stray
	c.state = synRcvd
	c.limit = p.window
	c.firstSent = l.net.now()
	c.dueAt = c.firstSent + c.rto
	dialler.answer = c
	c.remember()
	l.half = append(l.half, c)
	c.sendSynAck()
}

// askedAgain deals with a SYN that has come before.
func (c *tcpConn) askedAgain(n *Network, p *packet) {
	n.recordDelivery(p)
	if c.state == synRcvd {
		c.sendSynAck()
	} else {
		c.sendAck()
	}
	n.freePacket(p)
}

// completed moves a confirmed connection to the queue. It reports false if nobody will accept it.
func (l *tcpListener) completed(c *tcpConn) bool {
	if l.closed {
		return false
	}
	l.half = without(l.half, c)
	l.offer(c)
	return true
}

// lost takes a connection out of the listener's lists that ended before it was accepted.
// Confirmed ones stay, as on Linux: Accept returns them, dead.
func (l *tcpListener) lost(c *tcpConn) { l.half = without(l.half, c) }

func without(list []*tcpConn, c *tcpConn) []*tcpConn {
	for i, o := range list {
		if o == c {
			return append(list[:i], list[i+1:]...)
		}
	}
	return list
}

func (c *tcpConn) wasAccepted() {
	c.listener = nil
	c.record(trace.Accept)
}

// Close ends the listener. Connections that nobody has accepted are reset.
func (l *tcpListener) Close() error { return l.close(l.shut) }

func (l *tcpListener) shut() {
	l.host.unbind(false, &l.claim, l.port)
	for _, c := range append(l.end(), l.half...) {
		c.listener = nil
		c.closed = true
		c.reset(0)
	}
	l.half = nil
	l.net.log.Add(trace.Close, l.host.name, l.subject())
}

// destroy ends the listener with its machine.
func (l *tcpListener) destroy() {
	l.end()
	l.half = nil
}
