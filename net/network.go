package simnet

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/terrella-go/terrella/internal/kernel"
	"github.com/terrella-go/terrella/internal/prng"
	"github.com/terrella-go/terrella/internal/trace"
)

// Config describes a network. Its zero value is a network on which packets
// arrive at once and none is lost.
type Config struct {
	// Seed is the key from which all that happens on the network is drawn.
	Seed prng.Key
	// Redraw, if it is not nil, is asked for each packet and each question to the name service that sets out. What it returns, unless
	// that is 0, enters all that is drawn for it: from the moment on at which it returns another number, the same past has another future.
	Redraw func() uint64
	// Log records the network's events; nil records nothing.
	Log *trace.Log
	// Link is what lies between two different hosts until SetLink says
	// otherwise. The way from a host to itself is perfect unless it is set.
	Link Link
	// TCP holds the constants of the hosts' TCP.
	TCP TCP
	// DNS is how names are looked up.
	DNS DNS
}

// A Network is a set of hosts and what lies between them.
//
// Its methods, and those of its hosts and sockets, may be called from many
// goroutines.
type Network struct {
	mu     kernel.Lock
	key    prng.Key
	redraw func() uint64 // may be nil
	log    *trace.Log
	tcp    TCP
	start  time.Time
	clock  time.Duration // what now returns; -1 if the clock has not been read
	closed bool

	hosts  []*Host // in order of creation
	byName map[string]*Host
	byAddr map[netip.Addr]*Host

	usual      Link // between hosts without a link of their own
	links      map[[2]int]*link
	dns        DNS
	grouped    bool   // a partition is in force
	partition  uint64 // the event that began it
	keepCuts   func() // cuts last for ever; nil if they do not
	agenda     agenda
	ready      []*packet  // arrive at once, when the caller is done
	untimed    []*tcpConn // have sent since the network was locked
	free       []*packet
	pool       bufferPool
	forPackets alarm
	forTimers  alarm
	wire       sync.WaitGroup // its two goroutines
	lastSerial uint64         // of addresses
}

// New returns a network without hosts. It starts two goroutines, the wire,
// which end when the network is closed; inside a world or a bubble
// of testing/synctest it has to be called, and Close too, by a goroutine of that world.
//
// An error names the setting that is out of range.
func New(c Config) (*Network, error) {
	if err := c.Link.validate(); err != nil {
		return nil, fmt.Errorf("simnet: Config.Link: %w", err)
	}
	tcp, err := c.TCP.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("simnet: Config.TCP: %w", err)
	}
	if err := c.DNS.validate(); err != nil {
		return nil, fmt.Errorf("simnet: Config.DNS: %w", err)
	}
	n := &Network{
		dns:    c.DNS,
		key:    c.Seed,
		redraw: c.Redraw,
		log:    c.Log,
		tcp:    tcp,
		start:  kernel.WorldTime(),
		byName: make(map[string]*Host),
		byAddr: make(map[netip.Addr]*Host),
		usual:  c.Link,
		links:  make(map[[2]int]*link),

		forPackets: alarm{never, time.NewTimer(never)},
		forTimers:  alarm{never, time.NewTimer(never)},
	}
	n.wire.Go(func() { n.carry(&n.forPackets) })
	n.wire.Go(func() { n.carry(&n.forTimers) })
	return n, nil
}

// Close ends the network: every socket on it is closed, packets under way are
// gone, and the wire's goroutines have ended when Close returns. Closing again does nothing.
func (n *Network) Close() {
	n.lock()
	if !n.closed {
		for _, h := range n.hosts {
			h.destroySockets()
		}
		n.closed = true
		n.agenda = agenda{}
		n.forPackets.by(n, 0)
		n.forTimers.by(n, 0)
	}
	n.unlock()
	n.wire.Wait()
}

// AddHost adds a machine to the network. It gets an IPv4 address from
// 10.0.0.0/8 and an IPv6 address from fd00::/8, both by the order in which hosts are added,
// and other hosts reach it by these and by its name, whatever its case.
// Empty names, names that are taken or that an address could be mistaken for are errors.
func (n *Network) AddHost(name string) (*Host, error) {
	if err := checkHostName(name); err != nil {
		return nil, err
	}
	n.lock()
	defer n.unlock()
	if n.closed {
		return nil, fmt.Errorf("simnet: host %q: %w", name, errNetworkClosed)
	}
	if n.byName[strings.ToLower(name)] != nil {
		return nil, fmt.Errorf("simnet: there is a host %q already", name)
	}
	h := newHost(n, name, len(n.hosts))
	n.hosts = append(n.hosts, h)
	n.byName[strings.ToLower(name)] = h
	n.assignAddresses(h)
	return h, nil
}

var errNetworkClosed = errors.New("the network is closed")

func checkHostName(name string) error {
	switch {
	case name == "":
		return errors.New("simnet: a host needs a name")
	case strings.EqualFold(name, "localhost"):
		return errors.New("simnet: localhost is every host's name for itself")
	case strings.ContainsAny(name, ":/%[]@, \t\n"):
		return fmt.Errorf("simnet: host name %q has a character that addresses use", name)
	}
	if _, err := netip.ParseAddr(name); err == nil {
		return fmt.Errorf("simnet: host name %q is an address", name)
	}
	return nil
}

// assignAddresses gives h the next addresses. Numbers are never used twice,
// so an old address leads nowhere rather than to another host.
func (n *Network) assignAddresses(h *Host) {
	n.lastSerial++
	s := n.lastSerial
	h.ip4 = netip.AddrFrom4([4]byte{10, byte(s >> 16), byte(s >> 8), byte(s)})
	h.ip6 = netip.AddrFrom16([16]byte{0: 0xfd, 13: byte(s >> 16), 14: byte(s >> 8), 15: byte(s)})
	n.byAddr[h.ip4] = h
	n.byAddr[h.ip6] = h
}

// Host returns the host of that name, nil if there is none.
func (n *Network) Host(name string) *Host {
	n.lock()
	defer n.unlock()
	return n.byName[strings.ToLower(name)]
}

// find returns the host of that name or an error that lists those there are.
func (n *Network) find(name string) (*Host, error) {
	if h := n.byName[strings.ToLower(name)]; h != nil {
		return h, nil
	}
	names := make([]string, len(n.hosts))
	for i, h := range n.hosts {
		names[i] = h.name
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("simnet: no host %q: the network has none yet", name)
	}
	if len(names) > 10 {
		names = append(names[:10:10], fmt.Sprintf("and %d more", len(n.hosts)-10))
	}
	return nil, fmt.Errorf("simnet: no host %q: there are %s", name, strings.Join(names, ", "))
}

func (n *Network) lock() {
	n.mu.Lock()
	n.clock = -1
}

// unlock lets packets without a delay arrive before it gives up the lock.
// They are not delivered where they are sent, since a delivery can send more.
func (n *Network) unlock() {
	n.settle()
	n.mu.Unlock()
}

// settle delivers the packets that are due at once, and those sent meanwhile. Connections
// that still wait for an acknowledgement then get their timers.
func (n *Network) settle() {
	if len(n.ready) == 0 && len(n.untimed) == 0 {
		return
	}
	for i := 0; i < len(n.ready); i++ {
		p := n.ready[i]
		n.ready[i] = nil
		n.arrive(p)
	}
	n.ready = n.ready[:0]
	for i, c := range n.untimed {
		n.untimed[i] = nil
		c.startTimer(n)
	}
	n.untimed = n.untimed[:0]
}

// now returns the time since the network was made. It reads the clock once
// for each time that the network is locked.
func (n *Network) now() time.Duration {
	if n.clock < 0 {
		n.clock = kernel.WorldTime().Sub(n.start)
	}
	return n.clock
}

// at translates a time that package time shows the caller to the network's. If it is a node's
// whose clock is wrong, it does so by what the clock shows now, and does not follow later changes.
func (n *Network) at(t time.Time) time.Duration {
	now := n.now()
	return now + min(kernel.ToWorld(time.Until(t)), never-now)
}
