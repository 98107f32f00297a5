package kernel_test

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"sync"
	"testing"
	"unique"

	"github.com/terrella-go/terrella/internal/kernel"
)

// order returns the order in which a map is walked.
func order(m map[*thing]int) (names []int) {
	for th := range m {
		names = append(names, th.name)
	}
	return names
}

func things() map[*thing]int {
	m := make(map[*thing]int)
	for i := range 20 {
		m[&thing{name: i}] = i
	}
	return m
}

// A map that a world fills inside sync.Once is walked in an order that follows from the seed.
func TestMapFilledInOnce(t *testing.T) {
	walk := func(seed uint64) (names []int) {
		kernel.Run(kernel.Config{Seed: seed}, func() {
			var first, second sync.Once
			m := make(map[*thing]int)
			fill := func() {
				for th := range things() {
					m[th] = 1
				}
			}
			first.Do(fill)
			second.Do(fill)
			names = order(m)
		})
		return names
	}
	for seed := range uint64(20) {
		first := walk(seed)
		if again := walk(seed); !slices.Equal(first, again) || len(first) != 40 {
			t.Fatalf("seed %d: first %v, then %v", seed, first, again)
		}
	}
}

var (
	filled     map[*thing]int
	filledOnce sync.Once
)

// A map that is filled once in the life of a process is walked in the same order whichever world has filled it, and whatever
// worlds there were before.
func TestMapFilledByTheFirstWorld(t *testing.T) {
	const variable = "TERRELLA_WORLDS_BEFORE"
	walk := func(seed uint64) (names []int, hash uint64) {
		r := kernel.Run(kernel.Config{Seed: seed}, func() {
			filledOnce.Do(func() { filled = things() })
			own := things()
			names = append(order(filled), order(own)...)
		})
		return names, r.Hash
	}
	if before := os.Getenv(variable); before != "" {
		for range len(before) {
			kernel.Run(kernel.Config{Seed: 1}, func() { order(things()) })
		}
		if before == "xxx" {
			walk(5)
		}
		names, hash := walk(1)
		fmt.Print(names, hash)
		os.Exit(0)
	}
	var want string
	for i, before := range []string{"x", "xx", "xxx"} {
		cmd := exec.Command(os.Args[0], "-test.run=^TestMapFilledByTheFirstWorld$")
		cmd.Env = append(os.Environ(), variable+"="+before)
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if i == 0 {
			want = string(out)
		} else if string(out) != want {
			t.Errorf("in one process\n%s\nin another, with other worlds before,\n%s", want, out)
		}
	}
}

// Whether somebody outside of the world has a value of package unique, or the collector has taken it away, does not show.
func TestUniqueLeavesNoMark(t *testing.T) {
	values := func() (all []any) {
		for i := range 20 {
			all = append(all, unique.Make(fmt.Sprint("unique", i)), netip.MustParseAddr(fmt.Sprintf("fe80::1%%eth%d", i)))
		}
		return all
	}
	for seed := range uint64(20) {
		run := func() uint64 {
			return kernel.Run(kernel.Config{Seed: seed}, func() {
				var wg sync.WaitGroup
				for range 4 {
					wg.Go(func() { values() })
				}
				wg.Wait()
			}).Hash
		}
		first := run()
		for range 3 { // until weak pointers and cleanups are through
			runtime.GC()
		}
		collected := run()
		all := values()
		held := run()
		runtime.KeepAlive(all)
		if collected != first || held != first {
			t.Fatalf("seed %d: hash %x first, %x after collections, %x while the values are held outside", seed, first, collected, held)
		}
	}
}

// Worlds side by side that enter keys into one sync.Map wait for each other where they meet, and it does not show.
func TestWorldsEnterOneMap(t *testing.T) {
	var cache *sync.Map
	run := func(seed uint64, shared bool) kernel.Result {
		return kernel.Run(kernel.Config{Seed: seed, Shared: shared}, func() {
			var wg sync.WaitGroup
			for range 2 {
				wg.Go(func() {
					for i := range 5000 {
						cache.LoadOrStore(i, seed)
						if i%100 == 0 {
							runtime.Gosched()
						}
					}
				})
			}
			wg.Wait()
		})
	}
	const worlds = 4
	var want [worlds]kernel.Result
	for i := range want {
		cache = new(sync.Map)
		want[i] = run(uint64(i), false)
	}
	for range 20 {
		cache = new(sync.Map)
		var wg sync.WaitGroup
		for i := range want {
			wg.Go(func() {
				if got := run(uint64(i), true); got.Outcome != kernel.Done || got.Hash != want[i].Hash || got.Steps != want[i].Steps {
					t.Errorf("beside others: %+v; alone: %+v", got, want[i])
				}
			})
		}
		wg.Wait()
	}
}
