package campaign

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/terrella-go/terrella/internal/campaign/protocol"
	"github.com/terrella-go/terrella/internal/shard"
)

// A Target is a call of sim.Config.Test.
type Target struct {
	Package string `json:"package"` // import path
	Test    string `json:"test"`    // with the names of subtests
	Call    int    `json:"call"`    // in that test, from 1
}

func (t Target) String() string {
	if t.Call > 1 {
		return fmt.Sprintf("%s %s (call %d)", t.Package, t.Test, t.Call)
	}
	return t.Package + " " + t.Test
}

// A Chunk is a run of a target's worlds: those with the numbers First, First+Stride and so on, Count of them.
type Chunk struct {
	ID     uint64 `json:"id"` // of the lease
	Target Target `json:"target"`
	First  uint64 `json:"first"`
	Stride uint64 `json:"stride"`
	Count  uint64 `json:"count"`
	// Deaths is how many workers have died on the first world.
	Deaths int `json:"deaths"`
}

// MaxDeaths is how many workers may die on a world. The world is reported then, and not run again.
const MaxDeaths = 3

// ErrDrained is returned by a queue that has nothing left for a target and will have nothing.
var ErrDrained = errors.New("the queue has no more worlds for this target")

// A Queue hands out chunks. Each world is handed out until a settlement counts it, to one worker at a time. It is used by several
// goroutines.
type Queue interface {
	// Lease takes a chunk of about size worlds of a target. It returns nil if others have all that is left, and
	// ErrDrained if nothing is left.
	Lease(ctx context.Context, t Target, size uint64) (*Chunk, error)
	// Settle ends a lease. The answers are those of the chunk's first worlds; the others go back. If died is true a worker has
	// died on the first of these. It returns false if the chunk was settled before, or the lease was lost: then the answers must not count.
	// A world on which MaxDeaths workers have died is not handed out again.
	Settle(ctx context.Context, c *Chunk, answers []protocol.Answer, died bool) (counted bool, err error)
}

// Ordered is implemented by queues that know how far they have come.
type Ordered interface {
	// Settled returns a number below which all worlds of a target that this queue hands out are settled.
	Settled(t Target) uint64
}

// A Local is a queue in memory. Of each target it hands out the numbers that belong to its shard.
type Local struct {
	// Limit is how many worlds of each target all shards together hand out; 0 means no limit.
	Limit uint64
	Shard shard.Shard
	// Sharers is how many slots share the queue: the last chunks are cut so that each gets some. 0 means 1.
	Sharers uint64

	mu      sync.Mutex
	leases  uint64
	targets map[Target]*pending
}

// pending is what a Local knows of a target.
type pending struct {
	next   uint64 // number of the world to be handed out next
	back   []Chunk
	leased map[uint64]uint64 // first world, by the lease
}

func (q *Local) of(t Target) *pending {
	if q.targets == nil {
		q.targets = make(map[Target]*pending)
	}
	p := q.targets[t]
	if p == nil {
		p = &pending{next: q.Shard.Nth(0), leased: make(map[uint64]uint64)}
		q.targets[t] = p
	}
	return p
}

// Lease implements [Queue].
func (q *Local) Lease(_ context.Context, t Target, size uint64) (*Chunk, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	p, stride := q.of(t), uint64(max(q.Shard.Count, 1))
	var c Chunk
	switch n := len(p.back); {
	case n > 0:
		c, p.back = p.back[n-1], p.back[:n-1]
	case q.Limit > 0 && p.next >= q.Limit && len(p.leased) > 0:
		return nil, nil
	case q.Limit > 0 && p.next >= q.Limit:
		return nil, ErrDrained
	default:
		size = max(size, 1)
		if q.Limit > 0 {
			left := (q.Limit - p.next + stride - 1) / stride
			sharers := 2 * max(q.Sharers, 1)
			size = min(size, (left+sharers-1)/sharers)
		}
		c = Chunk{Target: t, First: p.next, Stride: stride, Count: size}
		p.next += size * stride
	}
	q.leases++
	c.ID = q.leases
	p.leased[c.ID] = c.First
	return &c, nil
}

// Settle implements [Queue].
func (q *Local) Settle(_ context.Context, c *Chunk, answers []protocol.Answer, died bool) (bool, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	p := q.of(c.Target)
	if _, ok := p.leased[c.ID]; !ok {
		return false, nil
	}
	delete(p.leased, c.ID)
	rest := c.After(uint64(len(answers)))
	if died && rest.Count > 0 {
		// The world that may be to blame goes alone, so that it takes nothing with it.
		suspect := rest
		suspect.Count, suspect.Deaths = 1, rest.Deaths+1
		if suspect.Deaths < MaxDeaths {
			p.back = append(p.back, suspect)
		}
		rest = rest.After(1)
	}
	if rest.Count > 0 {
		p.back = append(p.back, rest)
	}
	return true, nil
}

// Settled implements [Ordered].
func (q *Local) Settled(t Target) uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	p := q.of(t)
	below := p.next
	for _, first := range p.leased {
		below = min(below, first)
	}
	for i := range p.back {
		below = min(below, p.back[i].First)
	}
	return below
}

// After returns what is left of a chunk when n of its worlds have been run.
func (c Chunk) After(n uint64) Chunk {
	if n > 0 {
		c.First, c.Count, c.Deaths = c.First+n*c.Stride, c.Count-n, 0
	}
	return c
}
