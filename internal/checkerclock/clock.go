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
