package clock

import (
	"time"

	"github.com/terrella-go/terrella/internal/kernel"
)

// table lays the timeline out for package time, from a true time on. The timeline began at start.
func (l Timeline) table(start time.Time, now time.Duration) *kernel.Clock {
	begin := start.UnixNano()
	ahead := l.begin().UnixNano() - begin // of the wall clock when the timeline began
	c := &kernel.Clock{Start: begin}
	pieces := l.pieces
	if i := l.index(now); i > 0 {
		pieces = pieces[i:]
	}
	if len(pieces) == 0 || pieces[0].from > now {
		pieces = append([]piece{{}}, pieces...)
	}
	for _, p := range pieces {
		entry := kernel.ClockPiece{
			From: begin + int64(p.from), Node: begin + int64(p.mono), Rate: p.rate(), Apart: ahead + int64(p.apart),
		}
		if p.suspended {
			entry.Grows = million + p.drift
		}
		c.Pieces = append(c.Pieces, entry)
	}
	for _, leap := range l.leaps {
		c.Leaps = append(c.Leaps, kernel.ClockLeap{At: leap.at.UnixNano(), Delta: int64(leap.delta)})
	}
	if s := l.strobe; s.period > 0 {
		c.Strobe = kernel.ClockStrobe{From: begin + int64(s.from), Jump: int64(s.jump), Period: int64(s.period)}
	}
	return c
}
