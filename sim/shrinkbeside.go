package sim

import (
	"iter"
	"sync"
	"sync/atomic"

	"github.com/terrella-go/terrella/internal/plan"
	"github.com/terrella-go/terrella/internal/shrink"
)

// tryAll runs cases in order, up to so many worlds at a time, and yields whether they fail as wanted. What runs ahead of the case
// that is waited for is a guess that none before it fails: results are yielded, and counted, as if they had been run one at a time. When
// the caller has seen enough, the worlds that run for it are outdated.
func (r *runner) tryAll(cases []plan.Case, want *failure) iter.Seq[shrink.Result] {
	return func(yield func(shrink.Result) bool) {
		for len(cases) > 0 && !r.sideBySide() {
			res := r.tryOne(cases[0], want)
			r.look(cases[0], res.Fails, res.Work)
			if !yield(res) {
				return
			}
			cases = cases[1:]
		}
		switch {
		case len(cases) == 0:
			return
		case r.guests.broken.Load(): // the search is in vain: it ends as if all its work were done
			yield(shrink.Result{Work: int64(options.shrink)})
			return
		}
		results := make([]shrink.Result, len(cases))
		for i := range r.guests.inOrder(len(cases), func(i int, outdated *atomic.Bool) {
			results[i] = r.tryBeside(cases[i], want, outdated)
		}) {
			if !yield(results[i]) {
				return
			}
		}
	}
}

// tryBeside is tryOne beside other worlds. That a failure repeats is taken for granted, and looked at when there is time: without others if
// it does not beside them. If it doesn't then either, step by step, others have disturbed it, and the search was in vain. The same holds for
// one in so many of the worlds that pass.
func (r *runner) tryBeside(c plan.Case, want *failure, outdated *atomic.Bool) shrink.Result {
	a := r.runGuest(c, outdated)
	fails := sameFailure(want, a.failure)
	if !a.outdated && (fails || r.guests.passed.Add(1)%verifyShare == 1) {
		first := &outcome{result: a.result, failure: a.failure} // without the world, which is large
		r.guests.later(func() {
			if sameWay(first, r.runGuest(c, nil)) {
				return
			}
			r.withoutOthers(func() {
				if !sameWay(first, r.runCase(c, nil, nil)) {
					r.guests.broken.Store(true)
				}
			})
		})
	}
	if !fails {
		return shrink.Result{Runs: 1, Work: cost(a)}
	}
	return shrink.Result{Fails: true, At: int64(a.failure.at), Runs: 2, Work: 2 * cost(a)} // the second is the same run
}

// sameWay reports whether two runs of a case went the same way, whether they failed or not.
func sameWay(a, b *outcome) bool {
	if a.failure != nil {
		return sameRun(a, b)
	}
	return b.failure == nil && a.result.Hash == b.result.Hash
}

// runGuest runs a case beside other worlds, or without them if it has to. When it is outdated, nobody will look at what came of it.
func (r *runner) runGuest(c plan.Case, outdated *atomic.Bool) *outcome {
	r.beside.RLock()
	o := r.runUnless(outdated, c, nil, nil)
	r.beside.RUnlock()
	if o.outdated {
		return o
	}
	if o.result.Disturbed {
		r.guests.broken.Store(true)
	}
	if o.contended || o.upToMachine() || o.result.Disturbed {
		r.withoutOthers(func() { o = r.runCase(c, nil, nil) })
	}
	return o
}

// withoutOthers calls f when no other world runs, and keeps any from beginning meanwhile.
func (r *runner) withoutOthers(f func()) {
	r.beside.Lock()
	defer r.beside.Unlock()
	r.alone = true
	defer func() { r.alone = false }()
	f()
}

// fails runs cases, several at a time if worlds may, and counts those that fail as wanted.
func (r *runner) fails(cases []plan.Case, want *failure) int {
	n := 0
	for len(cases) > 0 && !r.sideBySide() {
		o := r.runCase(cases[0], nil, nil)
		fails := sameFailure(want, o.failure)
		if fails {
			n++
		}
		r.look(cases[0], fails, cost(o))
		cases = cases[1:]
	}
	if len(cases) == 0 {
		return n
	}
	failed := make([]bool, len(cases))
	for i := range r.guests.inOrder(len(cases), func(i int, _ *atomic.Bool) {
		failed[i] = sameFailure(want, r.runGuest(cases[i], nil).failure)
	}) {
		if failed[i] {
			n++
		}
	}
	return n
}

// Guests are goroutines that run worlds side by side: first the case whose result is waited for, then cases ahead of their time, then
// second runs of what has failed.
type guests struct {
	n      int
	broken atomic.Bool // a world has disturbed another
	passed atomic.Uint32
	wg     sync.WaitGroup

	mu       sync.Mutex
	more     sync.Cond // there is more to do
	told     sync.Cond // there is a result
	batch    *batch    // that is run; nil between two
	deciding bool      // whoever waits for results has one, and has not said yet what it wants next
	repeats  []func()
	closed   bool
}

// A batch are the runs whose results are waited for in order.
type batch struct {
	run      func(i int, outdated *atomic.Bool)
	next     int // that nobody has begun
	awaited  int
	done     []bool
	outdated atomic.Bool // nobody waits for results any more
}

// invite has up to n worlds run at a time, once they are known to be good neighbours, until the function is called that it returns, which waits for those that run
// and reports whether none has disturbed another. For n of 1 all stays as it is: a world at a time, in the goroutine that wants it.
func (r *runner) invite(n int) (leave func() (undisturbed bool)) {
	if n <= 1 || r.neighbours.state == bad {
		return func() bool { return true }
	}
	g := &guests{n: n}
	g.more.L, g.told.L = &g.mu, &g.mu
	r.guests = g
	if r.neighbours.state == good {
		r.open()
	}
	return func() bool {
		g.mu.Lock()
		g.closed, g.deciding = true, false
		g.mu.Unlock()
		g.more.Broadcast()
		g.wg.Wait()
		r.guests, r.shared = nil, false
		return !g.broken.Load()
	}
}

// open lets the guests begin.
func (r *runner) open() {
	r.shared = true
	for range r.guests.n {
		r.guests.wg.Go(r.guests.work)
	}
}

// sideBySide reports whether several worlds run at a time.
func (r *runner) sideBySide() bool { return r.guests != nil && r.shared }

// work runs worlds until there are no more and will be none.
func (g *guests) work() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for {
		b := g.batch
		switch {
		case g.deciding:
			// What would be begun now may be outdated in a moment; and whoever decides needs a core.
			g.more.Wait()
		case b != nil && b.next < len(b.done) && b.next < b.awaited+2*g.n:
			i := b.next
			b.next++
			g.mu.Unlock()
			b.run(i, &b.outdated)
			g.mu.Lock()
			b.done[i] = true
			if i == b.awaited && !b.outdated.Load() {
				g.deciding = true
				g.told.Signal()
			}
		case len(g.repeats) > 0:
			run := g.repeats[0]
			g.repeats = g.repeats[1:]
			g.mu.Unlock()
			run()
			g.mu.Lock()
		case g.closed:
			return
		default:
			g.more.Wait()
		}
	}
}

// inOrder has run called with each number below n, several at a time, and yields each when its call and those before it are over. When the loop ends
// before, the calls that go on are told so.
func (g *guests) inOrder(n int, run func(i int, outdated *atomic.Bool)) iter.Seq[int] {
	return func(yield func(int) bool) {
		b := &batch{run: run, done: make([]bool, n)}
		defer func() {
			b.outdated.Store(true)
			g.mu.Lock()
			g.batch, g.deciding = nil, true
			g.mu.Unlock()
		}()
		for i := range n {
			g.mu.Lock()
			g.batch, b.awaited, g.deciding = b, i, b.done[i]
			if !g.deciding {
				g.more.Broadcast()
			}
			for !b.done[i] {
				g.told.Wait()
			}
			g.mu.Unlock()
			if !yield(i) {
				return
			}
		}
	}
}

// later has run called when there is nothing else to do.
func (g *guests) later(run func()) {
	g.mu.Lock()
	g.repeats = append(g.repeats, run)
	g.mu.Unlock()
	g.more.Signal()
}
