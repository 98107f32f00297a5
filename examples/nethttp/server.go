package nethttp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/terrella-go/terrella/disk"
	"github.com/terrella-go/terrella/examples/internal/journal"
)

// A Config says what a server works with. Listener, Disk and TLS are needed.
type Config struct {
	Listener net.Listener
	// Disk is where the file "counters" is kept.
	Disk disk.FS
	// TLS holds the server's certificate.
	TLS *tls.Config
	// ErrorLog is where net/http tells of broken connections; nil means the standard logger.
	ErrorLog *log.Logger
	// SkipSync acknowledges increments that are not durable: a bug for tests to find.
	SkipSync bool
}

// Serve serves until the context ends, then closes all connections and returns the context's error.
func Serve(ctx context.Context, c Config) error {
	counters, err := openCounters(c.Disk, c.SkipSync)
	if err != nil {
		return errors.Join(fmt.Errorf("nethttp: %w", err), c.Listener.Close())
	}
	server := &http.Server{
		Handler:           counters.handler(),
		TLSConfig:         c.TLS.Clone(),
		ErrorLog:          c.ErrorLog,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       20 * time.Second,
		WriteTimeout:      20 * time.Second,
		IdleTimeout:       time.Minute,
	}
	// Close walks over a map of connections in the order of their addresses. In a world with several connections
	// open, what follows would not be the same each time; the tests end servers by crashes.
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	err = server.ServeTLS(c.Listener, "", "")
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return errors.Join(err, counters.journal.Close())
}

// counters is the state of a server.
type counters struct {
	mu        sync.Mutex
	journal   *journal.Journal
	keys      map[string][]string // of each counter, in order
	positions map[increment]int
}

type increment struct{ counter, key string }

func openCounters(fsys disk.FS, skipSync bool) (*counters, error) {
	j, lines, err := journal.Open(fsys, "counters")
	if err != nil {
		return nil, err
	}
	j.SkipSync = skipSync
	s := &counters{journal: j, keys: map[string][]string{}, positions: map[increment]int{}}
	for _, line := range lines {
		counter, key, _ := strings.Cut(line, " ")
		s.apply(increment{counter, key})
	}
	return s, nil
}

// apply counts an increment and returns its position.
func (s *counters) apply(i increment) int {
	s.keys[i.counter] = append(s.keys[i.counter], i.key)
	s.positions[i] = len(s.keys[i.counter])
	return s.positions[i]
}

// add counts an increment unless that was done before, and returns its position.
func (s *counters) add(i increment) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p, ok := s.positions[i]; ok {
		return p, nil
	}
	if err := s.journal.Add(i.counter + " " + i.key); err != nil {
		return 0, err
	}
	return s.apply(i), nil
}

func (s *counters) list(counter string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.keys[counter] // only ever appended to
}

func (s *counters) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /counters/{counter}", s.post)
	mux.HandleFunc("GET /counters/{counter}", s.get)
	return mux
}

func (s *counters) post(w http.ResponseWriter, r *http.Request) {
	i := increment{r.PathValue("counter"), r.Header.Get("Idempotency-Key")}
	if !valid(i.counter) || !valid(i.key) {
		http.Error(w, "the counter and the Idempotency-Key have to be 1 to 64 letters, digits and hyphens", http.StatusBadRequest)
		return
	}
	position, err := s.add(i)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	fmt.Fprintln(w, position)
}

func (s *counters) get(w http.ResponseWriter, r *http.Request) {
	for _, key := range s.list(r.PathValue("counter")) {
		fmt.Fprintln(w, key)
	}
}

// valid reports whether a name can be part of a journal's line.
func valid(name string) bool {
	other := func(r rune) bool {
		return r != '-' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}
	return name != "" && len(name) <= 64 && !strings.ContainsFunc(name, other)
}
