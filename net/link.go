package simnet

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/terrella-go/terrella/internal/prng"
)

// A Link is the way from one host to another, one direction of it. The zero
// value is perfect: packets arrive at once and none is lost.
//
// Ratios are probabilities from 0 to 1 and are drawn for each packet.
type Link struct {
	// Latency is the time a packet takes, apart from waiting for bandwidth;
	// nil means none. The packets of one flow (one direction of a
	// connection, or datagrams from one socket to one address) stay in order
	// whatever is drawn, unless Reorder picks them.
	Latency Latency
	// Loss is the ratio of packets that are lost.
	Loss float64
	// LossRun is the mean number of packets that are lost in a row, for losses that
	// come in bursts (the model of Gilbert, 1960). Up to 1 they are independent.
	LossRun float64
	// Duplicate is the ratio of packets that arrive twice.
	Duplicate float64
	// Reorder is the ratio of packets that take longer than they would
	// have, by up to ReorderBy, and do not hold up those behind them.
	Reorder float64
	// ReorderBy is the most that a reordered packet is late; 0 means 10 ms.
	ReorderBy time.Duration
	// Corrupt is the ratio of packets in which one bit flips. Checksums catch
	// it, and the packet is lost.
	Corrupt float64
	// Uncaught is the ratio of the corrupt packets that the checksums miss, and
	// which arrive as they are.
	Uncaught float64
	// Reset is the ratio of TCP segments that something on the way, a
	// firewall for instance, answers with a reset to both ends.
	Reset float64
	// Bandwidth is in bytes a second; 0 means unlimited.
	Bandwidth int64
	// Queue is how many bytes may wait for bandwidth, and those behind
	// them are lost; 0 means 256 KiB. It has no meaning without Bandwidth.
	Queue int64
	// MTU is the largest packet in bytes, with its IP header; 0 means 1500. TCP makes
	// its segments to measure. What becomes of larger datagrams Oversize says.
	MTU int
	// Oversize says what becomes of datagrams over the MTU.
	Oversize Oversize
	// LoseOver loses all packets of more bytes than this, without a word, as a path
	// does whose real MTU nobody was told; 0 loses none.
	LoseOver int
	// FlapUp and FlapDown make the link work for the one time and lose
	// everything for the other, in turn. Neither or both must be set.
	FlapUp, FlapDown time.Duration
}

// Oversize says what becomes of a datagram that is larger than a link's MTU.
type Oversize uint8

const (
	// Fragment sends it in fragments: it arrives if none of them is lost.
	Fragment Oversize = iota
	// Discard loses it.
	Discard
	// Truncate cuts it off, as broken tunnels do.
	Truncate
)

const (
	defaultMTU       = 1500
	minMTU           = 68 // RFC 791
	defaultQueue     = 256 << 10
	defaultReorderBy = 10 * time.Millisecond
)

// validate returns an error that names each field that is out of range.
func (l *Link) validate() error {
	var errs []error
	ratio := func(name string, x float64) {
		if !(x >= 0 && x <= 1) { // also catches NaN
			errs = append(errs, fmt.Errorf("%s is %v, which is not a ratio from 0 to 1", name, x))
		}
	}
	size := func(name string, x int64) {
		if x < 0 {
			errs = append(errs, fmt.Errorf("%s is %d, below 0", name, x))
		}
	}
	ratio("Loss", l.Loss)
	ratio("Duplicate", l.Duplicate)
	ratio("Reorder", l.Reorder)
	ratio("Corrupt", l.Corrupt)
	ratio("Uncaught", l.Uncaught)
	ratio("Reset", l.Reset)
	size("Bandwidth", l.Bandwidth)
	size("Queue", l.Queue)
	size("LoseOver", int64(l.LoseOver))
	if !(l.LossRun >= 0) || math.IsInf(l.LossRun, 0) {
		errs = append(errs, fmt.Errorf("LossRun is %v, which is not a number of packets", l.LossRun))
	}
	if l.ReorderBy < 0 {
		errs = append(errs, fmt.Errorf("ReorderBy is %v, below 0", l.ReorderBy))
	}
	if l.MTU != 0 && l.MTU < minMTU {
		errs = append(errs, fmt.Errorf("MTU is %d; the least that IP allows is %d", l.MTU, minMTU))
	}
	if l.Oversize > Truncate {
		errs = append(errs, fmt.Errorf("Oversize is %d, which is none of its values", l.Oversize))
	}
	if l.FlapUp < 0 || l.FlapDown < 0 || (l.FlapUp == 0) != (l.FlapDown == 0) {
		errs = append(errs, fmt.Errorf("FlapUp is %v and FlapDown %v; both must be over 0, or neither be set", l.FlapUp, l.FlapDown))
	}
	errs = append(errs, validLatency(l.Latency))
	return errors.Join(errs...)
}

func (l *Link) mtu() int {
	if l.MTU == 0 {
		return defaultMTU
	}
	return l.MTU
}

// uniform reports whether a packet fares the same however it is cut into
// segments, so that TCP may send it in large ones. Real senders
// leave that cutting to the network card.
func (l *Link) uniform() bool {
	return l.MTU == 0 && l.Bandwidth == 0 && l.Loss == 0 && l.Duplicate == 0 && l.Reorder == 0 &&
		l.Corrupt == 0 && l.Reset == 0 && l.LoseOver == 0
}

// down reports whether a flapping link is in its lossy phase.
func (l *Link) down(at time.Duration) bool {
	return l.FlapDown > 0 && at%(l.FlapUp+l.FlapDown) >= l.FlapUp
}

// link is the state of one direction between two hosts.
type link struct {
	Link
	from, to                         *Host
	key                              prng.Key
	uniform                          bool    // see Link.uniform
	perfect                          bool    // packets pass untouched and at once, worth a short cut
	slow                             float64 // latencies are multiplied by it; 0 means 1
	blocked                          bool
	clogged                          bool          // packets are held
	blockEvent, clogEvent, slowEvent uint64        // that began them
	held                             []*packet     // in order of arrival
	busy                             time.Duration // until when its bandwidth is taken
	burst                            bool          // losing a run of packets
	stats                            LinkStats
}

// linkBetween returns the link from one host to another, making it on first use.
func (n *Network) linkBetween(from, to *Host) *link {
	id := [2]int{from.id, to.id}
	l := n.links[id]
	if l == nil {
		l = &link{from: from, to: to, key: n.key.Name("link").Name(from.name).Name(to.name)}
		if from != to {
			l.set(n.usual)
		} else {
			l.set(Link{})
		}
		n.links[id] = l
	}
	return l
}

func (l *link) set(to Link) {
	l.Link = to
	l.uniform = to.uniform()
	l.perfect = l.uniform && to.Latency == nil && to.FlapDown == 0
}

// SetLink replaces the link from one host to another, that direction only.
// Packets under way arrive as they would have. From a host to itself
// it sets the loopback. An unknown host and a value out of range are errors, and then
// nothing is changed.
func (n *Network) SetLink(from, to string, l Link) error {
	n.lock()
	defer n.unlock()
	k, err := n.linkNamed(from, to)
	if err != nil {
		return err
	}
	if err := l.validate(); err != nil {
		return fmt.Errorf("simnet: link from %s to %s: %w", from, to, err)
	}
	k.set(l)
	n.pathsChanged()
	return nil
}

// SetLinks replaces the links between all different hosts, those that are there
// and those still to come, and forgets what SetLink did.
func (n *Network) SetLinks(l Link) error {
	if err := l.validate(); err != nil {
		return fmt.Errorf("simnet: links: %w", err)
	}
	n.lock()
	defer n.unlock()
	n.usual = l
	for _, k := range n.links {
		if k.from != k.to {
			k.set(l)
		}
	}
	n.pathsChanged()
	return nil
}

// Link returns the link from one host to another as it was set.
func (n *Network) Link(from, to string) (Link, error) {
	n.lock()
	defer n.unlock()
	k, err := n.linkNamed(from, to)
	if err != nil {
		return Link{}, err
	}
	return k.Link, nil
}

func (n *Network) linkNamed(from, to string) (*link, error) {
	a, err := n.find(from)
	if err != nil {
		return nil, err
	}
	b, err := n.find(to)
	if err != nil {
		return nil, err
	}
	return n.linkBetween(a, b), nil
}

// String describes the link by the fields that are set.
func (l Link) String() string {
	var b strings.Builder
	field := func(set bool, name string, value any) {
		if set {
			if b.Len() > 0 {
				b.WriteString(", ")
			}
			fmt.Fprintf(&b, "%s %v", name, value)
		}
	}
	field(l.Latency != nil, "latency", l.Latency)
	field(l.Loss > 0, "loss", l.Loss)
	field(l.LossRun > 1, "in runs of", l.LossRun)
	field(l.Duplicate > 0, "duplicate", l.Duplicate)
	field(l.Reorder > 0, "reorder", l.Reorder)
	field(l.Corrupt > 0, "corrupt", l.Corrupt)
	field(l.Uncaught > 0, "uncaught", l.Uncaught)
	field(l.Reset > 0, "reset", l.Reset)
	field(l.Bandwidth > 0, "bytes/s", l.Bandwidth)
	field(l.Queue > 0, "queue", l.Queue)
	field(l.MTU > 0, "MTU", l.MTU)
	field(l.LoseOver > 0, "loses over", l.LoseOver)
	field(l.FlapUp > 0, "up", l.FlapUp)
	field(l.FlapDown > 0, "down", l.FlapDown)
	if b.Len() == 0 {
		return "perfect"
	}
	return b.String()
}
