// Package lease is a lock that expires, as lock services grant it, in a form that breaks when
// clocks drift and in one that holds as long as they keep to a bound.
//
// A server grants the lock for a term by its own clock. A client that holds it stops using
// it when the term is over by the client's clock, counted from when it asked. If the client's clock is slower than the
// server's, the client goes on when the server has granted the lock to another: two
// holders at once.
//
// A client with a Bound on how far any clock is from true time shortens its term: with
// a bound of b the server's term lasts at least 1/(1+b) of it in true time, and the client's
// share of 1-2b of it at most (1-2b)/(1-b), which is less. [Client.Bound] 0 is the bug of one that trusts all clocks.
//
// A machine that is suspended does not see its clock go on: against that no lease helps, and it is left out here.
//
// In a world the nodes' package time is as wrong as their clocks. LEASE_TRUST=1 has the test over the network
// trust them, and fail:
//
//	LEASE_TRUST=1 go test -run PackageTimeOverTheNetwork
package lease

import (
	"sync"
	"time"

	"github.com/terrella-go/terrella/clock"
)

// A Server grants a lock to one client at a time.
type Server struct {
	// Clock is the server's own.
	Clock clock.Clock
	// Term is how long a grant lasts, by the server's clock.
	Term time.Duration

	mu      sync.Mutex
	holder  string
	expires time.Time
}

// Acquire grants the lock to a client, unless another has it.
func (s *Server) Acquire(client string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.holder != "" && s.holder != client && s.Clock.Until(s.expires) > 0 {
		return false
	}
	s.holder, s.expires = client, s.Clock.Now().Add(s.Term)
	return true
}

// Restarted makes the server grant nothing for a term: whoever it has granted the lock before a crash may hold it still.
func (s *Server) Restarted() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.holder, s.expires = "whoever held it before", s.Clock.Now().Add(s.Term)
}

// Free returns how long it is until the lock is free, 0 if it is.
func (s *Server) Free() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.holder == "" {
		return 0
	}
	return max(s.Clock.Until(s.expires), 0)
}

// A Client acquires the lock.
type Client struct {
	Name string
	// Clock is the client's own.
	Clock clock.Clock
	// Acquire asks the server, which takes its time.
	Acquire func(client string) bool
	// Term is the server's.
	Term time.Duration
	// Bound is how many parts per million any clock may run fast or slow. 0 trusts all clocks.
	Bound int64
}

// Hold asks for the lock and, if it is granted, returns until when it may be used, by the
// client's clock.
func (c *Client) Hold() (until time.Time, ok bool) {
	asked := c.Clock.Now()
	if !c.Acquire(c.Name) {
		return time.Time{}, false
	}
	const million = 1_000_000
	return asked.Add(c.Term / million * time.Duration(million-2*c.Bound)), true
}
