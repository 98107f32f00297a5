package clock

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/terrella-go/terrella/internal/kernel"
)

// A deadline is a context that ends by a skewed clock. Package context cannot make one: its
// deadlines are in the time of package time, and its other contexts do not end
// with DeadlineExceeded.
type deadline struct {
	context.Context // the parent
	at              time.Time
	done            chan struct{}

	mu    kernel.Lock
	err   error
	calls []*func() // to be made when it ends
}

func withDeadline(s *Skewed, parent context.Context, at time.Time) (context.Context, context.CancelFunc) {
	if by, ok := parent.Deadline(); ok && by.Before(at) {
		return context.WithCancel(parent)
	}
	c := &deadline{Context: parent, at: at, done: make(chan struct{})}
	unfollow := context.AfterFunc(parent, func() { c.end(parent.Err()) })
	timer := s.AfterFunc(s.Until(at), func() { c.end(context.DeadlineExceeded); unfollow() })
	switch {
	case parent.Err() != nil:
		c.end(parent.Err())
	case s.Until(at) <= 0:
		c.end(context.DeadlineExceeded)
	}
	return c, func() {
		c.end(context.Canceled)
		timer.Stop()
		unfollow()
	}
}

func (c *deadline) Deadline() (time.Time, bool) { return c.at, true }
func (c *deadline) Done() <-chan struct{}       { return c.done }

func (c *deadline) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// end ends the context, if it has not ended before.
func (c *deadline) end(err error) {
	c.mu.Lock()
	if c.err != nil {
		c.mu.Unlock()
		return
	}
	c.err = err
	close(c.done)
	calls := c.calls
	c.calls = nil
	c.mu.Unlock()
	for _, f := range calls {
		go (*f)()
	}
}

// AfterFunc lets package context know when this context has ended, without a
// goroutine that waits for it. See [context.AfterFunc].
func (c *deadline) AfterFunc(f func()) (stop func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		go f()
		return func() bool { return false }
	}
	c.calls = append(c.calls, &f)
	return sync.OnceValue(func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		i := slices.Index(c.calls, &f)
		if i < 0 {
			return false
		}
		c.calls = slices.Delete(c.calls, i, i+1)
		return true
	})
}
