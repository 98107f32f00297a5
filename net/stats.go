package simnet

// A Reason is why a packet was lost.
type Reason uint8

// The reasons. Every packet that does not arrive has one.
const (
	LostOnLink    Reason = iota // drawn, by Link.Loss
	LostToQueue                 // the link's queue was full
	LostToSize                  // larger than the link passes
	LostToFlap                  // the link was in its lossy phase
	LostToCorrupt               // a bit flipped, and the checksum showed it
	LostToCut                   // a partition or a block
	LostToDown                  // the receiving machine was down
	LostToAddress               // no machine had that address any more
	LostToPort                  // no socket took it
	LostToBacklog               // the listener's or the socket's queue was full
	LostToReset                 // something on the way answered with a reset
	LostToMemory                // a firewall on the way had forgotten the connection
	reasons
)

var reasonNames = [reasons]string{
	"loss", "queue full", "too large", "link down", "corrupt", "cut off", "machine down", "no such address",
	"no such port", "backlog full", "reset on the way", "connection forgotten",
}

// String returns the reason as events have it.
func (r Reason) String() string {
	if r < reasons {
		return reasonNames[r]
	}
	return "unknown"
}

// A Count counts packets and their bytes, headers included.
type Count struct{ Packets, Bytes int64 }

func (c *Count) add(size int32) {
	c.Packets++
	c.Bytes += int64(size)
}

func (c *Count) plus(d Count) {
	c.Packets += d.Packets
	c.Bytes += d.Bytes
}

// LinkStats says what became of the packets that were sent over one link, or all.
// Sent and Duplicated together are always Delivered, Lost and InFlight together.
type LinkStats struct {
	Sent       Count
	Duplicated Count          // made by the network
	Delivered  Count          // taken by the receiving machine
	Lost       [reasons]Count // by Reason
	InFlight   Count
}

// LostTotal returns what was lost for any reason.
func (s *LinkStats) LostTotal() Count {
	var c Count
	for _, l := range s.Lost {
		c.plus(l)
	}
	return c
}

// Stats returns what became of all packets so far.
func (n *Network) Stats() LinkStats {
	n.lock()
	defer n.unlock()
	var s LinkStats
	for _, l := range n.links { // sums do not depend on the order
		s.Sent.plus(l.stats.Sent)
		s.Duplicated.plus(l.stats.Duplicated)
		s.Delivered.plus(l.stats.Delivered)
		for r := range s.Lost {
			s.Lost[r].plus(l.stats.Lost[r])
		}
		s.InFlight.plus(l.inFlight())
	}
	return s
}

// LinkStats returns what became of the packets from one host to another.
func (n *Network) LinkStats(from, to string) (LinkStats, error) {
	n.lock()
	defer n.unlock()
	l, err := n.linkNamed(from, to)
	if err != nil {
		return LinkStats{}, err
	}
	s := l.stats
	s.InFlight = l.inFlight()
	return s, nil
}

// inFlight follows from the other counts, which spares counting it; the
// accounting test holds it against the packets there are.
func (l *link) inFlight() Count {
	c := l.stats.Sent
	c.plus(l.stats.Duplicated)
	lost := l.stats.LostTotal()
	c.Packets -= l.stats.Delivered.Packets + lost.Packets
	c.Bytes -= l.stats.Delivered.Bytes + lost.Bytes
	return c
}
