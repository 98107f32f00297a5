//go:build ignore

package runtime

// simTimerOrder returns what orders t among timers of one instant. It is asked whenever t is entered into the heap: for
// one that was stopped, or whose channel nobody waited for, that depends on what other timers are there. So
// the order is drawn once, when the timer is first armed.
func simTimerOrder(t *timer) uint32 {
	if simWorldOf(getg()) == nil {
		return cheaprand()
	}
	return t.sim.order
}

// simArm notes whose timer t is. It returns when it is due in the world's time: when is in the time that
// the current goroutine is shown.
func simArm(t *timer, when int64) int64 {
	gp := getg()
	w := simWorldOf(gp)
	if w == nil {
		return when
	}
	order := t.sim.order
	known := t.sim.bubble == gp.bubble
	t.sim = simTimer{bubble: gp.bubble, group: gp.sim.group, key: simChildKey(gp), order: order}
	switch {
	case known:
	case w.fifo:
		w.timerSeq++
		t.sim.order = w.timerSeq
	default:
		t.sim.order = uint32(simMix(t.sim.key ^ w.luck))
	}
	if c := simClockOf(gp); c != nil {
		t.sim.clocked, t.sim.clockSet, t.sim.when = true, w.groups[gp.sim.group].clockSet, when
		when = c.when(gp.bubble.now, when)
	}
	return when
}

// simTimerDead reports whether t belongs to a node that was killed.
func simTimerDead(t *timer, b *synctestBubble) bool {
	return b != nil && b.sim.on && b.sim.groups[t.sim.group].dead
}

// simWakeNetPoller has a thread look at the clock for t. A world's timers come due when the world
// says so: no thread need wait for them.
func simWakeNetPoller(t *timer, when int64) {
	if !t.isFake {
		wakeNetPoller(when)
	}
}

// simFire makes the current g0 act for the timer, so that what the timer starts belongs
// to the same node. simFired undoes it.
func simFire(by simTimer) {
	gp := getg()
	gp.sim = simG{group: by.group, key: by.key, points: 1<<31 - 1}
}

func simFired() { getg().sim = simG{} }
