package simnet

import (
	"net/netip"
	"strconv"
	"time"

	"github.com/terrella-go/terrella/internal/prng"
	"github.com/terrella-go/terrella/internal/trace"
)

// A flow is one direction of a connection, or the datagrams from one socket
// to one address. It names packets and keeps them in order.
type flow struct {
	link  *link
	key   prng.Key
	name  string        // of its packets in events, before their number
	count uint64        // packets sent
	last  time.Duration // when the last packet in order arrives

	from, to netip.AddrPort // of datagrams
	socket   *udpConn       // that sends them, or that messages about a closed port are for
	group    bool           // they go to a group or to all

	detail []trace.Attr // of the last event of a departure; most packets have the same
}

// packetKind is what a packet is for.
type packetKind uint8

const (
	segmentData packetKind = iota
	segmentSyn
	segmentSynAck
	segmentAck
	segmentFin
	segmentReset
	segmentProbe // a keep-alive
	datagram
	unreachable // an ICMP message that a port is closed
	packetKinds
)

var packetNames = [packetKinds]string{
	"data", "syn", "syn-ack", "ack", "fin", "reset", "keep-alive", "datagram", "unreachable",
}

// packetDetails are the attributes of events by kind of packet, made once: an event of
// its own memory for each packet would be most of what recording costs.
var packetDetails = func() (d [packetKinds][]trace.Attr) {
	for k, name := range packetNames {
		d[k] = []trace.Attr{trace.Text("packet", name)}
	}
	return d
}()

// A packet is on its way from one host to another. It does not hold the bytes of
// a TCP segment: those stay in the sender's buffer until they are acknowledged. Nor does it hold what all
// packets of its flow have in common: it fills two cache lines, and with many under way each one more
// would be a miss.
type packet struct {
	flow   *flow
	number uint64   // within the flow
	key    prng.Key // what is drawn for it
	sent   uint64   // number of its event
	name   string   // in events, once it has been asked for

	from, to *tcpConn // the ends of the connection; to is nil in a syn
	seq      uint64   // offset of its first byte in the stream
	ack      uint64
	window   uint64 // offset up to which the sender of this packet has room
	payload  []byte // of a datagram
	length   int32  // bytes of the stream
	size     int32  // bytes, with headers
	flip     int32  // which bit flipped, from 1; 0 for none, or caught
	kind     packetKind
}

const (
	tcpHeader4 = 20 + 20
	tcpHeader6 = 40 + 20
	udpHeader4 = 20 + 8
	udpHeader6 = 40 + 8
)

// newPacket takes a packet from the network's store.
func (n *Network) newPacket(f *flow, kind packetKind) *packet {
	var p *packet
	if last := len(n.free) - 1; last >= 0 {
		p = n.free[last]
		n.free = n.free[:last]
	} else {
		p = new(packet)
	}
	p.kind, p.flow = kind, f
	return p
}

// freePacket puts p back. Nothing may refer to it any more.
func (n *Network) freePacket(p *packet) {
	n.pool.put(p.payload)
	*p = packet{}
	n.free = append(n.free, p)
}

// recorded reports whether the packet leaves events of its departure and
// arrival. Those that only acknowledge do not: they would double every
// trace and tell nothing, so only their loss is recorded.
func (p *packet) recorded() bool { return p.kind != segmentAck && p.kind != segmentProbe }

// subject is the packet's name in events.
func (p *packet) subject() string {
	if p.name == "" {
		p.name = p.makeName()
	}
	return p.name
}

func (p *packet) makeName() string {
	b := make([]byte, 0, len(p.flow.name)+12)
	b = append(b, p.flow.name...)
	b = append(b, '/')
	b = strconv.AppendUint(b, p.number, 10)
	return string(b)
}

func (n *Network) recordSend(p *packet) {
	p.sent = trace.None
	if n.log == nil || !p.recorded() {
		return
	}
	f := p.flow
	if len(f.detail) == 0 || f.detail[0].Text != packetNames[p.kind] || f.detail[1].Number != int64(p.size) {
		f.detail = []trace.Attr{packetDetails[p.kind][0], trace.Number("bytes", int64(p.size))}
	}
	p.sent = n.log.Append(trace.Event{
		Kind: trace.Send, Node: f.link.from.name, Subject: p.subject(), Cause: trace.None, Detail: f.detail,
	})
	n.attachPayload(p)
}

func (n *Network) recordDelivery(p *packet) {
	l := p.flow.link
	l.stats.Delivered.add(p.size)
	if n.log == nil || !p.recorded() {
		return
	}
	n.log.Append(trace.Event{
		Kind: trace.Deliver, Node: l.to.name, Subject: p.subject(), Cause: p.sent, Detail: packetDetails[p.kind],
	})
}

// lose ends a packet's way: where it happened, why, and the event of the
// fault that is to blame, if one is.
func (n *Network) lose(p *packet, where *Host, why Reason, fault uint64) {
	l := p.flow.link
	l.stats.Lost[why].add(p.size)
	if n.log != nil {
		cause := fault
		if cause == trace.None {
			cause = p.sent
		}
		n.log.AddCaused(cause, trace.Drop, where.name, p.subject(), packetDetails[p.kind][0],
			trace.Text("reason", why.String()), trace.Number("bytes", int64(p.size)))
	}
	if p.to != nil {
		p.to.missed(n)
	}
	n.freePacket(p)
}
