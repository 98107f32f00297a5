package concurrency

import "sync"

// A Bank moves money between accounts that are locked one by one.
type Bank struct {
	// Careless has Transfer lock the account that pays first. Two transfers between the same
	// accounts, one in each direction, then may each hold the lock that the other needs.
	Careless bool

	accounts [3]struct {
		mu      sync.Mutex
		balance int
	}
}

// Transfer moves n from one account to another.
func (b *Bank) Transfer(from, to, n int) {
	first, second := from, to
	if !b.Careless && to < from {
		first, second = to, from
	}
	b.accounts[first].mu.Lock()
	defer b.accounts[first].mu.Unlock()
	b.accounts[second].mu.Lock()
	defer b.accounts[second].mu.Unlock()
	b.accounts[from].balance -= n
	b.accounts[to].balance += n
}
