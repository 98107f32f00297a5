// Package clock is a seam for time: programs that use a [Clock] instead of package time
// run on the machine's clock ([System]) in production, and in tests on the
// clock of a node that is wrong in the ways that real ones are ([Skewed]).
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
// It does not change package time: a program has to take a Clock. The times that Now of a
// Skewed clock returns carry no monotonic reading, since only package time
// can give one; see [Skewed] for what stands in for it. Timers have no slack: they
// fire at the nanosecond at which the node's clock says so.
package clock
