// Package kernel runs worlds on the patched runtime.
//
// A world is a set of goroutines with a clock of its own, of which one at a
// time has its turn. It keeps the turn until it waits, ends, yields, or
// comes to a scheduling point at which it is its lot to yield: a lock or an unlock,
// an operation on a channel, a wait group, a condition, a once, a go statement. Then the world
// picks the next. Who that is, how long it may go on, which way a select looks at its channels, in which
// order maps are walked, and what math/rand returns: all of it follows from
// the seed, by keys (see package prng) that are made of the goroutine's place in the
// tree of go statements and the number of its turn. When nobody can run, time moves to
// the next timer.
//
// Every step (one picking of a goroutine) enters the schedule hash, together with the state in which
// the turn before it ended. Two runs that differ in anything the kernel decides differ
// in this hash from the first differing step on.
//
// Goroutines belong to groups, which sim uses as the processes of nodes. What a goroutine starts,
// by go or by a timer, belongs to its group. A group can be killed (no deferred
// function and no further instruction runs), frozen and thawed.
//
// The patched runtime is there when the program was built with package overlay's file and
// tag; see [Patched]. The package also compiles without, so that what is built on it does; [Run] then
// panics.
package kernel
