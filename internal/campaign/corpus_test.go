package campaign

import (
	"context"
	"errors"
	"reflect"
	"testing"

	"github.com/terrella-go/terrella/internal/plan"
)

// A shelf is a corpus that ends the exchange when something was taken.
type shelf struct {
	given, others []Seen
	trouble       error
	end           func()
}

func (s *shelf) Give(_ context.Context, one Seen) error {
	s.given = append(s.given, one)
	return s.trouble
}

func (s *shelf) Take(context.Context) ([]Seen, error) {
	s.end()
	return s.others, s.trouble
}

func TestExchange(t *testing.T) {
	met, unmet := Target{Test: "TestMet"}, Target{Test: "TestUnmet"}
	mine := Seen{Target: met, Plan: plan.Plan{Seed: 1}, New: []uint64{2}}
	others := []Seen{{Target: met, Plan: plan.Plan{Seed: 2}, New: []uint64{4}}, {Target: unmet, Plan: plan.Plan{Seed: 3}, New: []uint64{4}}}
	for _, trouble := range []error{nil, errors.New("the server is away")} {
		ctx, cancel := context.WithCancel(t.Context())
		s := &shelf{others: others, trouble: trouble, end: cancel}
		var notes []string
		c := &Campaign{
			config: Config{Corpus: s, Guide: true, Note: func(line string) { notes = append(notes, line); cancel() }},
			offers: make(chan Seen, 1), targets: map[Target]*target{met: {guide: newGuide(1, met)}},
		}
		c.offer(mine)
		c.offer(mine) // there is no room, and nobody waits
		c.exchange(ctx)
		if !reflect.DeepEqual(s.given, []Seen{mine}) {
			t.Errorf("given: %+v, want %+v", s.given, mine)
		}
		if kept := len(c.targets[met].guide.corpus); trouble == nil && kept != 1 || trouble != nil && len(notes) != 1 {
			t.Errorf("with trouble %v: %d worlds of others were kept, %q was said", trouble, kept, notes)
		}
		if strange := c.adopt(others); len(strange) != 1 || strange[0].Target != unmet {
			t.Errorf("of targets that were not met: %+v", strange)
		}
	}
}
