package simnet

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"syscall"
	"time"
)

// A Host is a machine on a network. Its methods have the signatures of package
// net, of [net.Dialer], [net.ListenConfig] and [net.Resolver], so programs can
// take either.
type Host struct {
	net      *Network
	name     string
	id       int
	ip4, ip6 netip.Addr
	up       bool
	paused   bool // the whole machine, its kernel too
	group    int  // in the partition in force

	ports    map[portKey][]*binding
	conns    map[connID]*tcpConn
	oldest   *tcpConn // of a list of all connections, by age
	newest   *tcpConn
	timeWait map[connID]time.Duration // until when
	nextPort [2]uint16                // the next to pick, of TCP and of UDP
	dialled  map[dialKey]uint64       // how often
	opened   map[uint16]uint64        // UDP sockets, by port
	flows    map[flowOrdinal]uint64
	groups   map[netip.AddrPort][]*udpConn

	unix      map[string]*unixListener
	unixgram  map[string]*unixgramConn
	unixConns []*unixConn

	answers   map[string]answer // that the host remembers, by name
	questions map[string]uint64 // how often each was asked
	former    []netip.Addr      // addresses before the last move
	moved     time.Duration     // when that was; 0 if never
}

// portKey is a port of one transport.
type portKey struct {
	udp  bool
	port uint16
}

func (k portKey) transport() string {
	if k.udp {
		return "udp"
	}
	return "tcp"
}

// connID tells the connections of one host apart.
type connID struct{ local, remote netip.AddrPort }

// dialKey numbers connections by where they lead.
type dialKey struct {
	to   *Host
	port uint16
}

// A binding is a socket's claim to a port.
type binding struct {
	addr   netip.Addr // unspecified for all addresses of its families
	v4, v6 bool       // the families it takes
	tcp    *tcpListener
	udp    *udpConn
}

const (
	firstEphemeral = 49152 // RFC 6335
	lastEphemeral  = 65535
)

func newHost(n *Network, name string, id int) *Host {
	return &Host{
		net: n, name: name, id: id, up: true, nextPort: [2]uint16{firstEphemeral, firstEphemeral},
		ports:    make(map[portKey][]*binding),
		conns:    make(map[connID]*tcpConn),
		timeWait: make(map[connID]time.Duration),
		dialled:  make(map[dialKey]uint64),
		opened:   make(map[uint16]uint64),
		flows:    make(map[flowOrdinal]uint64),
		groups:   make(map[netip.AddrPort][]*udpConn),

		unix:      make(map[string]*unixListener),
		unixgram:  make(map[string]*unixgramConn),
		answers:   make(map[string]answer),
		questions: make(map[string]uint64),
	}
}

// Name returns the host's name.
func (h *Host) Name() string { return h.name }

// Addrs returns the host's addresses, IPv4 first.
func (h *Host) Addrs() []netip.Addr {
	h.net.lock()
	defer h.net.unlock()
	return []netip.Addr{h.ip4, h.ip6}
}

// Crash stops the machine as a power failure does: its sockets are gone, nothing
// is sent, and what arrives is lost. Peers learn of it as real ones
// do, by time-outs, or by a reset once the machine is up again. The methods
// of its sockets return net.ErrClosed from now on. Crashing twice does nothing.
func (h *Host) Crash() {
	h.net.lock()
	defer h.net.unlock()
	if !h.up {
		return
	}
	h.up = false
	h.destroySockets()
	h.unpause() // power comes back to a machine that runs
	h.net.pathsChanged()
}

// Kill ends the machine's processes and leaves its kernel running, which
// closes their sockets as it does after SIGKILL: connections end with FIN,
// or with a reset where something was left unread, ports are free, and who sends or dials
// is answered with a reset.
func (h *Host) Kill() {
	h.net.lock()
	defer h.net.unlock()
	h.closeSockets()
}

// Restart brings a crashed machine back, without sockets. On a machine that is up it does nothing.
func (h *Host) Restart() {
	h.net.lock()
	defer h.net.unlock()
	if !h.up {
		h.up = true
		h.net.pathsChanged()
	}
}

// RestartElsewhere is Restart with new addresses, as machines get in a cloud. Who kept the
// old ones, or asks a name server that did, reaches nobody.
func (h *Host) RestartElsewhere() {
	n := h.net
	n.lock()
	defer n.unlock()
	if h.up {
		return
	}
	h.former, h.moved = []netip.Addr{h.ip4, h.ip6}, max(1, n.now())
	delete(n.byAddr, h.ip4)
	delete(n.byAddr, h.ip6)
	n.assignAddresses(h)
	h.up = true
	n.pathsChanged()
}

// Up reports whether the machine runs.
func (h *Host) Up() bool {
	h.net.lock()
	defer h.net.unlock()
	return h.up
}

// Pause stops the machine's kernel, as the migration of a virtual machine does: what arrives
// waits, and nothing is sent again. The caller has to stop its processes. A
// process alone that is stopped (SIGSTOP) needs no call at all: its kernel goes on
// acknowledging until buffers are full.
func (h *Host) Pause() {
	h.net.lock()
	defer h.net.unlock()
	if !h.paused {
		h.paused = true
		h.net.pathsChanged()
	}
}

// Resume ends Pause; what has waited arrives now.
func (h *Host) Resume() {
	h.net.lock()
	defer h.net.unlock()
	if h.paused {
		h.unpause()
		h.net.pathsChanged()
	}
}

func (h *Host) unpause() {
	if !h.paused {
		return
	}
	h.paused = false
	for c := h.oldest; c != nil; c = c.younger {
		if c.ackOwed && c.state == open {
			c.sendAck() // its timer may have been due meanwhile
		}
	}
	for _, from := range h.net.hosts {
		h.net.release(h.net.links[[2]int{from.id, h.id}])
	}
}

// destroySockets drops all sockets without telling anybody.
func (h *Host) destroySockets() {
	for c := h.oldest; c != nil; {
		next := c.younger
		c.vanish()
		c = next
	}
	h.eachBinding(func(b *binding) {
		if b.tcp != nil {
			b.tcp.destroy()
		} else {
			b.udp.shut()
		}
	})
	h.closeLocal()
	clear(h.ports)
	clear(h.timeWait)
	clear(h.answers)
}

// closeLocal closes the sockets that have no ports: Unix sockets and members of groups.
func (h *Host) closeLocal() {
	for _, path := range slices.Sorted(maps.Keys(h.unix)) {
		h.unix[path].shut()
	}
	for _, path := range slices.Sorted(maps.Keys(h.unixgram)) {
		h.unixgram[path].end()
	}
	for _, c := range slices.Clone(h.unixConns) {
		if !c.closed {
			c.end()
		}
	}
	for _, at := range slices.SortedFunc(maps.Keys(h.groups), netip.AddrPort.Compare) {
		for _, u := range h.groups[at] {
			u.shut()
		}
	}
}

// closeSockets closes all sockets as their owner's end does.
func (h *Host) closeSockets() {
	h.eachBinding(func(b *binding) {
		if b.tcp != nil {
			b.tcp.shut()
		} else {
			b.udp.shut()
		}
	})
	for c := h.oldest; c != nil; {
		next := c.younger
		c.release()
		c = next
	}
	h.closeLocal()
	clear(h.answers)
}

// eachBinding calls f for all bindings, by transport, port and age.
func (h *Host) eachBinding(f func(*binding)) {
	keys := slices.SortedFunc(maps.Keys(h.ports), func(a, b portKey) int {
		return cmp.Or(cmp.Compare(a.transport(), b.transport()), cmp.Compare(a.port, b.port))
	})
	for _, k := range keys {
		for _, b := range slices.Clone(h.ports[k]) {
			f(b)
		}
	}
}

// bind claims a port, an ephemeral one for port 0.
func (h *Host) bind(udp bool, b *binding, port uint16) (uint16, error) {
	if !h.up || h.net.closed {
		return 0, sysError("bind", syscall.ENETDOWN)
	}
	if !b.addr.IsUnspecified() && !h.owns(b.addr) {
		return 0, sysError("bind", syscall.EADDRNOTAVAIL)
	}
	if port != 0 {
		if !h.free(portKey{udp, port}, b) {
			return 0, sysError("bind", syscall.EADDRINUSE)
		}
	} else {
		var ok bool
		port, ok = h.ephemeral(udp, func(port uint16) bool { return h.free(portKey{udp, port}, b) })
		if !ok {
			return 0, sysError("bind", syscall.EADDRINUSE)
		}
	}
	k := portKey{udp, port}
	h.ports[k] = append(h.ports[k], b)
	return port, nil
}

// ephemeral returns the next ephemeral port that is usable.
func (h *Host) ephemeral(udp bool, usable func(uint16) bool) (uint16, bool) {
	next := &h.nextPort[0]
	if udp {
		next = &h.nextPort[1]
	}
	for range lastEphemeral - firstEphemeral + 1 {
		port := *next
		if *next++; *next == 0 {
			*next = firstEphemeral
		}
		if usable(port) {
			return port, true
		}
	}
	return 0, false
}

// free reports whether b clashes with no socket on that port. Claims clash when they
// share a family and an address, and unspecified ones stand for all.
func (h *Host) free(k portKey, b *binding) bool {
	for _, o := range h.ports[k] {
		families := o.v4 && b.v4 || o.v6 && b.v6
		if families && (o.addr == b.addr || o.addr.IsUnspecified() || b.addr.IsUnspecified()) {
			return false
		}
	}
	return true
}

func (h *Host) unbind(udp bool, b *binding, port uint16) {
	k := portKey{udp, port}
	list := h.ports[k]
	for i, o := range list {
		if o == b {
			list = append(list[:i:i], list[i+1:]...)
			break
		}
	}
	if len(list) == 0 {
		delete(h.ports, k)
	} else {
		h.ports[k] = list
	}
}

// bound returns the socket that takes what arrives at an address, the one that names the
// address before one for all.
func (h *Host) bound(udp bool, at netip.AddrPort) *binding {
	var any *binding
	for _, b := range h.ports[portKey{udp, at.Port()}] {
		if b.addr == at.Addr() {
			return b
		}
		if b.addr.IsUnspecified() && (b.v4 && at.Addr().Is4() || b.v6 && at.Addr().Is6()) {
			any = b
		}
	}
	return any
}

// owns reports whether an address is the host's own.
func (h *Host) owns(a netip.Addr) bool { return a == h.ip4 || a == h.ip6 || a.IsLoopback() }

// source returns the address from which h sends to another.
func (h *Host) source(to netip.Addr) netip.Addr {
	switch {
	case to.IsLoopback() || h.owns(to):
		return to
	case to.Is4():
		return h.ip4
	}
	return h.ip6
}
