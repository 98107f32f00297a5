package simnet

import "github.com/terrella-go/terrella/internal/trace"

// attachPayload adds the bytes of a packet to the event of its departure, in a run that is recorded whole.
func (n *Network) attachPayload(p *packet) {
	if !n.log.KeepsAll() || p.sent == trace.None {
		return
	}
	var data []byte
	switch {
	case p.kind == segmentData && p.length > 0 && p.seq >= p.from.unacked:
		a, b := p.from.snd.span(int(p.seq-p.from.unacked), int(p.length))
		data = append(append(data, a...), b...)
	case len(p.payload) > 0:
		data = append(data, p.payload...)
	default:
		return
	}
	n.log.Attach(p.sent, trace.AttachedPayload, data)
}
