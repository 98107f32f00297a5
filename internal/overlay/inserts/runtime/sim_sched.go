//go:build ignore

package runtime

import (
	"unsafe"
)

// simSpawned enters a new goroutine into its creator's world. It reports
// whether there is one; if so the goroutine stands in the world's queue and not in a P's.
func simSpawned(newg *g) bool {
	w := simWorldOf(newg)
	if w == nil {
		return false
	}
	w.push(newg)
	w.idled = false
	return true
}

// simInherit gives a new goroutine its identity. The creator may be a g0 that runs a timer.
func simInherit(newg, creator *g) {
	w := simWorldOf(newg)
	if w == nil {
		return
	}
	s := &newg.sim
	*s = simG{}
	s.key = simChildKey(creator)
	s.group = creator.sim.group
	w.adopt(newg)
}

// simChildKey returns the key of what gp begins next: a goroutine or a timer. What it begins
// in a stretch without marks is counted apart, for other worlds won't see it.
func simChildKey(gp *g) uint64 {
	s := &gp.sim
	if s.apart > 0 {
		s.apartSpawned++
		return simMix(^s.key + uint64(s.apartSpawned)*simGolden)
	}
	s.spawned++
	return simMix(s.key + uint64(s.spawned)*simGolden)
}

// adopt numbers newg, enters it into its group's list and makes room for it in the queue.
func (w *simWorld) adopt(newg *g) {
	w.created++
	newg.sim.num = w.created
	w.live++
	if cap(w.queue) < w.live {
		queue := make([]simEntry, len(w.queue), 2*w.live)
		copy(queue, w.queue)
		w.queue = queue
	}
	w.groups[newg.sim.group].add(newg)
	simTurn(w, newg)
	newg.sim.epoch = 0
}

func (grp *simGroup) add(gp *g) {
	grp.count++
	if grp.frozen && cap(grp.held) < grp.count {
		held := make([]guintptr, len(grp.held), 2*grp.count)
		copy(held, grp.held)
		grp.held = held
	}
	gp.sim.prev = 0
	gp.sim.next = grp.first
	if next := grp.first.ptr(); next != nil {
		next.sim.prev.set(gp)
	}
	grp.first.set(gp)
}

func (grp *simGroup) remove(gp *g) {
	grp.count--
	prev, next := gp.sim.prev.ptr(), gp.sim.next.ptr()
	if prev != nil {
		prev.sim.next = gp.sim.next
	} else {
		grp.first = gp.sim.next
	}
	if next != nil {
		next.sim.prev = gp.sim.prev
	}
}

// simTurn prepares gp for its next turn. What it will decide, when to yield and
// which random numbers to draw, follows from its key and the number of the turn.
// One lock or one map more during a turn changes the rest of that turn at most.
func simTurn(w *simWorld, gp *g) {
	s := &gp.sim
	s.roused = false
	s.epoch++
	r := simMix((s.key ^ w.luck) + uint64(s.epoch)*0xd1342543de82ef95)
	s.rand = r
	points := int32(1<<31 - 1)
	if !w.fifo {
		points = int32(uint64(uint32(r>>7)) * uint64(w.spread) >> 32)
	}
	if s.hold > 0 {
		s.pointsHeld = points
	} else {
		s.points = points
	}
}

// simReady makes gp ready in its world and reports whether that was all there
// was to do: a goroutine that kept its turn while it waited (for the collector,
// say) goes the ordinary way.
func simReady(gp *g, traceskip int) bool {
	b := gp.bubble
	if b == nil || !b.sim.on {
		return false
	}
	if gp.sim.kept {
		gp.sim.kept = false
		return false
	}
	mp := acquirem()
	if readgstatus(gp)&^_Gscan != _Gwaiting {
		dumpgstatus(gp)
		throw("bad g->status in simReady")
	}
	trace := traceAcquire()
	casgstatus(gp, _Gwaiting, _Grunnable)
	if trace.ok() {
		trace.GoUnpark(gp, traceskip)
		traceRelease(trace)
	}
	w := &b.sim
	if getg().bubble == b || mp.curg != nil && mp.curg.bubble == b {
		w.push(gp)
		if gp != w.idler.ptr() {
			w.idled = false
		}
	} else {
		if other := mp.curg; other != nil && simWorldOf(other) != nil {
			w.disturbed.Store(true)
		}
		// A thread outside the world: leave gp where the holder of the turn will find it.
		for {
			old := w.remote.Load()
			gp.schedlink = guintptr(old)
			if w.remote.CompareAndSwap(old, uintptr(unsafe.Pointer(gp))) {
				break
			}
		}
	}
	releasem(mp)
	return true
}

// simPark is called when gp is about to park. It returns gp's world if
// gp gives up its turn, and nil if it keeps it or is in none.
func simPark(gp *g) *simWorld {
	w := simWorldOf(gp)
	if w == nil {
		return nil
	}
	gp.sim.kept = !simGivesUpTurn[gp.waitreason]
	if gp.sim.kept {
		return nil
	}
	if simAwaitsLock(gp.waitreason) && !w.await(gp) {
		gp.sim.kept = true
		return nil
	}
	if gp.sim.hold > 0 && gp.sim.apart == 0 {
		throw("terrella: a goroutine waits while it has promised to keep its turn")
	}
	w.left(gp)
	w.raceLeft(gp)
	return w
}

// left notes in which state gp's turn ended: a turn that drew one random number more
// than in another run shows up in the hash of the next step. The scheduling points
// passed are left out: to pass one more, in filling a cache say, changes nothing unless it is the
// one at which the goroutine yields.
func (w *simWorld) left(gp *g) {
	w.last = gp.sim.rand
	if gp.sim.nheld > 0 {
		w.list(gp)
	}
	if w.log.on {
		w.logLeft(gp)
	}
}

// raceLeft orders, for the race detector, what gp did up to here before the next moment of
// idleness, or, if gp is the one that waited for it, what it saw there before all that follows.
func (w *simWorld) raceLeft(gp *g) {
	if !raceenabled {
		return
	}
	if gp == w.idler.ptr() {
		simRaceRelease(gp, w.afterIdle())
	} else {
		simRaceRelease(gp, gp.bubble.raceaddr())
	}
}

// afterIdle is the address at which what happened up to a moment of idleness is
// ordered, for the race detector, before all that comes after it.
func (w *simWorld) afterIdle() unsafe.Pointer { return unsafe.Pointer(&w.idled) }

// simGivesUpTurn lists the reasons for waiting that are the program's own. During all others, the
// collector's and the operating system's, the goroutine keeps its turn.
var simGivesUpTurn = [len(waitReasonStrings)]bool{
	waitReasonChanReceive:           true,
	waitReasonChanReceiveNilChan:    true,
	waitReasonChanSend:              true,
	waitReasonChanSendNilChan:       true,
	waitReasonSelect:                true,
	waitReasonSelectNoCases:         true,
	waitReasonSleep:                 true,
	waitReasonSyncCondWait:          true,
	waitReasonSyncMutexLock:         true,
	waitReasonSyncRWMutexLock:       true,
	waitReasonSyncRWMutexRLock:      true,
	waitReasonSyncWaitGroupWait:     true,
	waitReasonSynctestChanReceive:   true,
	waitReasonSynctestChanSend:      true,
	waitReasonSynctestSelect:        true,
	waitReasonSynctestWait:          true,
	waitReasonSynctestWaitGroupWait: true,
}

// simExit is called when gp is about to exit. It returns the world that has to
// go on once gp is gone.
func simExit(gp *g) *simWorld {
	w := simWorldOf(gp)
	if w == nil {
		return nil
	}
	if gp.sim.nheld > 0 {
		w.orphan(gp)
	}
	w.left(gp)
	w.live--
	w.groups[gp.sim.group].remove(gp)
	if gp == w.main {
		w.outcome = simDone
		if w.stillCircled() {
			w.outcome = simLockCycle
		}
	}
	if gp.lockedm != 0 {
		// The thread ends with its goroutine and won't come back here.
		curg := gp.m.curg
		gp.m.curg = nil
		if next := w.pick(); next != nil {
			runqput(gp.m.p.ptr(), next, true)
		}
		gp.m.curg = curg
		return nil
	}
	return w
}

// simCoroExit is called when gp, a coroutine, is about to exit; its turn
// goes on with the goroutine that it is switched to.
func simCoroExit(w *simWorld, gp *g) {
	w.live--
	w.groups[gp.sim.group].remove(gp)
}

// simNext gives the turn to the goroutine that the world picks.
// It runs on g0 without a current goroutine, and never returns.
func simNext(w *simWorld) {
	gp := w.pick()
	if gp == nil {
		schedule()
	}
	mp := getg().m
	pp := mp.p.ptr()
	if mp.lockedg == 0 && gp.lockedm == 0 && !sched.gcwaiting.Load() && gcBlackenEnabled == 0 &&
		pp.runSafePointFn == 0 && !pp.preempt {
		execute(gp, true)
	}
	// Others wait for this P: go through the scheduler, behind them
	// if the monitor thread found that they wait for long.
	runqput(pp, gp, !pp.preempt)
	schedule()
}

// pick decides who runs next, letting time pass when nobody can. It
// returns nil when the world has ended.
func (w *simWorld) pick() *g {
	b := (*synctestBubble)(unsafe.Pointer(uintptr(unsafe.Pointer(w)) - unsafe.Offsetof(synctestBubble{}.sim)))
	for w.outcome == simRunning {
		if why := simOutcome(w.interrupt.Load()); why != simRunning {
			w.interrupt.Store(0)
			if why != simInterruptYield {
				w.outcome = why
				break
			}
		}
		if w.remote.Load() != 0 {
			w.takeRemote()
		}
		gp := w.pop()
		if gp == nil {
			w.idle(b)
			continue
		}
		if gp.sim.listed {
			w.unlist(gp)
		}
		simTurn(w, gp)
		w.step++
		if w.step == w.redrawFrom {
			w.luck = w.redraw
		}
		w.hash = simHashStep(w.hash, w.last, gp.sim.rand, b.now)
		w.turn.set(gp)
		if w.step >= w.maxSteps {
			w.outcome = simStepLimit
			break
		}
		still := w.step - w.moved
		if still >= w.maxStill {
			w.outcome = simLivelock
			break
		}
		if still >= simPatience && still%simRelief == 0 {
			w.relieve()
		}
		if w.log.on && !w.logStep(gp) {
			w.outcome = simDiverged
			break
		}
		if raceenabled && w.watched {
			if gp == w.woken.ptr() {
				simRaceAcquire(gp, b.raceaddr())
			} else {
				simRaceAcquire(gp, w.afterIdle())
			}
		}
		return gp
	}
	ready(w.host, 0, true)
	return nil
}

// A goroutine that could run keeps its place in the queue, those that come back to it draw theirs anew: who has drawn a place far behind may wait
// for as many turns as one over a small number, and others that wait for it, by trying again and again, would never end. So
// after simPatience steps in which time has not moved, every simRelief-th turn goes to who has waited longest.
const (
	simPatience = 10_000
	simRelief   = 64
)

// relieve puts the goroutine that has been in the queue for longest at its head.
func (w *simWorld) relieve() {
	oldest := 0
	for i := range w.queue {
		if w.queue[i].order < w.queue[oldest].order {
			oldest = i
		}
	}
	if len(w.queue) > 0 {
		w.queue[oldest].prio = 0
		w.up(oldest)
	}
}

// simHashStep extends the schedule hash by one decision: the state in which the turn before ended, who is picked, and the time. One
// multiplication is enough: as the step can be undone, two runs that differ once stay different, unless a later step
// happens to make up for it. simRun mixes the final hash. Benchmarks of internal/kernel copy it.
func simHashStep(hash, last, picked uint64, now int64) uint64 {
	h := (hash ^ last ^ picked) * simGolden
	return (h<<29 | h>>35) ^ uint64(now)
}

// takeRemote enters the goroutines that other threads made ready, oldest first.
func (w *simWorld) takeRemote() {
	var list guintptr
	for gp := guintptr(w.remote.Swap(0)); gp != 0; {
		next := gp.ptr().schedlink
		gp.ptr().schedlink = list
		list, gp = gp, next
	}
	for list != 0 {
		gp := list.ptr()
		list = gp.schedlink
		gp.schedlink = 0
		w.push(gp)
	}
	w.idled = false
}

// idle is called when no goroutine can run. It wakes the one that waits for this, or else
// moves time to the next timer and runs what is due, or else ends the world.
func (w *simWorld) idle(b *synctestBubble) {
	if idler := w.idler.ptr(); idler != nil && !w.idled {
		w.idled = true
		w.idler = 0
		w.woken.set(idler)
		casgstatus(idler, _Gwaiting, _Grunnable)
		w.push(idler)
		return
	}
	next := simNextTimer(&b.timers)
	if next == 0 || next == maxWhen { // of a clock that stands still
		w.outcome = simDeadlock
		return
	}
	if w.circled != 0 && next-w.circledAt > simCirclePatience && w.stillCircled() {
		w.outcome = simLockCycle
		return
	}
	if next > w.maxTime {
		b.now = w.maxTime
		w.outcome = simTimeLimit
		return
	}
	if next > b.now {
		b.now = next
		w.moved = w.step
	}
	w.idled = false
	b.timers.check(b.now, b)
}

// simNextTimer returns when the next timer is due, 0 if there is none. It is exact where wakeTime
// is a lower bound: time must not pause for a timer that was stopped, for whether such a one is still
// in the heap depends on when the collector has asked for the processor.
//
//go:yeswritebarrierrec
func simNextTimer(ts *timers) (when int64) {
	if ts.wakeTime() == 0 {
		return 0
	}
	ts.lock()
	for len(ts.heap) > 0 {
		head := ts.heap[0]
		if first := ts.minWhenModified.Load(); first != 0 && first < head.when {
			ts.adjust(first, true)
			continue
		}
		if head.timer.astate.Load()&(timerModified|timerZombie) == 0 {
			when = head.when
			break
		}
		head.timer.lock()
		head.timer.updateHeap()
		head.timer.unlock()
	}
	ts.unlock()
	return when
}

// simYield puts the current goroutine back into the queue and picks the next. It is
// called on g0 once gp is runnable and dropped from its M.
func simYield(w *simWorld, gp *g) {
	w.left(gp)
	w.raceLeft(gp)
	w.yield(gp)
	w.idled = false
	simNext(w)
}

// simGosched is called on g0 when gp is runnable and dropped from its M. A goroutine that gives up its turn
// of its own will has the next one picked. One that is preempted keeps it, unless the watchdog
// has asked for more.
func simGosched(w *simWorld, gp *g, preempted bool) {
	if gp.sim.hold > 0 {
		return
	}
	if preempted {
		switch why := simOutcome(w.interrupt.Load()); why {
		case simRunning:
			return
		case simInterruptYield:
			w.interrupt.Store(0)
		default:
			simDropRegs(gp)
			w.outcome = why
			w.left(gp)
			simNext(w)
		}
	}
	simYield(w, gp)
}

// simInterruptYield is the value of simWorld.interrupt that takes the turn from a goroutine, where the others end the world.
const simInterruptYield simOutcome = 1<<32 - 1

// simPoint is a scheduling point: the goroutine may lose its turn here.
//
//go:nosplit
func simPoint() {
	gp := getg()
	gp.sim.points--
	if gp.sim.points < 0 {
		simPointSlow(gp)
	}
}

func simPointSlow(gp *g) {
	w := simWorldOf(gp)
	mp := gp.m
	if w == nil || gp == mp.g0 || gp == mp.gsignal {
		gp.sim.points = 1<<31 - 1
		return
	}
	if gp.sim.hold > 0 {
		gp.sim.points = 1<<31 - 1
		return
	}
	if mp.locks != 0 || mp.mallocing != 0 || mp.preemptoff != "" {
		gp.sim.points = 0 // at the next point
		return
	}
	if len(w.queue) == 0 {
		simTurn(w, gp)
		return
	}
	mcall(simPoint_m)
}

// simPoint_m is simPoint's continuation on g0.
func simPoint_m(gp *g) {
	trace := traceAcquire()
	if trace.ok() {
		trace.GoPreempt()
	}
	w := simWorldOf(gp)
	casgstatus(gp, _Grunning, _Grunnable)
	if trace.ok() {
		traceRelease(trace)
	}
	dropg()
	simYield(w, gp)
}

// simRand returns the goroutine's next random number. It reports false outside
// worlds once main.main has begun. Before that, and inside sync.Once, whose
// function runs in whichever world comes first, the numbers depend on nothing.
//
//go:nosplit
func simRand() (uint64, bool) {
	gp := getg()
	if b := gp.bubble; b != nil && b.sim.on {
		if gp.sim.apart > 0 {
			gp.sim.apartRand += simGolden
			return simMix(gp.sim.apartRand), true
		}
		gp.sim.rand += simGolden
		return simMix(gp.sim.rand), true
	}
	if !simMainBegun && gp.m.curg == gp && gp.goid == 1 {
		gp.sim.rand += simGolden
		return simMix(gp.sim.rand), true
	}
	return 0, false
}

// simMainBegun says that package initialisation is over.
var simMainBegun bool

// simRandn returns a number below n for select's polling order.
func simRandn(n uint32) uint32 {
	if x, ok := simRand(); ok {
		return uint32(x >> 32 * uint64(n) >> 32)
	}
	return cheaprandn(n)
}
