package turn

import "time"

// Reset is t.Reset(d) for the world and not for the node whose goroutine calls it: the
// timer goes off even if that node is gone by then, and what the goroutine decides later does not depend on
// whether it was called. The simulator's own parts wake their own goroutines by it.
//
// Outside a world it is t.Reset(d), but not before the next nanosecond: see soonest.
func Reset(t *time.Timer, d time.Duration) {
	group := apart()
	t.Reset(max(d, soonest))
	together(group)
}
