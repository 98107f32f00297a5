package lease_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/terrella-go/terrella/clock"
	"github.com/terrella-go/terrella/examples/lease"
	simnet "github.com/terrella-go/terrella/net"
	"github.com/terrella-go/terrella/sim"
)

// TestPackageTimeOverTheNetwork runs the same lock on three machines whose only clock is package time. Each
// machine's drifts within the bound, and the repaired client holds. With LEASE_TRUST=1 the client trusts the clocks, and the
// test fails with a seed that shows two holders.
func TestPackageTimeOverTheNetwork(t *testing.T) {
	trust := int64(bound)
	if os.Getenv("LEASE_TRUST") != "" {
		trust = 0
	}
	sim.Config{Runs: 200}.Test(t, func(w *sim.World) { cluster(w, trust) })
}

// TestTrustingPackageTimeIsFound sees it fail.
func TestTrustingPackageTimeIsFound(t *testing.T) {
	cmd := exec.Command(os.Args[0], "-test.run=^TestPackageTimeOverTheNetwork$")
	// Settings of this run are none for that one, and what it finds is no finding of the command that runs this one.
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "TERRELLA_") })
	cmd.Env = append(cmd.Env, "LEASE_TRUST=1")
	cmd.Dir = t.TempDir() // where the failure is written to
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "hold the lock at") {
		t.Errorf("%v; the output is\n%s", err, out)
	}
}

// cluster is a server and two clients, on machines of their own.
func cluster(w *sim.World, trust int64) {
	var r room
	link := simnet.Link{Latency: simnet.Uniform{Max: time.Millisecond}}
	server := w.Node("server", func(ctx context.Context, n *sim.Node) error { return serve(ctx, n.Net()) })
	machines := []*sim.Node{server}
	for _, name := range []string{"a", "b"} {
		machines = append(machines, w.Node(name, func(ctx context.Context, n *sim.Node) error {
			c := &lease.Client{Name: name, Clock: clock.System(), Term: term, Bound: trust}
			var err error
			c.Acquire, err = dial(n.Net())
			if err != nil {
				return err
			}
			compete(c, &r)
			return nil
		}))
		for _, way := range [][2]string{{name, "server"}, {"server", name}} {
			if err := w.Net().SetLink(way[0], way[1], link); err != nil {
				w.Fatalf("%v", err)
			}
		}
	}
	rng := w.Rand("clocks")
	for _, m := range machines {
		c := m.Clock().(*clock.Skewed)
		c.Step(time.Duration(rng.Int64N(int64(time.Hour))))
		c.SetDrift(rng.Int64N(2*bound+1) - bound)
	}
	w.Invariant("one holder", r.failure)
	w.Run(time.Duration(rng.Int64N(int64(ran))))
	machines[rng.IntN(3)].Clock().(*clock.Skewed).Step(-time.Minute)
	w.Run(ran)
	if r.entered < 10 {
		w.Errorf("the lock was held %d times only", r.entered)
	}
}

// serve answers requests for the lock: each is the name of a client.
func serve(ctx context.Context, host *simnet.Host) error {
	conn, err := host.ListenPacket("udp", ":7")
	if err != nil {
		return err
	}
	context.AfterFunc(ctx, func() { conn.Close() })
	s := &lease.Server{Clock: clock.System(), Term: term}
	buf := make([]byte, 100)
	for {
		n, from, err := conn.ReadFrom(buf)
		if err != nil {
			return ctx.Err()
		}
		if _, err := conn.WriteTo(fmt.Append(nil, s.Acquire(string(buf[:n]))), from); err != nil {
			return err
		}
	}
}

// dial returns a function that asks the server for the lock. The network loses nothing.
func dial(host *simnet.Host) (func(client string) bool, error) {
	var conn net.Conn
	conn, err := host.Dial("udp", "server:7")
	if err != nil {
		return nil, err
	}
	buf := make([]byte, 100)
	return func(client string) bool {
		if _, err := conn.Write([]byte(client)); err != nil {
			return false
		}
		n, err := conn.Read(buf)
		return err == nil && string(buf[:n]) == "true"
	}, nil
}
