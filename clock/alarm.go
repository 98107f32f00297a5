package clock

import (
	"time"

	"github.com/terrella-go/terrella/internal/kernel"
)

// A skewedAlarm is a timer or ticker of a skewed clock. Its fields are guarded by the lock
// of its clock.
type skewedAlarm struct {
	s      *Skewed
	number uint64        // in the order in which alarms were set
	due    time.Duration // monotonic
	period time.Duration // of a ticker
	c      chan time.Time
	f      func()
	set    bool
	timer  *time.Timer // in true time
}

// set starts an alarm.
func (s *Skewed) set(a *skewedAlarm, d time.Duration) *skewedAlarm {
	s.mu.Lock()
	defer s.mu.Unlock()
	a.s = s
	a.start(d)
	return a
}

// start makes the alarm go off after d.
func (a *skewedAlarm) start(d time.Duration) {
	now := a.s.line.At(a.s.elapsed()).Mono
	a.due = now + max(d, 0)
	if a.due < now {
		a.due = 1<<63 - 1 // never, for all that anybody will see
	}
	a.set = true
	a.s.count++
	a.number = a.s.count
	a.s.alarms[a.number] = a
	a.arm()
}

// arm sets the true timer to when the alarm is due by what is known now.
func (a *skewedAlarm) arm() {
	now := a.s.elapsed()
	at, ok := a.s.line.When(now, a.due)
	switch {
	case !ok && a.timer != nil:
		a.timer.Stop()
	case !ok:
	case a.timer == nil:
		a.timer = kernel.AfterFunc(at-now, a.fire)
	default:
		kernel.Reset(a.timer, at-now)
	}
}

// fire is called when the true timer has fired.
func (a *skewedAlarm) fire() {
	if a.goOff() && a.f != nil {
		a.f()
	}
}

// goOff reports whether the alarm was due.
func (a *skewedAlarm) goOff() bool {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	if !a.set {
		return false
	}
	mono := a.s.line.At(a.s.elapsed()).Mono
	if mono < a.due {
		a.arm() // the clock was changed while this was on its way
		return false
	}
	if a.c != nil {
		select {
		case a.c <- a.s.now():
		default: // the last tick was not received
		}
	}
	if a.period == 0 {
		a.remove()
		return true
	}
	a.due += a.period * ((mono-a.due)/a.period + 1)
	a.arm()
	return true
}

// remove takes the alarm off its clock's list.
func (a *skewedAlarm) remove() {
	a.set = false
	delete(a.s.alarms, a.number)
}

// cancel stops the alarm and reports whether it was still to be heard.
func (a *skewedAlarm) cancel() bool {
	was := a.set
	if a.set {
		a.remove()
		if a.timer != nil {
			a.timer.Stop()
		}
	}
	if a.c != nil {
		select {
		case <-a.c:
			was = true
		default:
		}
	}
	return was
}

// Stop is the Stop of a timer.
func (a *skewedAlarm) Stop() bool {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	return a.cancel()
}

// Reset is the Reset of a timer.
func (a *skewedAlarm) Reset(d time.Duration) bool {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	was := a.cancel()
	a.start(d)
	return was
}

// A skewedTicker is an alarm with the methods of a ticker.
type skewedTicker struct{ a *skewedAlarm }

func (t skewedTicker) Stop() { t.a.Stop() }

func (t skewedTicker) Reset(d time.Duration) {
	if d <= 0 {
		panic("clock: the period of a ticker must be positive")
	}
	t.a.s.mu.Lock()
	defer t.a.s.mu.Unlock()
	t.a.cancel()
	t.a.period = d
	t.a.start(d)
}
