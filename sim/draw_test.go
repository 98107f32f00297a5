package sim_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/terrella-go/terrella/sim"
	"pgregory.net/rapid"
)

// What is drawn for one operation does not depend on what was drawn elsewhere.
func TestDrawsAreKeyed(t *testing.T) {
	draws := func(other bool) (got []int) {
		sim.Config{Runs: 1}.Test(t, func(w *sim.World) {
			got = nil
			w.Client(func(ctx context.Context, n *sim.Node) {
				for range 5 {
					got = append(got, sim.Draw(w, rapid.IntRange(0, 1<<30), "first"))
					if other {
						sim.Draw(w, rapid.Int(), "second")
					}
				}
			})
			if other {
				w.Client(func(ctx context.Context, n *sim.Node) { sim.Draw(w, rapid.Int(), "first") })
			}
			time.Sleep(time.Second)
		})
		return got
	}
	if a, b := draws(false), draws(true); !slices.Equal(a, b) || len(a) != 5 || a[0] == a[1] {
		t.Errorf("%v, and with other draws %v", a, b)
	}
}

// Nothing but the value shows whether it was drawn or comes from a file: a world that was shrunk, with some values drawn and some given, is
// the one that its file gives. A generator may lock, and ask for random numbers of its own.
func TestDrawnAndGivenValuesAreAlike(t *testing.T) {
	var mu sync.Mutex
	numbers := rapid.Custom(func(t *rapid.T) int {
		mu.Lock()
		defer mu.Unlock()
		rand.IntN(2)
		return rapid.IntRange(0, 99).Draw(t, "number")
	})
	drawn, given := sim.RunsWithValuesGiven(t, sim.Config{Runs: 50}, []int{1, 3}, func(w *sim.World) {
		var all []int
		for range 3 {
			w.Client(func(ctx context.Context, n *sim.Node) {
				for ctx.Err() == nil {
					x := sim.Draw(w, numbers, "number")
					if text := sim.Draw(w, rapid.StringN(0, 5, 20), "text"); x%2 == 0 {
						x += len(text)
					}
					mu.Lock()
					all = append(all, x)
					mu.Unlock()
					time.Sleep(time.Duration(x) * time.Millisecond)
				}
			})
		}
		w.Run(time.Second)
	})
	for i, hashes := range given {
		if !slices.Equal(hashes, drawn) {
			t.Errorf("with values given, one in %d, worlds went another way: %x and not %x", []int{1, 3}[i], hashes, drawn)
		}
	}
}

func TestActions(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		done := make(map[string]int)
		w.Client(func(ctx context.Context, n *sim.Node) {
			act := func(name string) func() { return func() { done[name]++; time.Sleep(time.Second) } }
			sim.Actions(ctx, w, map[string]func(){"a": act("a"), "b": act("b"), "": func() { done["check"]++ }})
		})
		w.Run(100 * time.Second)
		if done["a"] < 20 || done["b"] < 20 || done["a"]+done["b"]-done["check"] > 1 {
			w.Errorf("%v", done)
		}
	})
}
