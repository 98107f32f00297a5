package simnet

import (
	"syscall"
	"time"
)

// headers returns the bytes of a segment that are not data.
func (c *tcpConn) headers() int {
	if c.remote.Addr().Is4() {
		return tcpHeader4
	}
	return tcpHeader6
}

// segmentSize returns how much data a segment may hold.
func (c *tcpConn) segmentSize() int {
	l := c.out.link
	if l.uniform {
		return largeSegment - c.headers()
	}
	return max(1, l.mtu()-c.headers())
}

// outstanding reports whether something waits for an acknowledgement.
func (c *tcpConn) outstanding() bool { return c.next > c.unacked }

// packet makes a segment that acknowledges all that has come.
func (c *tcpConn) packet(kind packetKind, seq uint64, length int) *packet {
	p := c.net.newPacket(&c.out, kind)
	p.from, p.to = c, c.peer
	p.seq, p.length = seq, int32(length)
	p.size = int32(c.headers() + length)
	p.ack = c.expected
	c.ackOwed, c.unanswered = false, 0
	c.granted = max(c.granted, c.expected+uint64(max(0, c.recvCap-c.rcv.n)))
	p.window = c.granted
	p.key = c.out.key.Num(uint64(kind)).Num(seq).Num(c.attempt)
	return p
}

// output sends what may be sent: data while the peer and the network have room, and at its
// end the FIN.
func (c *tcpConn) output() {
	if c.state != open {
		return
	}
	limit := min(c.limit, c.unacked+uint64(c.cwnd))
	size := uint64(c.segmentSize())
	for c.next < c.written && c.next < limit {
		length := min(size, c.written-c.next, limit-c.next)
		c.sendRange(segmentData, c.next, length)
	}
	if c.shut && c.next == c.written {
		c.sendRange(segmentFin, c.next, 1)
	}
}

// sendRange sends the offsets [from, from+length) and starts the timer.
func (c *tcpConn) sendRange(kind packetKind, from, length uint64) {
	data := int(length)
	if kind == segmentFin {
		data = 0
	}
	again := from < c.most
	p := c.packet(kind, from, data)
	if !again {
		p.key = c.out.key.Num(uint64(kind)).Num(from).Num(0)
	}
	end := from + length
	if !c.outstanding() {
		c.firstSent = c.net.now()
		c.dueAt = c.firstSent + c.rto
	}
	c.next = max(c.next, end)
	c.most = max(c.most, end)
	if c.timed == 0 && !again {
		c.timed, c.timedAt = end, c.net.now()
	}
	c.needTimer()
	c.net.send(p)
}

// acknowledged takes in what a segment from the peer says about our stream.
func (c *tcpConn) acknowledged(p *packet) {
	if p.ack > c.most {
		return
	}
	room := p.window > c.limit
	c.limit = max(c.limit, p.window)
	if room {
		c.probing = false
	}
	switch {
	case p.ack > c.unacked:
		c.progress(p.ack)
	case p.kind == segmentAck && p.ack == c.unacked && !room && c.outstanding():
		c.duplicateAck()
	}
	c.output()
	if c.writable() {
		c.wr.signal()
	}
}

// progress moves on to a new acknowledgement.
func (c *tcpConn) progress(ack uint64) {
	got := ack - c.unacked
	c.snd.drop(&c.net.pool, int(min(ack, c.written)-min(c.unacked, c.written)))
	c.unacked = ack
	c.next = max(c.next, ack)
	c.retries, c.dupAcks = 0, 0
	now := c.net.now()
	c.firstSent = now
	if c.timed != 0 && ack >= c.timed {
		c.measured(now - c.timedAt)
		c.timed = 0
	} else {
		c.rto = c.timeout()
	}
	c.dueAt = now + c.rto
	c.grow(int(got))
	if c.recoverTo != 0 {
		c.recover(ack)
	}
	if c.shut && ack > c.written && c.ended {
		c.finish()
	}
}

// grow opens the congestion window: by what was acknowledged in slow start, by a
// segment a round trip afterwards.
func (c *tcpConn) grow(acked int) {
	switch mss := c.packetData(); {
	case c.recoverTo != 0:
	case c.cwnd < c.ssthresh:
		c.cwnd = min(c.cwnd+acked, maxCwnd)
	default:
		c.cwnd = min(c.cwnd+max(1, mss*acked/c.cwnd), maxCwnd)
	}
}

// packetData is the size of a full segment for congestion control, which a
// sender of large ones counts as so many small ones.
func (c *tcpConn) packetData() int { return c.out.link.mtu() - c.headers() }

// duplicateAck counts signs that a segment is missing; the third one is believed
// (RFC 5681, with the recovery of RFC 6582).
func (c *tcpConn) duplicateAck() {
	mss := c.packetData()
	c.dupAcks++
	switch {
	case c.recoverTo != 0:
		c.cwnd += mss
	case c.dupAcks == 3:
		c.ssthresh = max(int(c.next-c.unacked)/2, 2*mss)
		c.cwnd = c.ssthresh + 3*mss
		c.recoverTo = c.most
		c.attempt++
		c.resendFirst()
	}
}

// recover goes on with a recovery after an acknowledgement: one that does not reach its
// end shows the next hole.
func (c *tcpConn) recover(ack uint64) {
	if ack >= c.recoverTo {
		c.recoverTo = 0
		c.cwnd = c.ssthresh
		return
	}
	c.attempt++
	c.resendFirst()
}

// resendFirst sends the first unacknowledged segment again.
func (c *tcpConn) resendFirst() {
	c.timed = 0 // its acknowledgement could be for either (Karn)
	if c.unacked >= c.written {
		c.sendRange(segmentFin, c.written, 1)
		return
	}
	length := min(uint64(c.segmentSize()), c.written-c.unacked, max(1, c.most-c.unacked))
	c.sendRange(segmentData, c.unacked, length)
}

// measured takes a round trip into the estimate (RFC 6298, with Linux's floor under
// the variance's part rather than under the sum).
func (c *tcpConn) measured(rtt time.Duration) {
	if c.srtt == 0 {
		c.srtt, c.rttvar = max(rtt, 1), rtt/2
	} else {
		c.rttvar += ((c.srtt - rtt).Abs() - c.rttvar) / 4
		c.srtt = max(1, c.srtt+(rtt-c.srtt)/8)
	}
	c.rto = c.timeout()
}

func (c *tcpConn) timeout() time.Duration {
	t := &c.net.tcp
	if c.srtt == 0 {
		return t.RTOInitial
	}
	return min(c.srtt+max(4*c.rttvar, t.RTOMin), t.RTOMax)
}

// needTimer asks for the retransmission timer once the present packets have
// settled: on perfect links they have been acknowledged by then.
func (c *tcpConn) needTimer() {
	if c.inSettle || c.retransmit.pos != 0 {
		return
	}
	c.inSettle = true
	c.net.untimed = append(c.net.untimed, c)
}

// startTimer schedules the retransmission timer if it is needed.
func (c *tcpConn) startTimer(n *Network) {
	c.inSettle = false
	if c.state < finished && (c.state != open || c.outstanding() || c.probing) {
		c.retransmit.run = c
		c.dueAt = n.now() + c.rto
		n.schedule(&c.retransmit, c.dueAt)
	}
}

// due is the retransmission timer.
func (c *tcpConn) due(n *Network) {
	now := n.now()
	switch {
	case c.state >= finished || c.state == open && !c.outstanding() && !c.probing:
	case c.host.paused:
		n.schedule(&c.retransmit, now+c.rto) // a stopped machine sends nothing
	case now < c.dueAt:
		n.schedule(&c.retransmit, c.dueAt)
	default:
		c.overdue(now)
	}
}

// overdue sends again what was not answered in time, or gives up.
func (c *tcpConn) overdue(now time.Duration) {
	c.retries++
	c.attempt++
	t := &c.net.tcp
	switch {
	case c.state == synSent && c.retries > t.SynRetries:
		c.abort(syscall.ETIMEDOUT)
		return
	case c.state == synRcvd && c.retries > t.SynAckRetries:
		c.abort(0)
		return
	case c.state == open && now-c.firstSent >= t.GiveUpAfter:
		c.abort(syscall.ETIMEDOUT)
		return
	}
	c.rto = min(2*c.rto, t.RTOMax)
	switch {
	case c.state == synSent:
		c.sendSyn()
	case c.state == synRcvd:
		c.sendSynAck()
	case c.outstanding():
		c.ssthresh = max(int(c.next-c.unacked)/2, 2*c.packetData())
		c.cwnd = c.packetData()
		c.recoverTo, c.dupAcks = 0, 0
		first := c.firstSent
		c.next = c.unacked
		c.timed = 0
		c.output()
		c.firstSent = first
	default:
		c.net.send(c.packet(segmentProbe, c.unacked, 0))
	}
	c.needTimer()
}

// missed is called when a segment to c was lost. If it told of room for more and c waits for
// that, nothing else would ever tell: c has to ask. Real stacks ask
// whether or not anything was lost, which would keep a world from ever being at rest.
func (c *tcpConn) missed(n *Network) {
	if c.state == open && !c.outstanding() && !c.probing && c.written > c.next {
		c.probing = true
		c.needTimer()
	}
}

// writable reports whether enough room is free to wake a writer.
func (c *tcpConn) writable() bool {
	return c.wr.waiting > 0 && c.sendCap-c.snd.n >= min(c.sendCap, max(1, c.sendCap/4))
}

// sendSyn asks for a connection.
func (c *tcpConn) sendSyn() {
	c.net.send(c.packet(segmentSyn, 0, 0))
	c.needTimer()
}

func (c *tcpConn) sendSynAck() {
	c.net.send(c.packet(segmentSynAck, 0, 0))
	c.needTimer()
}

// sendAck acknowledges. Each draws anew, since the same offset may be
// acknowledged often.
func (c *tcpConn) sendAck() {
	c.acks++
	p := c.packet(segmentAck, c.unacked, 0)
	p.key = c.out.key.Num(uint64(segmentAck)).Num(c.expected).Num(c.acks)
	c.net.send(p)
}

func (c *tcpConn) sendReset() { c.net.send(c.packet(segmentReset, c.next, 0)) }
