package concurrency

import "sync"

// A Ledger holds two balances, each behind a lock of its own so that they can be used side by side, and a version,
// by which who reads both can tell whether a transfer came in between.
type Ledger struct {
	// Careless has Transfer count the version up only when it is done, where it ought to do so when it begins as
	// well. A reader that looks at one balance before the payment, at the other
	// after it, and at the version before that is counted up, sees the money twice. It takes three changes of
	// turn at the right places: from the reader to the writer, back, and to the writer again.
	Careless bool

	version, giver, taker cell
}

// A cell is a number behind a lock.
type cell struct {
	mu sync.Mutex
	n  int
}

func (c *cell) add(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n += n
}

func (c *cell) get() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n
}

// NewLedger returns a ledger in which all the money is still with the giver.
func NewLedger(money int, careless bool) *Ledger {
	l := &Ledger{Careless: careless}
	l.giver.add(money)
	return l
}

// Transfer moves n from the giver to the taker. There is one goroutine that does so.
func (l *Ledger) Transfer(n int) {
	if !l.Careless {
		l.version.add(1) // odd: under way
	}
	l.giver.add(-n)
	l.taker.add(n)
	if l.Careless {
		l.version.add(2)
	} else {
		l.version.add(1)
	}
}

// Total returns the money that there is. What is under way may be missing in it.
func (l *Ledger) Total() int {
	for {
		before := l.version.get()
		total := l.giver.get() + l.taker.get()
		if before%2 == 0 && l.version.get() == before {
			return total
		}
	}
}
