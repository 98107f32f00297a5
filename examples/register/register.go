// Package register is a value that a majority of three servers hold, which any client reads and writes: the algorithm
// of Attiya, Bar-Noy and Dolev (1995) with the writers' numbers of Lynch and Shvartsman (1997).
//
// A server must not acknowledge a value before it is on its disk: [Config.AckBeforeSync] is the bug of one that does.
package register

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/terrella-go/terrella/disk"
	"github.com/terrella-go/terrella/examples/internal/ask"
	"github.com/terrella-go/terrella/examples/internal/statefile"
)

// A Config describes a server.
type Config struct {
	Net  ask.Network
	Disk disk.FS

	// AckBeforeSync is a bug to be found: values are acknowledged at once and synced once a second.
	AckBeforeSync bool
}

// A Version is a value and its place in the order of all writes.
type Version struct {
	Number int
	Writer string // tells writes of one number apart
	Value  int
}

func (v Version) before(w Version) bool {
	return v.Number < w.Number || v.Number == w.Number && v.Writer < w.Writer
}

// request asks for the version that a server holds, or to hold one that is newer.
type request struct {
	Store *Version `json:",omitempty"`
}

// Serve runs a server until the context ends.
func Serve(ctx context.Context, c Config) error {
	s := &server{file: statefile.File{Disk: c.Disk, Name: "version"}}
	if err := s.file.Load(&s.held); err != nil {
		return err
	}
	s.store = s.file.Replace
	if c.AckBeforeSync {
		s.store = s.file.Write
		go s.syncNowAndThen(ctx)
	}
	return ask.Serve(ctx, c.Net, s.answer)
}

type server struct {
	file  statefile.File
	store func(version any) error

	mu   sync.Mutex
	held Version
}

func (s *server) answer(_ context.Context, r request) (Version, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Store != nil && s.held.before(*r.Store) {
		if err := s.store(*r.Store); err != nil {
			return Version{}, err
		}
		s.held = *r.Store
	}
	return s.held, nil
}

// syncNowAndThen syncs once a second, which is "good enough" until the power fails.
func (s *server) syncNowAndThen(ctx context.Context) {
	for ctx.Err() == nil {
		time.Sleep(time.Second)
		s.mu.Lock()
		s.file.Sync()
		s.mu.Unlock()
	}
}

// A Client reads and writes the register.
type Client struct {
	Net     ask.Network
	Name    string
	Servers []string

	last int // number of the latest write: after one of which nobody knows, none may have the same
}

// Errors of clients. After ErrUnknown a write may have its effect, now or later; after ErrNothing it has none.
var (
	ErrNothing = errors.New("no majority of the servers answers")
	ErrUnknown = errors.New("no majority of the servers acknowledges")
)

// Read returns the value.
func (c *Client) Read(ctx context.Context) (int, error) {
	v, err := c.newest(ctx)
	if err != nil {
		return 0, err
	}
	return v.Value, c.store(ctx, v) // or the next reader might see an older one
}

// Write changes the value.
func (c *Client) Write(ctx context.Context, value int) error {
	v, err := c.newest(ctx)
	if err != nil {
		return err
	}
	c.last = max(c.last, v.Number) + 1
	return c.store(ctx, Version{Number: c.last, Writer: c.Name, Value: value})
}

func (c *Client) majority() int { return len(c.Servers)/2 + 1 }

// newest returns the newest version that a majority knows.
func (c *Client) newest(ctx context.Context) (newest Version, err error) {
	versions := ask.All[Version](ctx, c.Net, c.Servers, c.majority(), request{})
	if len(versions) < c.majority() {
		return newest, ErrNothing
	}
	for _, v := range versions {
		if newest.before(v) {
			newest = v
		}
	}
	return newest, nil
}

// store has a majority hold a version, or a newer one.
func (c *Client) store(ctx context.Context, v Version) error {
	held := ask.All[Version](ctx, c.Net, c.Servers, c.majority(), request{Store: &v})
	if len(held) < c.majority() {
		return ErrUnknown
	}
	return nil
}
