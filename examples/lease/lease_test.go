package lease_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/terrella-go/terrella/clock"
	"github.com/terrella-go/terrella/examples/lease"
)

const (
	term  = 10 * time.Second
	bound = 500 // parts per million
	ran   = 3 * time.Minute
)

// TestTrustingClocksIsFound: with clocks that drift within the bound, a client that
// trusts them shares the lock with another before long.
func TestTrustingClocksIsFound(t *testing.T) {
	for seed := range uint64(1000) {
		if err := run(t, seed, bound, 0); err != nil {
			t.Logf("found with seed %d: %v", seed, err)
			return
		}
	}
	t.Error("not found with 1000 seeds")
}

// TestBoundIsKept: the repaired client never does, as long as the bound holds.
func TestBoundIsKept(t *testing.T) {
	for seed := range uint64(1000) {
		if err := run(t, seed, bound, bound); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
	}
}

// TestBoundMatters: beyond the bound it does.
func TestBoundMatters(t *testing.T) {
	for seed := range uint64(1000) {
		if err := run(t, seed, 10*bound, bound); err != nil {
			t.Logf("found with seed %d: %v", seed, err)
			return
		}
	}
	t.Error("not found with 1000 seeds")
}

// A room tells who believes to hold the lock, in true time.
type room struct {
	mu      sync.Mutex
	inside  string
	entered int
	err     error
}

func (r *room) failure() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

// enter is called when a client begins to use the lock.
func (r *room) enter(client string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.inside != "" && r.err == nil {
		r.err = fmt.Errorf("%s and %s hold the lock at %v", r.inside, client, time.Now().Format(time.StampMicro))
	}
	r.inside = client
	r.entered++
}

func (r *room) leave() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.inside = ""
}

// run lets two clients compete for a while on clocks that drift by up to drift parts per million,
// and are stepped now and then, and returns whether they ever held the lock together.
func run(t *testing.T, seed uint64, drift, trust int64) error {
	var r room
	synctest.Test(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(seed, 0))
		skewed := func() *clock.Skewed {
			c := clock.NewSkewed(time.Duration(rng.Int64N(int64(time.Hour))), rng.Int64N(2*drift+1)-drift)
			time.AfterFunc(time.Duration(rng.Int64N(int64(ran))), func() { c.Step(-time.Minute) })
			return c
		}
		s := &lease.Server{Clock: skewed(), Term: term}
		var wg sync.WaitGroup
		for _, name := range []string{"a", "b"} {
			c := &lease.Client{Name: name, Clock: skewed(), Term: term, Bound: trust}
			delay := rand.New(rand.NewPCG(seed, uint64(name[0])))
			c.Acquire = func(client string) bool {
				time.Sleep(time.Duration(delay.Int64N(int64(time.Millisecond))))
				ok := s.Acquire(client)
				time.Sleep(time.Duration(delay.Int64N(int64(time.Millisecond))))
				return ok
			}
			wg.Go(func() { compete(c, &r) })
		}
		wg.Wait()
	})
	return r.err
}

// compete takes the lock again and again, in turn with the other client: it is at the server
// shortly before the other's term is over.
func compete(c *lease.Client, r *room) {
	const early = 50 * time.Millisecond
	if c.Name == "b" {
		time.Sleep(term - early)
	}
	for start := time.Now(); time.Since(start) < ran; {
		until, ok := c.Hold()
		left := c.Clock.Until(until)
		if !ok || left <= 0 {
			time.Sleep(time.Millisecond)
			continue
		}
		r.enter(c.Name)
		c.Clock.Sleep(left)
		r.leave()
		time.Sleep(term - early)
	}
}
