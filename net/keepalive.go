package simnet

import (
	"syscall"
	"time"
)

// keepAlive finds out that the other end of a silent connection is gone.
//
// Probes that are sure to be answered would change nothing and keep a world from ever
// coming to rest. So none is sent while the two machines reach each other. When that ends,
// probing starts at the moment at which the next probe would have been sent.
type keepAlive struct {
	task
	last     time.Duration // when something was last received
	sent     int           // probes without an answer
	interval time.Duration // 0 for the network's
	off      bool
	conn     *tcpConn
}

// heard notes that the peer lives.
func (k *keepAlive) heard(c *tcpConn) {
	k.sent = 0
	if k.pos == 0 {
		k.last = c.net.now()
	} else {
		k.last = c.net.now()
		c.net.schedule(&k.task, k.last+k.every(c))
	}
}

// every returns the time between probes.
func (k *keepAlive) every(c *tcpConn) time.Duration {
	if k.interval > 0 {
		return k.interval
	}
	return c.net.tcp.KeepAlive
}

// watch starts the probes of a connection whose path is broken.
func (c *tcpConn) watch(n *Network) {
	k := &c.keep
	every := k.every(c)
	if c.state != open || k.off || every <= 0 || k.pos != 0 || n.intact(c) {
		return
	}
	// The probes that would have been answered so far came at multiples of the interval.
	silent := n.now() - k.last
	k.conn, k.run = c, k
	n.schedule(&k.task, k.last+(silent/every+1)*every)
}

// intact reports whether both directions between c's ends work, if not always.
func (n *Network) intact(c *tcpConn) bool {
	if c.peer == nil || c.peer.state >= finished || !c.peer.host.up || c.peer.host.paused || c.forgotten {
		return false
	}
	return n.works(c.out.link) && n.works(c.peer.out.link)
}

func (n *Network) works(l *link) bool {
	why, _ := n.cut(l)
	return why == passes && !l.clogged && l.Loss < 1
}

// due sends a probe or gives up.
func (k *keepAlive) due(n *Network) {
	c := k.conn
	if c.state != open || k.off || c.host.paused {
		return
	}
	if k.sent == 0 && n.intact(c) {
		return
	}
	if k.sent >= n.tcp.KeepAliveProbes {
		c.reset(syscall.ETIMEDOUT)
		return
	}
	if !c.outstanding() { // otherwise retransmission finds out
		k.sent++
		n.send(c.packet(segmentProbe, c.unacked, 0))
	}
	n.schedule(&k.task, n.now()+k.every(c))
}
