// Package clock has the clocks of nodes, which are wrong in the ways that real ones are ([Skewed]), and a seam
// for time ([Clock]).
//
// In a world, package time itself follows the clock of the node whose goroutine asks: Now with its
// monotonic reading, Sleep, timers, tickers, deadlines of contexts. So a program need not
// use this package. One that takes a Clock as a value runs on the machine's in production ([System]), and can
// be tested on a skewed one without a world, in a bubble of testing/synctest.
//
// # Terms
//
// True time is what package time shows where the test runs: virtual time in a world or in
// a [testing/synctest] bubble. Wall time is the time of day that a node shows.
// Monotonic time is what its timers and durations go by: it does not
// go back, and says nothing about the day.
//
//   - offset: wall time is ahead of true time, or behind;
//   - drift: both run fast or slow, by parts per million of true time. A quartz
//     is specified to some 20 to 100;
//   - step: wall time jumps; monotonic time does not (clock_settime(2));
//   - slew: both run a little faster or slower until a difference is made
//     up (adjtime(3), which Linux carries out at 500 parts per million);
//   - strobe: wall time jumps forward and back again, over and over, as
//     Jepsen's strobe does;
//   - leap second: wall time shows a second twice, or leaves one out (Linux repeats
//     23:59:59); smeared over a day, it is a slew;
//   - suspend: monotonic time stands still (CLOCK_MONOTONIC of Linux does not count it),
//     wall time goes on, and timers wait.
//
// A [Timeline] has the arithmetic, exact to the nanosecond: what a clock shows at a true
// time, and at which true time it will show something. A Skewed clock follows one, and
// its timers are set anew when the timeline changes.
//
// # What the package does not do
//
// Outside worlds it does not change package time: there a program has to take a Clock, and the times that Now of a
// Skewed clock returns carry no monotonic reading, since only package time
// can give one; see [Skewed] for what stands in for it. Timers have no slack: they
// fire at the nanosecond at which the node's clock says so. Clocks do not tell what is before the year
// 1678 or after 2261.
package clock
