package sim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/terrella-go/terrella/disk"
	"github.com/terrella-go/terrella/internal/plan"
	"github.com/terrella-go/terrella/internal/prng"
	simnet "github.com/terrella-go/terrella/net"
)

// An effect is what one strike does.
type effect struct {
	w       *World
	f       *plan.Fault
	key     prng.Key
	groups  [][]string
	healed  chan struct{}
	endings []func()
}

func (e *effect) onEnd(f func()) { e.endings = append(e.endings, f) }

// begin makes the fault happen.
func (e *effect) begin() error {
	switch e.f.Spec().Layer {
	case plan.Process:
		return e.process()
	case plan.Network:
		return e.network()
	case plan.Disk:
		return e.disk()
	case plan.Clock:
		e.clock()
	}
	return nil
}

// nodes returns the victims.
func (e *effect) nodes() []*Node {
	var nodes []*Node
	for _, name := range slices.Concat(e.groups...) {
		nodes = append(nodes, e.w.dir.node(name))
	}
	return nodes
}

// process does to nodes what befalls machines and their processes.
func (e *effect) process() error {
	nodes := e.nodes()
	switch e.f.Kind {
	case "upgrade":
		e.upgrade(nodes)
		return nil
	case "stop":
		for _, n := range nodes {
			n.hold()
			n.Stop()
			e.onEnd(func() { n.unhold((*Node).Restart) })
		}
		return nil
	}
	for _, n := range nodes {
		switch e.f.Kind {
		case "crash", "wipe", "swap-disks":
			n.hold()
			n.Crash()
			e.onEnd(func() { n.unhold((*Node).Restart) })
		case "kill":
			n.hold()
			n.Kill()
			e.onEnd(func() { n.unhold((*Node).Restart) })
		case "move":
			n.hold()
			n.Crash()
			e.onEnd(func() { n.unhold((*Node).restartElsewhere) })
		case "pause":
			e.onEnd(n.freeze())
		case "suspend":
			e.onEnd(n.freeze())
			e.onEnd(n.pauseMachine())
			e.onEnd(e.w.weather.clockOf(n).Stop())
		case "slow":
			e.slow(n)
		}
	}
	switch e.f.Kind {
	case "wipe":
		for _, n := range nodes {
			n.swapDisk(nil)
		}
	case "swap-disks":
		nodes[0].swapDisk(nodes[1].swapDisk(nodes[0].swapDisk(nil)))
	}
	return nil
}

// rollPause is the time between the upgrades of two nodes.
const rollPause = 500 * time.Millisecond

// upgrade boots another function on one node after the other.
func (e *effect) upgrade(nodes []*Node) {
	boot := e.w.weather.versions[e.f.Param("to")]
	if boot == nil {
		e.w.Fatalf("sim: %s: no version is called %q; World.Version makes one known", e.f, e.f.Param("to"))
	}
	for i, n := range nodes {
		if i > 0 && !pause(rollPause, e.healed) {
			return
		}
		n.setBoot(boot)
		if n.Running() {
			n.Upgrade(boot)
		}
	}
}

// slowQuantum is how long a slow node runs before it stands still for the rest.
const slowQuantum = 20 * time.Millisecond

// slow lets a node run for a part of the time only.
func (e *effect) slow(n *Node) {
	over := make(chan struct{})
	e.onEnd(func() { close(over) })
	e.w.spawn(e.key.Name(n.name), func() {
		for {
			thaw := n.freeze()
			more := pause(slowQuantum*time.Duration(e.f.Amount-1), over)
			thaw()
			if !more || !pause(slowQuantum, over) {
				return
			}
		}
	})
}

// network lays faults over links.
func (e *effect) network() error {
	net, over := e.w.net, e.w.weather.net
	var ends func()
	var err error
	change := func(f func(*simnet.Link)) { ends, err = over.Change(e.ways(), f) }
	ratio := float64(e.f.Amount) / 10_000
	switch e.f.Kind {
	case "partition", "isolate", "cut", "ring", "bridge":
		ends, err = over.Cut(e.cuts())
	case "clog":
		ends, err = over.Clog(e.ways())
	case "swizzle":
		return e.swizzle()
	case "slow-link":
		ends, err = over.Slow(e.ways(), float64(e.f.Amount))
	case "delay":
		change(func(l *simnet.Link) { l.Latency = late{l.Latency, time.Duration(e.f.Amount)} })
	case "loss":
		run, _ := strconv.ParseFloat(e.f.Param("run"), 64)
		change(func(l *simnet.Link) { l.Loss, l.LossRun = min(l.Loss+ratio, 1), max(l.LossRun, run) })
	case "duplicate":
		change(func(l *simnet.Link) { l.Duplicate = min(l.Duplicate+ratio, 1) })
	case "reorder":
		change(func(l *simnet.Link) { l.Reorder = min(l.Reorder+ratio, 1) })
	case "corrupt":
		change(func(l *simnet.Link) { l.Corrupt = min(l.Corrupt+ratio, 1) })
	case "resets":
		change(func(l *simnet.Link) { l.Reset = min(l.Reset+ratio, 1) })
	case "bandwidth":
		change(func(l *simnet.Link) { l.Bandwidth = e.f.Amount })
	case "lose-over":
		change(func(l *simnet.Link) { l.LoseOver = int(e.f.Amount) })
	case "flap":
		change(func(l *simnet.Link) { l.FlapUp, l.FlapDown = time.Duration(e.f.Amount), time.Duration(e.f.Amount) })
	case "reset-conns":
		return net.ResetConns(e.groups[0][0], e.groups[0][1])
	case "forget-conns":
		return net.ForgetConns(e.groups[0][0], e.groups[0][1])
	case "dns-fail":
		d := net.DNS()
		base := d.Fail
		d.Fail = min(d.Fail+ratio, 1)
		ends = func() { d := net.DNS(); d.Fail = base; net.SetDNS(d) }
		err = net.SetDNS(d)
	}
	if ends != nil {
		e.onEnd(ends)
	}
	return err
}

// late is a latency with a further one, uniform up to a bound, on top.
type late struct {
	base simnet.Latency
	by   time.Duration
}

func (l late) Quantile(p float64) time.Duration {
	d := time.Duration(p * float64(l.by))
	if l.base != nil {
		d += l.base.Quantile(p)
	}
	return d
}

func (l late) String() string { return fmt.Sprintf("%v and up to %v more", l.base, l.by) }

// ways returns the directions that a fault of links is laid over.
func (e *effect) ways() []simnet.Cut {
	switch {
	case len(e.groups) == 2:
		return simnet.OneWay(e.groups[0], e.groups[1])
	case len(e.groups[0]) == 1:
		return simnet.Isolate(e.groups[0][0], e.w.dir.names())
	}
	return simnet.OneWay(e.groups[0], e.groups[0])
}

// cuts returns the directions that a partition cuts. Machines that it does not name go on reaching all others.
func (e *effect) cuts() []simnet.Cut {
	var cuts []simnet.Cut
	switch e.f.Kind {
	case "partition":
		for i, a := range e.groups {
			for _, b := range e.groups[i+1:] {
				cuts = append(cuts, simnet.BothWays(a, b)...)
			}
		}
	case "isolate":
		var others []string
		for _, name := range e.w.dir.names() {
			if !slices.Contains(e.groups[0], name) {
				others = append(others, name)
			}
		}
		cuts = simnet.BothWays(e.groups[0], others)
	case "cut":
		cuts = e.ways()
	case "ring":
		cuts = simnet.Ring(e.groups[0])
	case "bridge":
		cuts = simnet.Bridge(e.groups[0][0], e.groups[0])
	}
	return cuts
}

// swizzle clogs nodes one after the other and unclogs them in another order.
func (e *effect) swizzle() error {
	within := e.f.For
	if within == 0 {
		within = time.Second
	}
	over := make(chan struct{})
	e.onEnd(func() { close(over) })
	for _, name := range e.groups[0] {
		k := e.key.Name(name)
		wait := func(n uint64) time.Duration {
			return time.Duration(k.Num(n).Stream().Float64() * float64(within/2))
		}
		ways := simnet.Isolate(name, e.w.dir.names())
		e.w.spawn(k, func() {
			if !pause(wait(0), over) {
				return
			}
			ends, err := e.w.weather.net.Clog(ways)
			if err != nil {
				e.w.Fatalf("sim: %s: %v", e.f, err)
			}
			pause(within/2+wait(1)-wait(0), over)
			ends()
		})
	}
	return nil
}

// clock makes clocks wrong.
func (e *effect) clock() {
	for _, n := range e.nodes() {
		c := e.w.weather.clockOf(n)
		switch e.f.Kind {
		case "drift":
			e.onEnd(c.Drift(e.f.Amount))
		case "jump":
			e.onEnd(c.Jump(time.Duration(e.f.Amount)))
		case "strobe":
			period, err := time.ParseDuration(e.f.Param("period"))
			if err != nil {
				period = 100 * time.Millisecond
			}
			e.onEnd(c.Strobe(time.Duration(e.f.Amount), period))
		case "stop-clock":
			e.onEnd(c.Stop())
		case "leap-second":
			n.clock.Leap(n.clock.Read().Wall.Add(time.Second), true)
		}
	}
}

// diskFaults are the faults of a disk that have names here.
var diskFaults = map[string]disk.Fault{
	"fsync-error":       {Effect: disk.Fail, Ops: disk.OpSync},
	"io-error":          {Effect: disk.Fail, Ops: disk.OpOpen | disk.OpRead},
	"disk-full":         {Effect: disk.Fail, Ops: disk.OpWrite | disk.OpMkdir | disk.OpLink, Err: syscall.ENOSPC},
	"short-write":       {Effect: disk.ShortWrite},
	"read-only":         {Effect: disk.ReadOnly},
	"disk-gone":         {Effect: disk.Vanish},
	"slow-disk":         {Effect: disk.Stall},
	"latent-error":      {Effect: disk.LatentError},
	"bit-rot":           {Effect: disk.BitRot},
	"phantom-write":     {Effect: disk.PhantomWrite},
	"misdirected-write": {Effect: disk.MisdirectedWrite},
	"lost-sync":         {Effect: disk.LostSync},
}

// disk lets the disks of nodes fail. A process that gives up because of that is started again; see Node.gaveUp.
func (e *effect) disk() error {
	for _, n := range e.nodes() {
		f := diskFaults[e.f.Kind]
		if e.f.Kind == "slow-disk" {
			f.Delay = time.Duration(e.f.Amount)
		}
		f.Path = e.f.Param("path")
		f.Times, _ = strconv.Atoi(e.f.Param("times"))
		if num, den, ok := strings.Cut(e.f.Param("chance"), "/"); ok {
			f.Chance.Num, _ = strconv.ParseUint(num, 10, 64)
			f.Chance.Den, _ = strconv.ParseUint(den, 10, 64)
		}
		name := strconv.FormatUint(uint64(e.key), 16)
		if err := n.simDisk().InjectNamed(name, f); err != nil {
			return err
		}
		n.diskTrouble(1)
		e.onEnd(func() {
			d := n.simDisk()
			d.Withdraw(name)
			n.diskTrouble(-1)
			switch f.Effect {
			case disk.ReadOnly:
				d.Remount(false)
			case disk.Vanish:
				d.Attach()
			}
		})
	}
	return nil
}
