package sim

import (
	"cmp"
	"iter"
	"sync"
	"sync/atomic"

	"github.com/terrella-go/terrella/internal/kernel"
)

// inOrder runs the worlds of all seeds, Config.Parallel at a time, and yields what became of them in
// the order of the seeds, whichever was done first: what is reported does not depend on the number of cores. When
// the loop ends, no new world is begun, and those that run are waited for.
func (r *runner) inOrder() iter.Seq2[int, *outcome] {
	return func(yield func(int, *outcome) bool) {
		if r.config.Parallel <= 1 || len(r.seeds) == 1 {
			var records [2]kernel.Record
			for i := range r.seeds {
				if !yield(i, r.runBeside(i, &records)) {
					return
				}
			}
			return
		}
		r.shared = true
		defer func() { r.shared = false }()
		var wg sync.WaitGroup
		defer wg.Wait()
		var next atomic.Int64
		stop := make(chan struct{})
		defer close(stop)
		// A world that takes long must not let the others run far ahead and pile up.
		ahead := make(chan struct{}, 4*r.config.Parallel)
		done := make([]chan *outcome, len(r.seeds))
		for i := range done {
			done[i] = make(chan *outcome, 1)
		}
		for range min(r.config.Parallel, len(r.seeds)) {
			wg.Go(func() {
				var records [2]kernel.Record
				for {
					select {
					case ahead <- struct{}{}:
					case <-stop:
						return
					}
					i := int(next.Add(1)) - 1
					if i >= len(r.seeds) {
						return
					}
					done[i] <- r.runBeside(i, &records)
				}
			})
		}
		for i := range r.seeds {
			o := <-done[i]
			<-ahead
			if !yield(i, o) {
				return
			}
		}
	}
}

// runBeside runs the world of one seed, twice if it is its turn to be verified. A world that wanted a mutex that another
// had, or that has failed, is run again without others beside it.
func (r *runner) runBeside(i int, records *[2]kernel.Record) *outcome {
	if !r.shared {
		return r.runSeed(i, records)
	}
	r.beside.RLock()
	o := r.runSeed(i, records)
	r.beside.RUnlock()
	if !o.contended && o.failure == nil && o.divergence == "" {
		return o
	}
	r.beside.Lock()
	defer r.beside.Unlock()
	r.alone = true
	alone := r.runSeed(i, records)
	r.alone = false
	if alone.failure == nil && alone.divergence == "" && !o.contended {
		alone.failure = cmp.Or(o.failure, &failure{message: o.divergence})
		alone.failure.property = "worlds apart"
		alone.failure.message = "the world failed beside others and does not fail alone: they share a channel, wait group, condition or variable of the program's package level. Worlds that share state can't run side by side: take out Config.Parallel, or the shared state. What happened was:\n" + alone.failure.message
	}
	return alone
}

// runSeed runs the i-th world, and compares it with itself if it is its turn.
func (r *runner) runSeed(i int, records *[2]kernel.Record) *outcome {
	seed := r.seeds[i]
	if options.verify || verified(i) {
		return r.twice(seed, records)
	}
	return r.world(seed, nil, nil)
}

// verified reports whether the i-th world is run twice without being asked for.
func verified(i int) bool { return i%verifyShare == 1 }
