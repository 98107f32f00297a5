package kernel_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/terrella-go/terrella/internal/kernel"
	"github.com/terrella-go/terrella/internal/prng"
)

const second = time.Second

// even returns a clock that runs at a rate, in parts per million, from the world's time now on, where it shows node and wall.
func even(now, node, wall time.Time, rate int64) *kernel.Clock {
	return &kernel.Clock{Start: kernel.Epoch.UnixNano(), Pieces: []kernel.ClockPiece{{
		From: now.UnixNano(), Node: node.UnixNano(), Rate: rate, Apart: int64(wall.Sub(node)),
	}}}
}

// onNode runs f in a group whose clock runs at a rate, and returns what f says of it, in lines, and when f was done in the world's time.
func onNode(seed uint64, rate int64, f func(g kernel.Group) string) (said string, took time.Duration) {
	kernel.Run(kernel.Config{Seed: seed}, func() {
		start := time.Now()
		g := kernel.NewGroup()
		g.SetClock(even(start, start, start, rate))
		done := make(chan bool)
		g.Go(prng.Key(1), func() { said = f(g); close(done) })
		<-done
		took = time.Since(start)
	})
	return said, took
}

// Each way in which package time lets time pass follows the clock of the group.
func TestTimeFollowsTheGroupsClock(t *testing.T) {
	for name, wait := range map[string]func(){
		"Sleep":     func() { time.Sleep(10 * second) },
		"After":     func() { <-time.After(10 * second) },
		"NewTimer":  func() { <-time.NewTimer(10 * second).C },
		"Reset":     func() { timer := time.NewTimer(time.Hour); timer.Reset(10 * second); <-timer.C },
		"AfterFunc": func() { c := make(chan bool); time.AfterFunc(10*second, func() { close(c) }); <-c },
		"one ticker": func() {
			c := time.NewTicker(2 * second).C
			<-c
			<-c
			<-c
			<-c
			<-c
		},
		"slow reader": func() {
			c := time.NewTicker(2 * second).C
			time.Sleep(5 * second)
			<-c
			<-c
			<-c
			<-c
		},
		"late reader": func() { c := time.After(10 * second); time.Sleep(3 * second); <-c },
		"select": func() {
			select {
			case <-time.After(10 * second):
			case <-time.After(11 * second):
			}
		},
		"WithTimeout": func() {
			ctx, cancel := context.WithTimeout(context.Background(), 10*second)
			defer cancel()
			<-ctx.Done()
		},
		"WithDeadline": func() {
			ctx, cancel := context.WithDeadline(context.Background(), time.Now().Add(10*second))
			defer cancel()
			<-ctx.Done()
		},
		"a goroutine's": func() { c := make(chan bool); go func() { time.Sleep(10 * second); close(c) }(); <-c },
	} {
		for rate, want := range map[int64]time.Duration{
			1_000_000: 10 * second, 2_000_000: 5 * second, 500_000: 20 * second,
			1_000_100: 9_999_000_100, 999_900: 10_001_000_101, // the first nanosecond at which it has counted ten seconds
		} {
			_, took := onNode(1, rate, func(kernel.Group) string { wait(); return "" })
			if d := took - want; d < 0 || d > 5 { // each tick may be late by less than a nanosecond
				t.Errorf("%s at rate %d took %v; want %v", name, rate, took, want)
			}
		}
	}
}

// A group's clock may be changed while its goroutines wait: those in a heap of timers, and channels that nobody listens to yet.
func TestTimersFollowChangesOfTheClock(t *testing.T) {
	for name, c := range map[string]struct {
		rate int64 // from the fourth second on
		wait func()
		want time.Duration
	}{
		"sleep, then fast":                {2_000_000, func() { time.Sleep(10 * second) }, 7 * second},
		"sleep, then slow":                {500_000, func() { time.Sleep(10 * second) }, 16 * second},
		"unheard channel, then fast":      {2_000_000, func() { c := time.After(10 * second); time.Sleep(8 * second); <-c }, 7 * second},
		"unheard channel, then slow":      {500_000, func() { c := time.After(10 * second); time.Sleep(6 * second); <-c }, 16 * second},
		"channel given up, then slow":     {500_000, func() { givenUp(10 * second) }, 16 * second},
		"channel given up, then fast":     {2_000_000, func() { givenUp(10 * second) }, 7 * second},
		"ticker, then fast":               {2_000_000, func() { c := time.NewTicker(5 * second).C; <-c; <-c }, 7 * second},
		"ticker unheard, then slow":       {500_000, func() { c := time.NewTicker(5 * second).C; time.Sleep(9 * second); <-c; <-c }, 16 * second},
		"a timer due at once, then fast":  {2_000_000, func() { <-time.After(0); time.Sleep(10 * second) }, 7 * second},
		"a timer that was set back, slow": {500_000, func() { c := time.NewTimer(second); c.Reset(10 * second); <-c.C }, 16 * second},
	} {
		_, took := onNode(1, 1_000_000, func(g kernel.Group) string {
			kernel.AfterFunc(4*second, func() {
				now := kernel.WorldTime()
				g.SetClock(even(now, now, now, c.rate))
			})
			c.wait()
			return ""
		})
		if took != c.want {
			t.Errorf("%s: took %v; want %v", name, took, c.want)
		}
	}
}

// givenUp waits for a timer in a select that something else ends first, and then for it alone.
func givenUp(d time.Duration) {
	timer := time.After(d)
	select {
	case <-timer:
	case <-time.After(d / 10):
	}
	time.Sleep(d / 2)
	<-timer
}

func TestStepMovesTheWallClockAlone(t *testing.T) {
	said, took := onNode(1, 1_000_000, func(g kernel.Group) string {
		start := time.Now()
		deadline := start.Add(10 * second)
		now := kernel.WorldTime()
		g.SetClock(even(now, now, now.Add(-time.Hour), 1_000_000))
		time.Sleep(second)
		later := time.Now()
		return fmt.Sprint(time.Since(start), time.Until(deadline), later.Sub(start), later.Round(0).Sub(start.Round(0)), later)
	})
	if want := "1s 9s 1s -59m59s 1999-12-31 23:00:01 +0000 UTC m=+1.000000000"; said != want || took != second {
		t.Errorf("%s after %v; want %s", said, took, want)
	}
}

func TestClockThatStandsStill(t *testing.T) {
	said, took := onNode(1, 1_000_000, func(g kernel.Group) string {
		start := time.Now()
		kernel.AfterFunc(3*second, func() {
			now := kernel.WorldTime()
			c := even(now, now, now, 0)
			c.Pieces[0].Grows = 1_000_000
			g.SetClock(c)
		})
		kernel.AfterFunc(time.Hour, func() {
			now := kernel.WorldTime()
			g.SetClock(even(now, now.Add(3*second-time.Hour), now, 1_000_000))
		})
		time.Sleep(10 * second)
		now := time.Now()
		return fmt.Sprint(now.Sub(start), now.Round(0).Sub(start.Round(0)))
	})
	if want := "10s 1h0m7s"; said != want || took != time.Hour+7*second {
		t.Errorf("%s after %v; want %s after 1h0m7s", said, took, want)
	}
	r := kernel.Run(kernel.Config{}, func() {
		g := kernel.NewGroup()
		now := time.Now()
		g.SetClock(even(now, now, now, 0))
		done := make(chan bool)
		g.Go(prng.Key(1), func() { time.Sleep(second); close(done) })
		<-done
	})
	if r.Outcome != kernel.Deadlock || r.Elapsed != 0 {
		t.Errorf("a world that waits for a clock that stands still: %v after %v; want a deadlock at once", r.Outcome, r.Elapsed)
	}
}

// The world's goroutines, and what the simulator does for a node, go by the world's time.
func TestWorldTime(t *testing.T) {
	_, took := onNode(1, 2_000_000, func(kernel.Group) string {
		if d := kernel.ToWorld(10 * second); d != 5*second {
			t.Errorf("10s of the node are %v of the world; want 5s", d)
		}
		before := kernel.WorldTime()
		kernel.Sleep(10 * second)
		if d := kernel.WorldTime().Sub(before); d != 10*second {
			t.Errorf("Sleep of 10s by the world's time took %v", d)
		}
		start := time.Now()
		time.Sleep(10 * second)
		if d := time.Since(start); d != 10*second {
			t.Errorf("after it time.Sleep of 10s took %v by the node's clock", d)
		}
		return ""
	})
	if took != 15*second {
		t.Errorf("took %v; want 15s", took)
	}
	kernel.Run(kernel.Config{}, func() {
		defer func() {
			if recover() == nil {
				t.Error("group 0 was given a clock")
			}
		}()
		kernel.Group(0).SetClock(&kernel.Clock{})
	})
}

// What the world's time, a clock that is right and one that drifts cost time.Now.
func BenchmarkNow(b *testing.B) {
	for _, c := range []struct {
		name string
		rate int64
	}{{"world", 0}, {"right", 1_000_000}, {"drifting", 1_000_100}} {
		b.Run(c.name, func(b *testing.B) {
			n := b.N
			kernel.Run(kernel.Config{Strategy: kernel.FIFO}, func() {
				g := kernel.NewGroup()
				if now := time.Now(); c.rate != 0 {
					g.SetClock(even(now, now, now, c.rate))
				}
				done := make(chan bool)
				g.Go(prng.Key(1), func() {
					for range n {
						_ = time.Now()
					}
					close(done)
				})
				<-done
			})
		})
	}
}
