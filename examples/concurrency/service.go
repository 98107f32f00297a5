package concurrency

import "sync"

// A Service runs until it is stopped.
type Service struct {
	// Careless has Stop look whether the channel is closed, and close it if not: two
	// goroutines may find it open.
	Careless bool

	once sync.Once
	done chan struct{}
}

// NewService returns a service that runs.
func NewService(careless bool) *Service {
	return &Service{Careless: careless, done: make(chan struct{})}
}

// Done returns a channel that is closed when the service is stopped.
func (s *Service) Done() <-chan struct{} { return s.done }

// Stop stops the service. It may be called more than once.
func (s *Service) Stop() {
	if !s.Careless {
		s.once.Do(func() { close(s.done) })
		return
	}
	select {
	case <-s.done:
	default:
		close(s.done)
	}
}
