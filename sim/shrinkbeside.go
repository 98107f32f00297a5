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
// the caller has seen enough, no new world is begun; those that run go on beside the next cases, and their results are
// thrown away.
func (r *runner) tryAll(cases []plan.Case, want *failure) iter.Seq[shrink.Result] {
	return func(yield func(shrink.Result) bool) {
		if r.guests == nil {
			for _, c := range cases {
				if !yield(r.tryOne(c, want)) {
					return
				}
			}
			return
		}
		g := r.guests
		defer g.forget()
		done := make([]chan shrink.Result, len(cases))
		begun := 0
		for i := range cases {
			for ; begun < len(cases) && begun < i+2*g.n; begun++ {
				done[begun] = make(chan shrink.Result, 1)
				g.offer(begun, func(at int) { done[at] <- r.tryBeside(cases[at], want) })
			}
			g.await(i)
			if !yield(<-done[i]) {
				return
			}
		}
	}
}

// tryBeside is tryOne beside other worlds. That a failure repeats is taken for granted, and looked at when there is time: without others if
// it does not beside them. If it doesn't then, the search was in vain.
func (r *runner) tryBeside(c plan.Case, want *failure) shrink.Result {
	a := r.runGuest(c)
	if !sameFailure(want, a.failure) {
		return shrink.Result{Runs: 1, Work: cost(a)}
	}
	r.guests.later(func() {
		if sameRun(a, r.runGuest(c)) {
			return
		}
		r.withoutOthers(func() {
			if !r.tryOne(c, want).Fails {
				r.guests.broken.Store(true)
			}
		})
	})
	return shrink.Result{Fails: true, Runs: 2, Work: 2 * cost(a)} // the second is the same run
}

// runGuest runs a case beside other worlds, or without them if it has to.
func (r *runner) runGuest(c plan.Case) *outcome {
	r.beside.RLock()
	o := r.runCase(c, nil, nil)
	r.beside.RUnlock()
	if o.contended {
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
	var n atomic.Int64
	var wg sync.WaitGroup
	for i, c := range cases {
		if r.guests == nil {
			if sameFailure(want, r.runCase(c, nil, nil).failure) {
				n.Add(1)
			}
			continue
		}
		wg.Add(1)
		r.guests.offer(i, func(int) {
			defer wg.Done()
			if sameFailure(want, r.runGuest(c).failure) {
				n.Add(1)
			}
		})
	}
	wg.Wait()
	return int(n.Load())
}

// Guests are goroutines that run worlds side by side: first the case whose result is waited for, then second runs of what has failed,
// then cases ahead of their time.
type guests struct {
	n      int
	broken atomic.Bool // a failure did not repeat
	wg     sync.WaitGroup

	mu      sync.Mutex
	more    sync.Cond
	offers  []offer
	awaited int
	repeats []func()
	closed  bool
}

// An offer is a case, by its number.
type offer struct {
	at  int
	run func(at int)
}

// invite has up to n worlds run at a time until the function is called that it returns, which waits for those that run and reports whether all
// failures have repeated. For n of 1 all stays as it is: a world at a time, in the goroutine that wants it.
func (r *runner) invite(n int) (leave func() bool) {
	if n <= 1 {
		return func() bool { return true }
	}
	g := &guests{n: n}
	g.more.L = &g.mu
	r.guests, r.shared = g, true
	for range n {
		g.wg.Go(g.work)
	}
	return func() bool {
		g.change(func() { g.closed = true })
		g.wg.Wait()
		r.guests, r.shared = nil, false
		return !g.broken.Load()
	}
}

// work runs worlds until there are no more and will be none.
func (g *guests) work() {
	for {
		g.mu.Lock()
		for len(g.offers) == 0 && len(g.repeats) == 0 && !g.closed {
			g.more.Wait()
		}
		var run func()
		switch {
		case len(g.offers) > 0 && (g.offers[0].at <= g.awaited || len(g.repeats) == 0):
			o := g.offers[0]
			g.offers = g.offers[1:]
			run = func() { o.run(o.at) }
		case len(g.repeats) > 0:
			run = g.repeats[0]
			g.repeats = g.repeats[1:]
		default:
			g.mu.Unlock()
			return
		}
		g.mu.Unlock()
		run()
	}
}

// change changes what there is to do.
func (g *guests) change(f func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	f()
	g.more.Broadcast()
}

func (g *guests) offer(at int, run func(at int)) {
	g.change(func() { g.offers = append(g.offers, offer{at, run}) })
}
func (g *guests) later(run func()) { g.change(func() { g.repeats = append(g.repeats, run) }) }
func (g *guests) await(at int)     { g.change(func() { g.awaited = at }) }

// forget takes back the offers that nobody has taken.
func (g *guests) forget() { g.change(func() { g.offers, g.awaited = nil, 0 }) }
