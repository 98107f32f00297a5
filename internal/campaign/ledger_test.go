package campaign

import (
	"context"
	"sync"
	"testing"

	"github.com/terrella-go/terrella/internal/campaign/protocol"
)

// A ledger is a queue that notes which worlds were counted.
type ledger struct {
	Local
	t      *testing.T
	leased func(*Chunk)
	ended  func(*Chunk)
	held   func() bool // whether nothing is handed out now

	mu      sync.Mutex
	counted map[Target]map[uint64]int
}

func (l *ledger) Lease(ctx context.Context, t Target, size uint64) (*Chunk, error) {
	if l.held != nil && l.held() {
		return nil, nil
	}
	c, err := l.Local.Lease(ctx, t, size)
	if c != nil && l.leased != nil {
		l.leased(c)
	}
	return c, err
}

func (l *ledger) Settle(ctx context.Context, c *Chunk, answers []protocol.Answer, died bool) (bool, error) {
	if l.ended != nil {
		l.ended(c)
	}
	ok, err := l.Local.Settle(ctx, c, answers, died)
	l.mu.Lock()
	defer l.mu.Unlock()
	if !ok {
		l.t.Errorf("%+v was settled twice", c)
	}
	if l.counted == nil {
		l.counted = make(map[Target]map[uint64]int)
	}
	if l.counted[c.Target] == nil {
		l.counted[c.Target] = make(map[uint64]int)
	}
	for i, a := range answers {
		if want := c.First + uint64(i)*c.Stride; a.Number != want {
			l.t.Errorf("%s: answer %d; want %d", c.Target, a.Number, want)
		}
		l.counted[c.Target][a.Number]++
	}
	return ok, err
}

// want checks that just the worlds of the numbers given were counted, once each.
func (l *ledger) want(test string, call int, numbers ...uint64) {
	l.t.Helper()
	for target, counted := range l.counted {
		if target.Test != test || target.Call != call {
			continue
		}
		for _, n := range numbers {
			if counted[n] != 1 {
				l.t.Errorf("%s: world %d was counted %d times; want once", target, n, counted[n])
			}
		}
		if len(counted) != len(numbers) {
			l.t.Errorf("%s: %d worlds were counted; want %d", target, len(counted), len(numbers))
		}
		return
	}
	l.t.Errorf("no world of %s was counted", test)
}

func upTo(n uint64) []uint64 {
	var out []uint64
	for i := range n {
		out = append(out, i)
	}
	return out
}
