package grpc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/terrella-go/terrella/disk"
	"github.com/terrella-go/terrella/examples/internal/trial"
	"github.com/terrella-go/terrella/sim"
)

const (
	stormTime = 30 * time.Second
	healTime  = time.Minute
)

// TestStorms: through all storms followers get every message in order, once, and acknowledged messages stay; when
// the storms are over messages flow again.
//
// With GRPC_SKIP_SYNC=1 the server has a bug that it finds.
func TestStorms(t *testing.T) {
	var sent, held, followed int
	sim.Config{Runs: 16}.Test(t, func(w *sim.World) {
		server := w.Node("server", boot)
		r := &record{sent: map[string]uint64{}, held: map[string]uint64{}}
		w.Invariant("followers get each message once, in order", r.check)
		var clients []*sim.Node
		draw := w.Rand("clients")
		for range 2 + draw.IntN(2) {
			clients = append(clients, publish(w, r))
		}
		for range 2 + draw.IntN(2) {
			clients = append(clients, follow(w, r))
		}
		if err := w.Net().SetLinks(trial.Links); err != nil {
			w.Fatal(err)
		}
		w.Inject(trial.Storms(server, clients)...)
		time.Sleep(stormTime) // not Run, after which clients stop
		w.Heal()
		before := r.heldNow()
		w.Eventually(healTime, "all publishers' messages are acknowledged again", func() error { return r.moreThan(before) })
		after := r.heldNow()
		w.Eventually(healTime, "all followers get what was acknowledged", func() error { return r.followersHave(after) })
		for publisher := range r.sent {
			sent += int(r.sent[publisher])
			held += int(r.held[publisher])
		}
		for _, f := range r.followers {
			followed += len(f.got)
		}
	})
	// What is run once more, to warm up or to verify, is in these numbers too.
	t.Logf("%d messages sent, %d of them acknowledged, %d received by followers", sent, held, followed)
}

// boot is the server's node.
func boot(ctx context.Context, n *sim.Node) error {
	listener, err := n.Net().Listen("tcp", ":443")
	if err != nil {
		return err
	}
	return Serve(ctx, Config{Listener: listener, Disk: n.Disk(), SkipSync: os.Getenv("GRPC_SKIP_SYNC") != ""})
}

// client returns a client of the server, on a node.
func client(n *sim.Node) *Client {
	c, err := NewClient("server:443", n.Net().DialContext)
	if err != nil {
		n.World().Fatal(err)
	}
	return c
}

// again calls stream until the context ends. A stream may end only because the server could not be reached, or went
// away, or because the publisher had begun another.
func again(ctx context.Context, n *sim.Node, stream func() error) {
	for ctx.Err() == nil {
		err := stream()
		if code := status.Code(err); code != codes.Unavailable && code != codes.Aborted && ctx.Err() == nil {
			n.World().Fatalf("%s's stream ended: %v", n.Name(), err)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// publish adds a publisher that numbers its messages.
func publish(w *sim.World, r *record) *sim.Node {
	return w.Client(func(ctx context.Context, n *sim.Node) {
		c, name := client(n), n.Name()
		r.set(r.held, name, 0)
		message := func(ctx context.Context, i uint64) (string, error) {
			if i%5 == 0 { // the others go out together
				select {
				case <-ctx.Done():
					return "", ctx.Err()
				case <-time.After(250 * time.Millisecond):
				}
			}
			r.set(r.sent, name, max(r.get(r.sent, name), i+1))
			return strconv.FormatUint(i, 10), nil
		}
		held := func(count uint64) {
			if was, sent := r.get(r.held, name), r.get(r.sent, name); count < was || count > sent {
				w.Fatalf("the server has %d messages of %s, which sent %d; %d had been acknowledged", count, name, sent, was)
			}
			r.set(r.held, name, count)
		}
		again(ctx, n, func() error { return c.Publish(ctx, name, message, held) })
	})
}

// follow adds a follower.
func follow(w *sim.World, r *record) *sim.Node {
	f := &follower{next: map[string]uint64{}}
	r.followers = append(r.followers, f)
	return w.Client(func(ctx context.Context, n *sim.Node) {
		c := client(n)
		again(ctx, n, func() error { return c.Follow(ctx, f.count(), f.get) })
	})
}

// TestLoopback: the same service on the machine's own network and disk.
func TestLoopback(t *testing.T) {
	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- Serve(ctx, Config{Listener: listener, Disk: disk.Dir(t.TempDir())}) }()
	c, err := NewClient(listener.Addr().String(), (&net.Dialer{}).DialContext)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, part := range [][]uint64{{0, 1, 2, 3}, {3, 4, 5}} { // the second stream goes on where the first ended
		var counts []uint64
		message := func(_ context.Context, n uint64) (string, error) {
			if n == part[len(part)-1] {
				return "", io.EOF
			}
			return fmt.Sprint("message ", n), nil
		}
		if err := c.Publish(ctx, "p", message, func(n uint64) { counts = append(counts, n) }); err != nil {
			t.Error(err)
		}
		if !slices.Equal(counts, part) {
			t.Errorf("counts %v, want %v", counts, part)
		}
	}
	var got []string
	following, enough := context.WithCancel(ctx)
	err = c.Follow(following, 1, func(m string) {
		if got = append(got, m); len(got) == 4 {
			enough()
		}
	})
	if want := []string{"p message 1", "p message 2", "p message 3", "p message 4"}; !slices.Equal(got, want) || status.Code(err) != codes.Canceled {
		t.Errorf("got %q, error %v", got, err)
	}
	if err := c.Follow(ctx, 6, func(string) {}); status.Code(err) != codes.OutOfRange {
		t.Errorf("after the end: error %v", err)
	}
	bad := errors.New("no message")
	if err := c.Publish(ctx, "q", func(context.Context, uint64) (string, error) { return "", bad }, func(uint64) {}); err != bad {
		t.Errorf("message's error: Publish returned %v", err)
	}
	if err := c.Publish(ctx, "a b", nil, func(uint64) {}); status.Code(err) != codes.InvalidArgument {
		t.Errorf("name with a space: error %v", err)
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("Serve returned %v", err)
	}
}
