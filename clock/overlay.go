package clock

import (
	"slices"
	"time"

	"github.com/terrella-go/terrella/internal/turn"
)

// An Overlay lays faults over a clock that may overlap and end in any order: of several drifts the latest to begin counts, and the clock
// stands still as long as one fault stops it. Each fault lasts until the function is called that its begin has returned.
type Overlay struct {
	c *Skewed

	mu      turn.Lock
	last    uint64
	drifts  []drifting // the latest is in force
	stopped map[uint64]bool
	strobes []strobing // the latest is in force
}

type drifting struct {
	id  uint64
	ppm int64
}

type strobing struct {
	id           uint64
	jump, period time.Duration
}

// NewOverlay returns an overlay without faults over a clock that does not drift by itself.
func NewOverlay(c *Skewed) *Overlay {
	return &Overlay{c: c, stopped: make(map[uint64]bool)}
}

// Drift makes the clock run fast by ppm parts per million, or slow.
func (o *Overlay) Drift(ppm int64) (end func()) {
	return o.begin(func(id uint64) {
		o.drifts = append(o.drifts, drifting{id, ppm})
		o.drift()
	}, func(id uint64) {
		o.drifts = slices.DeleteFunc(o.drifts, func(d drifting) bool { return d.id == id })
		o.drift()
	})
}

func (o *Overlay) drift() {
	d := drifting{}
	if n := len(o.drifts); n > 0 {
		d = o.drifts[n-1]
	}
	o.c.SetDrift(d.ppm)
}

// Jump moves the wall clock by d, and back at the end.
func (o *Overlay) Jump(d time.Duration) (end func()) {
	return o.begin(func(uint64) { o.c.Step(d) }, func(uint64) { o.c.Step(-d) })
}

// Strobe makes the wall clock jump by d and back again, each after a period.
func (o *Overlay) Strobe(d, period time.Duration) (end func()) {
	return o.begin(func(id uint64) {
		o.strobes = append(o.strobes, strobing{id, d, period})
		o.strobe()
	}, func(id uint64) {
		o.strobes = slices.DeleteFunc(o.strobes, func(s strobing) bool { return s.id == id })
		o.strobe()
	})
}

func (o *Overlay) strobe() {
	s := strobing{}
	if len(o.strobes) > 0 {
		s = o.strobes[len(o.strobes)-1]
	}
	o.c.Strobe(s.jump, s.period)
}

// Stop makes monotonic time and timers stand still; the wall clock goes on.
func (o *Overlay) Stop() (end func()) {
	return o.begin(func(id uint64) {
		o.stopped[id] = true
		if len(o.stopped) == 1 {
			o.c.Suspend()
		}
	}, func(id uint64) {
		delete(o.stopped, id)
		if len(o.stopped) == 0 {
			o.c.Resume()
		}
	})
}

// begin begins a fault and returns what ends it, once.
func (o *Overlay) begin(begin, end func(id uint64)) func() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.last++
	id, ended := o.last, false
	begin(id)
	return func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		if !ended {
			ended = true
			end(id)
		}
	}
}
