package planted

import (
	"context"
	"fmt"
	"net"
	"os"
	"testing"
	"time"

	"github.com/terrella-go/terrella/sim"
	"github.com/terrella-go/terrella/sim/prop"
	"pgregory.net/rapid"
)

// A word is what the clients of TestWords send.
type word struct {
	Text  string
	Count int
}

// TestWords fails when the server has been restarted and then gets a word that is counted more than 10 times. With
// WORDS_FIXED=1 it does not; with WORDS_EDITED=1 there is a node, a goroutine and a line more than without.
func TestWords(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		if os.Getenv("WORDS_EDITED") != "" {
			w.Node("metrics", func(ctx context.Context, n *sim.Node) error {
				for ctx.Err() == nil {
					w.Log("still here")
					time.Sleep(70 * time.Millisecond)
				}
				return nil
			})
		}
		w.Node("server", func(ctx context.Context, n *sim.Node) error {
			l, err := n.Net().Listen("tcp", ":80")
			if err != nil {
				return err
			}
			for {
				c, err := l.Accept()
				if err != nil {
					return err
				}
				go serveWord(w, n, c)
			}
		})
		w.Inject(sim.Storm{})
		gen := rapid.Custom(func(t *rapid.T) word {
			return word{rapid.StringMatching(`[a-z]{1,9}`).Draw(t, "text"), rapid.IntRange(0, 1000).Draw(t, "count")}
		})
		for range 2 {
			w.Client(func(ctx context.Context, n *sim.Node) {
				for ctx.Err() == nil {
					sendWord(n, sim.Draw(w, gen, "word"))
					time.Sleep(100 * time.Millisecond)
				}
			})
		}
		w.Run(10 * time.Second)
	})
}

func serveWord(w *sim.World, n *sim.Node, c net.Conn) {
	defer c.Close()
	var got word
	if _, err := fmt.Fscan(c, &got.Text, &got.Count); err != nil {
		return
	}
	if n.Incarnation() > 0 && got.Count > 10 && os.Getenv("WORDS_FIXED") == "" {
		w.Errorf("start %d counts %q %d times", n.Incarnation()+1, got.Text, got.Count)
		w.FailNow()
	}
}

func sendWord(n *sim.Node, x word) {
	c, err := n.Net().Dial("tcp", "server:80")
	if err != nil {
		return
	}
	defer c.Close()
	fmt.Fprintln(c, x.Text, x.Count)
}

// TestTwoFaults fails when b, whose clock is wrong by then, hears that a has started again: it takes a fault of a's process and one of b's clock, at
// the same time, among at least 40 of all kinds. Each subtest looks for a seed of its own.
func TestTwoFaults(t *testing.T) {
	for i := range 20 {
		t.Run(fmt.Sprint(i), func(t *testing.T) { sim.Config{Seed: uint64(i), Runs: 500}.Test(t, twoFaults) })
	}
}

func twoFaults(w *sim.World) {
	w.Node("a", func(ctx context.Context, n *sim.Node) error {
		for ctx.Err() == nil {
			if c, err := n.Net().Dial("tcp", "b:80"); err == nil {
				fmt.Fprintln(c, n.Incarnation())
				c.Close()
			}
			time.Sleep(50 * time.Millisecond)
		}
		return nil
	})
	heard := 0
	w.Node("b", func(ctx context.Context, n *sim.Node) error {
		l, err := n.Net().Listen("tcp", ":80")
		if err != nil {
			return err
		}
		for {
			c, err := l.Accept()
			if err != nil {
				return err
			}
			var start int
			if _, err := fmt.Fscan(c, &start); err == nil && start > heard {
				heard = start
				off := n.Clock().Now().Sub(w.Now()).Abs()
				if off > time.Millisecond && w.Elapsed() > 7*time.Second { // by then there were 40 faults
					w.Fatalf("a has started again, and the clock of b is wrong by %v", off)
				}
			}
			c.Close()
		}
	})
	w.Node("c", func(ctx context.Context, n *sim.Node) error { <-ctx.Done(); return nil })
	w.Inject(sim.Storm{Every: 150 * time.Millisecond, Length: time.Second, Lasts: 10 * time.Second})
	w.Run(10 * time.Second)
}

// TestTolerated fails when each of three nodes was down once, and when two are down at once, which it says it does not tolerate.
func TestTolerated(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		var nodes []*sim.Node
		for _, name := range []string{"a", "b", "c"} {
			nodes = append(nodes, w.Node(name, func(ctx context.Context, n *sim.Node) error { <-ctx.Done(); return nil }))
		}
		w.Inject(sim.Storm{Kinds: []string{"stop"}, Tolerate: sim.AtMost(1, nodes), Every: 2 * time.Second, Length: time.Second})
		seen := make(map[string]bool)
		for w.Elapsed() < 20*time.Second {
			w.Run(10 * time.Millisecond)
			down := 0
			for _, n := range nodes {
				if !n.Running() {
					down++
					seen[n.Name()] = true
				}
			}
			if down > 1 || len(seen) == len(nodes) {
				w.Fatalf("%d are down, and %d have been", down, len(seen))
			}
		}
	})
}

// TestReach has checks that do what they are there for, and some that do not.
func TestReach(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		n := w.Rand("n").IntN(3)
		prop.Reachable("the beginning")
		prop.Sometimes(n == 1, "n is one")
		prop.Sometimes(n == 7, "n is seven")
		prop.Always(n < 3, "n is small", "n", n)
		if n > 5 {
			prop.Reachable("the impossible")
			prop.Unreachable("the worst")
		}
	})
}

// TestAlways fails at a check.
func TestAlways(t *testing.T) {
	sim.Test(t, func(w *sim.World) { prop.Always(w.Rand("n").IntN(3) > 0, "n is not zero", "n", 0) })
}

// FuzzWorlds fails in no world.
func FuzzWorlds(f *testing.F) {
	sim.Fuzz(f, func(w *sim.World) {
		w.Node("a", func(ctx context.Context, n *sim.Node) error { <-ctx.Done(); return nil })
		w.Inject(sim.Storm{Kinds: []string{"crash"}, Every: time.Second})
		w.Run(5 * time.Second)
	})
}

// FuzzFails fails when a node has crashed twice.
func FuzzFails(f *testing.F) {
	sim.Fuzz(f, func(w *sim.World) {
		n := w.Node("a", func(ctx context.Context, n *sim.Node) error { <-ctx.Done(); return nil })
		w.Inject(sim.Storm{Kinds: []string{"crash"}, Every: time.Second, Length: time.Second})
		w.Run(10 * time.Second)
		if n.Incarnation() > 1 {
			w.Fatalf("a has started %d times", n.Incarnation()+1)
		}
	})
}
