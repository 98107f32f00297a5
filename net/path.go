package simnet

import (
	"time"

	"github.com/terrella-go/terrella/internal/prng"
	"github.com/terrella-go/terrella/internal/trace"
)

// The decisions about one packet, each with a key of its own: whether a link
// also duplicates does not change what it loses.
const (
	drawLoss uint64 = iota
	drawRun
	drawLatency
	drawDuplicate
	drawSecondLatency
	drawReorder
	drawLate
	drawCorrupt
	drawUncaught
	drawBit
	drawReset
	drawFail
	drawFragment // and those after it, one for each fragment
)

// chance decides whether what has the given ratio happens. Ratios of 0 and 1 draw nothing.
func chance(k prng.Key, what uint64, ratio float64) bool {
	switch {
	case ratio <= 0:
		return false
	case ratio >= 1:
		return true
	}
	return fraction(k, what) < ratio
}

// fraction draws a number from [0, 1).
func fraction(k prng.Key, what uint64) float64 {
	return float64(k.Num(what).Uint64()>>11) / (1 << 53)
}

// redrawn returns the key of what sets out now.
func (n *Network) redrawn(key prng.Key) prng.Key {
	if n.redraw == nil {
		return key
	}
	if luck := n.redraw(); luck != 0 {
		return key.Num(luck)
	}
	return key
}

// send puts a packet on its way, or loses it at once.
func (n *Network) send(p *packet) {
	f := p.flow
	l := f.link
	if n.closed || !l.from.up {
		n.freePacket(p)
		return
	}
	f.count++
	p.number = f.count
	p.key = n.redrawn(p.key)
	l.stats.Sent.add(p.size)
	n.recordSend(p)
	if why, fault := n.obstacle(p); why != passes {
		n.lose(p, l.from, why, fault)
		return
	}
	if l.perfect && (f.last == 0 || f.last < n.now()) {
		f.last = 0
		n.ready = append(n.ready, p)
		return
	}
	n.sendOver(l, p)
}

// passes is the reason of a packet that is not lost.
const passes = reasons

// obstacle returns why p can't set out on its link, and the event of the fault.
func (n *Network) obstacle(p *packet) (Reason, uint64) {
	l := p.flow.link
	if why, fault := n.cut(l); why != passes {
		return why, fault
	}
	if l.down(n.nowIf(l.FlapDown > 0)) {
		return LostToFlap, trace.None
	}
	if l.LoseOver > 0 && int(p.size) > l.LoseOver {
		return LostToSize, trace.None
	}
	for _, c := range [...]*tcpConn{p.from, p.to} {
		if c != nil && c.forgotten {
			return LostToMemory, c.forgottenBy
		}
	}
	if int(p.size) > l.mtu() && p.kind == datagram && l.from != l.to && !n.fit(p) {
		return LostToSize, trace.None
	}
	if n.lossy(l, p) {
		return LostOnLink, trace.None
	}
	if chance(p.key, drawReset, l.Reset) && p.from != nil && p.kind != segmentReset {
		n.resetOnTheWay(p)
		return LostToReset, trace.None
	}
	return passes, trace.None
}

// nowIf spares reading the clock where the time does not matter.
func (n *Network) nowIf(needed bool) time.Duration {
	if !needed {
		return 0
	}
	return n.now()
}

// fit deals with a datagram over the MTU. It reports false if that is lost.
func (n *Network) fit(p *packet) bool {
	l := p.flow.link
	switch l.Oversize {
	case Discard:
		return false
	case Truncate:
		cut := int(p.size) - l.mtu()
		p.payload = p.payload[:max(0, len(p.payload)-cut)]
	}
	return true
}

// lossy draws whether the link loses p. Each fragment beyond the first
// is a chance more.
func (n *Network) lossy(l *link, p *packet) bool {
	if l.Loss == 0 {
		return false
	}
	if l.LossRun > 1 {
		return l.inRun(p.key)
	}
	if chance(p.key, drawLoss, l.Loss) {
		return true
	}
	if p.kind == datagram && int(p.size) > l.mtu() && l.Oversize == Fragment {
		for i := range uint64((int(p.size) - 1) / l.mtu()) {
			if chance(p.key, drawFragment+i, l.Loss) {
				return true
			}
		}
	}
	return false
}

// inRun draws the next state of Gilbert's chain: in the bad state all packets are
// lost, and it lasts LossRun packets in the mean; how often it is entered
// makes Loss come out right.
func (l *link) inRun(k prng.Key) bool {
	if l.Loss >= 1 {
		return true
	}
	if l.burst {
		l.burst = !chance(k, drawRun, 1/l.LossRun)
	} else {
		l.burst = chance(k, drawLoss, l.Loss/(l.LossRun*(1-l.Loss)))
	}
	return l.burst
}

// sendOver takes p through queue and latency of a link that has some.
func (n *Network) sendOver(l *link, p *packet) {
	now := n.now()
	leaves := now
	if l.Bandwidth > 0 {
		if l.busy > now && l.queued(now)+int64(p.size) > l.queue() {
			n.lose(p, l.from, LostToQueue, trace.None)
			return
		}
		leaves = max(now, l.busy) + spell(int64(p.size), l.Bandwidth)
		l.busy = leaves
	}
	if chance(p.key, drawCorrupt, l.Corrupt) {
		p.flip = flippedBit(p)
	}
	if chance(p.key, drawDuplicate, l.Duplicate) {
		n.duplicate(p, leaves+l.latency(p.key, drawSecondLatency))
	}
	n.depart(p, leaves+l.latency(p.key, drawLatency), l)
}

// caught is the flipped bit of a packet whose checksum shows the damage.
const caught = -1

// flippedBit draws which bit of the stream or payload flips, counted from 1. Damage to headers
// is always caught.
func flippedBit(p *packet) int32 {
	bits := 8 * uint64(int(p.length)+len(p.payload))
	if bits == 0 || !chance(p.key, drawUncaught, p.flow.link.Uncaught) {
		return caught
	}
	return 1 + int32(p.key.Num(drawBit).Stream().Uint64N(bits))
}

// damage flips the bit that was drawn in a datagram.
func (p *packet) damage() {
	if bit := p.flip - 1; p.flip > 0 && int(bit/8) < len(p.payload) {
		p.payload[bit/8] ^= 1 << (bit % 8)
	}
}

// depart makes p arrive at the given time, in order unless it is drawn otherwise.
func (n *Network) depart(p *packet, arrives time.Duration, l *link) {
	f := p.flow
	if chance(p.key, drawReorder, l.Reorder) {
		arrives += scale(l.reorderBy(), fraction(p.key, drawLate))
	} else {
		arrives = max(arrives, f.last)
		f.last = arrives
	}
	n.launch(p, arrives)
}

// duplicate sends a second p, not held to the flow's order.
func (n *Network) duplicate(p *packet, arrives time.Duration) {
	q := n.newPacket(p.flow, p.kind)
	*q = *p
	q.payload = n.pool.clone(p.payload)
	q.flow.link.stats.Duplicated.add(q.size)
	if n.log != nil && p.recorded() {
		n.log.AddCaused(p.sent, trace.Duplicate, p.flow.link.from.name, p.subject(), packetDetails[p.kind]...)
	}
	n.launch(q, arrives)
}

func (l *link) reorderBy() time.Duration {
	if l.ReorderBy == 0 {
		return defaultReorderBy
	}
	return l.ReorderBy
}

func (l *link) queue() int64 {
	if l.Queue == 0 {
		return defaultQueue
	}
	return l.Queue
}

// queued returns how many bytes wait for bandwidth.
func (l *link) queued(now time.Duration) int64 {
	wait := l.busy - now
	return int64(wait/time.Second)*l.Bandwidth + int64(wait%time.Second)*l.Bandwidth/int64(time.Second)
}

// spell returns how long size bytes take at a bandwidth.
func spell(size, bandwidth int64) time.Duration {
	return time.Duration(size/bandwidth)*time.Second +
		time.Duration((size%bandwidth)*int64(time.Second)/bandwidth)
}

// latency draws the latency of a packet.
func (l *link) latency(k prng.Key, what uint64) time.Duration {
	if l.Latency == nil {
		return 0
	}
	d := max(0, l.Latency.Quantile(fraction(k, what)))
	if l.slow > 0 {
		d = scale(d, l.slow)
	}
	return d
}

// arrive ends the way of p: its receiver takes it, or it is lost there.
func (n *Network) arrive(p *packet) {
	l := p.flow.link
	if l.clogged || l.to.paused {
		l.held = append(l.held, p)
		return
	}
	if why, fault := n.cut(l); why != passes {
		n.lose(p, l.to, why, fault)
		return
	}
	switch {
	case !l.to.up:
		n.lose(p, l.to, LostToDown, trace.None)
	case p.flip == caught:
		n.lose(p, l.to, LostToCorrupt, trace.None)
	case p.kind == datagram:
		n.arriveDatagram(p)
	case p.kind == unreachable:
		n.arriveUnreachable(p)
	default:
		n.arriveSegment(p)
	}
}
