package concurrency

import "sync"

// An Account holds money, and never less than none.
type Account struct {
	// Careless has Withdraw look at the balance in one critical section and change it in the
	// next. Each access is guarded, so that the race detector has nothing to say.
	Careless bool

	mu      sync.Mutex
	balance int
}

// Deposit adds to the balance.
func (a *Account) Deposit(n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.balance += n
}

// Balance returns the balance.
func (a *Account) Balance() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.balance
}

// Withdraw takes n from the balance and reports whether there was enough.
func (a *Account) Withdraw(n int) bool {
	if a.Careless {
		if a.Balance() < n {
			return false
		}
		a.Deposit(-n)
		return true
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.balance < n {
		return false
	}
	a.balance -= n
	return true
}
