package clock

import (
	"context"
	"time"
)

// A Clock is what package time is to a program: the time of day, and timers. It is shaped
// after the functions of package time, and after those of package context that
// have to do with time.
type Clock interface {
	// Now returns the time of day.
	Now() time.Time
	// Since returns the time that has passed since t.
	Since(t time.Time) time.Duration
	// Until returns the time that will pass until t.
	Until(t time.Time) time.Duration
	// Sleep pauses the goroutine for at least d.
	Sleep(d time.Duration)
	// After returns a channel that receives the time after d.
	After(d time.Duration) <-chan time.Time
	// AfterFunc calls f in a goroutine of its own after d. The timer has no channel.
	AfterFunc(d time.Duration, f func()) *Timer
	// NewTimer returns a timer whose channel receives the time after d.
	NewTimer(d time.Duration) *Timer
	// NewTicker returns a ticker whose channel receives the time every d. It panics
	// if d is not positive.
	NewTicker(d time.Duration) *Ticker
	// WithTimeout is [context.WithTimeout] by this clock.
	WithTimeout(parent context.Context, d time.Duration) (context.Context, context.CancelFunc)
	// WithDeadline is [context.WithDeadline] by this clock.
	WithDeadline(parent context.Context, t time.Time) (context.Context, context.CancelFunc)
}

// A Timer is one event to come, as [time.Timer].
type Timer struct {
	// C receives the time at which the timer has fired. It is nil for
	// timers made by AfterFunc.
	C     <-chan time.Time
	alarm alarm
}

// Stop prevents the timer from firing and reports whether it did so. After it,
// nothing is received from C.
func (t *Timer) Stop() bool { return t.alarm.Stop() }

// Reset makes the timer fire after d from now, and reports whether it was
// still to fire. After it, nothing is received from C that was sent before.
func (t *Timer) Reset(d time.Duration) bool { return t.alarm.Reset(d) }

// A Ticker is an event that comes again and again, as [time.Ticker].
type Ticker struct {
	// C receives the times of the ticks. Ticks that nobody receives in time
	// are dropped.
	C      <-chan time.Time
	ticker repeated
}

// Stop ends the ticks. It does not close C.
func (t *Ticker) Stop() { t.ticker.Stop() }

// Reset begins anew with period d. It panics if d is not positive.
func (t *Ticker) Reset(d time.Duration) { t.ticker.Reset(d) }

// alarm and repeated are what a clock puts into a Timer and a Ticker.
type (
	alarm interface {
		Stop() bool
		Reset(time.Duration) bool
	}
	repeated interface {
		Stop()
		Reset(time.Duration)
	}
)

// System returns the clock of the machine, that is package time itself. In a world, or
// in a [testing/synctest] bubble, package time is virtual, and so is this clock.
func System() Clock { return system{} }

type system struct{}

func (system) Now() time.Time                         { return time.Now() }
func (system) Since(t time.Time) time.Duration        { return time.Since(t) }
func (system) Until(t time.Time) time.Duration        { return time.Until(t) }
func (system) Sleep(d time.Duration)                  { time.Sleep(d) }
func (system) After(d time.Duration) <-chan time.Time { return time.After(d) }

func (system) AfterFunc(d time.Duration, f func()) *Timer {
	return &Timer{alarm: time.AfterFunc(d, f)}
}

func (system) NewTimer(d time.Duration) *Timer {
	t := time.NewTimer(d)
	return &Timer{C: t.C, alarm: t}
}

func (system) NewTicker(d time.Duration) *Ticker {
	t := time.NewTicker(d)
	return &Ticker{C: t.C, ticker: t}
}

func (system) WithTimeout(parent context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(parent, d)
}

func (system) WithDeadline(parent context.Context, t time.Time) (context.Context, context.CancelFunc) {
	return context.WithDeadline(parent, t)
}
