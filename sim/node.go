package sim

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/terrella-go/terrella/clock"
	"github.com/terrella-go/terrella/disk"
	"github.com/terrella-go/terrella/internal/kernel"
	"github.com/terrella-go/terrella/internal/prng"
	"github.com/terrella-go/terrella/internal/trace"
	simnet "github.com/terrella-go/terrella/net"
)

// A Node is a simulated machine: a process with its goroutines, a network interface, a disk
// and a clock. Its process can crash, be stopped, paused and started again.
type Node struct {
	world *World
	name  string
	key   prng.Key
	host  *simnet.Host
	clock *clock.Skewed
	// client is the context of a client's run, nil on other nodes.
	client  bool
	done    context.Context // of a client: over when it is to do no more
	trouble trouble

	// What follows is guarded by the directory's lock.
	boot        func(context.Context, *Node) error
	state       state
	paused      bool
	incarnation int
	disk        *disk.Disk // nil until it is asked for
	process     handle
}

// A handle is what a process is controlled by.
type handle struct {
	group  kernel.Group
	cancel context.CancelFunc
	exited chan struct{} // closed when the boot function has returned
}

type state uint8

const (
	running state = iota
	exited        // the boot function returned, or the node was stopped
	crashed
)

// stopGrace is how much virtual time Stop gives a node before it kills what is left of it.
const stopGrace = 10 * time.Second

// Node adds a machine called name to the world and calls boot in a new goroutine on it, now and after each
// restart. The context is cancelled when the node is asked to stop. Goroutines that boot starts
// belong to the node; they outlive boot's return, but not a crash.
//
// A boot function that returns an error, other than in answer to its context's
// end, fails the world. So does a panic in it.
//
// Names are unique in a world; the node can be dialled by its name.
func (w *World) Node(name string, boot func(context.Context, *Node) error) *Node {
	if boot == nil {
		w.Fatalf("sim: node %q has no boot function", name)
	}
	n := w.newNode(name)
	n.boot = boot
	n.start(trace.Start)
	return n
}

// Client adds a machine on which run is called in a new goroutine. No fault befalls
// it unless it is called by name. Its context is cancelled at the end of [World.Run], and lives on until
// then if run returns earlier: goroutines that run has started may use it. It is
// called client1, client2 and so on.
func (w *World) Client(run func(context.Context, *Node)) *Node {
	if run == nil {
		w.Fatalf("sim: a client has no function")
	}
	w.mu.Lock()
	w.clients++
	name, ctx := fmt.Sprintf("client%d", w.clients), w.clientContext
	w.mu.Unlock()
	n := w.newNode(name)
	n.client, n.done = true, ctx
	n.boot = func(own context.Context, n *Node) error {
		own, cancel := context.WithCancel(own)
		context.AfterFunc(ctx, cancel)
		run(own, n)
		return nil
	}
	n.start(trace.Start)
	return n
}

func (w *World) newNode(name string) *Node {
	n := &Node{world: w, name: name, key: w.key.Name("node").Name(name), clock: w.newClock()}
	if !w.dir.add(n) {
		w.Fatalf("sim: two nodes are called %q; names are unique in a world", name)
	}
	host, err := w.net.AddHost(name)
	if err != nil {
		w.Fatalf("sim: node %q: %v", name, err)
	}
	n.host = host
	return n
}

// start runs the boot function in a new group of goroutines.
func (n *Node) start(kind trace.Kind) {
	w := n.world
	group := kernel.NewGroup()
	n.clock.Govern(group)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	w.dir.mu.Lock()
	n.state, n.paused = running, false
	n.trouble.begins()
	n.process = handle{group, cancel, done}
	boot, incarnation := n.boot, n.incarnation
	w.dir.mu.Unlock()
	w.dir.own(group, n)
	w.log.Add(kind, n.name, n.name)
	group.Go(n.key.Num(uint64(incarnation)), func() {
		labelGoroutine(n.name)
		var err error
		w.guard("node "+n.name, func() { err = boot(ctx, n) })
		if err != nil && !(ctx.Err() != nil && errors.Is(err, ctx.Err())) && !n.gaveUp(err) {
			w.fail("", fmt.Sprintf("node %s returned an error: %v", n.name, err), nil)
			kernel.Stop()
		}
		w.log.Add(trace.Exit, n.name, n.name)
		n.become(exited)
		close(done)
	})
}

func (n *Node) status() state {
	n.world.dir.mu.Lock()
	defer n.world.dir.mu.Unlock()
	return n.state
}

// present returns the handle of the node's latest process.
func (n *Node) present() handle {
	n.world.dir.mu.Lock()
	defer n.world.dir.mu.Unlock()
	return n.process
}

// become changes the node's state and reports the one before.
func (n *Node) become(s state) state {
	n.world.dir.mu.Lock()
	defer n.world.dir.mu.Unlock()
	old := n.state
	n.state = s
	return old
}

// setPaused changes whether the node is paused and reports whether that made a difference.
func (n *Node) setPaused(paused bool) bool {
	n.world.dir.mu.Lock()
	defer n.world.dir.mu.Unlock()
	if n.state == crashed || n.paused == paused {
		return false
	}
	n.paused = paused
	return true
}

// Name returns the node's name.
func (n *Node) Name() string { return n.name }

// World returns the world that the node is in.
func (n *Node) World() *World { return n.world }

// Net returns the node's network interface.
func (n *Node) Net() *simnet.Host { return n.host }

// Incarnation counts the starts of the node's process, from 0.
func (n *Node) Incarnation() int { return n.world.dir.incarnation(n.name) }

// Running reports whether the node's process runs, paused or not.
func (n *Node) Running() bool { return n.status() == running }

// Clock returns the machine's clock. It is right unless a fault or the test makes it wrong: it is a [*clock.Skewed], whose
// methods step, slew and suspend it. Package time follows it for all goroutines of the node: Now, Sleep, timers,
// tickers and deadlines of contexts.
func (n *Node) Clock() clock.Clock { return n.clock }

// Disk returns the node's disk. It outlives the node's processes, but what is open at a
// crash is gone: each incarnation opens its files anew.
func (n *Node) Disk() disk.FS { return n.simDisk() }

func (n *Node) simDisk() *disk.Disk {
	n.world.dir.mu.Lock()
	d := n.disk
	n.world.dir.mu.Unlock()
	if d != nil {
		return d
	}
	model := n.world.weather.modelOf(n.world, n.name)
	n.world.dir.mu.Lock()
	defer n.world.dir.mu.Unlock()
	if n.disk == nil {
		o := n.world.diskOptions()
		o.Seed = n.key.Name("disk").Uint64()
		o.Now = func() time.Time { return n.clock.Now().Local() }
		o.Log, o.Node = n.world.log, n.name
		applyModel(model, &o)
		n.world.weakenDisk(&o)
		n.disk = disk.New(o)
	}
	return n.disk
}

// Crash is a power failure: the node's goroutines run no further instruction, deferred
// functions included, its timers do not fire, its peers hear nothing more of
// it, and its disk keeps what had been synced and, of the rest, what the seed decides. If a
// goroutine of the node itself calls Crash, Crash does not return. A node that is down already
// stays as it is.
func (n *Node) Crash() {
	n.goDown("power failure", (*simnet.Host).Crash, (*disk.Disk).Crash)
}

// Kill ends the node's process as SIGKILL does. It is like Crash, but the machine goes on:
// it resets the process's connections, and its disk keeps all that was written.
func (n *Node) Kill() {
	n.goDown("killed", (*simnet.Host).Kill, (*disk.Disk).CrashProcess)
}

func (n *Node) goDown(how string, host func(*simnet.Host), survive func(*disk.Disk) *disk.Disk) {
	if n.become(crashed) == crashed {
		return
	}
	n.world.log.Add(trace.Crash, n.name, n.name, trace.Text("how", how))
	host(n.host)
	if d := n.swapDisk(nil); d != nil {
		n.swapDisk(survive(d))
	}
	n.present().group.Kill()
}

// swapDisk gives the node another disk and returns the one it had.
func (n *Node) swapDisk(d *disk.Disk) *disk.Disk {
	n.world.dir.mu.Lock()
	defer n.world.dir.mu.Unlock()
	old := n.disk
	n.disk = d
	return old
}

// Stop asks the node's process to end, by cancelling the context of its boot function, and waits until that
// has returned. What still runs then, or after ten seconds of virtual time, is killed.
// It can't be called by the node itself.
func (n *Node) Stop() {
	if n.status() == crashed {
		return
	}
	n.Resume()
	p := n.present()
	p.cancel()
	grace := time.NewTimer(stopGrace)
	select {
	case <-p.exited:
	case <-grace.C:
		n.world.Logf("node %s did not stop within %v and is killed", n.name, stopGrace)
	}
	grace.Stop()
	n.Kill()
}

// Restart starts the node's process anew. One that still runs is killed first.
func (n *Node) Restart() { n.restart((*simnet.Host).Restart) }

func (n *Node) restart(host func(*simnet.Host)) {
	n.Kill()
	n.world.dir.mu.Lock()
	n.incarnation++
	n.world.dir.mu.Unlock()
	host(n.host)
	n.start(trace.Restart)
}

// Pause keeps the node's process from running until Resume, as SIGSTOP does: the
// world around it goes on, its timers come due, and its machine accepts connections and acknowledges
// what it is sent until buffers are full. It can't be called by the node itself.
func (n *Node) Pause() {
	if !n.setPaused(true) {
		return
	}
	n.world.log.Add(trace.Pause, n.name, n.name)
	n.present().group.Freeze()
}

// Resume ends a pause.
func (n *Node) Resume() {
	if !n.setPaused(false) {
		return
	}
	n.world.log.Add(trace.Resume, n.name, n.name)
	if !n.frozen() {
		n.present().group.Thaw()
	}
}

// Upgrade stops the node and starts it with another boot function, which stays
// its boot function.
func (n *Node) Upgrade(boot func(context.Context, *Node) error) {
	n.Stop()
	n.setBoot(boot)
	n.Restart()
}

func (n *Node) setBoot(boot func(context.Context, *Node) error) {
	n.world.dir.mu.Lock()
	defer n.world.dir.mu.Unlock()
	n.boot = boot
}
