package simnet

import (
	"slices"
	"syscall"

	"github.com/terrella-go/terrella/internal/trace"
)

// arriveSegment hands a segment to the connection that it belongs to.
func (n *Network) arriveSegment(p *packet) {
	c := p.to
	switch {
	case p.kind == segmentSyn:
		n.arriveSyn(p)
		return
	case c == nil || c.state == aborted || c.state == finished && (p.kind == segmentData || !c.owned()):
		n.arriveStray(p)
		return
	}
	n.recordDelivery(p)
	c.keep.heard(c)
	switch p.kind {
	case segmentReset:
		c.gotReset()
	case segmentSynAck:
		c.gotSynAck(p)
	default:
		c.gotSegment(p)
	}
	n.freePacket(p)
}

// owned reports whether the machine still knows a connection that has ended in order.
func (c *tcpConn) owned() bool { return c.host.up && c.host.owns(c.local.Addr()) }

// arriveStray deals with a segment of a connection that its machine does not
// know: it answers with a reset, unless the segment is one itself.
func (n *Network) arriveStray(p *packet) {
	sender, l := p.from, p.flow.link
	why := LostToPort
	if sender != nil && !l.to.owns(sender.remote.Addr()) {
		why = LostToAddress
	}
	answer := p.kind != segmentReset && why == LostToPort
	n.lose(p, l.to, why, trace.None)
	if answer {
		sender.answerReset()
	}
}

// answerReset sends c a reset from a machine that has no socket for it.
func (c *tcpConn) answerReset() {
	n := c.net
	f := &c.stray
	if c.peer != nil {
		f = &c.peer.out
	}
	p := n.newPacket(f, segmentReset)
	p.to = c
	p.size = int32(c.headers())
	c.attempt++
	p.key = f.key.Num(uint64(segmentReset)).Num(c.attempt)
	n.send(p)
}

// resetOnTheWay lets something between the ends break p's connection: both get a reset.
func (n *Network) resetOnTheWay(p *packet) {
	c := p.from
	c.answerReset()
	if c.peer != nil {
		c.peer.answerReset()
	}
}

// gotReset ends the connection with the error that Linux reports in its state.
func (c *tcpConn) gotReset() {
	switch {
	case c.state == synSent:
		c.abort(syscall.ECONNREFUSED)
	case c.ended && !c.shut:
		c.abort(syscall.EPIPE)
	default:
		c.abort(syscall.ECONNRESET)
	}
}

// gotSynAck establishes the dialling end.
func (c *tcpConn) gotSynAck(p *packet) {
	if c.state == synSent {
		c.peer = p.from
		c.establish(p)
		c.wr.signal()
	}
	c.sendAck()
}

// establish begins the life of a connection at one end.
func (c *tcpConn) establish(p *packet) {
	c.state = open
	if c.retries == 0 {
		c.measured(c.net.now() - c.firstSent)
	} else {
		c.rto = c.timeout()
	}
	c.retries = 0
	c.cwnd = initialSegments * c.packetData()
	c.limit = max(c.limit, p.window)
	c.keep.heard(c)
	c.watch(c.net)
}

// gotSegment takes in data, a FIN, an acknowledgement or a probe.
func (c *tcpConn) gotSegment(p *packet) {
	if c.state == synRcvd && !c.confirmed(p) {
		return
	}
	if c.state == synSent {
		return
	}
	c.acknowledged(p)
	if p.kind == segmentAck || c.state == aborted {
		return
	}
	if c.closed && p.kind == segmentData && p.seq+uint64(p.length) > c.expected {
		c.reset(0) // data for a program that has closed
		return
	}
	inOrder := p.kind == segmentData && p.seq == c.expected && len(c.ahead) == 0
	c.accept(p)
	switch {
	case c.state == aborted:
	case inOrder:
		c.acknowledge(int(p.length))
	default:
		c.sendAck()
	}
	if c.state == open && c.ended && c.shut && c.unacked > c.written {
		c.finish()
	}
}

// confirmed establishes the accepting end by the first segment after the SYN.
func (c *tcpConn) confirmed(p *packet) bool {
	if c.listener == nil || !c.listener.completed(c) {
		c.reset(0)
		return false
	}
	c.establish(p)
	return true
}

// accept takes the data of a segment into the stream, or notes it for later if something
// before it is missing.
func (c *tcpConn) accept(p *packet) {
	end := p.seq + uint64(p.length)
	switch {
	case p.kind == segmentFin:
		c.finAt = p.seq + 1
	case p.length == 0:
	case p.seq > c.expected:
		c.note(span{p.seq, end})
	case end > c.expected:
		before := c.expected
		c.append(p.from, end)
		if bit := int(p.flip) - 1; p.flip > 0 && p.seq+uint64(bit/8) >= before && p.seq+uint64(bit/8) < c.expected {
			fromEnd := int(c.expected - p.seq - uint64(bit/8))
			c.rcv.flip(8*(c.rcv.n-fromEnd) + bit%8)
		}
		c.catchUp(p.from)
	}
	if c.finAt == c.expected+1 && !c.ended {
		c.expected++
		c.ended = true
		c.endedFirst = !c.shut
		c.rd.signal()
	}
}

// append takes the stream up to end from its sender's buffer, as far as there is room.
func (c *tcpConn) append(from *tcpConn, end uint64) {
	end = min(end, c.granted)
	if end <= c.expected {
		return
	}
	skip := int(c.expected - min(from.unacked, from.written))
	c.rcv.addFrom(&c.net.pool, &from.snd, skip, int(end-c.expected))
	c.expected = end
	c.rd.signal()
}

// note remembers a stretch that came early.
func (c *tcpConn) note(s span) {
	i, _ := slices.BinarySearchFunc(c.ahead, s.from, func(a span, from uint64) int {
		if a.from < from {
			return -1
		}
		return 1
	})
	c.ahead = slices.Insert(c.ahead, i, s)
}

// catchUp takes the stretches that came early and whose time has come.
func (c *tcpConn) catchUp(from *tcpConn) {
	for len(c.ahead) > 0 && c.ahead[0].from <= c.expected {
		c.append(from, c.ahead[0].to)
		c.ahead = c.ahead[1:]
	}
	if len(c.ahead) == 0 {
		c.ahead = nil
	}
}

// widen tells the peer of room that reading has made, once it is worth a
// segment and the peer may have run out of what it was granted.
func (c *tcpConn) widen() {
	if c.state != open || c.ended {
		return
	}
	left := c.granted - c.expected
	room := uint64(max(0, c.recvCap-c.rcv.n))
	quarter := uint64(max(1, c.recvCap/4))
	if left < 2*quarter && room >= left+quarter {
		c.sendAck()
	}
}
