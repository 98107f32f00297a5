// Package edit holds changes to the example programs that have nothing to do with what is wrong in them: a line more in a log, a
// metric, a goroutine more. Failures that were kept before such a change should fail after it.
package edit

import (
	"context"
	"log"
	"os"
	"strings"
	"sync"
	"time"
)

// Variable is the variable of the environment that makes the change: "log", "metric", or "goroutine" and the name of
// the node that it runs on. Empty, the programs are as they are written.
const Variable = "EXAMPLES_EDIT"

// A Server is what changes in a server. A nil one changes nothing.
type Server struct {
	log *log.Logger
	mu  sync.Mutex
	// metrics counts requests and, from the time of the one before, how many came within a millisecond.
	metrics map[string]int
	last    time.Time
}

// Begin is called when the server of a node begins to serve.
func Begin(ctx context.Context, node string) *Server {
	what, of, _ := strings.Cut(os.Getenv(Variable), " ")
	s := &Server{metrics: make(map[string]int)}
	switch {
	case what == "log":
		s.log = log.New(new(lines), node+": ", log.Lmicroseconds)
	case what == "metric":
	case what == "goroutine" && of == node:
		go s.watch(ctx)
		return nil
	default:
		return nil
	}
	return s
}

// Request is called for each request, before it is answered.
func (s *Server) Request() {
	switch {
	case s == nil:
	case s.log != nil:
		s.log.Printf("a request")
	default:
		s.mu.Lock()
		defer s.mu.Unlock()
		s.metrics["requests"]++
		if now := time.Now(); now.Sub(s.last) < time.Millisecond {
			s.metrics["bursts"]++
		}
		s.last = time.Now()
	}
}

// watch is a goroutine more.
func (s *Server) watch(ctx context.Context) {
	for tick := time.NewTicker(10 * time.Millisecond); ; {
		select {
		case <-tick.C:
			s.mu.Lock()
			s.metrics["ticks"]++
			s.mu.Unlock()
		case <-ctx.Done():
			tick.Stop()
			return
		}
	}
}

// lines keeps the last line that was written to it.
type lines struct{ last string }

func (l *lines) Write(b []byte) (int, error) {
	l.last = string(b)
	return len(b), nil
}
