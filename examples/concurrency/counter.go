package concurrency

import "sync/atomic"

// A Counter counts.
type Counter struct {
	// Careless has Add load the count and store one more: what another goroutine has added
	// in between is overwritten.
	Careless bool

	n atomic.Int64
}

// Add counts one more.
func (c *Counter) Add() {
	if c.Careless {
		c.n.Store(c.n.Load() + 1)
		return
	}
	c.n.Add(1)
}

// Count returns how many there were.
func (c *Counter) Count() int64 { return c.n.Load() }
