package overlay

// edits is everything that is changed in the standard library. What the inserted
// names do is written where they are declared, in the folder inserts.
//
// An edit that some releases lack the place for says so by from and to. An insert says it by a
// build constraint, "//go:build ignore && go1.27" in place of "//go:build ignore".
var edits = append([]edit{
	// What a goroutine, a timer and a bubble keep for their world.
	{file: "runtime/runtime2.go", decl: "g", op: addField, text: "sim simG"},
	{file: "runtime/time.go", decl: "timer", op: addField, text: "sim simTimer"},
	{file: "runtime/synctest.go", decl: "synctestBubble", op: addField, text: "sim simWorld"},

	// The scheduler: who becomes runnable joins the world's queue, who gives up its turn
	// has the world pick the next.
	{file: "runtime/proc.go", decl: "ready", op: atEntry, text: "if gp.bubble != nil && simReady(gp, traceskip) { return }"},
	{file: "runtime/proc.go", decl: "newproc1", op: after, anchor: "newg.bubble = callergp.bubble", text: "; simInherit(newg, callergp)"},
	{file: "runtime/proc.go", decl: "newproc", op: before, anchor: "pp := getg().m.p.ptr()", text: "if simSpawned(newg) { return }; "},
	{file: "runtime/proc.go", decl: "newproc", op: atExit, text: "simPoint()"},
	{file: "runtime/proc.go", decl: "park_m", op: after, anchor: "bubble := gp.bubble", text: "; world := simPark(gp); if simWorldOf(gp) != nil { bubble = nil }"},
	{file: "runtime/proc.go", decl: "park_m", op: before, anchor: "schedule()", text: "if world != nil { simNext(world) }; "},
	{file: "runtime/proc.go", decl: "goschedImpl", op: after, anchor: "dropg()", text: "; if world := simWorldOf(gp); world != nil { simGosched(world, gp, preempted) }"},
	{file: "runtime/proc.go", decl: "goyield_m", op: after, anchor: "dropg()", text: "; if world := simWorldOf(gp); world != nil { simYield(world, gp) }"},
	{file: "runtime/proc.go", decl: "goschedguarded_m", op: replace, anchor: "goschedImpl(gp, false)", text: "goschedImpl(gp, simWorldOf(gp) != nil)"},
	{file: "runtime/mgcmark.go", decl: "gcAssistAlloc", op: after, anchor: "gp.bubble = nil", text: "; simHold(); defer simRelease()"},
	{file: "runtime/mgc.go", decl: "gcStart", op: after, anchor: "gp.bubble = nil", text: "; simHold(); defer simRelease()"},
	{file: "runtime/mgc.go", decl: "GC", op: atEntry, text: "simHold(); defer simRelease()"},
	{file: "runtime/proc.go", decl: "preemptPark", op: atEntry, text: "gp.sim.kept = true"},
	{file: "runtime/proc.go", decl: "goexit1", op: after, anchor: "racereleasemergeg(gp, gp.bubble.raceaddr())", text: "; if simWorldOf(gp) != nil { simRaceEnd(gp) }"},
	{file: "runtime/proc.go", decl: "goexit0", op: atEntry, text: "world := simExit(gp)"},
	{file: "runtime/proc.go", decl: "goexit0", op: after, anchor: "gdestroy(gp)", text: "; if world != nil { simNext(world) }"},
	{file: "runtime/coro.go", decl: "coroswitch_m", op: after, anchor: "bubble := gp.bubble", text: "; world := simWorldOf(gp); if world != nil { bubble = nil; if exit { simCoroExit(world, gp) } }"},

	// The bubble's own counts of running goroutines are not kept in a world.
	{file: "runtime/proc.go", decl: "casgstatus", op: replace, anchor: "if gp.bubble != nil {", text: "if gp.bubble != nil && !gp.bubble.sim.on {"},
	{file: "runtime/proc.go", decl: "casgstatus", to: 25, op: before, anchor: "if oldval == _Grunning {", text: "if gp.bubble != nil && gp.bubble.sim.on { return }; "},
	{file: "runtime/proc.go", decl: "casgstatus", from: 26, op: before, anchor: "if (oldval == _Grunning || oldval == _Gsyscall) &&", text: "if gp.bubble != nil && gp.bubble.sim.on { return }; "}, // scheduling latencies say nothing here
	{file: "runtime/synctest.go", decl: "(*synctestBubble).changegstatus", op: atEntry, text: "if bubble.sim.on { return }"},
	{file: "runtime/synctest.go", decl: "(*synctestBubble).incActive", op: atEntry, text: "if bubble.sim.on { return }"},
	{file: "runtime/synctest.go", decl: "(*synctestBubble).decActive", op: atEntry, text: "if bubble.sim.on { return }"},
	{file: "runtime/synctest.go", decl: "synctest_isInBubble", op: atEntry, text: "if simWorldOf(getg()) != nil { return false }"},
	{file: "runtime/synctest.go", decl: "synctestRun", op: atEntry, text: `if simWorldOf(getg()) != nil { panic(plainError("terrella: testing/synctest can't be used inside a world, which has a clock of its own")) }`},
	{file: "runtime/synctest.go", decl: "synctestWait", op: atEntry, text: `if simWorldOf(getg()) != nil { panic(plainError("terrella: testing/synctest can't be used inside a world, which has a clock of its own")) }`},

	// Randomness comes from the world's seed.
	{file: "runtime/rand.go", decl: "rand", op: atEntry, text: "if x, ok := simRand(); ok { return x }"},
	{file: "runtime/select.go", decl: "selectgo", op: replace, anchor: "cheaprandn(uint32(norder + 1))", text: "simRandn(uint32(norder + 1))"},
	{file: "crypto/internal/sysrand/rand.go", decl: "Read", op: atEntry, text: "if runtime_simFill(b) { return }"},
	{file: "runtime/debug.go", decl: "GOMAXPROCS", op: atEntry, text: "if n <= 0 && simWorldOf(getg()) != nil { return simProcs }"},
	{file: "runtime/debug.go", decl: "NumCPU", op: atEntry, text: "if simWorldOf(getg()) != nil { return simProcs }"},
	{file: "runtime/debug.go", decl: "NumGoroutine", op: atEntry, text: "if w := simWorldOf(getg()); w != nil { return w.live }"},
	{file: "runtime/proc.go", decl: "main", op: before, anchor: "fn := main_main", text: "simMainBegun = true; "},
	{file: "runtime/alg.go", decl: "alginit", to: 26, op: atEntry, text: "for i := range hashkey { hashkey[i] = simHashKey(i) }; return"},
	{file: "internal/runtime/maps/runtime_alg.go", decl: "AlgInit", from: 27, op: atEntry, text: "for i := range hashkey { hashkey[i] = simHashKey(i) }; return"},
	{file: "internal/runtime/maps/map.go", decl: "NewEmptyMap", op: replace, anchor: "uintptr(rand())", text: "simSeed"},
	{file: "internal/runtime/maps/map.go", decl: "NewMap", op: replace, anchor: "uintptr(rand())", text: "simSeed"},
	{file: "internal/runtime/maps/map.go", decl: "(*Map).Delete", op: replace, anchor: "uintptr(rand())", text: "simSeed"},
	{file: "internal/runtime/maps/map.go", decl: "(*Map).Clear", op: replace, anchor: "uintptr(rand())", text: "simSeed"},

	// Maps keyed by addresses are walked in an order that does not depend on them.
	{file: "internal/runtime/maps/table.go", decl: "(*Iter).Init", op: atEntry, text: "if simInit(it, typ, m) { return }"},
	{file: "internal/runtime/maps/table.go", decl: "(*Iter).Next", op: atEntry, text: "if it.dirIdx == simSorted { it.simNext(); return }"},
	{file: "internal/runtime/maps/runtime.go", decl: "runtime_mapassign", from: 26, op: atEntry, text: "simNumberKey(typ.Key, key)"},
	{file: "internal/runtime/maps/runtime_swiss.go", decl: "runtime_mapassign", to: 25, op: atEntry, text: "simNumberKey(typ.Key, key)"},
	{file: "internal/runtime/maps/runtime_fast64.go", decl: "runtime_mapassign_fast64ptr", from: 26, op: atEntry, text: "simNumber(key)"},
	{file: "internal/runtime/maps/runtime_fast64_swiss.go", decl: "runtime_mapassign_fast64ptr", to: 25, op: atEntry, text: "simNumber(key)"},
	{file: "internal/runtime/maps/runtime_fast32.go", decl: "runtime_mapassign_fast32ptr", from: 26, op: atEntry, text: "simNumber(key)"},
	{file: "internal/runtime/maps/runtime_fast32_swiss.go", decl: "runtime_mapassign_fast32ptr", to: 25, op: atEntry, text: "simNumber(key)"},
	{file: "runtime/mheap.go", decl: "mspan", op: addField, text: "sim *simTable"},
	{file: "runtime/mgcsweep.go", decl: "(*sweepLocked).sweep", op: before, anchor: "s.allocBits = s.gcmarkBits", text: "simSweep(s); "},
	{file: "runtime/mheap.go", decl: "(*mheap).freeSpanLocked", op: atEntry, text: "if s.sim != nil { simTableFreed(s) }"},

	// Time is the world's, and timers belong to the node that set them.
	{file: "runtime/sema.go", decl: "internal_sync_nanotime", op: atEntry, text: "if gp := getg(); simWorldOf(gp) != nil { return gp.bubble.now }"},
	{file: "runtime/proc.go", decl: "internal_sync_runtime_canSpin", op: atEntry, text: "if simWorldOf(getg()) != nil { return false }"},
	{file: "runtime/time.go", decl: "(*timer).maybeAdd", op: replace, anchor: "cheaprand()", text: "simTimerOrder(t)"},
	{file: "runtime/time.go", decl: "(*timers).cleanHead", op: replace, anchor: "if gp.preemptStop {", text: "if gp.preemptStop && simWorldOf(gp) == nil {"}, // else the collector would decide which timers are in the heap
	{file: "runtime/time.go", decl: "(*timer).modify", op: atEntry, text: "if t.isFake { when = simArm(t, when) }"},
	{file: "runtime/time.go", decl: "(*timer).modify", op: replace, anchor: "wakeNetPoller(when)", text: "simWakeNetPoller(t, when)"},
	{file: "runtime/time.go", decl: "(*timer).maybeAdd", op: replace, anchor: "wakeNetPoller(when)", text: "simWakeNetPoller(t, when)"},
	{file: "runtime/time.go", decl: "(*timer).unlockAndRun", op: before, anchor: "if t.state&(timerModified|timerZombie) != 0 {", text: "sim := t.sim; dead := simTimerDead(t, bubble); if dead { t.period = 0 }; "},
	{file: "runtime/time.go", decl: "(*timer).unlockAndRun", op: before, anchor: "f(arg, seq, delay)", text: "if dead { f = func(any, uintptr, int64) {} }; if bubble != nil && bubble.sim.on { simFire(sim) }; "},
	{file: "runtime/time.go", decl: "(*timer).unlockAndRun", op: after, anchor: "f(arg, seq, delay)", text: "; if bubble != nil && bubble.sim.on { simFired() }"},

	{file: "runtime/time.go", decl: "stopTimer", op: atEntry, text: `if t.isFake && t.sim.bubble != nil && t.sim.bubble != getg().bubble { simForeign("Stop of", "timer") }`},
	{file: "runtime/time.go", decl: "resetTimer", op: atEntry, text: `if t.isFake && t.sim.bubble != nil && t.sim.bubble != getg().bubble { simForeign("Reset of", "timer") }`},

	// Package time follows the clock of the node whose goroutine asks.
	{file: "runtime/time.go", decl: "time_runtimeNow", op: atEntry, text: "if gp := getg(); gp.bubble != nil { return simNow(gp) }"},
	{file: "runtime/time.go", decl: "time_runtimeNano", op: replace, anchor: "return gp.bubble.now", text: "return simNano(gp)"},
	{file: "runtime/time.go", decl: "timeSleep", op: replace, anchor: "now = bubble.now", text: "now = simNano(gp)"},
	{file: "runtime/time.go", decl: "(*timer).unlockAndRun", op: replace, anchor: "delay := now - t.when", text: "delay := simLate(t, now)"},
	{file: "runtime/time.go", decl: "(*timer).unlockAndRun", op: replace, anchor: "next = t.when + t.period*(1+delay/t.period)", text: "next = simTick(t, now, delay)"},
	{file: "runtime/time.go", decl: "(*timer).maybeRunChan", op: after, anchor: "now = getg().bubble.now", text: "; simRefresh(t, getg().bubble)"},
	{file: "runtime/time.go", decl: "(*timer).maybeAdd", op: after, anchor: `t.trace("maybeAdd")`, text: "; if t.isFake { simRefresh(t, getg().bubble) }"},
	{file: "time/time.go", decl: "Now", op: replace, anchor: "mono -= startNano", text: "if mono < 0 { mono = ^mono } else { mono -= startNano }"},

	// Go 1.25 lacks what a kill needs: the way from a goroutine to the semaphore or condition that it waits for.
	{file: "runtime/sema.go", decl: "(*semaRoot).queue", to: 25, op: after, anchor: "s.elem = unsafe.Pointer(addr)", text: "; s.g.waiting = s"},
	{file: "runtime/sema.go", decl: "(*semaRoot).dequeue", to: 25, op: before, anchor: "s.elem = nil", text: "s.g.waiting = nil; "},
	{file: "runtime/sema.go", decl: "notifyListWait", to: 25, op: after, anchor: "l.tail = s", text: "; s.elem = unsafe.Pointer(l); s.g.waiting = s"},
	{file: "runtime/sema.go", decl: "notifyListWait", to: 25, op: before, anchor: "releaseSudog(s)", text: "s.g.waiting = nil; s.elem = nil; "},
	// There the Reset of a stopped timer that somebody waits for waits for a lock that it holds, if the timer is due at once.
	{file: "runtime/time.go", decl: "(*timer).modify", to: 25, op: before, anchor: "t.unlockAndRun(bubble.now, bubble)", text: "if !async && t.isChan { unlock(&t.sendLock) }; "},

	// Scheduling points.
	{file: "runtime/chan.go", decl: "chansend", op: atEntry, text: "simPoint()"},
	{file: "runtime/chan.go", decl: "chanrecv", op: atEntry, text: "simPoint()"},
	{file: "runtime/chan.go", decl: "closechan", op: atEntry, text: "simPoint()"},
	{file: "runtime/select.go", decl: "selectgo", op: atEntry, text: "simPoint()"},
	{file: "runtime/sema.go", decl: "notifyListAdd", op: atEntry, text: "simPoint()"},
	{file: "runtime/sema.go", decl: "notifyListNotifyAll", op: atEntry, text: "simPoint()"},
	{file: "runtime/sema.go", decl: "notifyListNotifyOne", op: atEntry, text: "simPoint()"},
	{file: "internal/sync/mutex.go", decl: "(*Mutex).Lock", op: atEntry, text: "if runtime_simLock(unsafe.Pointer(m)) { if race.Enabled { race.Acquire(unsafe.Pointer(m)) }; return }"},
	{file: "internal/sync/mutex.go", decl: "(*Mutex).TryLock", op: atEntry, text: "runtime_simTry(unsafe.Pointer(m))"},
	{file: "internal/sync/mutex.go", decl: "(*Mutex).TryLock", op: before, anchor: "return true", text: "runtime_simTried(unsafe.Pointer(m)); "},
	{file: "internal/sync/mutex.go", decl: "(*Mutex).Unlock", op: atExit, text: "runtime_simUnlock(unsafe.Pointer(m))"},
	{file: "internal/sync/mutex.go", decl: "(*Mutex).unlockSlow", op: before, anchor: "runtime_Semrelease(&m.sema, true, 2)", text: "runtime_simHandOver(unsafe.Pointer(m)); "},
	{file: "sync/rwmutex.go", decl: "(*RWMutex).RLock", op: atEntry, text: "runtime_simRLock(unsafe.Pointer(rw))"},
	{file: "sync/rwmutex.go", decl: "(*RWMutex).RUnlock", op: atExit, text: "runtime_simRUnlock(unsafe.Pointer(rw))"},
	{file: "sync/rwmutex.go", decl: "(*RWMutex).TryRLock", op: atEntry, text: "runtime_simPoint()"},
	{file: "sync/rwmutex.go", decl: "(*RWMutex).TryRLock", op: before, anchor: "return true", text: "runtime_simTriedR(unsafe.Pointer(rw)); "},
	{file: "sync/rwmutex.go", decl: "(*RWMutex).Lock", op: after, anchor: "rw.w.Lock()", text: "; runtime_simWriter(unsafe.Pointer(rw), true)"},
	{file: "sync/rwmutex.go", decl: "(*RWMutex).Lock", op: atExit, text: "runtime_simWriter(unsafe.Pointer(rw), false)"},
	{file: "sync/rwmutex.go", decl: "(*RWMutex).TryLock", op: before, anchor: "return true", text: "runtime_simWriter(unsafe.Pointer(rw), false); "},
	{file: "sync/waitgroup.go", decl: "(*WaitGroup).Add", op: atEntry, text: "runtime_simPoint()"},
	{file: "sync/waitgroup.go", decl: "(*WaitGroup).Wait", op: atEntry, text: "runtime_simPoint()"},
	{file: "sync/once.go", decl: "(*Once).Do", op: atEntry, text: "runtime_simPoint()"},

	// What happens once in the life of a process must not show in a world's schedule.
	{file: "sync/once.go", decl: "(*Once).doSlow", op: atEntry, text: "defer runtime_simOnceEnd(simOnceBegin(o))"},
	{file: "internal/godebug/godebug.go", decl: "(*Setting).Value", op: atEntry, text: "runtime_simHold(); defer runtime_simRelease()"},
	{file: "encoding/json/encode.go", decl: "typeEncoder", op: atEntry, text: "defer runtime_simMarked(runtime_simUnmarked(0))"},
	{file: "encoding/json/encode.go", decl: "typeFields", op: atEntry, text: "defer runtime_simMarked(runtime_simUnmarked(0))"},
	{file: "encoding/gob/type.go", decl: "buildTypeInfo", op: atEntry, text: "defer runtime_simMarked(runtime_simUnmarked(0))"},
	{file: "encoding/gob/encode.go", decl: "buildEncEngine", op: atEntry, text: "defer runtime_simMarked(runtime_simUnmarked(0))"},
	{file: "crypto/tls/cache.go", decl: "(*weakCertCache).newCert", op: atEntry, text: "defer runtime_simMarked(runtime_simUnmarked(0))"},
	{file: "reflect/type.go", decl: "FuncOf", op: atEntry, text: "defer runtime_simMarked(runtime_simUnmarked(0))"},
	{file: "reflect/type.go", decl: "StructOf", op: atEntry, text: "defer runtime_simMarked(runtime_simUnmarked(0))"},
	{file: "unique/canonmap.go", decl: "(*canonMap).LoadOrStore", op: atEntry, text: "runtime_simHold(); defer runtime_simRelease()"},
	{file: "unique/canonmap.go", decl: "newCanonMap", op: replace, anchor: "uintptr(runtime_rand())", text: "uintptr(0x9e3779b9)"},
	{file: "internal/testlog/log.go", decl: "Getenv", op: atEntry, text: "runtime_simHold(); defer runtime_simRelease()"},
	{file: "internal/testlog/log.go", decl: "Open", op: atEntry, text: "runtime_simHold(); defer runtime_simRelease()"},
	{file: "internal/testlog/log.go", decl: "Stat", op: atEntry, text: "runtime_simHold(); defer runtime_simRelease()"},
	{file: "internal/sync/hashtriemap.go", decl: "indirect", op: replace, anchor: "mu       Mutex", text: "mu       simQuietMutex"},
	{file: "internal/sync/hashtriemap.go", decl: "HashTrieMap", op: replace, anchor: "initMu   Mutex", text: "initMu   simQuietMutex"},
	{file: "internal/sync/hashtriemap.go", decl: "(*HashTrieMap).Range", op: atEntry, text: "if simRange(ht, yield) { return }"},
	{file: "internal/sync/hashtriemap.go", decl: "newEntryNode", op: atEntry, text: "simSeen(&key)"},
	{file: "internal/sync/hashtriemap.go", decl: "(*HashTrieMap).initSlow", op: replace, anchor: "uintptr(runtime_rand())", text: "uintptr(0x9e3779b9)"},
	{file: "sync/pool.go", decl: "(*Pool).Put", op: before, anchor: "if race.Enabled {\n\t\tif runtime_randn(4)", text: "if world := runtime_simPools(); world != nil { p.simPut(world, x); return }; "},
	{file: "sync/pool.go", decl: "(*Pool).Get", op: atEntry, text: "if world := runtime_simPools(); world != nil { return p.simGet(world) }"},

	// Clear words where a world's things are used from outside of it.
	{file: "runtime/chan.go", decl: "chansend", op: after, anchor: "if c.bubble != nil && getg().bubble != c.bubble {", text: ` if c.bubble.sim.on { simForeign("send on", "channel") }`},
	{file: "runtime/chan.go", decl: "chanrecv", op: after, anchor: "if c.bubble != nil && getg().bubble != c.bubble {", text: ` if c.bubble.sim.on { simForeign("receive from", "channel") }`},
	{file: "runtime/chan.go", decl: "closechan", op: after, anchor: "if c.bubble != nil && getg().bubble != c.bubble {", text: ` if c.bubble.sim.on { simForeign("close of", "channel") }`},
	{file: "runtime/select.go", decl: "selectgo", op: after, anchor: "if getg().bubble != cas.c.bubble {", text: ` if cas.c.bubble.sim.on { simForeign("select on", "channel") }`},
	{file: "runtime/panic.go", decl: "dopanic_m", op: atEntry, text: "simNote(gp)"},

	// A panic that nobody recovers from, and a fatal error, are the world's to report.
	// Programs don't see the collector.
	{file: "runtime/mfinal.go", decl: "SetFinalizer", op: atEntry, text: "if finalizer != nil && simNoCleanup() { return }"},
	{file: "runtime/mcleanup.go", decl: "AddCleanup", op: atEntry, text: "if simNoCleanup() { return Cleanup{} }"},
	{file: "runtime/mheap.go", decl: "internal_weak_runtime_registerWeakPointer", op: atEntry, text: "simPin(p)"},

	{file: "runtime/panic.go", decl: "gopanic", op: before, anchor: "preprintpanics(&p)\n", text: "simPanicked(p.arg); "},
	{file: "runtime/panic.go", decl: "fatal", op: atEntry, text: "simFatal(s)"},

	// Goroutines are called in stack dumps by their number in the world.
	{file: "runtime/traceback.go", decl: "goroutineheader", op: replace, anchor: `print("goroutine ", gp.goid)`, text: `print("goroutine ", simGoid(gp))`},
	{file: "runtime/traceback.go", decl: "goroutineheader", op: replace, anchor: "bubble := gp.bubble; bubble != nil {", text: "bubble := gp.bubble; bubble != nil && !bubble.sim.on {"},
	{file: "runtime/proc.go", decl: "newproc1", op: replace, anchor: "newg.parentGoid = callergp.goid", text: "newg.parentGoid = simGoid(callergp)"},
}, atomicPoints()...)
