package simnet

import (
	"fmt"
	"time"

	"github.com/terrella-go/terrella/internal/prng"
)

// Clog holds back all packets from one host to another, that direction only. None is
// lost: Unclog, or Heal, lets them all arrive at once.
func (n *Network) Clog(from, to string) error {
	return n.onLink(from, to, func(l *link) {
		n.clog(l)
		n.pathsChanged()
	})
}

// Unclog ends Clog.
func (n *Network) Unclog(from, to string) error {
	return n.onLink(from, to, func(l *link) {
		n.unclog(l)
		n.pathsChanged()
	})
}

// ClogAll holds back the packets between all different hosts: the whole network jams, and loses nothing. It
// ends as Clog does, for each direction by itself or by Heal.
func (n *Network) ClogAll() { n.everyLink(func(l *link) { n.clog(l) }) }

// SlowAll is Slow between all different hosts.
func (n *Network) SlowAll(factor float64) error {
	if err := checkFactor("slow", factor); err != nil {
		return err
	}
	n.everyLink(func(l *link) { n.slow(l, factor) })
	return nil
}

// everyLink calls f for the links between all different hosts.
func (n *Network) everyLink(f func(*link)) {
	n.lock()
	defer n.unlock()
	for _, a := range n.hosts {
		for _, b := range n.hosts {
			if a != b {
				f(n.linkBetween(a, b))
			}
		}
	}
	n.pathsChanged()
}

func (n *Network) clog(l *link) {
	if !l.clogged {
		l.clogged, l.clogEvent = true, n.beginFault(l.fault("clog"))
	}
}

func (n *Network) unclog(l *link) {
	if l.clogged {
		l.clogged = false
		n.endFault(l.clogEvent, l.fault("clog"))
		n.release(l)
	}
}

// Slow multiplies all latencies from one host to another, that direction only.
// The factor 1 ends it, as does Heal.
func (n *Network) Slow(from, to string, factor float64) error {
	if err := checkFactor(fmt.Sprintf("slow %s->%s", from, to), factor); err != nil {
		return err
	}
	return n.onLink(from, to, func(l *link) { n.slow(l, factor) })
}

func checkFactor(what string, factor float64) error {
	if !(factor > 0 && factor <= 1e6) {
		return fmt.Errorf("simnet: %s: the factor is %v, which is not over 0 and at most a million", what, factor)
	}
	return nil
}

func (n *Network) slow(l *link, factor float64) {
	if l.slow > 0 {
		n.endFault(l.slowEvent, l.fault("slow"))
		l.slow = 0
	}
	if factor != 1 {
		l.slow, l.slowEvent = factor, n.beginFault(l.fault("slow"))
	}
}

// ResetConns breaks all connections between two hosts, as a firewall does that is
// replaced: a reset goes to both ends of each, over the links as they are.
func (n *Network) ResetConns(a, b string) error {
	return n.betweenHosts(a, b, func(c *tcpConn) {
		n.beginFault("reset " + c.subject())
		c.answerReset()
		if c.peer != nil {
			c.peer.answerReset()
		}
	})
}

// ForgetConns makes the connections between two hosts half-open, as a firewall does that
// loses its table: their packets are lost from now on without a word, while new
// connections work. Heal does not bring them back.
func (n *Network) ForgetConns(a, b string) error {
	return n.betweenHosts(a, b, func(c *tcpConn) {
		event := n.beginFault("forget " + c.subject())
		for _, e := range []*tcpConn{c, c.peer} {
			if e != nil {
				e.forgotten, e.forgottenBy = true, event
			}
		}
		for _, e := range []*tcpConn{c, c.peer} {
			if e != nil {
				e.watch(n)
			}
		}
	})
}

// betweenHosts calls f for the dialling end of each connection between two hosts, by age.
func (n *Network) betweenHosts(a, b string, f func(*tcpConn)) error {
	return n.onLink(a, b, func(l *link) {
		for _, h := range []*Host{l.from, l.to} {
			for c := h.oldest; c != nil; {
				next := c.younger
				if o := c.out.link.to; c.dialer && (o == l.from || o == l.to) && (o != h || l.from == l.to) {
					f(c)
				}
				c = next
			}
			if l.from == l.to {
				return
			}
		}
	})
}

// onLink calls f for the link between two hosts.
func (n *Network) onLink(from, to string, f func(*link)) error {
	n.lock()
	defer n.unlock()
	l, err := n.linkNamed(from, to)
	if err != nil {
		return err
	}
	f(l)
	return nil
}

// Swizzle clogs hosts one after the other, in a random order at random
// times, each with all its links, and unclogs them in another order, all within the
// given time: FoundationDB's swizzled clogging, which finds what happens when a
// cluster falls apart and comes together in steps.
func (n *Network) Swizzle(key prng.Key, within time.Duration, names ...string) error {
	if within <= 0 {
		return fmt.Errorf("simnet: swizzle: the time is %v, which is not over 0", within)
	}
	n.lock()
	defer n.unlock()
	hosts := make([]*Host, len(names))
	for i, name := range names {
		h, err := n.find(name)
		if err != nil {
			return err
		}
		hosts[i] = h
	}
	now, half := n.now(), within/2
	for _, h := range hosts {
		k := key.Name(h.name)
		n.after(now+scale(half, fraction(k, 0)), func() { n.clogHost(h, n.clog) })
		n.after(now+half+scale(half, fraction(k, 1)), func() { n.clogHost(h, n.unclog) })
	}
	return nil
}

// clogHost does f to all links into and out of a host.
func (n *Network) clogHost(h *Host, f func(*link)) {
	for _, o := range n.hosts {
		if o != h {
			f(n.linkBetween(h, o))
			f(n.linkBetween(o, h))
		}
	}
	n.pathsChanged()
}

// A step is a task that calls a function.
type step struct {
	task
	f func()
}

func (s *step) due(*Network) { s.f() }

// after lets the wire call f at a time of the network's.
func (n *Network) after(at time.Duration, f func()) {
	s := &step{f: f}
	s.run = s
	n.schedule(&s.task, at)
}
