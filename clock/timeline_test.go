package clock_test

import (
	"math"
	"testing"
	"time"

	"github.com/terrella-go/terrella/clock"
	"pgregory.net/rapid"
)

var noon = time.Date(2024, 12, 31, 12, 0, 0, 0, time.UTC)

const (
	second = time.Second
	hour   = time.Hour
	day    = 24 * hour
)

// A reading is what a timeline must show: wall time is given as what has passed since noon.
type reading struct{ at, wall, mono time.Duration }

// TestSkewsAgainstTheirDefinitions checks each kind of skew at moments before, within and
// after it.
func TestSkewsAgainstTheirDefinitions(t *testing.T) {
	plain := clock.NewTimeline(noon, 0)
	midnight := noon.Add(12 * hour)
	for name, c := range map[string]struct {
		line clock.Timeline
		want []reading
	}{
		"no skew": {plain, []reading{{0, 0, 0}, {hour, hour, hour}, {100 * day, 100 * day, 100 * day}}},
		"offset": {
			clock.NewTimeline(noon.Add(5*second), 0),
			[]reading{{0, 5 * second, 0}, {hour, hour + 5*second, hour}},
		},
		"fast by 100 ppm": {
			clock.NewTimeline(noon, 100),
			[]reading{{0, 0, 0}, {10_000 * second, 10_001 * second, 10_001 * second}, {1, 1, 1}, {9999, 9999, 9999}, {10_000, 10_001, 10_001}},
		},
		"slow by 100 ppm": {
			clock.NewTimeline(noon, -100),
			[]reading{{10_000 * second, 9999 * second, 9999 * second}, {1, 0, 0}, {2, 1, 1}},
		},
		"drift begins later": {
			plain.Drift(hour, 1000),
			[]reading{{hour, hour, hour}, {hour + 1000*second, hour + 1001*second, hour + 1001*second}},
		},
		"step forward": {
			plain.Step(hour, 10*second),
			[]reading{{hour - 1, hour - 1, hour - 1}, {hour, hour + 10*second, hour}, {2 * hour, 2*hour + 10*second, 2 * hour}},
		},
		"step back": {
			plain.Step(hour, -10*second),
			[]reading{{hour - 1, hour - 1, hour - 1}, {hour, hour - 10*second, hour}},
		},
		"two steps": {
			plain.Step(hour, 10*second).Step(2*hour, -3*second),
			[]reading{{hour, hour + 10*second, hour}, {2 * hour, 2*hour + 7*second, 2 * hour}},
		},
		"slew forward": {
			plain.Slew(hour, second, 500),
			[]reading{
				{hour, hour, hour},
				{hour + 1000*second, hour + 1000*second + second/2, hour + 1000*second + second/2},
				{hour + 2000*second, hour + 2001*second, hour + 2001*second},
				{hour + 5000*second, hour + 5001*second, hour + 5001*second},
			},
		},
		"slew back": {
			plain.Slew(0, -second, 500),
			[]reading{{1000 * second, 1000*second - second/2, 1000*second - second/2}, {4000 * second, 3999 * second, 3999 * second}},
		},
		"slew of a clock that drifts": {
			clock.NewTimeline(noon, 1000).Slew(0, -second, 500),
			[]reading{{2000 * second, 2001 * second, 2001 * second}, {3000 * second, 3002 * second, 3002 * second}},
		},
		"step within a slew": {
			plain.Slew(0, second, 500).Step(1000*second, 10*second),
			[]reading{{1000 * second, 1010*second + second/2, 1000*second + second/2}, {3000 * second, 3011 * second, 3001 * second}},
		},
		"strobe": {
			plain.Strobe(hour, 7*second, second),
			[]reading{
				{hour, hour, hour}, {hour + second - 1, hour + second - 1, hour + second - 1},
				{hour + second, hour + 8*second, hour + second}, {hour + 2*second, hour + 2*second, hour + 2*second},
				{hour + 101*second, hour + 108*second, hour + 101*second},
			},
		},
		"strobe ends": {
			plain.Strobe(0, 7*second, second).Strobe(hour, 0, 0),
			[]reading{{hour + second, hour + second, hour + second}},
		},
		"leap second inserted": {
			plain.Leap(midnight, true),
			[]reading{
				{12*hour - 1, 12*hour - 1, 12*hour - 1}, {12 * hour, 12*hour - second, 12 * hour},
				{12*hour + second, 12 * hour, 12*hour + second},
			},
		},
		"leap second deleted": {
			plain.Leap(midnight.Add(-second), false),
			[]reading{{12*hour - second - 1, 12*hour - second - 1, 12*hour - second - 1}, {12*hour - second, 12 * hour, 12*hour - second}},
		},
		"a leap second comes by the node's own clock": {
			plain.Step(0, hour).Leap(midnight, true),
			[]reading{{11*hour - 1, 12*hour - 1, 11*hour - 1}, {11 * hour, 12*hour - second, 11 * hour}},
		},
		"suspend": {
			plain.Suspend(hour).Resume(3 * hour),
			[]reading{{hour, hour, hour}, {2 * hour, 2 * hour, hour}, {3 * hour, 3 * hour, hour}, {4 * hour, 4 * hour, 2 * hour}},
		},
		"suspend of a clock that drifts": {
			clock.NewTimeline(noon, 1000).Suspend(0).Resume(1000 * second),
			[]reading{{1000 * second, 1001 * second, 0}, {2000 * second, 2002 * second, 1001 * second}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, w := range c.want {
				got := c.line.At(w.at)
				if wall := got.Wall.Sub(noon); wall != w.wall || got.Mono != w.mono {
					t.Errorf("at %v: wall %v, monotonic %v; want %v, %v", w.at, wall, got.Mono, w.wall, w.mono)
				}
			}
		})
	}
}

func TestZeroTimeline(t *testing.T) {
	var l clock.Timeline
	want := clock.Reading{Wall: time.Date(2000, 1, 1, 1, 0, 0, 0, time.UTC), Mono: hour}
	if got := l.At(hour); got != want {
		t.Errorf("%v, want %v", got, want)
	}
	if at, ok := l.When(0, hour); at != hour || !ok {
		t.Errorf("%v, %v", at, ok)
	}
	if got := l.Step(hour, second).At(hour).Wall; !got.Equal(want.Wall.Add(second)) {
		t.Errorf("after a step: %v", got)
	}
}

func TestWhenIsTheInverse(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		l, end := anyTimeline(rt)
		now := time.Duration(rapid.Int64Range(0, int64(end)).Draw(rt, "now"))
		mono := l.At(now).Mono + time.Duration(rapid.Int64Range(-10, int64(day)).Draw(rt, "wait"))
		at, ok := l.When(now, mono)
		if !ok {
			if got := l.At(end + 1000*day).Mono; got >= mono {
				rt.Fatalf("%v is never shown, but %v is", mono, got)
			}
			return
		}
		if at < now || l.At(at).Mono < mono {
			rt.Fatalf("at %v (from %v) the clock shows %v, want %v", at, now, l.At(at).Mono, mono)
		}
		if at > now && l.At(at-1).Mono >= mono {
			rt.Fatalf("%v is shown before %v already", mono, at)
		}
	})
}

func TestMonotonicTimeDoesNotGoBack(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		l, end := anyTimeline(rt)
		at := time.Duration(rapid.Int64Range(0, int64(end)+int64(hour)).Draw(rt, "at"))
		by := time.Duration(rapid.Int64Range(0, 1000).Draw(rt, "by"))
		if a, b := l.At(at).Mono, l.At(at+by).Mono; b < a {
			rt.Fatalf("%v at %v, %v at %v", a, at, b, at+by)
		}
	})
}

// anyTimeline returns a timeline with random changes, and the time of the last.
func anyTimeline(t *rapid.T) (clock.Timeline, time.Duration) {
	drift := func() int64 { return rapid.Int64Range(-900_000, 3_000_000).Draw(t, "drift") }
	l, at := clock.NewTimeline(noon, drift()), time.Duration(0)
	for range rapid.IntRange(0, 8).Draw(t, "changes") {
		at += time.Duration(rapid.Int64Range(0, int64(hour)).Draw(t, "after"))
		d := time.Duration(rapid.Int64Range(-int64(hour), int64(hour)).Draw(t, "by"))
		switch rapid.IntRange(0, 5).Draw(t, "change") {
		case 0:
			l = l.Step(at, d)
		case 1:
			l = l.Drift(at, drift())
		case 2:
			l = l.Slew(at, d, rapid.Int64Range(1, 90_000).Draw(t, "rate"))
		case 3:
			l = l.Suspend(at)
		case 4:
			l = l.Resume(at)
		case 5:
			l = l.Strobe(at, d, time.Duration(rapid.Int64Range(0, 1000).Draw(t, "period")))
		}
	}
	return l, at
}

func TestImpossibleRates(t *testing.T) {
	for name, f := range map[string]func(){
		"a clock that stands":    func() { clock.NewTimeline(noon, -1_000_000) },
		"a clock that goes back": func() { clock.Timeline{}.Drift(0, -1_000_001) },
		"too fast":               func() { clock.Timeline{}.Drift(0, math.MaxInt64) },
		"slew without a rate":    func() { clock.Timeline{}.Slew(0, second, 0) },
		"slew to a stand":        func() { clock.Timeline{}.Slew(0, -second, 1_000_000) },
		"strobe into the past":   func() { clock.Timeline{}.Strobe(0, second, -1) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			f()
		})
	}
}
