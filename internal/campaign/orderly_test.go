package campaign

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/terrella-go/terrella/internal/campaign/protocol"
	"github.com/terrella-go/terrella/internal/shard"
)

// With a queue that ends failures are looked into as they come as well, not when all worlds have been run: this queue hands out no
// more than half of its worlds before a failure is told of.
func TestFailuresAreLookedIntoAsTheyCome(t *testing.T) {
	const worlds = 400
	told := make(chan bool)
	var once sync.Once
	r := start(t, worlds, func(c *Config, r *run) {
		note := c.Note
		c.Note = func(line string) {
			note(line)
			if strings.Contains(line, " fails: ") {
				once.Do(func() { close(told) })
			}
		}
		r.ledger.held = func() bool {
			select {
			case <-told:
				return false
			default:
				return r.Status().Seeds >= worlds/2
			}
		}
	}, "TestSevens")
	r.ledger.want("TestSevens", 1, upTo(worlds)...)
	r.wantFound(t, "TestSevens property: not divisible by fourteen: []", "TestSevens property: not divisible by seven: []")
}

// Settled never runs ahead of a world that is still out, or has come back.
func TestSettled(t *testing.T) {
	q := Local{Limit: 100, Shard: shard.Shard{Index: 1, Count: 2}}
	target, ctx := Target{Test: "TestX"}, context.Background()
	want := func(n uint64) {
		t.Helper()
		if got := q.Settled(target); got != n {
			t.Errorf("settled below %d; want %d", got, n)
		}
	}
	lease := func(size uint64) *Chunk {
		c, err := q.Lease(ctx, target, size)
		if err != nil || c == nil {
			t.Fatal(c, err)
		}
		return c
	}
	settle := func(c *Chunk, answers int, died bool) {
		if ok, err := q.Settle(ctx, c, make([]protocol.Answer, answers), died); !ok || err != nil {
			t.Fatal(ok, err)
		}
	}
	want(1)
	a, b := lease(3), lease(2) // 1 3 5, 7 9
	settle(b, 2, false)
	want(1)
	settle(a, 1, true) // 3 goes alone, and 5 with what is behind
	want(3)
	five := lease(9)
	want(3)
	settle(five, 1, false)
	want(3)
	for range MaxDeaths - 1 {
		settle(lease(1), 0, true)
	}
	want(11)
}
