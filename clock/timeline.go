package clock

import (
	"math"
	"math/bits"
	"slices"
	"time"
)

// A Timeline is what the clock of a node shows at any true time. It is a value: the
// methods that change it return another one, which differs from a moment on, and none
// of them looks at any other clock. So the same arithmetic serves a [Skewed] clock and
// whoever else has to turn node time into true time.
//
// True time is counted from the moment at which the timeline begins. The zero
// value shows true time, and begins in the first second of the year 2000.
type Timeline struct {
	epoch  time.Time // of the wall clock, in UTC
	pieces []piece   // in order; before the first, true time
	strobe strobe
	leaps  []leap
}

// A Reading is what a node's clock shows.
type Reading struct {
	// Wall is the time of day, which steps, leaps and strobes.
	Wall time.Time
	// Mono is the monotonic time since the timeline began. It never goes back, and
	// stands still while the node is suspended.
	Mono time.Duration
}

// A piece is a part of a timeline in which the clock runs evenly.
type piece struct {
	from      time.Duration // true
	mono      time.Duration // at from
	apart     time.Duration // what the wall clock is ahead of the monotonic one, at from
	drift     int64         // parts per million
	slew      int64         // parts per million, on top
	suspended bool
}

// A strobe moves the wall clock forward in every other period.
type strobe struct {
	from   time.Duration
	jump   time.Duration
	period time.Duration
}

// A leap moves the wall clock when it reaches a moment.
type leap struct {
	at    time.Time
	delta time.Duration
}

// million is the unit of drift: a rate of one is a million parts per million.
const million = 1_000_000

// NewTimeline returns the timeline of a clock that begins with the wall time given,
// and runs fast by drift parts per million.
func NewTimeline(begin time.Time, drift int64) Timeline {
	return Timeline{epoch: begin.Round(0).UTC(), pieces: []piece{{drift: checkRate(drift)}}}
}

// defaultEpoch is where virtual time begins in testing/synctest too.
var defaultEpoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func (l Timeline) begin() time.Time {
	if l.epoch.IsZero() {
		return defaultEpoch
	}
	return l.epoch
}

// checkRate panics for a rate that would stop the clock or turn it back, or make it a
// million times as fast.
func checkRate(ppm int64) int64 {
	if ppm <= -million || ppm > million*million {
		panic("clock: rate out of range: parts per million must be above -1000000 and at most 10^12")
	}
	return ppm
}

// index returns the number of the piece that holds at a true time, -1 if there is none.
func (l Timeline) index(at time.Duration) int {
	i, found := slices.BinarySearchFunc(l.pieces, at, func(p piece, t time.Duration) int {
		switch {
		case p.from < t:
			return -1
		case p.from > t:
			return 1
		}
		return 0
	})
	if !found {
		i--
	}
	return i
}

// piece returns the piece that holds at a true time.
func (l Timeline) piece(at time.Duration) piece {
	if i := l.index(at); i >= 0 {
		return l.pieces[i]
	}
	return piece{}
}

// rate returns how fast the monotonic clock runs, in parts per million.
func (p piece) rate() int64 {
	if p.suspended {
		return 0
	}
	return million + p.drift + p.slew
}

// monoAt returns the monotonic time.
func (p piece) monoAt(at time.Duration) time.Duration {
	return p.mono + scale(at-p.from, p.rate(), million)
}

// apartAt returns what the wall clock is ahead of the monotonic one, but for strobes
// and leaps. It grows while the node is suspended: the clock on the board runs on.
func (p piece) apartAt(at time.Duration) time.Duration {
	if !p.suspended {
		return p.apart
	}
	return p.apart + scale(at-p.from, million+p.drift, million)
}

// At returns what the clock shows at a true time.
func (l Timeline) At(at time.Duration) Reading {
	p := l.piece(at)
	mono := p.monoAt(at)
	return Reading{Wall: l.begin().Add(mono + l.apart(p, at)), Mono: mono}
}

// apart returns all that the wall clock is ahead of the monotonic one.
func (l Timeline) apart(p piece, at time.Duration) time.Duration {
	apart := p.apartAt(at)
	if s := l.strobe; s.period > 0 && at >= s.from && (at-s.from)/s.period%2 == 1 {
		apart += s.jump
	}
	mono, shift := p.monoAt(at), time.Duration(0)
	for _, leap := range l.leaps {
		if !l.begin().Add(mono + apart + shift).Before(leap.at) {
			shift += leap.delta
		}
	}
	return apart + shift
}

// When returns the first true time, not before now, at which the monotonic clock
// shows mono. It reports false if it never does, because the node is suspended.
func (l Timeline) When(now, mono time.Duration) (time.Duration, bool) {
	for i := max(0, l.index(now)); ; i++ {
		p, end := piece{}, time.Duration(math.MaxInt64)
		if i < len(l.pieces) {
			p = l.pieces[i]
		}
		if i+1 < len(l.pieces) {
			end = l.pieces[i+1].from
		}
		begin := max(now, p.from)
		if p.monoAt(begin) >= mono {
			return begin, true
		}
		if !p.suspended {
			// The least time that is enough.
			if at := p.from + scaleUp(mono-p.mono, million, p.rate()); at < end {
				return at, true
			}
		}
		if i+1 >= len(l.pieces) {
			return 0, false
		}
	}
}

// change returns the timeline with another piece from a true time on; what was to come
// after that is dropped. The piece goes on where the clock is, changed by f.
func (l Timeline) change(at time.Duration, f func(*piece)) Timeline {
	i := l.index(at)
	p := l.piece(at)
	next := piece{from: at, mono: p.monoAt(at), apart: p.apartAt(at), drift: p.drift, slew: p.slew, suspended: p.suspended}
	f(&next)
	if i >= 0 && l.pieces[i].from == at {
		i--
	}
	l.pieces = append(l.pieces[:i+1:i+1], next)
	return l
}

// Step returns the timeline with the wall clock moved by d, back if d is negative, from
// a true time on.
func (l Timeline) Step(at, d time.Duration) Timeline {
	rest := l.later(at)
	l = l.change(at, func(p *piece) { p.apart += d })
	for _, p := range rest {
		p.apart += d
		l.pieces = append(l.pieces, p)
	}
	return l
}

// later returns the pieces that begin after a true time.
func (l Timeline) later(at time.Duration) []piece {
	return slices.Clone(l.pieces[l.index(at)+1:])
}

// Drift returns the timeline with the clock running fast by drift parts per million,
// slow if it is negative, from a true time on. A slew ends there.
func (l Timeline) Drift(at time.Duration, drift int64) Timeline {
	return l.change(at, func(p *piece) { p.drift, p.slew = checkRate(drift), 0 })
}

// Slew returns the timeline with the clock gaining d, or losing it, little by little from
// a true time on: it runs faster or slower by rate parts per million until the
// difference is made up. Like adjtime(3) it moves wall and monotonic time. A leap
// second that is smeared over a day is a slew of a second at 12 parts per million.
// It panics if the rate is not positive.
func (l Timeline) Slew(at, d time.Duration, rate int64) Timeline {
	if rate <= 0 {
		panic("clock: the rate of a slew must be positive")
	}
	if d < 0 {
		rate = -rate
	}
	drift := l.piece(at).drift
	checkRate(drift + rate)
	l = l.change(at, func(p *piece) { p.slew = rate })
	// Rounded so that the piece at the end makes up for the rest by going forward.
	took := scale(d, million, rate)
	if d < 0 {
		took = scaleUp(-d, million, -rate)
	}
	took = min(took, math.MaxInt64-at)
	target := l.piece(at).mono + scale(took, million+drift, million) + d
	return l.change(at+took, func(p *piece) { p.slew, p.mono = 0, target })
}

// Suspend returns the timeline with the node suspended from a true time on: monotonic
// time stands still, and no timer fires; the wall clock goes on. A slew ends there.
func (l Timeline) Suspend(at time.Duration) Timeline {
	return l.change(at, func(p *piece) { p.suspended, p.slew = true, 0 })
}

// Resume returns the timeline with the node running again from a true time on.
func (l Timeline) Resume(at time.Duration) Timeline {
	return l.change(at, func(p *piece) { p.suspended = false })
}

// Strobe returns the timeline with the wall clock moving forward by jump and back again
// at the end of each period, from a true time on. A period of 0 ends it.
func (l Timeline) Strobe(at, jump, period time.Duration) Timeline {
	if period < 0 {
		panic("clock: the period of a strobe must not be negative")
	}
	l.strobe = strobe{from: at, jump: jump, period: period}
	return l
}

// Leap returns the timeline with a leap second: when the wall clock reaches the moment
// given, the end of a month in UTC as a rule, it shows the last second again
// if the leap second is inserted, and skips the next if it is deleted.
func (l Timeline) Leap(at time.Time, inserted bool) Timeline {
	delta := time.Second
	if inserted {
		delta = -time.Second
	}
	l.leaps = append(l.leaps[:len(l.leaps):len(l.leaps)], leap{at, delta})
	return l
}

// scale returns d*num/den, rounded towards minus infinity.
func scale(d time.Duration, num, den int64) time.Duration {
	if d < 0 {
		return -scaleUp(-d, num, den)
	}
	return divide(d, num, den, 0)
}

// scaleUp returns d*num/den, rounded towards plus infinity.
func scaleUp(d time.Duration, num, den int64) time.Duration {
	if d < 0 {
		return -scale(-d, num, den)
	}
	return divide(d, num, den, uint64(den)-1)
}

// divide returns (d*num+plus)/den, or the longest duration if that is too long.
func divide(d time.Duration, num, den int64, plus uint64) time.Duration {
	hi, lo := bits.Mul64(uint64(d), uint64(num))
	lo, carry := bits.Add64(lo, plus, 0)
	hi += carry
	if hi >= uint64(den) {
		return math.MaxInt64
	}
	q, _ := bits.Div64(hi, lo, uint64(den))
	return time.Duration(min(q, math.MaxInt64))
}
