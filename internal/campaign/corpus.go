package campaign

import (
	"context"
	"fmt"
	"time"

	"github.com/terrella-go/terrella/internal/plan"
)

// A Seen is a world that came to new code or to new states.
type Seen struct {
	Target Target    `json:"target"`
	Plan   plan.Plan `json:"plan"`
	Steps  uint64    `json:"steps"`
	New    []uint64  `json:"new"` // as protocol.Answer has it: campaigns of one build have the same numbers
}

// A Corpus is what campaigns of one build share of such worlds. It is used by one goroutine at a time.
type Corpus interface {
	Give(ctx context.Context, s Seen) error
	// Take returns those that others have given and that were not returned before.
	Take(ctx context.Context) ([]Seen, error)
}

const (
	exchangeEvery = 2 * time.Second
	maxOffers     = 256 // that wait to be given; more are not shared
)

// offer has a world shared, if there is room. The lock is held.
func (c *Campaign) offer(s Seen) {
	select {
	case c.offers <- s:
	default:
	}
}

// exchange gives and takes worlds until the context is done.
func (c *Campaign) exchange(ctx context.Context) {
	var strange []Seen // of targets that were not met yet
	for said := false; ctx.Err() == nil; pause(ctx, exchangeEvery) {
		var err error
		for some := true; some && err == nil; {
			select {
			case s := <-c.offers:
				err = c.config.Corpus.Give(ctx, s)
			default:
				some = false
			}
		}
		var taken []Seen
		if err == nil {
			taken, err = c.config.Corpus.Take(ctx)
		}
		if err != nil && ctx.Err() == nil && !said {
			said = true
			c.config.Note(fmt.Sprintf("worlds that came to new code are not shared: %v", err))
		}
		strange = c.adopt(append(strange, taken...))
	}
}

// adopt hands worlds to the guides of their targets and returns those whose target was not met yet.
func (c *Campaign) adopt(all []Seen) (strange []Seen) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range all {
		t := c.targets[s.Target]
		switch {
		case t == nil:
			strange = append(strange, s)
		case t.guide != nil:
			t.guide.adopt(s)
		}
	}
	return strange
}

// adopt keeps a world that somebody else has seen, if what it came to is new here.
func (g *guide) adopt(s Seen) {
	g.mu.Lock()
	defer g.mu.Unlock()
	fresh, state := g.mark(s.New)
	if !fresh {
		return
	}
	if c, err := s.Plan.Case(); err == nil { // of another version, perhaps
		g.keep(&entry{plan: c, steps: s.Steps}, state)
	}
}
