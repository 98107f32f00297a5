package sim

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/terrella-go/terrella/internal/plan"
)

// SmallerValues makes the drawn values of failures smaller, while so many worlds less one run beside the search, which have to be the
// same again and again. It returns the schedule hashes of the worlds that were run for the search, and those of the same cases afterwards.
func SmallerValues(t *testing.T, atOnce int, fn func(*World)) (during, later []uint64) {
	c, err := Config{Runs: 10}.validate()
	if err != nil {
		t.Fatal(err)
	}
	r := newRunner(t, c, fn)
	r.runCase(plan.Case{Seed: r.seeds[0]}, nil, nil)
	for _, seed := range r.seeds {
		o := r.world(seed, nil, nil)
		if o.failure == nil {
			continue
		}
		var cases []plan.Case
		run := func(c plan.Case) *outcome {
			r.beside.RLock()
			defer r.beside.RUnlock()
			return r.runCase(c, nil, nil)
		}
		r.shared = atOnce > 1
		var others sync.WaitGroup
		var over atomic.Bool
		for range atOnce - 1 {
			others.Go(func() {
				for !over.Load() {
					if got := run(o.given); !got.contended && got.result.Hash != o.result.Hash {
						t.Errorf("seed %#x: schedule %x beside the search, %x alone", seed, got.result.Hash, o.result.Hash)
						return
					}
				}
			})
		}
		r.shrinkValues(r.decoded(o), func(c plan.Case) bool {
			got := run(c)
			cases = append(cases, c)
			during = append(during, got.result.Hash)
			return sameFailure(o.failure, got.failure)
		})
		over.Store(true)
		others.Wait()
		r.shared = false
		for _, c := range cases {
			later = append(later, r.runCase(c, nil, nil).result.Hash)
		}
	}
	return during, later
}
