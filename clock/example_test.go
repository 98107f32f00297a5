package clock_test

import (
	"fmt"
	"time"

	"github.com/terrella-go/terrella/clock"
)

// A timer of ten seconds on a node whose clock is slow by a hundredth fires late.
func ExampleTimeline_When() {
	line := clock.NewTimeline(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC), -10_000)
	at, _ := line.When(0, 10*time.Second)
	fmt.Println(at)
	// Output: 10.101010102s
}

// A step moves the time of day, not monotonic time.
func ExampleTimeline_Step() {
	line := clock.NewTimeline(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC), 0)
	line = line.Step(time.Minute, -time.Hour)
	for _, at := range []time.Duration{time.Minute - 1, time.Minute} {
		r := line.At(at)
		fmt.Println(r.Wall.Format(time.TimeOnly), r.Mono)
	}
	// Output:
	// 00:00:59 59.999999999s
	// 23:01:00 1m0s
}

// A program takes a Clock; production gives it the system's.
func ExampleSystem() {
	var c clock.Clock = clock.System()
	start := c.Now()
	fmt.Println(c.Until(start.Add(time.Hour)) <= time.Hour)
	// Output: true
}
