package nethttp

import (
	"fmt"
	"slices"
	"sync"
)

// A ledger is what clients know of a counter.
type ledger struct {
	mu    sync.Mutex
	tried map[string]bool
	acked []acked // in the order of their acknowledgements
	held  map[int]string
	last  int // the highest position acknowledged
	known []string
}

// acked is an acknowledged increment.
type acked struct {
	key      string
	position int
	after    int // a position that had been acknowledged to somebody when this began
}

func newLedger() *ledger { return &ledger{tried: map[string]bool{}, held: map[int]string{}} }

// begin is called before an increment is tried, with a key that is new, and end with what it returns when it has been
// acknowledged.
func (l *ledger) begin(key string) (after int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tried[key] = true
	return l.last
}

func (l *ledger) end(a acked) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.acked = append(l.acked, a)
	l.last = max(l.last, a.position)
}

// count returns the number of acknowledged increments.
func (l *ledger) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.acked)
}

// once returns an error unless every acknowledged increment has a position of its own, behind those that were
// acknowledged before it began. It is an invariant, and looks at what came since it was last called.
func (l *ledger) once() error {
	for _, a := range l.acked[len(l.held):] {
		if other, ok := l.held[a.position]; ok {
			return fmt.Errorf("position %d was acknowledged to %s and to %s", a.position, other, a.key)
		}
		if a.position <= a.after {
			return fmt.Errorf("%s has position %d, but %d was acknowledged before it began", a.key, a.position, a.after)
		}
		l.held[a.position] = a.key
	}
	return nil
}

// compare returns an error unless what a server says it holds includes the first n acknowledged increments, each in its place,
// nothing twice and nothing that nobody tried, and begins with what a server has ever said.
func (l *ledger) compare(keys []string, n int) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if short := min(len(keys), len(l.known)); !slices.Equal(keys[:short], l.known[:short]) {
		return fmt.Errorf("the server's increments have changed: they were\n%v\nand are\n%v", l.known, keys)
	}
	if len(keys) > len(l.known) {
		l.known = keys
	}
	seen := map[string]bool{}
	for _, key := range keys {
		if seen[key] || !l.tried[key] {
			return fmt.Errorf("%s was counted twice, or never tried", key)
		}
		seen[key] = true
	}
	for _, a := range l.acked[:n] {
		if a.position > len(keys) || keys[a.position-1] != a.key {
			return fmt.Errorf("%s was acknowledged as increment %d and is not there; the server has\n%v", a.key, a.position, keys)
		}
	}
	return nil
}
