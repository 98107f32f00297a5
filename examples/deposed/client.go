package deposed

import (
	"context"
	"errors"
	"time"

	"github.com/terrella-go/terrella/examples/internal/ask"
)

// A Client reads and writes the number.
type Client struct {
	Net     ask.Network
	Servers []string
	leader  int // who answered last
}

// ErrNothing is returned when the request has had no effect and never will.
var ErrNothing = errors.New("no server leads")

// Read returns the number.
func (c *Client) Read(ctx context.Context) (int, error) { return c.do(ctx, request{Read: true}) }

// Write changes the number. After an error other than ErrNothing it may be changed all the same.
func (c *Client) Write(ctx context.Context, value int) error {
	_, err := c.do(ctx, request{Write: &value})
	return err
}

// do asks one server after the other until one of them leads.
func (c *Client) do(ctx context.Context, r request) (int, error) {
	for range 2 * len(c.Servers) {
		asking, cancel := context.WithTimeout(ctx, time.Second)
		s, err := ask.To[state](asking, c.Net, c.Servers[c.leader], r)
		cancel()
		if err == nil {
			return s.Value, nil
		}
		c.leader = (c.leader + 1) % len(c.Servers)
		if err != errNotLeader && r.Write != nil {
			return 0, err
		}
		time.Sleep(20 * time.Millisecond)
	}
	return 0, ErrNothing
}
