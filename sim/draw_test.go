package sim_test

import (
	"context"
	"slices"
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
