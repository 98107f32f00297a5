package sim_test

import (
	"context"
	"flag"
	"math/rand"
	"slices"
	"testing"

	"github.com/terrella-go/terrella/sim"
	"pgregory.net/rapid"
)

// A seed is one world, whatever rapid's flags: values are the same, and what a goroutine draws at random after them.
func TestRapidFlagsMoveNothing(t *testing.T) {
	steps := rapid.Custom(func(t *rapid.T) (steps int) {
		t.Repeat(map[string]func(*rapid.T){"step": func(t *rapid.T) {
			rapid.Bool().Draw(t, "what")
			steps++
		}})
		return steps
	})
	look := func() (seen []uint64) {
		sim.Config{Runs: 1}.Test(t, func(w *sim.World) {
			seen = nil
			w.Client(func(ctx context.Context, n *sim.Node) {
				for range 5 {
					seen = append(seen, uint64(sim.Draw(w, steps, "steps")), rand.Uint64())
				}
			})
			w.Run(1)
		})
		return seen
	}
	plain := look()
	if len(plain) != 10 {
		t.Fatalf("%d numbers are drawn; want 10", len(plain))
	}
	for name, value := range map[string]string{"rapid.seed": "7", "rapid.steps": "3", "rapid.log": "true", "rapid.debug": "true"} {
		f := flag.Lookup(name)
		old := f.Value.String()
		f.Value.Set(value)
		seen := look()
		if got := f.Value.String(); got != value {
			t.Errorf("-%s is %s after the test; want %s", name, got, value)
		}
		f.Value.Set(old)
		if !slices.Equal(seen, plain) {
			t.Errorf("with -%s=%s a world draws %v; without %v", name, value, seen, plain)
		}
	}
}

// Worlds that are run to make a drawn value smaller, several at a time, are the worlds that they are later.
func TestWorldsOfSmallerValuesAreTheSameLater(t *testing.T) {
	bad := func(w *sim.World) {
		numbers := rapid.IntRange(0, 1000)
		for range 2 {
			w.Client(func(ctx context.Context, n *sim.Node) {
				for range 10 {
					if x := sim.Draw(w, numbers, "number"); x > 600 {
						w.Fatalf("%d is large", x)
					}
					select {
					case <-ctx.Done():
					default:
					}
				}
			})
		}
		w.Run(1)
	}
	for _, atOnce := range []int{1, 3} {
		during, later := sim.SmallerValues(t, atOnce, bad)
		if len(during) < 20 {
			t.Errorf("%d runs; want 20", len(during))
		}
		if !slices.Equal(during, later) {
			t.Errorf("%d worlds at a time had the schedules\n%x\nand later\n%x", atOnce, during, later)
		}
	}
}
