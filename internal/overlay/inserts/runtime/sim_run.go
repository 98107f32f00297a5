//go:build ignore

package runtime

import (
	"internal/runtime/sys"
	"unsafe"
)

// A simConfig describes a world to simNew. Keep in sync with internal/kernel.
type simConfig struct {
	seed     uint64
	start    int64  // nanoseconds since 1970
	maxTime  int64  // likewise
	maxSteps uint64 // 0: no limit
	maxStill uint64 // 0: no limit
	spread   uint32
	passOn   bool
	fifo     bool
	shared   bool
	record   bool
	steps    []simStep // room for the record
	stacks   []uintptr
	expect   []simStep
	note     string
	onPanic  func(any)
	value    any

	redraw     uint64 // with redrawFrom, see simWorld
	redrawFrom uint64
}

// A simResult tells how a world ended. Keep in sync with internal/kernel.
type simResult struct {
	outcome simOutcome
	steps   uint64
	hash    uint64
	now     int64
	created uint64
	live    int
	logged  int // steps in the record
	foreign bool
}

// simNew makes a world that has not begun.
//
//go:linkname simNew
func simNew(c *simConfig) unsafe.Pointer {
	if simAsyncTimers() {
		panic(plainError("terrella: worlds need GODEBUG asynctimerchan=0"))
	}
	b := &synctestBubble{id: bubbleGen.Add(1), now: c.start}
	lockInit(&b.mu, lockRankSynctest)
	lockInit(&b.timers.mu, lockRankTimers)
	w := &b.sim
	w.on = true
	w.seed = c.seed
	w.fifo = c.fifo
	w.shared = c.shared
	w.spread = c.spread
	w.redraw, w.redrawFrom = c.redraw, c.redrawFrom
	if w.redrawFrom == 0 {
		w.luck = w.redraw
	}
	w.passOn = c.passOn
	w.maxSteps = c.maxSteps
	if w.maxSteps == 0 {
		w.maxSteps = ^uint64(0)
	}
	w.maxStill = c.maxStill
	if w.maxStill == 0 {
		w.maxStill = ^uint64(0)
	}
	w.maxTime = c.maxTime
	w.onPanic = c.onPanic
	w.value = c.value
	w.note = c.note
	w.hash = simMix(c.seed)
	w.log = simLog{on: c.record, steps: c.steps[:0], stacks: c.stacks[:0], expect: c.expect}
	w.groups = append(make([]simGroup, 0, 8), simGroup{past: new(uint64)})
	return unsafe.Pointer(b)
}

// simRun runs f in a new goroutine of the world p and returns when the world has ended.
// The goroutines that are left stay where they are until simEnd.
//
//go:linkname simRun
func simRun(p unsafe.Pointer, f func(), res *simResult) {
	b := (*synctestBubble)(p)
	w := &b.sim
	gp := getg()
	if gp.bubble != nil {
		panic(plainError("terrella: a world can't be started inside another world or a synctest bubble"))
	}
	if w.host != nil {
		panic(plainError("terrella: a world runs once"))
	}
	w.host = gp
	pc := sys.GetCallerPC()
	systemstack(func() {
		fv := *(**funcval)(unsafe.Pointer(&f))
		newg := newproc1(fv, gp, pc, false, waitReasonZero)
		newg.bubble = b
		newg.sim = simG{key: simMix(w.seed)}
		w.main = newg
		w.adopt(newg)
		w.push(newg)
	})
	gopark(simBegin, p, waitReasonSynctestRun, traceBlockSynctest, 0)
	*res = simResult{
		outcome: w.outcome,
		steps:   w.step,
		hash:    simMix(w.hash ^ w.last),
		now:     b.now,
		created: w.created,
		live:    w.live,
		logged:  len(w.log.steps),
		foreign: w.disturbed.Load(),
	}
}

// simBegin gives the first turn, on g0, once the host is parked.
func simBegin(_ *g, p unsafe.Pointer) bool {
	w := &(*synctestBubble)(p).sim
	if gp := w.pick(); gp != nil {
		runqput(getg().m.p.ptr(), gp, true)
	}
	return true
}

// simEnd destroys what is left of an ended world.
//
//go:linkname simEnd
func simEnd(p unsafe.Pointer) {
	b := (*synctestBubble)(p)
	w := &b.sim
	for i := range w.groups {
		w.kill(uint32(i), nil)
	}
	if raceenabled {
		raceacquireg(getg(), b.raceaddr())
	}
	for i := range w.groups {
		w.release(uint32(i))
	}
	w.queue = nil
	w.poolLocal = nil
	w.numbers = simNumbers{}
	w.pinned = nil
	w.log = simLog{}
}

// simWaitIdle waits until no other goroutine of the world can run. It returns once for
// each such moment: called again before anything else has run, it lets time pass.
//
//go:linkname simWaitIdle
func simWaitIdle() {
	gp := getg()
	w := simWorldOf(gp)
	if w == nil {
		panic(plainError("terrella: WaitIdle outside a world"))
	}
	if w.idler != 0 {
		panic(plainError("terrella: two goroutines of a world wait for it to be idle"))
	}
	w.watched = true
	w.idler.set(gp)
	gopark(nil, nil, waitReasonSynctestWait, traceBlockSynctest, 1)
}

// simStatus tells about the current goroutine's world; ok is false if it is in none.
//
//go:linkname simStatus
func simStatus() (step uint64, now int64, num uint64, group uint32, ok bool) {
	gp := getg()
	b := gp.bubble
	if b == nil || !b.sim.on {
		return 0, 0, 0, 0, false
	}
	return b.sim.step, b.now, gp.sim.num, gp.sim.group, true
}

// simHold begins, and simRelease ends, a stretch during which the current goroutine
// keeps its turn at scheduling points. The points that it passes there do not count.
//
//go:linkname simHold
//go:nosplit
func simHold() {
	s := &getg().sim
	if s.hold == 0 {
		s.pointsHeld = s.points
		s.points = 1<<31 - 1
	}
	s.hold++
}

//go:linkname simRelease
//go:nosplit
func simRelease() {
	s := &getg().sim
	s.hold--
	if s.hold == 0 {
		s.points = s.pointsHeld
	}
}

// simUnmarked begins, and simMarked ends, a stretch that leaves no mark in the world's schedule: the current goroutine keeps its turn at scheduling
// points, draws its random numbers from a state of their own, and what it begins is counted apart. What simUnmarked returns is for simMarked.
//
//go:linkname simUnmarked
func simUnmarked(rand uint64) (outer uint64) {
	s := &getg().sim
	outer = s.apartRand
	s.apartRand = rand
	s.apart++
	simHold()
	return outer
}

//go:linkname simMarked
func simMarked(outer uint64) {
	s := &getg().sim
	s.apartRand = outer
	s.apart--
	simRelease()
}

// simApart begins, and simTogether ends, a stretch in which the current goroutine acts for the world: the timers
// that it sets there outlive its node, and are not counted among what it has begun.
//
//go:linkname simApart
//go:nosplit
func simApart() (group uint32) {
	s := &getg().sim
	group = s.group
	s.group = 0
	s.apart++
	return group
}

//go:linkname simTogether
//go:nosplit
func simTogether(group uint32) {
	s := &getg().sim
	s.group = group
	s.apart--
}

// simStop ends the world of the current goroutine as if its function had returned. It does not
// return.
//
//go:linkname simStop
func simStop() {
	if simWorldOf(getg()) == nil {
		panic(plainError("terrella: Stop outside a world"))
	}
	mcall(func(gp *g) {
		w := simWorldOf(gp)
		gp.sim.kept = false
		gp.waitreason = waitReasonSelectNoCases
		casgstatus(gp, _Grunning, _Gwaiting)
		dropg()
		w.left(gp)
		w.outcome = simDone
		simNext(w)
	})
}

// simValue returns what the current goroutine's world was given to keep, nil outside worlds.
//
//go:linkname simValue
func simValue() any {
	if w := simWorldOf(getg()); w != nil {
		return w.value
	}
	return nil
}

// simCurrent returns the current goroutine's world.
//
//go:linkname simCurrent
func simCurrent() unsafe.Pointer {
	simMustWorld("Stacks")
	return unsafe.Pointer(getg().bubble)
}

// simGroupSize returns the number of goroutines of a group.
//
//go:linkname simGroupSize
func simGroupSize(group uint32) int { return simMustWorld("Size").groups[group].count }

// simPanicked hands a panic that nobody has recovered from to the world. It returns if the world does not
// want it, or is in the middle of something.
func simPanicked(arg any) {
	gp := getg()
	w := simWorldOf(gp)
	if w == nil || w.onPanic == nil || gp.sim.hold > 0 || gp.sim.fatal {
		return
	}
	gp.sim.fatal = true // a panic in onPanic ends the process
	runningPanicDefers.Add(-1)
	w.onPanic(arg)
}

// simFatal is simPanicked for a fatal error of the program's: an unlock of an unlocked mutex, a concurrent write to a map.
//
//go:yeswritebarrierrec
func simFatal(msg string) {
	gp := getg()
	mp := gp.m
	w := simWorldOf(gp)
	if w == nil || w.onPanic == nil || mp.curg != gp || mp.locks != 0 || mp.mallocing != 0 || gp.sim.hold > 0 || gp.sim.fatal {
		return
	}
	gp.sim.fatal = true
	w.onPanic(simFatalError(msg))
}

// A simFatalError is what onPanic is called with for a fatal error.
type simFatalError string

func (e simFatalError) Error() string { return "fatal error: " + string(e) }
func (e simFatalError) RuntimeError() {}

// simGoid returns what a goroutine is called in stack dumps: in a world its number there.
func simGoid(gp *g) uint64 {
	if simWorldOf(gp) != nil && gp.sim.num != 0 {
		return gp.sim.num
	}
	return gp.goid
}

// simNote is printed before a stack dump that ends the process.
func simNote(gp *g) {
	if w := simWorldOf(gp); w != nil && w.note != "" {
		print("\n", w.note, "\n")
	}
}

// simForeign ends the operation op on a channel or timer of another world, or of one that has ended.
func simForeign(op, what string) {
	msg := "terrella: " + op + " a " + what + " that was made in another world: state was carried from one world to the next, through a package-level variable perhaps"
	if simWorldOf(getg()) == nil {
		msg = "terrella: " + op + " a " + what + " of a world from outside of it"
	}
	panic(plainError(msg))
}
