package campaign

import (
	"sync"
	"time"

	"github.com/terrella-go/terrella/internal/campaign/protocol"
	"github.com/terrella-go/terrella/internal/plan"
	"github.com/terrella-go/terrella/internal/prng"
)

// A guide keeps the worlds of one target that came to new code or new states, and varies them.
type guide struct {
	mu     sync.Mutex
	random *prng.Stream
	known  map[uint64]bool // what worlds have come to, as workers number it
	corpus []*entry
	stages []*entry // those of corpus that came to a new state
	again  []guided // on whose worlds a worker has died
	fresh  int      // worlds that were no variations
	// Of each kind of change, how often it was made, and how often in a world that came to something new.
	tried, paid [changes]float64
}

// An entry is a world that came to something new.
type entry struct {
	plan   plan.Case
	steps  uint64
	chosen int // how often it was varied
}

// A guided is a varied world that is to be run.
type guided struct {
	plan    plan.Plan
	changes []int // kinds of them
	deaths  int
}

// warmUp is how many fresh worlds there are before any is varied: bugs that they find are found soonest by worlds that have nothing in common.
const warmUp = 64

// samples is how many fresh worlds are kept though they came to nothing new: what is varied takes faults from others.
const samples = 16

func newGuide(seed uint64, t Target) *guide {
	return &guide{random: prng.Seed(seed).Name("guide").Name(t.String()).Stream(), known: make(map[uint64]bool)}
}

// mark notes what a world came to, and reports whether something of it, and a state among it, is new.
func (g *guide) mark(news []uint64) (fresh, state bool) {
	for _, n := range news {
		if !g.known[n] {
			g.known[n] = true
			fresh, state = true, state || n&1 == 1
		}
	}
	return fresh, state
}

// keep puts a world into the corpus.
func (g *guide) keep(e *entry, state bool) {
	g.corpus = append(g.corpus, e)
	if state {
		g.stages = append(g.stages, e)
	}
}

// learn looks at what came of a world, in which changes were made, and keeps it if it has come to something new. It reports whether it has.
func (g *guide) learn(a *protocol.Answer, made []int) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	fresh, state := g.mark(a.New)
	if len(made) == 0 {
		g.fresh++
	}
	for _, kind := range made {
		g.tried[kind]++
		if fresh {
			g.paid[kind]++
		}
	}
	if a.Plan == nil || !fresh && (len(made) > 0 || len(g.corpus) >= samples) {
		return false
	}
	c, err := a.Plan.Case()
	if err != nil {
		return false // it was printed by the same code, and can be read; but no campaign ends for it
	}
	g.keep(&entry{plan: c, steps: a.Steps}, state)
	return fresh
}

// come returns how much code and how many states worlds have come to.
func (g *guide) come() (code, states int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for n := range g.known {
		if n&1 == 0 {
			code++
		} else {
			states++
		}
	}
	return code, states
}

// next returns n varied worlds, none if not enough is known yet.
func (g *guide) next(n uint64) []guided {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.again) > 0 {
		last := g.again[len(g.again)-1]
		g.again = g.again[:len(g.again)-1]
		return []guided{last} // alone, so that it takes nothing with it
	}
	var out []guided
	for range n {
		if len(g.corpus) == 0 || g.fresh < warmUp {
			break
		}
		c, made := g.vary(g.pick())
		out = append(out, guided{plan: plan.PlanOf(c), changes: made})
	}
	return out
}

// retry gives back a world on which a worker has died.
func (g *guide) retry(w guided) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.again = append(g.again, w)
}

// pick chooses an entry: half of the time one that came to a new state, if there are any, and rather a late one than an early one, for it
// is further on; of three the one that was varied least.
func (g *guide) pick() *entry {
	from := g.corpus
	if len(g.stages) > 0 && g.random.Chance(1, 2) {
		from = g.stages
	}
	var best *entry
	for range 3 {
		at := max(g.random.IntN(len(from)), g.random.IntN(len(from)))
		if e := from[at]; best == nil || e.chosen < best.chosen {
			best = e
		}
	}
	best.chosen++
	return best
}

// The kinds of changes.
const (
	redrawn  = iota // the schedule from a step on: what led there stays
	luck            // all of the schedule, and what becomes of packets
	without         // without a fault
	shift           // a fault at another time
	stretch         // a fault that lasts longer, or less
	retarget        // a fault that strikes somebody else
	twice           // a fault twice
	splice          // a fault of another world
	changes
)

// vary returns a world that differs from an entry's in a few places, and the kinds of changes.
func (g *guide) vary(e *entry) (c plan.Case, made []int) {
	c = e.plan.Clone()
	for n := 1 << g.random.IntN(4); len(made) < n; {
		// One kind often, and not many at once: what adds faults several times does no harm to those that are there.
		for kind, times := g.kind(), 1+g.random.IntN(n); times > 0 && len(made) < n; times-- {
			if !g.change(&c, e, kind) {
				break
			}
			made = append(made, kind)
		}
	}
	return c, made
}

// kind draws a kind of change, the rather the more often it has paid; a share of the draws is for all alike.
func (g *guide) kind() int {
	if g.random.Chance(1, 3) {
		return g.random.IntN(changes)
	}
	var sum float64
	var weight [changes]float64
	for k := range weight {
		weight[k] = (g.paid[k] + 1) / (g.tried[k] + 2)
		sum += weight[k]
	}
	x := g.random.Float64() * sum
	for k, w := range weight {
		if x -= w; x < 0 {
			return k
		}
	}
	return redrawn
}

// change makes one change, unless there is nothing to make it of.
func (g *guide) change(c *plan.Case, e *entry, kind int) bool {
	r, n := g.random, len(c.Faults)
	if n == 0 && kind >= without && kind < splice {
		return false
	}
	switch kind {
	case redrawn:
		c.Redraw, c.RedrawFrom = r.Uint64()|1, r.Uint64N(e.steps+1)
	case luck:
		c.Luck = r.Uint64() | 1
	case without:
		i := r.IntN(n)
		c.Faults = append(c.Faults[:i], c.Faults[i+1:]...)
	case shift:
		g.shift(&c.Faults[r.IntN(n)])
	case stretch:
		f := &c.Faults[r.IntN(n)]
		if f.For == 0 {
			return false
		}
		f.For = max((f.For/4 + time.Duration(r.Float64()*4*float64(f.For))).Round(time.Millisecond), time.Millisecond)
	case retarget:
		return g.retarget(c)
	case twice:
		f := c.Faults[r.IntN(n)].Clone()
		g.shift(&f)
		c.Faults = append(c.Faults, f)
	case splice:
		other := g.corpus[r.IntN(len(g.corpus))].plan.Faults
		if len(other) == 0 {
			return false
		}
		c.Given = true
		c.Faults = append(c.Faults, other[r.IntN(len(other))].Clone())
	}
	return true
}

// shift has a fault begin a little sooner or later. A fault point fires at another visit instead.
func (g *guide) shift(f *plan.Fault) {
	if f.Spec().Layer == plan.Point {
		f.When.Nth = 1 + int(g.random.ExpFloat64()*float64(f.When.Nth))
		return
	}
	f.When.At = g.shifted(f.When.At)
}

// shifted returns a time near another: within some milliseconds, or within a second or so.
func (g *guide) shifted(at time.Duration) time.Duration {
	by := time.Duration(g.random.ExpFloat64() * float64(time.Second))
	if g.random.Chance(1, 2) {
		by /= 50
	}
	if g.random.Chance(1, 2) {
		by = -by
	}
	return max(at+by, 0).Round(time.Millisecond)
}

// retarget has a fault strike another of the nodes that faults of this world, or of another one, strike.
func (g *guide) retarget(c *plan.Case) bool {
	var names []string
	for _, from := range [][]plan.Fault{c.Faults, g.corpus[g.random.IntN(len(g.corpus))].plan.Faults} {
		for i := range from {
			names = append(names, from[i].Victims()...)
		}
	}
	f := &c.Faults[g.random.IntN(len(c.Faults))]
	if len(f.Groups) == 0 || f.Spec().Victims == plan.Name {
		return false
	}
	group := f.Groups[g.random.IntN(len(f.Groups))]
	if len(group) == 0 || len(names) == 0 {
		return false
	}
	place := g.random.IntN(len(group))
	was := group[place]
	group[place] = names[g.random.IntN(len(names))]
	if group[place] == was || !valid(f) {
		group[place] = was
		return false
	}
	return true
}

// valid reports whether a fault is one that a world takes.
func valid(f *plan.Fault) bool { return f.Validate() == nil }
