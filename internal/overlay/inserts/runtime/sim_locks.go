//go:build ignore

package runtime

import (
	"internal/goarch"
	"internal/runtime/atomic"
	"internal/stringslite"
	"unsafe"
)

// A simHeld is a lock that a goroutine holds, or waits for: a sync.Mutex or a sync.RWMutex. What is known of locks
// tells who waits for whom in a deadlock, who else has a lock that is shared between worlds, and
// what a goroutine that is killed has to let go of.
type simHeld struct {
	lock uintptr // address, with the way in which it is held in the lowest bits
	pc   uintptr // where it was locked: a return address; 0 if unknown
}

// The ways in which a lock is held. Keep in sync with package sync's simUnlock and with internal/kernel.
const (
	simMutex   = 0 // a Mutex
	simReader  = 1 // an RWMutex, by RLock
	simWriter  = 2 // an RWMutex, by Lock
	simPending = 3 // an RWMutex whose Lock still waits for readers

	simHeldWay = 3
	simGone    = 4 // an RWMutex whose RLock still waits for the writer; for simUnlock alone
)

// simHeldMax is how many locks a goroutine keeps note of itself; the world notes those beyond.
const simHeldMax = 4

// A simOrphan is a lock whose holder is not there to keep note of it: it has exited, or holds many.
type simOrphan struct {
	simHeld
	num   uint64
	group uint32
}

// simLocking notes that gp is about to lock, or has locked, a lock. The entry is made before
// the goroutine waits; while it waits, await takes it out.
//
//go:nosplit
func simLocking(gp *g, lock uintptr, fp uintptr) {
	b := gp.bubble
	if b == nil || !b.sim.on {
		return
	}
	h := simHeld{lock: lock}
	if fp != 0 {
		// fp is the frame of the runtime's function; the frame above is that of sync's, whose
		// return address is in the program.
		up := *(*uintptr)(unsafe.Pointer(fp))
		h.pc = *(*uintptr)(unsafe.Pointer(up + goarch.PtrSize))
	}
	s := &gp.sim
	if n := s.nheld; n < simHeldMax {
		s.held[n] = h
		s.nheld = n + 1
		return
	}
	simSpill(gp, h)
}

func simSpill(gp *g, h simHeld) {
	gp.sim.spilled++
	w := &gp.bubble.sim
	w.orphans = append(w.orphans, simOrphan{h, gp.sim.num, gp.sim.group})
}

// simUnlocked notes that a lock was let go of. Whoever does it, it is the latest entry that goes.
//
//go:nosplit
func simUnlocked(gp *g, lock uintptr, reader bool) {
	b := gp.bubble
	if b == nil || !b.sim.on || b.sim.releasing {
		return // what release unlocks is on no list any more
	}
	if !gp.sim.drop(lock, reader) {
		b.sim.dropOther(lock, reader)
	}
}

//go:nosplit
func (s *simG) drop(lock uintptr, reader bool) bool {
	for i := s.nheld - 1; i >= 0; i-- {
		if s.held[i].is(lock, reader) {
			for ; i < s.nheld-1; i++ {
				s.held[i] = s.held[i+1]
			}
			s.nheld--
			return true
		}
	}
	return false
}

//go:nosplit
func (h simHeld) is(lock uintptr, reader bool) bool {
	return h.lock&^simHeldWay == lock && (h.lock&simHeldWay == simReader) == reader
}

// dropOther takes out a lock that the current goroutine lets go of for another one.
func (w *simWorld) dropOther(lock uintptr, reader bool) {
	for i := len(w.orphans) - 1; i >= 0; i-- {
		if w.orphans[i].is(lock, reader) {
			if gp := getg(); w.orphans[i].num == gp.sim.num {
				gp.sim.spilled--
			}
			w.orphans = append(w.orphans[:i], w.orphans[i+1:]...)
			return
		}
	}
	for gp := w.holders.ptr(); gp != nil; gp = gp.sim.nextHolder.ptr() {
		if gp.sim.drop(lock, reader) {
			return
		}
	}
}

// orphan leaves the locks of gp, which exits, to the world.
func (w *simWorld) orphan(gp *g) {
	s := &gp.sim
	for _, h := range s.held[:s.nheld] {
		w.orphans = append(w.orphans, simOrphan{h, s.num, s.group})
	}
	s.nheld = 0
}

// list enters gp, which holds locks and gives up its turn, among those to be asked when
// another goroutine waits for a lock.
func (w *simWorld) list(gp *g) {
	s := &gp.sim
	if s.listed {
		return
	}
	s.listed = true
	s.prevHolder = 0
	s.nextHolder = w.holders
	if next := w.holders.ptr(); next != nil {
		next.sim.prevHolder.set(gp)
	}
	w.holders.set(gp)
}

func (w *simWorld) unlist(gp *g) {
	s := &gp.sim
	if !s.listed {
		return
	}
	s.listed = false
	prev, next := s.prevHolder.ptr(), s.nextHolder.ptr()
	if prev != nil {
		prev.sim.nextHolder = s.nextHolder
	} else {
		w.holders = s.nextHolder
	}
	if next != nil {
		next.sim.prevHolder = s.prevHolder
	}
}

// simAwaitsLock tells for a reason for waiting whether it is a lock that is waited for.
func simAwaitsLock(r waitReason) bool {
	return r == waitReasonSyncMutexLock || r == waitReasonSyncRWMutexLock || r == waitReasonSyncRWMutexRLock
}

// await is called when gp is about to wait for a lock. It reports whether a goroutine of this
// world has it. If not, it is held outside of the world, and to wait for that is nothing that a world
// may notice: gp keeps its turn. If gp closes a circle of goroutines that wait for each other, this is remembered.
func (w *simWorld) await(gp *g) bool {
	s := &gp.sim
	if s.nheld == 0 || s.spilled > 0 {
		return true // nothing is known
	}
	s.waits = s.held[s.nheld-1]
	if gp.waitreason != waitReasonSyncRWMutexLock {
		s.nheld--
	}
	if !w.has(gp, s.waits) {
		if w.shared && (s.hold == 0 || s.apart > 0) {
			w.outcome = simContended
			return true
		}
		s.resume()
		return false
	}
	if !w.stillCircled() && w.circle(gp) {
		w.circled.set(gp)
		w.circledNum = s.num
		w.circledAt = gp.bubble.now
	}
	return true
}

// simTake is called before a goroutine of a world beside which others run locks the mutex m. If another world
// has it, a goroutine of this one can't wait for it like others: who unlocks would wake the one or the other, and
// to wait while the world stands still could go on for ever, as the other world might wait
// likewise. So this world ends, and is to be run again, alone. Only locks that are never held over a scheduling point are waited
// for. If m is free and take is set, simTake locks it, so that nobody comes between; it reports whether.
func simTake(gp *g, m unsafe.Pointer, take bool) bool {
	state := (*uint32)(m)
	for {
		if take && atomic.Cas(state, 0, 1) {
			return true
		}
		if !take && atomic.Load(state) == 0 || gp.bubble.sim.has(gp, simHeld{lock: uintptr(m) | simMutex}) {
			return false
		}
		if gp.sim.hold == 0 {
			mcall(simContend)
		}
		mcall(func(gp *g) { goschedImpl(gp, true) }) // with the turn
	}
}

// has reports whether gp or a goroutine without the turn holds what one that waits for h waits for.
func (w *simWorld) has(gp *g, h simHeld) bool {
	if gp.sim.blocks(h) {
		return true
	}
	for o := w.holders.ptr(); o != nil; o = o.sim.nextHolder.ptr() {
		if o.sim.blocks(h) {
			return true
		}
	}
	reader := h.lock&simHeldWay == simPending
	for i := range w.orphans {
		if w.orphans[i].is(h.lock&^simHeldWay, reader) {
			return true
		}
	}
	return false
}

// simContend ends a world because of a lock that another one has.
func simContend(gp *g) {
	w := simWorldOf(gp)
	gp.waitreason = waitReasonSelectNoCases
	casgstatus(gp, _Grunning, _Gwaiting)
	dropg()
	w.left(gp)
	w.outcome = simContended
	simNext(w)
}

// stillCircled reports whether the circle that was found last is still there. A circle is not the end in
// itself: whoever likes may unlock a mutex. It is taken for one if it has lasted for simCirclePatience, or
// until the world's function has returned.
func (w *simWorld) stillCircled() bool {
	gp := w.circled.ptr()
	if gp == nil {
		return false
	}
	if gp.sim.num == w.circledNum && gp.sim.waits.lock != 0 && w.circle(gp) {
		return true
	}
	w.circled = 0
	return false
}

// simCirclePatience is in nanoseconds of virtual time.
const simCirclePatience = 60e9

// resume puts back what await has taken out.
func (s *simG) resume() {
	if s.waits.lock&simHeldWay != simPending {
		s.held[s.nheld] = s.waits
		s.nheld++
	}
	s.waits = simHeld{}
}

// blocks reports whether gp holds what a goroutine that waits for h waits for.
func (s *simG) blocks(h simHeld) bool {
	reader := h.lock&simHeldWay == simPending // a writer waits for readers
	for _, own := range s.held[:s.nheld] {
		if own.is(h.lock&^simHeldWay, reader) {
			return true
		}
	}
	return false
}

// circle reports whether gp waits for a lock that is held, in the end, by itself.
func (w *simWorld) circle(gp *g) bool {
	if gp.sim.blocks(gp.sim.waits) {
		return true
	}
	w.marks++
	var todo guintptr
	at := gp
	for {
		for o := w.holders.ptr(); o != nil; o = o.sim.nextHolder.ptr() {
			s := &o.sim
			if s.mark == w.marks || s.waits.lock == 0 || !s.blocks(at.sim.waits) {
				continue
			}
			if gp.sim.blocks(s.waits) {
				return true
			}
			s.mark = w.marks
			s.nextMarked = todo
			todo.set(o)
		}
		at = todo.ptr()
		if at == nil {
			return false
		}
		todo = at.sim.nextMarked
	}
}

// letGo takes the locks of gp, which is killed; release unlocks them. What a dead goroutine has locked, nobody
// else could ever lock again, on another node or in a later world.
func (w *simWorld) letGo(gp *g) {
	s := &gp.sim
	if n := s.nheld; s.roused && n > 0 && s.held[n-1].lock&simHeldWay == simMutex && !simTakeOver(s.held[n-1].lock) {
		s.nheld--
	}
	w.released = append(w.released, s.held[:s.nheld]...)
	if s.waits.lock&simHeldWay == simReader {
		w.gone = append(w.gone, s.waits.lock&^simHeldWay)
	}
	s.nheld = 0
	s.waits = simHeld{}
	w.unlist(gp)
	if w.circled.ptr() == gp {
		w.circled = 0
	}
}

// simTakeOver takes a mutex for a goroutine that was woken to do so, and is killed before it could. It reports whether
// the mutex is to be unlocked then, which wakes the next in line. If somebody else was quicker, all that is left to do is
// that he be told to wake the next. The bits of state are those of package internal/sync.
func simTakeOver(mutex uintptr) bool {
	const locked, woken, starving, waiter = 1, 2, 4, 8
	state := (*uint32)(unsafe.Pointer(mutex))
	switch v := atomic.Load(state); {
	case v&locked != 0:
		atomic.Store(state, v&^woken)
		return false
	case v&starving != 0: // it was handed over
		atomic.Store(state, v+locked-waiter)
	default:
		atomic.Store(state, (v|locked)&^woken)
	}
	return true
}

// release unlocks what killed goroutines held. It keeps the turn.
func (w *simWorld) release(group uint32) {
	rest := w.orphans[:0]
	for _, o := range w.orphans {
		if o.group == group {
			w.released = append(w.released, o.simHeld)
		} else {
			rest = append(rest, o)
		}
	}
	w.orphans = rest
	locks, gone := w.released, w.gone
	w.released, w.gone = nil, nil
	if len(locks)+len(gone) == 0 || simUnlock == nil {
		return
	}
	mp := acquirem() // so that nobody is handed a lock with the turn
	simHold()
	w.releasing = true
	// Who only waited is forgotten first, so that nobody who unlocks wakes it.
	for _, lock := range gone {
		simUnlock(unsafe.Pointer(lock), simGone)
	}
	for _, pending := range [...]bool{true, false} {
		for _, h := range locks {
			if way := h.lock & simHeldWay; (way == simPending) == pending {
				simUnlock(unsafe.Pointer(h.lock&^simHeldWay), way)
			}
		}
	}
	w.releasing = false
	simRelease()
	releasem(mp)
}

// simUnlock unlocks a lock of package sync; that package sets it.
var simUnlock func(lock unsafe.Pointer, way uintptr)

//go:linkname sync_simSetUnlock sync.runtime_simSetUnlock
func sync_simSetUnlock(f func(lock unsafe.Pointer, way uintptr)) { simUnlock = f }

// A simLockInfo tells of one lock that a goroutine holds or waits for. Keep in sync with internal/kernel.
type simLockInfo struct {
	num   uint64 // goroutine
	lock  uintptr
	pc    uintptr
	way   uint32
	waits bool
}

// simCallOfSync returns the return address, in the program's own function, of a call into package
// sync, one that was inlined perhaps. It is 0 if sync was called through an interface.
func simCallOfSync(pc uintptr) uintptr {
	f := findfunc(pc)
	if !f.valid() {
		return 0
	}
	for u, uf := newInlineUnwinder(f, pc-1); uf.valid(); uf = u.next(uf) {
		if !stringslite.HasPrefix(u.srcFunc(uf).name(), "sync.") {
			return uf.pc + 1
		}
	}
	return 0
}

// simLocks lists what the goroutines of a world hold and wait for.
//
//go:linkname simLocks
func simLocks(p unsafe.Pointer) []simLockInfo {
	w := &(*synctestBubble)(p).sim
	var out []simLockInfo
	add := func(num uint64, h simHeld, waits bool) {
		out = append(out, simLockInfo{num, h.lock &^ simHeldWay, simCallOfSync(h.pc), uint32(h.lock & simHeldWay), waits})
	}
	for i := range w.groups {
		for gp := w.groups[i].first.ptr(); gp != nil; gp = gp.sim.next.ptr() {
			s := &gp.sim
			for _, h := range s.held[:s.nheld] {
				add(s.num, h, false)
			}
			if s.waits.lock != 0 {
				add(s.num, s.waits, true)
			}
		}
	}
	for _, o := range w.orphans {
		add(o.num, o.simHeld, false)
	}
	return out
}
