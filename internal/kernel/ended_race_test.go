//go:build race

package kernel_test

import (
	"sync"
	"testing"
	"time"

	"github.com/terrella-go/terrella/internal/kernel"
	"github.com/terrella-go/terrella/internal/prng"
)

// What goroutines did is ordered, for the race detector, before the end of their world, before what follows a kill and before moments in which all
// wait, also where they stand in the middle of RWMutex.Lock, in which package sync has the detector look away from synchronisation. The test
// fails by what the detector reports.
func TestNoRaceWithTheDead(t *testing.T) {
	for seed := range uint64(30) {
		counts := new([3]int)
		sum := 0
		kernel.Run(kernel.Config{Seed: seed}, func() {
			groups := [...]kernel.Group{kernel.NewGroup(), kernel.NewGroup(), kernel.NewGroup()}
			for i, g := range groups {
				g.Go(prng.Seed(uint64(i)), func() {
					var rw sync.RWMutex
					for n := 0; ; n++ {
						counts[i]++
						rw.Lock()
						rw.Unlock()
						if n%20 == 19 {
							time.Sleep(time.Millisecond)
						}
					}
				})
			}
			kernel.WaitIdle()
			for range 2 {
				sum += counts[0] + counts[1] + counts[2]
				kernel.WaitIdle()
			}
			groups[1].Go(prng.Seed(10), func() {
				time.Sleep(5 * time.Millisecond) // the others wake at the same time
				groups[0].Kill()
				sum += counts[0]
				kernel.Stop()
			})
			time.Sleep(time.Hour)
		})
		if sum += counts[0] + counts[1] + counts[2]; sum < 100 {
			t.Errorf("seed %d: %d locks; want 100", seed, sum)
		}
	}
}
