// Package checkerclock is the seam through which histories learn what time it is
// in a world, without the checker importing the simulator or the user
// passing a clock.
package checkerclock

import "time"

// World, where it is set, reports the scheduling step and the virtual time of
// the world that the calling goroutine belongs to; ok is false outside any
// world. The simulator sets it in an init function, before any goroutine
// can record anything, and never changes it.
//
// It is called twice for each recorded operation and must not be a scheduling
// point: an operation's call and its mark in the history are one step.
var World func() (step uint64, at time.Duration, ok bool)

// A Recorder keeps operations and verdicts where a world keeps its events. Its methods are no scheduling points.
type Recorder interface {
	// Called is told of a call on a history, before it is made, and returns what Returned wants back.
	Called(history any, id, client int, in any) uint64
	Returned(call uint64, id int, outcome string, out any, err string)
	// Judged is told of a verdict on a history. Only if it has use for reasons does it call explain, for
	// the IDs of operations that contradict each other and of those before, in an order that works.
	Judged(history any, explain func() (suspects, order []int))
}

// Record, where it is set, is the simulator's. It is set in an init function and never changed.
var Record Recorder
