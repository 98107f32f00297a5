package sim

import (
	"time"

	"github.com/terrella-go/terrella/internal/kernel"
	"github.com/terrella-go/terrella/internal/prng"
	simnet "github.com/terrella-go/terrella/net"
)

// Trouble is what faults that may overlap have done to a node. It is guarded by the directory's lock.
type trouble struct {
	holds    int  // faults that keep it down
	freezes  int  // faults that keep the present process from running
	suspends int  // faults that keep the machine from running
	disks    int  // faults in force on its disk
	disk     bool // faults have befallen the disk of the present process
	ended    bool // the process gave up and waits to be started again
}

// begins is called when a new process starts.
func (t *trouble) begins() { t.freezes, t.ended, t.disk = 0, false, t.disks > 0 }

// hold keeps the node from being started until unhold.
func (n *Node) hold() {
	n.world.dir.mu.Lock()
	defer n.world.dir.mu.Unlock()
	n.trouble.holds++
}

// unhold starts the node unless another fault keeps it down, or it has been started by the test.
func (n *Node) unhold(restart func(*Node)) {
	n.world.dir.mu.Lock()
	n.trouble.holds = max(n.trouble.holds-1, 0) // healing has forgotten them
	start := n.trouble.holds == 0 && n.state == crashed
	n.world.dir.mu.Unlock()
	if start {
		restart(n)
	}
}

func (n *Node) restartElsewhere() { n.restart((*simnet.Host).RestartElsewhere) }

// freeze keeps the node's present process from running until the function is called that it returns. Freezes of several faults last as
// long as the longest.
func (n *Node) freeze() (thaw func()) {
	d := &n.world.dir
	d.mu.Lock()
	n.trouble.freezes++
	p, incarnation := n.process, n.incarnation
	first := n.trouble.freezes == 1 && n.state != crashed && !n.paused
	d.mu.Unlock()
	if first {
		p.group.Freeze()
	}
	return func() {
		d.mu.Lock()
		same := n.incarnation == incarnation && n.trouble.freezes > 0
		if same {
			n.trouble.freezes--
		}
		last := same && n.trouble.freezes == 0 && n.state != crashed && !n.paused
		d.mu.Unlock()
		if last {
			p.group.Thaw()
		}
	}
}

// frozen reports whether faults keep the node's process from running.
func (n *Node) frozen() bool {
	n.world.dir.mu.Lock()
	defer n.world.dir.mu.Unlock()
	return n.trouble.freezes > 0
}

// pauseMachine stops the machine's kernel until the function is called that it returns.
func (n *Node) pauseMachine() (resume func()) {
	if n.suspend(1) == 1 {
		n.host.Pause()
	}
	return func() {
		if n.suspend(-1) == 0 {
			n.host.Resume()
		}
	}
}

func (n *Node) suspend(by int) int {
	n.world.dir.mu.Lock()
	defer n.world.dir.mu.Unlock()
	n.trouble.suspends += by
	return n.trouble.suspends
}

// diskTrouble notes that a fault on the node's disk begins, or ends.
func (n *Node) diskTrouble(by int) {
	n.world.dir.mu.Lock()
	defer n.world.dir.mu.Unlock()
	n.trouble.disks += by
	n.trouble.disk = n.trouble.disk || by > 0
}

// superviseAfter is how long a process is down that gave up because of its disk.
const superviseAfter = time.Second

// gaveUp reports whether an error of the boot function is no failure of the world: a process may give up when
// its disk fails. It is then started again, as an init system does, until it stays.
func (n *Node) gaveUp(err error) bool {
	d := &n.world.dir
	d.mu.Lock()
	excused := n.trouble.disk
	n.trouble.ended = excused
	incarnation := n.incarnation
	d.mu.Unlock()
	if !excused {
		return false
	}
	n.world.Logf("node %s gives up: %v", n.name, err)
	w := n.world
	w.weather.mu.Lock()
	healed := w.weather.healed
	w.weather.mu.Unlock()
	w.spawn(n.key.Name("supervisor").Num(uint64(incarnation)), func() {
		if !pause(superviseAfter, healed) {
			return // Heal has started it
		}
		d.mu.Lock()
		again := n.incarnation == incarnation && n.trouble.ended && n.trouble.holds == 0
		d.mu.Unlock()
		if again {
			n.Restart()
		}
	})
	return true
}

// worldGroup is the group of the world's own goroutines.
const worldGroup = kernel.Group(0)

// spawn starts a goroutine of the world's own that is known by its key.
func (w *World) spawn(key prng.Key, f func()) { worldGroup.Go(key, f) }

// release forgets what faults do to the node, when all is healed.
func (n *Node) release() {
	n.world.dir.mu.Lock()
	n.trouble.holds, n.trouble.suspends = 0, 0
	frozen := n.trouble.freezes > 0 && n.state != crashed && !n.paused
	n.trouble.freezes = 0
	p := n.process
	n.world.dir.mu.Unlock()
	if frozen {
		p.group.Thaw()
	}
	n.host.Resume()
}

// down reports whether the node crashed or its process gave up.
func (n *Node) down() bool {
	n.world.dir.mu.Lock()
	defer n.world.dir.mu.Unlock()
	return n.state == crashed || n.state == exited && n.trouble.ended
}
