package campaign

import (
	"cmp"
	"slices"
	"time"
)

// A Usage tells what the workers' time was used for. The times are those of all workers together.
type Usage struct {
	Worlds    time.Duration // running worlds, and starting processes for them
	Searching time.Duration // finding out which tests have worlds
	Checking  time.Duration // running failures again
	Shrinking time.Duration // making failures smaller
	Waiting   time.Duration // with nothing to do
	Targets   []TargetUsage // in the order of their names
}

// A TargetUsage is what was done at a target.
type TargetUsage struct {
	Target
	Worlds, Failed uint64
	Time           time.Duration
}

// looking is the time that went to failures.
func (u *Usage) looking() time.Duration { return u.Checking + u.Shrinking }

// all is all the time.
func (u *Usage) all() time.Duration { return u.Worlds + u.Searching + u.looking() + u.Waiting }

// use adds the time since then to a part of what was used.
func (c *Campaign) use(part *time.Duration, began time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	*part += time.Since(began)
}

// Usage returns what the workers' time was used for.
func (c *Campaign) Usage() Usage {
	c.mu.Lock()
	defer c.mu.Unlock()
	u := c.used
	for _, t := range c.targets {
		u.Targets = append(u.Targets, TargetUsage{t.Target, t.counted, t.failed, t.job.had})
	}
	slices.SortFunc(u.Targets, func(a, b TargetUsage) int { return cmp.Compare(a.String(), b.String()) })
	return u
}
