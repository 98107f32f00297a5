//go:build ignore

package runtime

import _ "unsafe" // for linkname

// A simClock is what package time shows to the goroutines of a group: a timeline, laid out
// so that it can be read without calling anything. Keep in sync with internal/kernel.
//
// Node time, as opposed to the world's, is the group's monotonic time plus the time at
// which its clock began.
type simClock struct {
	start  int64      // world's time at which monotonic time was 0, which node time shows too
	pieces []simPiece // in order of from; the first holds before it as well
	leaps  []simLeap
	strobe simStrobe
	right  bool // it shows the world's time; set by simSetClock
}

// A simPiece is a part of a timeline in which a clock runs evenly.
type simPiece struct {
	from  int64 // world's time
	node  int64 // node time at from
	rate  int64 // of node time, in parts per million of the world's; 0 stands still
	apart int64 // what the wall clock is ahead of node time, at from
	grows int64 // how fast apart grows, in parts per million of the world's time
}

// A simLeap moves the wall clock by delta once it has reached at.
type simLeap struct{ at, delta int64 }

// A simStrobe moves the wall clock by jump in every other period.
type simStrobe struct{ from, jump, period int64 }

// simMillion is the rate of a clock that is right.
const simMillion = 1_000_000

// piece returns the piece that holds at the world's time now, and its number.
func (c *simClock) piece(now int64) (*simPiece, int) {
	i := 0
	for i+1 < len(c.pieces) && c.pieces[i+1].from <= now {
		i++
	}
	return &c.pieces[i], i
}

func (p *simPiece) at(now int64) int64 {
	if p.rate == simMillion {
		return p.node + now - p.from
	}
	return p.node + simScale(now-p.from, p.rate)
}

// nano returns node time.
func (c *simClock) nano(now int64) int64 {
	if c.right {
		return now
	}
	p, _ := c.piece(now)
	return p.at(now)
}

// when returns the first time of the world, not before now, at which node time is at least
// node, or maxWhen if that is not to come.
func (c *simClock) when(now, node int64) int64 {
	if node == maxWhen || c.right && node >= now {
		return node
	}
	p, i := c.piece(now)
	for {
		begin := max(now, p.from)
		if p.at(begin) >= node {
			return begin
		}
		end := int64(maxWhen)
		if i+1 < len(c.pieces) {
			end = c.pieces[i+1].from
		}
		if p.rate > 0 {
			if at := p.from + simUnscale(node-p.node, p.rate); at >= begin && at < end {
				return at
			}
		}
		if i++; i == len(c.pieces) {
			return maxWhen
		}
		p = &c.pieces[i]
	}
}

// wall returns the time of day in nanoseconds since 1970.
func (c *simClock) wall(now int64) int64 {
	p, _ := c.piece(now)
	wall := p.at(now) + p.apart
	if p.grows != 0 {
		wall += simScale(now-p.from, p.grows)
	}
	if s := &c.strobe; s.period > 0 && now >= s.from && (now-s.from)/s.period%2 == 1 {
		wall += s.jump
	}
	shown := wall
	for i := range c.leaps {
		if shown >= c.leaps[i].at {
			shown += c.leaps[i].delta
		}
	}
	return shown
}

// simScale returns d*rate/10^6, rounded down, or the longest time if that is too long. d is not negative,
// and rate at most 10^12.
func simScale(d, rate int64) int64 { return simSum(d/simMillion, rate, d%simMillion*rate/simMillion) }

// simUnscale returns d*10^6/rate, rounded up, or the longest time if that is too long. d is not negative,
// and rate above 0.
func simUnscale(d, rate int64) int64 {
	return simSum(d/rate, simMillion, (d%rate*simMillion+rate-1)/rate)
}

// simSum returns a*b+c, or the longest time if that is too long.
func simSum(a, b, c int64) int64 {
	if b > 0 && a > (maxWhen-c)/b {
		return maxWhen
	}
	return a*b + c
}

// simClockOf returns the clock that gp goes by, nil if that is the world's.
func simClockOf(gp *g) *simClock {
	w := simWorldOf(gp)
	if w == nil || gp.sim.worldTime {
		return nil
	}
	return w.groups[gp.sim.group].clock
}

// simNano returns the time that timers of gp, which is in a bubble, go by.
func simNano(gp *g) int64 {
	if c := simClockOf(gp); c != nil {
		return c.nano(gp.bubble.now)
	}
	return gp.bubble.now
}

// simNow returns what time.runtimeNow does for gp, which is in a bubble. The monotonic time of a
// node is marked by being the complement: it counts from when the clock began, and not, as
// the process's own does, from when package time was initialised.
func simNow(gp *g) (sec int64, nsec int32, mono int64) {
	wall := gp.bubble.now
	if c := simClockOf(gp); c != nil {
		mono = ^(c.nano(wall) - c.start)
		if !c.right {
			wall = c.wall(wall)
		}
	}
	sec, nsec = wall/1e9, int32(wall%1e9)
	if nsec < 0 {
		sec, nsec = sec-1, nsec+1e9
	}
	return sec, nsec, mono
}

// simSetClock has a group go by c from now on; the group's timers are set anew. c must not be changed
// after that.
//
//go:linkname simSetClock
func simSetClock(group uint32, c *simClock) {
	w := simMustWorld("SetClock")
	if group == 0 {
		panic(plainError("terrella: the world's own group has the world's clock"))
	}
	p := &c.pieces[0]
	c.right = len(c.pieces) == 1 && p.rate == simMillion && p.node == p.from && p.apart == 0 && p.grows == 0 &&
		len(c.leaps) == 0 && c.strobe.period == 0
	grp := &w.groups[group]
	grp.clock = c
	grp.clockSet++
	gp := getg()
	systemstack(func() {
		ts := &gp.bubble.timers
		ts.lock()
		for i := range ts.heap {
			t := ts.heap[i].timer
			if t.sim.group != group || t.sim.bubble != gp.bubble {
				continue
			}
			t.lock()
			if t.sim.clocked && t.when > 0 {
				simRefresh(t, gp.bubble)
				t.state |= timerModified
				t.astate.Store(t.state)
				ts.updateMinWhenModified(t.when)
			}
			t.unlock()
		}
		ts.unlock()
	})
}

// simRefresh brings a timer up to date whose clock was changed since it was set. Timers of a
// channel that nobody waits for stand in no list, and are found to be late when they are looked at.
func simRefresh(t *timer, b *synctestBubble) {
	if !t.sim.clocked || t.when == 0 {
		return
	}
	if grp := &b.sim.groups[t.sim.group]; t.sim.clockSet != grp.clockSet {
		t.sim.clockSet = grp.clockSet
		t.when = grp.clock.when(b.now, t.sim.when)
	}
}

// simSpan turns a time that passes for the current goroutine's node into the world's, by what
// is known of the node's clock now.
//
//go:linkname simSpan
func simSpan(d int64) int64 {
	gp := getg()
	c := simClockOf(gp)
	if c == nil || d <= 0 {
		return d
	}
	now := gp.bubble.now
	node := c.nano(now) + d
	if node < 0 {
		node = maxWhen
	}
	if at := c.when(now, node); at != maxWhen {
		return at - now
	}
	return maxWhen
}

// simWorldTime has package time show the current goroutine the world's time, or its node's again.
//
//go:linkname simWorldTime
func simWorldTime(on bool) { getg().sim.worldTime = on }

// simLate returns how long ago t, which runs now, was due, by its own clock.
func simLate(t *timer, now int64) int64 {
	if t.sim.clocked {
		return t.sim.bubble.sim.groups[t.sim.group].clock.nano(now) - t.sim.when
	}
	return now - t.when
}

// simTick returns when t, which has a period and runs now, is due next. It is a number above 0, or the
// sum has overflowed.
func simTick(t *timer, now, delay int64) int64 {
	if !t.sim.clocked {
		return t.when + t.period*(1+delay/t.period)
	}
	t.sim.when += t.period * (1 + delay/t.period)
	if t.sim.when < 0 {
		t.sim.when = maxWhen
	}
	return t.sim.bubble.sim.groups[t.sim.group].clock.when(now, t.sim.when)
}
