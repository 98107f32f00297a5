package simnet

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/terrella-go/terrella/internal/trace"
)

// Partition splits the network: hosts of different groups can't reach each
// other, and those in no group form one of their own. It replaces the partition in
// force. Packets are lost that are sent across the split or arrive across
// it, so a packet that was under way when it began is lost as well. A host's way to itself is
// never cut. Unknown hosts and hosts in two groups are errors.
func (n *Network) Partition(groups ...[]string) error {
	n.lock()
	defer n.unlock()
	group := make(map[*Host]int)
	for i, names := range groups {
		for _, name := range names {
			h, err := n.find(name)
			if err != nil {
				return err
			}
			if g, taken := group[h]; taken && g != i+1 {
				return fmt.Errorf("simnet: partition: host %s is in two groups", name)
			}
			group[h] = i + 1
		}
	}
	n.endPartition()
	for _, h := range n.hosts {
		h.group = group[h]
	}
	n.grouped = true
	n.partition = n.beginFault("partition " + groupText(groups))
	n.pathsChanged()
	return nil
}

func groupText(groups [][]string) string {
	texts := make([]string, len(groups))
	for i, g := range groups {
		texts[i] = strings.Join(g, ",")
	}
	return strings.Join(texts, " | ")
}

// Block cuts the way from one host to another, that direction only.
func (n *Network) Block(from, to string) error { return n.Cut(Cut{from, to}) }

// Unblock ends Block.
func (n *Network) Unblock(from, to string) error { return n.Uncut(Cut{from, to}) }

func (n *Network) block(l *link) {
	if !l.blocked {
		l.blocked, l.blockEvent = true, n.beginFault(l.fault("block"))
	}
}

func (n *Network) unblock(l *link) {
	if l.blocked {
		l.blocked = false
		n.endFault(l.blockEvent, l.fault("block"))
	}
}

// fault names a fault of one link in events.
func (l *link) fault(kind string) string { return kind + " " + l.from.name + "->" + l.to.name }

// Heal ends partitions, blocks, clogs and slowness. What links are like stays as it was set,
// and machines that are down stay down.
func (n *Network) Heal() {
	n.lock()
	defer n.unlock()
	if n.grouped && !n.keeps() {
		n.endPartition()
	}
	n.eachLink(func(l *link) {
		if l.blocked && !n.keeps() {
			n.unblock(l)
		}
		n.unclog(l)
		n.slow(l, 1)
	})
	n.pathsChanged()
}

func (n *Network) endPartition() {
	if n.grouped {
		n.grouped = false
		n.endFault(n.partition, "partition")
	}
}

// eachLink calls f for all links that were used, in the order of their hosts.
func (n *Network) eachLink(f func(*link)) {
	for _, l := range slices.SortedFunc(maps.Values(n.links), func(a, b *link) int {
		return cmp.Or(cmp.Compare(a.from.id, b.from.id), cmp.Compare(a.to.id, b.to.id))
	}) {
		f(l)
	}
}

// cut returns whether the way from one host to another is cut, and by which fault.
func (n *Network) cut(l *link) (Reason, uint64) {
	switch {
	case l.blocked:
		return LostToCut, l.blockEvent
	case n.grouped && l.from.group != l.to.group:
		return LostToCut, n.partition
	}
	return passes, trace.None
}

func (n *Network) beginFault(subject string) uint64 {
	return n.log.Add(trace.FaultBegin, "", subject)
}

func (n *Network) endFault(begin uint64, subject string) {
	n.log.AddCaused(begin, trace.FaultEnd, "", subject)
}

// release lets the packets arrive that l has held.
func (n *Network) release(l *link) {
	if l == nil || l.clogged || l.to.paused {
		return
	}
	held := l.held
	l.held = nil
	n.ready = append(n.ready, held...)
}

// pathsChanged is called when hosts may have become reachable or unreachable.
func (n *Network) pathsChanged() {
	for _, h := range n.hosts {
		for c := h.oldest; c != nil; c = c.younger {
			c.watch(n)
		}
	}
}
