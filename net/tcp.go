package simnet

import (
	"net"
	"net/netip"
	"strconv"
	"syscall"
	"time"

	"github.com/terrella-go/terrella/internal/trace"
)

// tcpState is how far a connection has come. What of it is closed is kept apart.
type tcpState uint8

const (
	synSent  tcpState = iota // dialling
	synRcvd                  // answered, and not yet confirmed
	open                     // data may flow
	finished                 // both directions ended in order
	aborted                  // ended by a reset, a time-out or a crash
)

// A tcpConn is one end of a connection.
//
// Offsets count the bytes of a stream from 0; the FIN takes one more. Bytes stay
// in the sender's ring until they are acknowledged, and a segment only says which they are: a
// delivery copies them from there into the receiver's ring.
type tcpConn struct {
	stream
	host          *Host
	peer          *tcpConn // nil until a listener has answered
	older         *tcpConn // in the host's list of connections
	younger       *tcpConn
	local, remote netip.AddrPort
	listener      *tcpListener // that accepts it, until it does
	out           flow
	stray         flow     // of a dialling end: from machines without a socket for it
	answer        *tcpConn // of a dialling end: what its SYN made
	state         tcpState
	dialer        bool
	err           syscall.Errno // to report once; 0 for none
	remembered    bool          // in the host's table

	// Sending.
	snd       ring
	unacked   uint64 // first offset that is not acknowledged
	next      uint64 // first offset to send
	most      uint64 // highest offset sent, plus one
	written   uint64 // end of what the program has written
	limit     uint64 // up to where the peer has room
	shut      bool   // no more will be written: a FIN follows
	sendCap   int
	cwnd      int // bytes that may be under way (RFC 5681)
	ssthresh  int
	dupAcks   int
	recoverTo uint64 // loss recovery lasts until this is acknowledged; 0 for none

	// Timers.
	retransmit task
	dueAt      time.Duration // when it is really due: it is not moved for each segment
	inSettle   bool          // on the network's untimed list
	rto        time.Duration
	srtt       time.Duration
	rttvar     time.Duration
	timed      uint64 // offset whose acknowledgement measures a round trip; 0 for none
	timedAt    time.Duration
	firstSent  time.Duration // when the first unacknowledged byte was first sent
	retries    int
	attempt    uint64 // counts repairs, so that each draws anew
	probing    bool   // asking for a window update that was lost
	keep       keepAlive

	// Receiving.
	rcv        ring
	expected   uint64 // next offset
	granted    uint64 // up to where the peer was told there is room
	recvCap    int
	ahead      []span // arrived before what precedes them, by offset
	finAt      uint64 // 1 + the offset of the peer's FIN; 0 if it is not known
	ended      bool   // the FIN has been reached
	readShut   bool
	acks       uint64 // acknowledgements sent
	unanswered int    // bytes that came since the last one
	ackOwed    bool   // one is to be sent, with data or when ackTimer is due
	ackAt      time.Duration
	ackTimer   task
	endedFirst bool // the peer's FIN came before ours
	noLinger   bool // close with a reset

	forgotten   bool   // by a firewall on the way
	forgottenBy uint64 // the fault's event
}

// span is a stretch of the stream.
type span struct{ from, to uint64 }

const (
	initialSegments = 10 // RFC 6928
	maxCwnd         = 64 << 20
	largeSegment    = 64 << 10 // where segments need not fit a packet
)

// newConn makes one end. Its flow is named and keyed by the hosts, the port dialled and
// how many connections went that way before, never by the order of draws.
func newConn(h *Host, local, remote netip.AddrPort) *tcpConn {
	n := h.net
	return &tcpConn{
		stream: stream{
			net: n, network: "tcp",
			laddr: net.TCPAddrFromAddrPort(local), raddr: net.TCPAddrFromAddrPort(remote),
		},
		host: h, local: local, remote: remote,
		sendCap: n.tcp.SendBuffer, recvCap: n.tcp.ReceiveBuffer,
		rto: n.tcp.RTOInitial, ssthresh: maxCwnd,
		granted: uint64(n.tcp.ReceiveBuffer),
	}
}

// nameFlows fills in the flow of a new connection to another host and returns the one back.
func (c *tcpConn) nameFlows(to *Host) (back flow) {
	n := c.net
	k := dialKey{to, c.remote.Port()}
	c.host.dialled[k]++
	number := c.host.dialled[k]
	here := c.host.name + ":" + strconv.Itoa(int(c.local.Port()))
	there := to.name + ":" + strconv.Itoa(int(c.remote.Port()))
	nth := "#" + strconv.FormatUint(number, 10)
	c.out.link = n.linkBetween(c.host, to)
	c.out.name = "tcp " + here + "->" + there + nth
	c.out.key = c.out.link.key.Name("tcp").Num(uint64(k.port)).Num(number)
	back.link = n.linkBetween(to, c.host)
	back.name = "tcp " + there + "->" + here + nth
	back.key = back.link.key.Name("tcp back").Num(uint64(k.port)).Num(number)
	return back
}

// subject is the connection's name in events, the same at both ends.
func (c *tcpConn) subject() string {
	if !c.dialer && c.peer != nil {
		return c.peer.out.name
	}
	return c.out.name
}

func (c *tcpConn) record(kind trace.Kind, detail ...trace.Attr) {
	c.net.log.Add(kind, c.host.name, c.subject(), detail...)
}

// remember enters c in its host's tables.
func (c *tcpConn) remember() {
	h := c.host
	h.conns[connID{c.local, c.remote}] = c
	c.remembered = true
	c.older = h.newest
	if h.newest != nil {
		h.newest.younger = c
	} else {
		h.oldest = c
	}
	h.newest = c
}

// forget takes c out of its host's tables and stops its timers.
func (c *tcpConn) forget() {
	c.net.cancel(&c.retransmit)
	c.net.cancel(&c.ackTimer)
	c.net.cancel(&c.keep.task)
	if !c.remembered {
		return
	}
	h := c.host
	c.remembered = false
	delete(h.conns, connID{c.local, c.remote})
	if c.older != nil {
		c.older.younger = c.younger
	} else {
		h.oldest = c.younger
	}
	if c.younger != nil {
		c.younger.older = c.older
	} else {
		h.newest = c.older
	}
	c.older, c.younger = nil, nil
}

// wakeAll lets all who wait look again.
func (c *tcpConn) wakeAll() {
	c.rd.signal()
	c.wr.signal()
}

// abort ends the connection with an error for the program to find.
func (c *tcpConn) abort(err syscall.Errno) {
	if c.state >= finished {
		return
	}
	if c.listener != nil {
		c.listener.lost(c)
	}
	c.state, c.err = aborted, err
	c.forget()
	c.wakeAll()
	if c.peer != nil {
		c.peer.watch(c.net) // should news of this be lost on the way
	}
}

// vanish ends the connection as the end of its machine does.
func (c *tcpConn) vanish() {
	c.closed = true
	c.abort(0)
	c.stop()
}

// finish ends a connection both of whose directions have ended.
func (c *tcpConn) finish() {
	c.state = finished
	if !c.endedFirst {
		c.host.timeWait[connID{c.local, c.remote}] = c.net.now() + c.net.tcp.TimeWait
	}
	c.forget()
	c.wakeAll()
}

// reset sends a reset to the peer and ends this side.
func (c *tcpConn) reset(err syscall.Errno) {
	if c.state >= finished {
		return
	}
	if c.peer != nil {
		c.sendReset()
	}
	c.abort(err)
}

// release is the end of the program's use of the connection: what was
// written still goes out, then a FIN. Where something was left unread, or the
// program asked for no lingering, the peer gets a reset.
func (c *tcpConn) release() {
	c.closed = true
	switch {
	case c.state == synSent || c.state == synRcvd:
		c.reset(0)
	case c.state == open && (c.rcv.n > 0 || c.noLinger):
		c.reset(0)
	case c.state == open:
		c.shut = true
		c.output()
	}
	c.stop()
}
