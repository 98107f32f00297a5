package clock

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/terrella-go/terrella/internal/kernel"
)

// A Skewed clock is the clock of a node: it follows a [Timeline] in the time that
// package time shows, which counts as true. It may be used by several goroutines at once.
//
// A node of a world asks its clock through package time or through this type, and both are one:
// to the node's own goroutines Now returns what [time.Now] does, with a monotonic reading.
//
// To others, and outside worlds, package time shows another time than this clock, and a time.Time can't get
// a monotonic reading of it. Wall and monotonic time are kept apart nevertheless: Since, Until
// and timers go by monotonic time, so that a step of the wall clock does not move
// them. The times that Now returns there are in a location of their
// own (called UTC), by which Since and Until know them again. As in package time
// the monotonic reading is lost by UTC, Local, In and by marshalling, and kept by Add;
// unlike there it is kept by Round(0), and t.Sub(u) always goes by the wall clock.
type Skewed struct {
	start time.Time // true, when the timeline begins

	mu     kernel.Lock
	line   Timeline
	group  kernel.Group            // whose package time shows this clock; 0 is none
	alarms map[uint64]*skewedAlarm // those that are set
	count  uint64                  // of alarms
	zones  map[time.Duration]*time.Location
	apart  map[*time.Location]time.Duration // what wall time is ahead of monotonic time
}

var _ Clock = (*Skewed)(nil)

// NewSkewed returns a clock that is ahead of true time by offset, or behind, and
// runs fast by drift parts per million, or slow. It panics if the drift is not
// above -1000000.
func NewSkewed(offset time.Duration, drift int64) *Skewed {
	now := kernel.WorldTime()
	return &Skewed{
		start: now, line: NewTimeline(now.Add(offset), drift),
		alarms: map[uint64]*skewedAlarm{}, zones: map[time.Duration]*time.Location{}, apart: map[*time.Location]time.Duration{},
	}
}

// elapsed returns the true time since the timeline began.
func (s *Skewed) elapsed() time.Duration { return kernel.WorldTime().Sub(s.start) }

// Govern has package time follow the clock for the goroutines of a group: those of a node, from its start to
// its crash. A clock governs one group at a time, the latest.
func (s *Skewed) Govern(g kernel.Group) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.group = g
	g.SetClock(s.line.table(s.start, s.elapsed()))
}

// own reports whether package time shows the current goroutine this clock.
func (s *Skewed) own() bool {
	m, ok := kernel.Now()
	if !ok || m.Group == 0 {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return m.Group == s.group
}

// Timeline returns what the clock shows, as a value.
func (s *Skewed) Timeline() Timeline {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.line
}

// Read returns what the clock shows now.
func (s *Skewed) Read() Reading {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.line.At(s.elapsed())
}

// change replaces the timeline and sets the timers anew.
func (s *Skewed) change(f func(l Timeline, now time.Duration) Timeline) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.line = f(s.line, s.elapsed())
	if s.group != 0 {
		s.group.SetClock(s.line.table(s.start, s.elapsed()))
	}
	for _, number := range slices.Sorted(maps.Keys(s.alarms)) {
		s.alarms[number].arm()
	}
}

// Step moves the wall clock by d, back if d is negative.
func (s *Skewed) Step(d time.Duration) {
	s.change(func(l Timeline, now time.Duration) Timeline { return l.Step(now, d) })
}

// SetDrift makes the clock run fast by drift parts per million, or slow.
func (s *Skewed) SetDrift(drift int64) {
	s.change(func(l Timeline, now time.Duration) Timeline { return l.Drift(now, drift) })
}

// Slew makes the clock gain d, or lose it, little by little: by rate parts per million.
func (s *Skewed) Slew(d time.Duration, rate int64) {
	s.change(func(l Timeline, now time.Duration) Timeline { return l.Slew(now, d, rate) })
}

// Strobe makes the wall clock jump forward and back again, each after a period. A
// period of 0 ends it.
func (s *Skewed) Strobe(jump, period time.Duration) {
	s.change(func(l Timeline, now time.Duration) Timeline { return l.Strobe(now, jump, period) })
}

// Leap puts a leap second where the wall clock reaches a moment.
func (s *Skewed) Leap(at time.Time, inserted bool) {
	s.change(func(l Timeline, _ time.Duration) Timeline { return l.Leap(at, inserted) })
}

// Suspend stops monotonic time and timers; the wall clock goes on.
func (s *Skewed) Suspend() { s.change(Timeline.Suspend) }

// Resume ends a suspension.
func (s *Skewed) Resume() { s.change(Timeline.Resume) }

// Now returns the time that the wall clock shows.
func (s *Skewed) Now() time.Time {
	if s.own() {
		return time.Now()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now()
}

func (s *Skewed) now() time.Time {
	at := s.elapsed()
	r := s.line.At(at)
	if s.line.piece(at).suspended {
		return r.Wall // nobody on the node sees it
	}
	return r.Wall.In(s.zone(r.Wall.Sub(s.line.begin()) - r.Mono))
}

// zone returns the location that tells how far wall and monotonic time are apart.
func (s *Skewed) zone(apart time.Duration) *time.Location {
	z := s.zones[apart]
	if z == nil {
		z = time.FixedZone("UTC", 0)
		s.zones[apart], s.apart[z] = z, apart
	}
	return z
}

// Since returns the time that has passed since t: monotonic time if t
// comes from this clock, else wall time.
func (s *Skewed) Since(t time.Time) time.Duration { return -s.Until(t) }

// Until returns the time that will pass until t, as Since.
func (s *Skewed) Until(t time.Time) time.Duration {
	if s.own() {
		return time.Until(t)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.line.At(s.elapsed())
	if apart, ok := s.apart[t.Location()]; ok {
		return t.Sub(s.line.begin()) - apart - r.Mono
	}
	return t.Round(0).Sub(r.Wall)
}

// Sleep pauses the goroutine until the node's monotonic clock has advanced by d.
func (s *Skewed) Sleep(d time.Duration) {
	if s.own() {
		time.Sleep(d)
	} else if d > 0 {
		<-s.NewTimer(d).C
	}
}

// After returns a channel that receives the time after d.
func (s *Skewed) After(d time.Duration) <-chan time.Time { return s.NewTimer(d).C }

// AfterFunc calls f in a goroutine of its own after d.
func (s *Skewed) AfterFunc(d time.Duration, f func()) *Timer {
	if s.own() {
		return system{}.AfterFunc(d, f)
	}
	return &Timer{alarm: s.set(&skewedAlarm{f: f}, d)}
}

// NewTimer returns a timer whose channel receives the time after d.
func (s *Skewed) NewTimer(d time.Duration) *Timer {
	if s.own() {
		return system{}.NewTimer(d)
	}
	c := make(chan time.Time, 1)
	return &Timer{C: c, alarm: s.set(&skewedAlarm{c: c}, d)}
}

// NewTicker returns a ticker whose channel receives the time every d.
func (s *Skewed) NewTicker(d time.Duration) *Ticker {
	if s.own() {
		return system{}.NewTicker(d)
	}
	if d <= 0 {
		panic("clock: the period of a ticker must be positive")
	}
	c := make(chan time.Time, 1)
	return &Ticker{C: c, ticker: skewedTicker{s.set(&skewedAlarm{c: c, period: d}, d)}}
}

// WithTimeout is [context.WithTimeout] by this clock.
func (s *Skewed) WithTimeout(parent context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	return s.WithDeadline(parent, s.Now().Add(d))
}

// WithDeadline is [context.WithDeadline] by this clock.
func (s *Skewed) WithDeadline(parent context.Context, t time.Time) (context.Context, context.CancelFunc) {
	if s.own() {
		return context.WithDeadline(parent, t)
	}
	return withDeadline(s, parent, t)
}
