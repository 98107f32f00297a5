package campaign

import (
	"context"
	"fmt"

	"github.com/terrella-go/terrella/internal/campaign/protocol"
	"github.com/terrella-go/terrella/internal/plan"
)

// Until runs worlds of one test of the campaign's packages in one process, until one fails or so many were run. It returns how many were run,
// and whether one failed. With Config.Guide each second world is a varied one. It is how guidance is measured: unlike
// Run it depends on the seed alone.
func (c *Campaign) Until(ctx context.Context, test string, most int) (worlds int, failed bool, err error) {
	root := c.schedule.jobs[0].root
	p, err := c.start(root)
	if err != nil {
		return 0, false, err
	}
	defer p.kill("nothing is left to do")
	t := &target{Target: Target{Package: root.pkg.Path, Test: test, Call: 1}, root: root}
	first := c.askOne(ctx, p, t, &protocol.Request{Run: &protocol.Run{Stride: 1, Count: 1}}, c.config.Patience)
	if first == nil {
		return 0, false, fmt.Errorf("%s has said nothing: %s\n%s", t, p.how(), p.said.String())
	}
	g := newGuide(c.config.Seed, t.Target)
	var made []int // changes of the latest world
	for a, fresh := first, uint64(1); ; {
		worlds++
		g.learn(a, made)
		if a.Failure != nil || worlds == most {
			return worlds, a.Failure != nil, nil
		}
		q := &protocol.Run{First: fresh, Stride: 1, Count: 1}
		if varied := g.next(1); c.config.Guide && worlds%2 == 1 && len(varied) > 0 {
			q = &protocol.Run{Cases: []plan.Plan{varied[0].plan}, Varied: true}
			made = varied[0].changes
		} else {
			fresh++
			made = nil
		}
		p.send(&protocol.Request{Run: q})
		var ok bool
		if a, ok = c.receive(ctx, p, c.config.Patience); !ok {
			return worlds, false, fmt.Errorf("%s ended: %s\n%s", t, p.how(), p.said.String())
		}
	}
}
