package clock_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/terrella-go/terrella/clock"
)

// bubble runs a test in virtual time.
func bubble(t *testing.T, name string, f func(t *testing.T)) {
	t.Run(name, func(t *testing.T) { synctest.Test(t, f) })
}

// took returns the true time that f takes.
func took(f func()) time.Duration {
	start := time.Now()
	f()
	return time.Since(start)
}

func want[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// TestClocks holds both clocks to what package time does; a skewed clock
// without skew shows true time.
func TestClocks(t *testing.T) {
	for name, make := range map[string]func() clock.Clock{
		"system": clock.System,
		"skewed": func() clock.Clock { return clock.NewSkewed(0, 0) },
	} {
		bubble(t, name, func(t *testing.T) {
			c := make()
			start := c.Now()
			want(t, "now", start.Equal(time.Now()), true)
			want(t, "sleep", took(func() { c.Sleep(second) }), second)
			want(t, "sleep of nothing", took(func() { c.Sleep(-second) }), 0)
			want(t, "since", c.Since(start), second)
			want(t, "until", c.Until(start), -second)
			at := <-c.After(second)
			want(t, "after", at.Sub(start), 2*second)

			timer := c.NewTimer(second)
			want(t, "stop", timer.Stop(), true)
			want(t, "stop again", timer.Stop(), false)
			want(t, "reset", timer.Reset(2*second), false)
			want(t, "reset again", timer.Reset(3*second), true)
			want(t, "timer", took(func() { <-timer.C }), 3*second)
			want(t, "stop after it fired", timer.Stop(), false)
			timer.Reset(0)
			time.Sleep(1)
			timer.Reset(second)
			want(t, "timer that had fired unheard", took(func() { <-timer.C }), second)

			called := 0
			f := c.AfterFunc(second, func() { called++ })
			time.Sleep(2 * second)
			synctest.Wait()
			want(t, "calls", called, 1)
			want(t, "stop after the call", f.Stop(), false)
			f.Reset(second)
			want(t, "stop before the call", f.Stop(), true)
			time.Sleep(2 * second)
			want(t, "calls after stop", called, 1)

			ticker := c.NewTicker(second)
			want(t, "ticks", took(func() { <-ticker.C; <-ticker.C; <-ticker.C }), 3*second)
			time.Sleep(10*second + second/2)
			<-ticker.C
			want(t, "missed ticks are dropped", took(func() { <-ticker.C }), second/2)
			ticker.Reset(5 * second)
			want(t, "ticks after reset", took(func() { <-ticker.C; <-ticker.C }), 10*second)
			ticker.Stop()
			select {
			case <-ticker.C:
				t.Error("a tick after stop")
			case <-time.After(hour):
			}
		})
	}
}

func TestTimerOnADriftingNode(t *testing.T) {
	for name, c := range map[string]struct {
		drift int64
		want  time.Duration
	}{
		"fast": {1_000_000, 5 * second}, "slow": {-500_000, 20 * second}, "a little fast": {100, 9_999_000_100},
		"a little slow": {-100, 10_001_000_101},
	} {
		bubble(t, name, func(t *testing.T) {
			s := clock.NewSkewed(0, c.drift)
			// The first nanosecond at which the node has counted ten seconds.
			want(t, "sleep", took(func() { s.Sleep(10 * second) }), c.want)
			want(t, "monotonic time", s.Read().Mono >= 10*second, true)
			want(t, "ticks", took(func() {
				ticker := s.NewTicker(second)
				for range 10 {
					<-ticker.C
				}
			}).Round(time.Millisecond), c.want.Round(time.Millisecond))
		})
	}
}

func TestTimersFollowChanges(t *testing.T) {
	bubble(t, "a step moves wall time alone", func(t *testing.T) {
		s := clock.NewSkewed(0, 0)
		start := s.Now()
		time.AfterFunc(second, func() { s.Step(-hour) })
		want(t, "sleep", took(func() { s.Sleep(10 * second) }), 10*second)
		want(t, "since", s.Since(start), 10*second)
		want(t, "wall", s.Now().Sub(start), 10*second-hour)
		want(t, "since, without the monotonic reading", s.Since(start.UTC()), 10*second-hour)
	})
	bubble(t, "drift begins under way", func(t *testing.T) {
		s := clock.NewSkewed(0, 0)
		time.AfterFunc(4*second, func() { s.SetDrift(1_000_000) })
		want(t, "sleep", took(func() { s.Sleep(10 * second) }), 7*second)
	})
	bubble(t, "slew", func(t *testing.T) {
		s := clock.NewSkewed(0, 0)
		s.Slew(-second, 500_000)
		want(t, "sleep", took(func() { s.Sleep(10 * second) }), 11*second)
	})
	bubble(t, "suspend", func(t *testing.T) {
		s := clock.NewSkewed(0, 0)
		start := s.Now()
		time.AfterFunc(3*second, s.Suspend)
		time.AfterFunc(hour, s.Resume)
		want(t, "sleep", took(func() { s.Sleep(10 * second) }), hour+7*second)
		want(t, "since", s.Since(start), 10*second)
		want(t, "wall", s.Now().Sub(start), hour+7*second)
	})
	bubble(t, "a timer set while suspended", func(t *testing.T) {
		s := clock.NewSkewed(0, 0)
		s.Suspend()
		timer := s.NewTimer(second)
		time.Sleep(hour)
		select {
		case <-timer.C:
			t.Error("it fired")
		default:
		}
		s.Resume()
		want(t, "the rest", took(func() { <-timer.C }), second)
	})
	bubble(t, "strobe and leap move wall time alone", func(t *testing.T) {
		s := clock.NewSkewed(0, 0)
		start := s.Now()
		s.Strobe(hour, 2*second)
		s.Leap(start.Add(5*second), true)
		want(t, "sleep", took(func() { s.Sleep(3 * second) }), 3*second)
		want(t, "wall within the strobe", s.Now().Sub(start), 3*second+hour-second)
		want(t, "since", s.Since(start), 3*second)
	})
}

func TestNowHasNoMonotonicReading(t *testing.T) {
	bubble(t, "Now", func(t *testing.T) {
		s := clock.NewSkewed(hour, 0)
		want(t, "offset", s.Now().Sub(time.Now()), hour)
	})
	s := clock.NewSkewed(hour, 0) // in real time, where package time has readings
	if now := s.Now(); now != now.Round(0) {
		t.Errorf("%#v has a monotonic reading", now)
	}
}

func TestMonotonicReadingSurvivesAdd(t *testing.T) {
	bubble(t, "Add", func(t *testing.T) {
		s := clock.NewSkewed(0, 0)
		deadline := s.Now().Add(10 * second)
		s.Step(hour)
		want(t, "until", s.Until(deadline), 10*second)
		want(t, "until, without", s.Until(deadline.In(time.UTC)), 10*second-hour)
		s.Sleep(second)
		want(t, "later", s.Until(deadline), 9*second)
	})
}

func TestContexts(t *testing.T) {
	bubble(t, "a timeout by the node's clock", func(t *testing.T) {
		s := clock.NewSkewed(hour, 1_000_000)
		ctx, cancel := s.WithTimeout(t.Context(), 10*second)
		defer cancel()
		deadline, ok := ctx.Deadline()
		want(t, "deadline", deadline.Sub(s.Now()), 10*second)
		want(t, "has a deadline", ok, true)
		child, stop := context.WithCancel(ctx)
		defer stop()
		want(t, "took", took(func() { <-child.Done() }), 5*second)
		want(t, "error", ctx.Err(), context.DeadlineExceeded)
		want(t, "error of the child", child.Err(), context.DeadlineExceeded)
		want(t, "cause", context.Cause(ctx), context.DeadlineExceeded)
	})
	bubble(t, "a timeout waits while the node is suspended", func(t *testing.T) {
		s := clock.NewSkewed(0, 0)
		ctx, cancel := s.WithTimeout(t.Context(), 10*second)
		defer cancel()
		s.Suspend()
		time.AfterFunc(hour, s.Resume)
		want(t, "took", took(func() { <-ctx.Done() }), hour+10*second)
	})
	bubble(t, "cancelled", func(t *testing.T) {
		s := clock.NewSkewed(0, 0)
		ctx, cancel := s.WithTimeout(t.Context(), 10*second)
		want(t, "error before", ctx.Err(), nil)
		cancel()
		want(t, "took", took(func() { <-ctx.Done() }), 0)
		want(t, "error", ctx.Err(), context.Canceled)
	})
	bubble(t, "cancelled with its parent", func(t *testing.T) {
		s := clock.NewSkewed(0, 0)
		parent, stop := context.WithCancel(t.Context())
		ctx, cancel := s.WithTimeout(parent, 10*second)
		defer cancel()
		time.AfterFunc(second, stop)
		want(t, "took", took(func() { <-ctx.Done() }), second)
		want(t, "error", ctx.Err(), context.Canceled)
		ctx, cancel = s.WithTimeout(parent, 10*second)
		defer cancel()
		want(t, "error of a child of what has ended", ctx.Err(), context.Canceled)
	})
	bubble(t, "a deadline that has passed", func(t *testing.T) {
		s := clock.NewSkewed(0, 0)
		ctx, cancel := s.WithDeadline(t.Context(), s.Now())
		defer cancel()
		want(t, "error", ctx.Err(), context.DeadlineExceeded)
		called := false
		context.AfterFunc(ctx, func() { called = true })
		synctest.Wait()
		want(t, "called", called, true)
	})
	bubble(t, "an earlier deadline above", func(t *testing.T) {
		s := clock.NewSkewed(0, 0)
		parent, stop := s.WithTimeout(t.Context(), second)
		defer stop()
		ctx, cancel := s.WithTimeout(parent, hour)
		defer cancel()
		deadline, _ := ctx.Deadline()
		want(t, "deadline", deadline.Sub(s.Now()), second)
		want(t, "took", took(func() { <-ctx.Done() }), second)
		want(t, "error", errors.Is(ctx.Err(), context.DeadlineExceeded), true)
	})
	bubble(t, "AfterFunc is stopped", func(t *testing.T) {
		s := clock.NewSkewed(0, 0)
		ctx, cancel := s.WithTimeout(t.Context(), second)
		defer cancel()
		stop := context.AfterFunc(ctx, func() { t.Error("called") })
		want(t, "stop", stop(), true)
		time.Sleep(2 * second)
	})
}

func TestTickerOfNothing(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	clock.NewSkewed(0, 0).NewTicker(0)
}
