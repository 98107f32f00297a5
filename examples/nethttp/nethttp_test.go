package nethttp

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/terrella-go/terrella/disk"
	"github.com/terrella-go/terrella/examples/internal/trial"
	"github.com/terrella-go/terrella/sim"
)

const (
	stormTime = 30 * time.Second
	healTime  = 30 * time.Second
)

// TestStorms: through all storms each acknowledged increment is counted once and stays so, and when they are over
// the service works again.
//
// With NETHTTP_SKIP_SYNC=1 the server has a bug that it finds; with NETHTTP_LOG=1 a failure shows what
// net/http logged.
func TestStorms(t *testing.T) {
	var tried, counted int
	sim.Config{Runs: 16}.Test(t, func(w *sim.World) {
		server := w.Node("server", boot)
		l := newLedger()
		w.Invariant("each acknowledged increment counts once", l.once)
		var clients []*sim.Node
		draw := w.Rand("clients")
		for range 2 + draw.IntN(3) {
			clients = append(clients, count(w, l, draw.IntN(2) == 0))
		}
		clients = append(clients, watch(w, l))
		if err := w.Net().SetLinks(trial.Links); err != nil {
			w.Fatal(err)
		}
		w.Inject(trial.Storms(server, clients)...)
		w.Run(stormTime)
		w.Heal()
		client := newClient(clients[0], true)
		defer client.Close()
		w.Eventually(healTime, "an increment succeeds", func() error {
			return add(client, l, fmt.Sprintf("last-%d", w.Elapsed().Milliseconds()))
		})
		w.Eventually(healTime, "acknowledged increments can be read", func() error { return read(w, client, l) })
		tried += len(l.tried)
		counted += l.count()
	})
	// What is run once more, to warm up or to verify, is in these numbers too.
	t.Logf("%d increments tried, %d of them acknowledged", tried, counted)
}

// boot is the server's node.
func boot(ctx context.Context, n *sim.Node) error {
	listener, err := n.Net().Listen("tcp", ":443")
	if err != nil {
		return err
	}
	return Serve(ctx, Config{
		Listener: listener,
		Disk:     n.Disk(),
		TLS:      serverTLS,
		ErrorLog: worldLogger(n.World()),
		SkipSync: os.Getenv("NETHTTP_SKIP_SYNC") != "",
	})
}

func newClient(n *sim.Node, http2 bool) *Client {
	return NewClient("server:443", n.Net().DialContext, clientTLS, http2)
}

// count adds a client that increments, three requests at a time.
func count(w *sim.World, l *ledger, http2 bool) *sim.Node {
	return w.Client(func(ctx context.Context, n *sim.Node) {
		client := newClient(n, http2)
		var lanes sync.WaitGroup
		for lane := range 3 {
			lanes.Go(func() {
				for i := 0; ctx.Err() == nil; i++ {
					key := fmt.Sprintf("%s-%d-%d", n.Name(), lane, i)
					if err := add(client, l, key); err != nil {
						w.Logf("%s: %v", key, err)
					}
					time.Sleep(100 * time.Millisecond)
				}
			})
		}
		lanes.Wait()
	})
}

// add increments, and knows of it in the ledger. It gives up after a while; the key is not used again then.
func add(client *Client, l *ledger, key string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	after := l.begin(key)
	position, err := client.Add(ctx, "visits", key)
	if err == nil {
		l.end(acked{key, position, after})
	}
	return err
}

// watch adds a client that reads now and then, and ends the world if an increment is missing.
func watch(w *sim.World, l *ledger) *sim.Node {
	return w.Client(func(ctx context.Context, n *sim.Node) {
		client := newClient(n, false)
		for ctx.Err() == nil {
			if err := read(w, client, l); err != nil {
				w.Logf("%s: %v", n.Name(), err)
			}
			time.Sleep(500 * time.Millisecond)
		}
	})
}

// read returns an error if the server does not answer. If it answers and something is wrong, the world ends.
func read(w *sim.World, client *Client, l *ledger) error {
	n := l.count()
	keys, err := client.Keys(context.Background(), "visits")
	if err != nil {
		return err
	}
	if err := l.compare(keys, n); err != nil {
		w.Fatal(err)
	}
	return nil
}

// worldLogger returns a logger that logs to the world, or nowhere. A logger's lock is a scheduling point: a seed
// goes another way when it is logged.
func worldLogger(w *sim.World) *log.Logger {
	if os.Getenv("NETHTTP_LOG") == "" {
		return log.New(io.Discard, "", 0)
	}
	return log.New(writer{w}, "", 0)
}

type writer struct{ w *sim.World }

func (w writer) Write(line []byte) (int, error) {
	w.w.Log(strings.TrimSuffix(string(line), "\n"))
	return len(line), nil
}

// TestLoopback: the same service on the machine's own network and disk.
func TestLoopback(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		t.Run(fmt.Sprintf("http2=%v", http2), func(t *testing.T) {
			listener, err := net.Listen("tcp", "localhost:0")
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error)
			go func() { ended <- Serve(ctx, Config{Listener: listener, Disk: disk.Dir(t.TempDir()), TLS: serverTLS}) }()
			_, port, err := net.SplitHostPort(listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			client := NewClient("localhost:"+port, (&net.Dialer{}).DialContext, clientTLS, http2)
			for i, key := range []string{"a", "b", "a", "c"} {
				if p, err := client.Add(ctx, "visits", key); err != nil || p != []int{1, 2, 1, 3}[i] {
					t.Errorf("increment %s: position %d, error %v", key, p, err)
				}
			}
			if _, err := client.Add(ctx, "visits", "no key"); err == nil {
				t.Error("a key with a space was accepted")
			}
			keys, err := client.Keys(ctx, "visits")
			if err != nil || !slices.Equal(keys, []string{"a", "b", "c"}) {
				t.Errorf("keys %v, error %v", keys, err)
			}
			cancel()
			if err := <-ended; err == nil {
				t.Error("Serve returned no error")
			}
		})
	}
}
