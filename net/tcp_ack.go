package simnet

import "time"

// ackDelay is how long an acknowledgement waits for data to go with (TCP_DELACK_MIN of Linux).
const ackDelay = 40 * time.Millisecond

// ackTimer makes a connection the runner of the timer of its acknowledgements.
type ackTimer tcpConn

// acknowledge answers data that came in order: at once from the second full segment
// on, and where that costs nothing; otherwise with the next data, or a little later. A request and
// its reply then take two packets rather than four.
func (c *tcpConn) acknowledge(length int) {
	c.unanswered += length
	if c.unanswered >= 2*c.packetData() || c.out.link.perfect {
		c.sendAck()
		return
	}
	n := c.net
	c.ackOwed = true
	c.ackAt = n.now() + ackDelay
	if c.ackTimer.pos == 0 {
		c.ackTimer.run = (*ackTimer)(c)
		n.schedule(&c.ackTimer, c.ackAt)
	}
}

// due sends the acknowledgement that has waited long enough. The timer is not moved each time
// that one is owed, nor taken away when it has gone with data, as that would cost more than it saves.
func (t *ackTimer) due(n *Network) {
	c := (*tcpConn)(t)
	switch {
	case !c.ackOwed || c.state != open || c.host.paused:
	case n.now() < c.ackAt:
		n.schedule(&c.ackTimer, c.ackAt)
	default:
		c.sendAck()
	}
}
