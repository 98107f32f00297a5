package kernel_test

import (
	"sync"
	"testing"
	"time"

	"github.com/terrella-go/terrella/internal/kernel"
	"github.com/terrella-go/terrella/internal/prng"
)

// A lock for which killed goroutines stood in the line, between others, goes to all that are left. (What the
// killed have done to a lock's state stays done: one that is killed as it waits to write keeps readers out, as one that holds
// a lock keeps it.)
func TestKillLeavesTheLinesOfLocks(t *testing.T) {
	for seed := range uint64(100) {
		got := 0
		r := kernel.Run(kernel.Config{Seed: seed, MaxSteps: 100_000}, func() {
			var (
				mu sync.Mutex
				rw sync.RWMutex
				wg sync.WaitGroup
			)
			mu.Lock()
			rw.Lock()
			wg.Add(1)
			waiters := func(got *int) []func() {
				return []func(){
					func() { mu.Lock(); *got++; mu.Unlock() },
					func() { rw.RLock(); rw.RUnlock(); mu.Lock(); *got++; mu.Unlock() },
					func() { wg.Wait(); mu.Lock(); *got++; mu.Unlock() },
				}
			}
			var killed int
			victims, others := waiters(&killed), waiters(&got)
			victim, other := kernel.NewGroup(), kernel.NewGroup()
			for round := range 3 {
				for i := range victims {
					group, wait := victim, victims[i]
					if (round+i)%2 == 0 {
						group, wait = other, others[i]
					}
					group.Go(prng.Key(uint64(round*10+i)), wait)
					time.Sleep(time.Millisecond) // until it waits, behind the one before
				}
			}
			victim.Kill()
			mu.Unlock()
			rw.Unlock()
			wg.Done()
			time.Sleep(time.Second)
			if killed != 0 {
				t.Errorf("seed %d: %d goroutines that were killed got a lock", seed, killed)
			}
		})
		if r.Outcome != kernel.Done || got != 5 {
			t.Fatalf("seed %d: %v, the others got %d of 5 locks", seed, r.Outcome, got)
		}
	}
}
