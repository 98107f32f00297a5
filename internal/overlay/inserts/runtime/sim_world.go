//go:build ignore

package runtime

import (
	"internal/runtime/atomic"
	"unsafe"
)

// A simWorld is what makes a synctest bubble a world. In a world one goroutine
// at a time is runnable in the eyes of the Go scheduler: the one that holds the
// world's turn. All others that could run stand in the world's own queue, and
// when the holder parks, yields or exits, the next is picked from there.
// Preemption, garbage collection, other Ps and other processes may stop the holder for a
// while, but they can't hand its turn to another goroutine.
//
// The holder of the turn owns all fields, except those marked otherwise.
type simWorld struct {
	on bool // this bubble is a world; immutable

	// Set before the world begins.
	seed       uint64    // root key of goroutines' decisions
	fifo       bool      // strategy: first in, first out, and no scheduling points
	shared     bool      // other worlds run beside this one
	spread     uint32    // scheduling points between yields are uniform over [0, spread)
	passOn     bool      // a goroutine that yields waits until another of its group has run
	maxSteps   uint64    // end the world after so many steps
	maxStill   uint64    // end the world after so many steps without time moving
	maxTime    int64     // end the world when time would pass this point
	onPanic    func(any) // called for a panic that nobody recovers from; does not return
	value      any       // what the world was given to keep
	host       *g        // goroutine that called simRun and waits for the end
	main       *g        // goroutine that runs the world's function
	redraw     uint64    // luck from step redrawFrom on
	redrawFrom uint64
	luck       uint64 // enters all decisions of goroutines

	queue   []simEntry // goroutines that can run: a heap, smallest first
	order   uint64     // number of entries ever pushed
	step    uint64     // scheduling decisions made
	hash    uint64     // of all decisions
	last    uint64     // state in which the latest turn ended
	created uint64     // goroutines ever created
	live    int        // goroutines that exist
	moved   uint64     // step at which time last moved
	turn    guintptr   // goroutine that has the turn, or had it last
	outcome simOutcome // why the world ended

	idler     guintptr // goroutine waiting in simWaitIdle
	woken     guintptr // goroutine that waited there last
	idled     bool     // idler has run since anything else did
	watched   bool     // simWaitIdle was called at least once
	timerSeq  uint32   // orders timers of one instant under fifo
	poolLocal unsafe.Pointer
	numbers   simNumbers
	callers   simCallers
	pinned    []unsafe.Pointer // objects with weak pointers
	groups    []simGroup

	holders   guintptr    // goroutines that hold locks and do not have the turn
	orphans   []simOrphan // locks that no goroutine keeps note of
	released  []simHeld   // locks of goroutines that were just killed
	releasing bool        // release unlocks those
	gone      []uintptr   // RWMutexes for which killed goroutines waited, to read
	marks     uint32      // searches for circles of waiting goroutines

	circled    guintptr // goroutine that has closed a circle of waiting ones; 0 if there is none
	circledNum uint64
	circledAt  int64

	log simLog

	remote atomic.Uintptr // goroutines made ready from outside, linked by schedlink; any thread
	note   string         // printed when a goroutine of the world ends the process; any thread
	// interrupt asks the goroutine that has the turn to give it up, or the world to end; any thread.
	interrupt atomic.Uint32
	disturbed atomic.Bool // another world has woken a goroutine of this one; any thread
}

// simOutcome says why a world ended. Keep in sync with internal/kernel.
type simOutcome uint64

const (
	simRunning  simOutcome = iota
	simDone                // its function returned
	simDeadlock            // all goroutines wait, and no timer is pending
	simStepLimit
	simTimeLimit
	simDiverged    // a step was not the one that the log to compare with has
	simLockCycle   // goroutines wait for each other's locks
	simLivelock    // many steps were made and time did not move
	simStuck       // a goroutine did not give up its turn for long
	simRealLimit   // it took too long
	simMemoryLimit // it took too much memory
	simContended   // another world had a lock
)

// simG is what a goroutine keeps for its world. It is zero outside worlds.
type simG struct {
	points        int32  // scheduling points left before the goroutine yields
	hold          int32  // above 0: keeps its turn at scheduling points
	pointsHeld    int32  // points, while hold is above 0
	apart         int32  // above 0: inside sync.Once, or in another stretch without marks; see simUnmarked
	spawned       uint32 // goroutines and timers it has begun
	apartSpawned  uint32 // the same while apart is above 0
	numbered      uint32 // objects it was the first to use as a key of a map
	apartNumbered uint32 // the same while apart is above 0
	epoch         uint32 // times it was given the turn
	group         uint32 // index into simWorld.groups
	roused        bool   // was woken to take a lock, and has not run since
	handed        bool   // hands a mutex over, and is still in its Unlock
	kept          bool   // parked without giving up the turn
	worldTime     bool   // package time shows the world's time, not the node's
	fatal         bool   // in a panic that ends it
	key           uint64 // identity: from the seed, its creator's key and its number there
	rand          uint64 // state of its random numbers
	apartRand     uint64 // the same while apart is above 0
	apartKey      uint64 // inside a sync.Once that is a package-level variable: follows from which it is
	num           uint64 // number in the world's order of creation, from 1
	parked        uint32 // where the log has its latest stack, plus 1
	prev          guintptr
	next          guintptr // the group's list

	held       [simHeldMax]simHeld // locks, the latest last
	nheld      int32
	spilled    int32   // locks that the world keeps note of
	waits      simHeld // lock that is waited for
	listed     bool    // among the world's holders
	prevHolder guintptr
	nextHolder guintptr
	mark       uint32 // search that has met the goroutine
	nextMarked guintptr
}

// simTimer is what a timer keeps for its world.
type simTimer struct {
	bubble   *synctestBubble
	group    uint32
	key      uint64
	order    uint32 // among timers of one instant
	clocked  bool   // it goes by its group's clock
	clockSet uint32 // what the group's was when timer.when was worked out
	when     int64  // node time at which it is due
}

// A simGroup is the goroutines of one node, from start to crash.
type simGroup struct {
	first  guintptr
	frozen bool
	dead   bool
	count  int
	ready  int        // entries in the world's queue
	aside  guintptr   // could run, but has yielded, and waits for the next of the group to be picked
	past   *uint64    // address, for the race detector, of all that its goroutines did
	held   []guintptr // can run, but the group is frozen; in order of arrival

	clock    *simClock // what package time shows; nil is the world's time
	clockSet uint32    // times it was set
}

type simEntry struct {
	prio  uint64
	order uint64
	gp    guintptr
}

func (a *simEntry) less(b *simEntry) bool {
	return a.prio < b.prio || a.prio == b.prio && a.order < b.order
}

// simWorldOf returns the world that gp is in, or nil.
func simWorldOf(gp *g) *simWorld {
	if b := gp.bubble; b != nil && b.sim.on {
		return &b.sim
	}
	return nil
}

// simMix is the finaliser of SplitMix64.
//
//go:nosplit
func simMix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

const simGolden = 0x9e3779b97f4a7c15

// push enters gp into the queue. Its place is decided by its own key and the number of turns it
// has had, not by a stream that all goroutines share: who runs before whom stays the same when
// an unrelated goroutine comes or goes. Picking the smallest of independent random
// priorities, drawn anew for each turn, is partial order sampling (Yuan, Yang and Gu 2018).
//
// There is always room: adopt has made it. Like all that may run when the collector
// must not be disturbed, push has no write barriers.
func (w *simWorld) push(gp *g) {
	if gp.sim.waits.lock != 0 {
		gp.sim.resume()
		gp.sim.roused = true
		w.list(gp)
	}
	grp := &w.groups[gp.sim.group]
	if grp.frozen {
		n := len(grp.held)
		grp.held = grp.held[:n+1]
		grp.held[n].set(gp)
		return
	}
	grp.ready++
	e := simEntry{order: w.order}
	e.gp.set(gp)
	w.order++
	if w.fifo {
		e.prio = e.order
	} else {
		e.prio = simMix(gp.sim.key ^ w.luck ^ uint64(gp.sim.epoch+1)*simGolden)
	}
	n := len(w.queue)
	w.queue = w.queue[:n+1]
	w.queue[n] = e
	w.up(n)
}

// pop takes the goroutine that runs next out of the queue; nil if there is none.
func (w *simWorld) pop() *g {
	n := len(w.queue)
	if n == 0 {
		return nil
	}
	gp := w.queue[0].gp.ptr()
	last := w.queue[n-1]
	w.queue = w.queue[:n-1]
	if n > 1 {
		w.queue[0] = last
		w.down(0)
	}
	grp := &w.groups[gp.sim.group]
	grp.ready--
	if yielded := grp.aside.ptr(); yielded != nil {
		grp.aside = 0
		w.push(yielded)
	}
	return gp
}

// yield puts gp, which gives up its turn but could go on, into the queue. If the world passes turns on, it waits
// aside until another goroutine of its group is picked, if there is one in the queue. Other groups don't count: what
// they do must not change the order within this one.
func (w *simWorld) yield(gp *g) {
	if grp := &w.groups[gp.sim.group]; w.passOn && grp.ready > 0 {
		grp.aside.set(gp)
		return
	}
	w.push(gp)
}

// The heap has four children a node: half the levels of a binary one.
func (w *simWorld) up(i int) {
	q := w.queue
	e := q[i]
	for i > 0 {
		p := (i - 1) / 4
		if !e.less(&q[p]) {
			break
		}
		q[i] = q[p]
		i = p
	}
	q[i] = e
}

func (w *simWorld) down(i int) {
	q := w.queue
	e := q[i]
	for {
		c := 4*i + 1
		if c >= len(q) {
			break
		}
		m := c
		for j := c + 1; j < c+4 && j < len(q); j++ {
			if q[j].less(&q[m]) {
				m = j
			}
		}
		if !q[m].less(&e) {
			break
		}
		q[i] = q[m]
		i = m
	}
	q[i] = e
}

// withdraw takes all goroutines of a group out of the queue, in order of arrival.
func (w *simWorld) withdraw(group uint32) []guintptr {
	var out []simEntry
	rest := w.queue[:0]
	for _, e := range w.queue {
		if e.gp.ptr().sim.group == group {
			out = append(out, e)
		} else {
			rest = append(rest, e)
		}
	}
	w.queue = rest
	for i := len(rest)/4 + 1; i >= 0; i-- {
		if i < len(rest) {
			w.down(i)
		}
	}
	for i := 1; i < len(out); i++ {
		for j := i; j > 0 && out[j].order < out[j-1].order; j-- {
			out[j], out[j-1] = out[j-1], out[j]
		}
	}
	gps := make([]guintptr, len(out), len(out)+1)
	for i, e := range out {
		gps[i] = e.gp
	}
	grp := &w.groups[group]
	if grp.aside != 0 {
		gps = append(gps, grp.aside)
	}
	grp.ready, grp.aside = 0, 0
	return gps
}
