//go:build ignore

package runtime

import "unsafe"

// simNewGroup makes a group without goroutines in the current goroutine's world.
//
//go:linkname simNewGroup
func simNewGroup() uint32 {
	w := simMustWorld("NewGroup")
	w.groups = append(w.groups, simGroup{past: new(uint64)})
	return uint32(len(w.groups) - 1)
}

func simMustWorld(op string) *simWorld {
	w := simWorldOf(getg())
	if w == nil {
		panic(plainError("terrella: " + op + " outside a world"))
	}
	return w
}

// simGo starts f as a goroutine of a group. Its identity comes from key alone.
//
//go:linkname simGo
func simGo(group uint32, key uint64, f func()) {
	w := simMustWorld("Go")
	gp := getg()
	if w.groups[group].dead {
		panic(plainError("terrella: Go in a group that was killed"))
	}
	own := gp.sim
	gp.sim.group = group
	gp.sim.key = simMix(w.seed ^ key)
	gp.sim.spawned = 0
	gp.sim.hold++ // the go statement is a scheduling point
	go f()
	gp.sim.group, gp.sim.key, gp.sim.spawned = own.group, own.key, own.spawned
	gp.sim.hold--
}

// simKill destroys all goroutines of a group where they stand: no deferred function and
// no further instruction runs. If the current goroutine is one of them it does not return.
//
//go:linkname simKill
func simKill(group uint32) {
	w := simMustWorld("Kill")
	gp := getg()
	if group == 0 {
		panic(plainError("terrella: Kill of the world's own group"))
	}
	w.kill(group, gp)
	if gp.sim.group == group {
		w.letGo(gp)
	}
	w.release(group)
	if gp.sim.group == group {
		mcall(func(gp *g) {
			gp._defer = nil
			gp._panic = nil
			if raceenabled {
				simRaceEnd(gp)
				racectxend(gp.racectx)
			}
			goexit0(gp)
		})
	}
}

// kill destroys the goroutines of a group but for self.
func (w *simWorld) kill(group uint32, self *g) {
	grp := &w.groups[group]
	grp.dead = true
	grp.frozen = false
	grp.held = nil
	w.withdraw(group)
	for gp := grp.first.ptr(); gp != nil; {
		next := gp.sim.next.ptr()
		if gp != self {
			w.live--
			if w.idler.ptr() == gp {
				w.idler = 0
			}
			grp.remove(gp)
			w.letGo(gp)
			simDestroy(gp)
		}
		gp = next
	}
	if raceenabled && self != nil {
		raceacquireg(self, unsafe.Pointer(grp.past))
	}
}

// simFreeze takes the turn from a group's goroutines until simThaw: they may be made ready,
// but don't run. It can't be applied to the group of the current goroutine.
//
//go:linkname simFreeze
func simFreeze(group uint32) {
	w := simMustWorld("Freeze")
	if getg().sim.group == group {
		panic(plainError("terrella: Freeze of the current goroutine's group"))
	}
	grp := &w.groups[group]
	if grp.frozen || grp.dead {
		return
	}
	waiting := w.withdraw(group)
	grp.held = make([]guintptr, len(waiting), grp.count+1)
	copy(grp.held, waiting)
	grp.frozen = true
}

//go:linkname simThaw
func simThaw(group uint32) {
	w := simMustWorld("Thaw")
	grp := &w.groups[group]
	if !grp.frozen {
		return
	}
	grp.frozen = false
	for _, gp := range grp.held {
		w.push(gp.ptr())
	}
	grp.held = nil
	w.idled = false
}

// simDestroy ends gp, which waits or could run, and takes it out of all it waits for.
func simDestroy(gp *g) {
	if gp.lockedm != 0 {
		return // its thread waits for it: both stay as they are
	}
	systemstack(func() {
		simUnwait(gp)
		if t := gp.timer; t != nil {
			t.stop()
		}
		if raceenabled {
			simRaceEnd(gp)
			racectxend(gp.racectx)
		}
		if readgstatus(gp)&^_Gscan == _Gwaiting {
			casgstatus(gp, _Gwaiting, _Grunnable)
		}
		// gdestroy is for the goroutine that runs: let gp be it for so long.
		mp := acquirem()
		curg, lockedg := mp.curg, mp.lockedg
		setGNoWB(&mp.curg, gp)
		setMNoWB(&gp.m, mp)
		casgstatus(gp, _Grunnable, _Grunning)
		gdestroy(gp)
		setGNoWB(&mp.curg, curg)
		if curg != nil {
			setMNoWB(&curg.m, mp)
		}
		mp.lockedg = lockedg
		releasem(mp)
	})
}

// simRaceEnd orders, for the race detector, all that gp has done before the end of its world
// and before whatever follows a kill of its group.
func simRaceEnd(gp *g) {
	simRaceRelease(gp, gp.bubble.raceaddr())
	simRaceRelease(gp, unsafe.Pointer(gp.bubble.sim.groups[gp.sim.group].past))
}

// simUnwait takes gp out of the queues of channels, semaphores and conditions.
func simUnwait(gp *g) {
	sg := gp.waiting
	gp.waiting = nil
	gp.param = nil
	gp.activeStackChans = false
	gp.parkingOnChan.Store(false)
	gp.selectDone.Store(0)
	for sg != nil {
		next := sg.waitlink
		c := simChan(sg)
		switch {
		case c != nil:
			lock(&c.lock)
			q := &c.recvq
			if !simQueued(q, sg) {
				q = &c.sendq
			}
			if simQueued(q, sg) {
				q.dequeueSudoG(sg)
			}
			if c.timer != nil {
				unblockTimerChan(c)
			}
			unlock(&c.lock)
			sg.waitlink = nil
			simForget(sg)
		case gp.waitreason == waitReasonSyncCondWait:
			simUnnotify((*notifyList)(simElem(sg)), sg)
			simForget(sg)
			return
		default:
			simUnsema((*uint32)(simElem(sg)), sg)
			simForget(sg)
			return
		}
		sg = next
	}
}

// simQueued reports whether sg stands in q, whose channel is locked.
func simQueued(q *waitq, sg *sudog) bool {
	for s := q.first; s != nil; s = s.next {
		if s == sg {
			return true
		}
	}
	return false
}

// simUnnotify takes sg out of a condition's list, if it is still there.
func simUnnotify(l *notifyList, sg *sudog) {
	lock(&l.lock)
	for p, s := (*sudog)(nil), l.head; s != nil; p, s = s, s.next {
		if s != sg {
			continue
		}
		if p != nil {
			p.next = s.next
		} else {
			l.head = s.next
		}
		if s.next == nil {
			l.tail = p
		}
		break
	}
	unlock(&l.lock)
	sg.next = nil
	sg.ticket = 0
}

// simUnsema takes sg out of the queue of a semaphore.
func simUnsema(addr *uint32, sg *sudog) {
	root := semtable.rootFor(addr)
	lock(&root.lock)
	head := root.treap
	for head != nil && uintptr(unsafe.Pointer(addr)) != uintptr(simElem(head)) {
		if uintptr(unsafe.Pointer(addr)) < uintptr(simElem(head)) {
			head = head.prev
		} else {
			head = head.next
		}
	}
	switch {
	case head == nil:
	case head == sg:
		root.dequeue(addr)
		root.nwait.Add(-1)
	default:
		for s := head; s.waitlink != nil; s = s.waitlink {
			if s.waitlink != sg {
				continue
			}
			s.waitlink = sg.waitlink
			if sg.waitlink == nil {
				head.waittail = s
				if s == head {
					head.waittail = nil
				}
			}
			if head.waiters > 0 {
				head.waiters--
			}
			root.nwait.Add(-1)
			break
		}
	}
	unlock(&root.lock)
}
