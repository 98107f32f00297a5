package kernel

import "time"

// A Clock is what package time shows to the goroutines of a group, as a table that the runtime
// reads without calling anything. World's time is in nanoseconds since 1970. Node time
// is what timers go by: monotonic time plus Start. Keep in sync with package runtime.
type Clock struct {
	// Start is the world's time at which the clock's monotonic time was 0.
	Start int64
	// Pieces is in order of From. The first has to begin when the clock is set, or before.
	Pieces []ClockPiece
	// Leaps is in the order in which they are applied.
	Leaps []ClockLeap
	// Strobe moves the wall clock, unless its period is 0.
	Strobe ClockStrobe

	right bool // set by the runtime
}

// A ClockPiece is a part of a clock's time in which it runs evenly.
type ClockPiece struct {
	From  int64 // world's time
	Node  int64 // node time at From
	Rate  int64 // of node time, in parts per million of the world's; 0 stands still
	Apart int64 // what the wall clock is ahead of node time at From
	Grows int64 // how fast Apart grows, in parts per million of the world's time
}

// A ClockLeap moves the wall clock by Delta once it has reached At, both in nanoseconds.
type ClockLeap struct{ At, Delta int64 }

// A ClockStrobe moves the wall clock by Jump in every other Period, from From on.
type ClockStrobe struct{ From, Jump, Period int64 }

// SetClock has package time show c to the goroutines of g: Now, with a monotonic reading,
// Sleep, timers, and what stands on them. Timers that are under way are set anew. c must
// not be changed after that. Group 0 keeps the world's time.
func (g Group) SetClock(c *Clock) { simSetClock(uint32(g), c) }

// ToWorld turns a time that passes by the clock of the current goroutine's group into the world's, by
// what is known of that clock now. It is d itself outside worlds.
func ToWorld(d time.Duration) time.Duration { return time.Duration(simSpan(int64(d))) }

// WorldTime returns the world's time, or what package time shows outside worlds.
func WorldTime() time.Time {
	if m, ok := Now(); ok {
		return m.At
	}
	return time.Now()
}

// Sleep is [time.Sleep] by the world's time, whatever the clock of the current goroutine's group.
func Sleep(d time.Duration) {
	simWorldTime(true)
	time.Sleep(d)
	simWorldTime(false)
}

// AfterFunc is [time.AfterFunc] by the world's time. The timer and f belong to the current
// goroutine's group all the same.
func AfterFunc(d time.Duration, f func()) *time.Timer {
	simWorldTime(true)
	defer simWorldTime(false)
	return time.AfterFunc(d, f)
}

// Reset is t.Reset by the world's time.
func Reset(t *time.Timer, d time.Duration) bool {
	simWorldTime(true)
	defer simWorldTime(false)
	return t.Reset(d)
}
