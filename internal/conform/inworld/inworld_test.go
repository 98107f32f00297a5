// Package inworld runs the conformance suite in worlds of the kernel, where one goroutine runs
// at a time and the seed decides which.
package inworld

import (
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/terrella-go/terrella/internal/conform"
	"github.com/terrella-go/terrella/internal/kernel"
	"github.com/terrella-go/terrella/internal/prng"
	"github.com/terrella-go/terrella/internal/reexec"
	"github.com/terrella-go/terrella/internal/trace"
	simnet "github.com/terrella-go/terrella/net"
)

func init() { reexec.Init() }

const seeds = 5

// outcome is what two runs of one seed must agree on.
type outcome struct {
	schedule, events uint64
	steps            uint64
	recorded         uint64
}

// inWorld runs f in a world with a network.
func inWorld(t *testing.T, seed uint64, link simnet.Link, f func(n *simnet.Network)) outcome {
	t.Helper()
	log := trace.NewLog(0, nil)
	finished := false
	r := kernel.Run(kernel.Config{Seed: seed, Dump: true, MaxSteps: 20_000_000}, func() {
		n, err := simnet.New(simnet.Config{Seed: prng.Seed(seed), Log: log, Link: link})
		if err != nil {
			t.Error(err)
			return
		}
		defer n.Close()
		f(n)
		finished = true
	})
	if r.Outcome != kernel.Done || !finished {
		t.Errorf("seed %d: the world ended with %v", seed, r.Outcome)
		for _, s := range r.Stacks {
			t.Logf("%+v", s)
		}
	}
	return outcome{r.Hash, log.Hash(), r.Steps, log.Len()}
}

func TestConformance(t *testing.T) {
	for _, c := range conform.Cases() {
		t.Run(c.Name, func(t *testing.T) {
			for seed := range uint64(seeds) {
				var before outcome
				// The first round does not count: encoding/gob, for one, fills caches in
				// package variables on first use, and those outlive the world.
				for round := range 3 {
					link := simnet.Link{}
					if seed%2 == 1 {
						link.Latency = simnet.Uniform{Min: time.Millisecond, Max: 3 * time.Millisecond}
					}
					got := inWorld(t, seed, link, func(n *simnet.Network) { c.Run(env(t, n, c.OneHost || seed%3 == 0)) })
					if round == 2 && got != before {
						t.Errorf("seed %d: two runs gave %+v and %+v", seed, before, got)
					}
					before = got
				}
			}
		})
	}
}

func env(t *testing.T, n *simnet.Network, oneHost bool) *conform.Env {
	server := host(t, n, "server")
	serial := 0
	e := &conform.Env{T: t, Server: server, Client: server, Address: "127.0.0.1", Address6: "::1",
		Path: func() string {
			serial++
			return "/run/socket" + strconv.Itoa(serial)
		}}
	if !oneHost {
		e.Client = host(t, n, "client")
		e.Address, e.Address6 = server.Addrs()[0].String(), server.Addrs()[1].String()
	}
	return e
}

func host(t *testing.T, n *simnet.Network, name string) *simnet.Host {
	h, err := n.AddHost(name)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// TestStormsRepeat crashes processes in the middle of whatever they do on the network: the
// goroutines are gone, their machines' sockets with them, and the rest goes on, the same each time.
func TestStormsRepeat(t *testing.T) {
	different := make(map[uint64]bool)
	for seed := range uint64(40) {
		a, b := storm(t, seed), storm(t, seed)
		if a != b {
			t.Errorf("seed %d: two runs gave %+v and %+v", seed, a, b)
		}
		different[a.events] = true
	}
	if len(different) < 40 {
		t.Errorf("40 seeds gave %d records", len(different))
	}
}

func storm(t *testing.T, seed uint64) outcome {
	link := simnet.LAN
	link.Loss, link.Duplicate, link.Reorder = 0.02, 0.02, 0.02
	return inWorld(t, seed, link, func(n *simnet.Network) {
		s := prng.Seed(seed).Name("storm").Stream()
		names := []string{"a", "b", "c"}
		groups := make([]kernel.Group, len(names))
		start := func(i, life int) {
			groups[i] = kernel.NewGroup()
			h := n.Host(names[i])
			groups[i].Go(prng.Seed(seed).Name(names[i]).Num(uint64(life)), func() { node(h, names) })
		}
		for i, name := range names {
			host(t, n, name)
			start(i, 0)
		}
		for life := range 10 {
			time.Sleep(time.Duration(s.Uint64N(uint64(time.Second))))
			i := s.IntN(len(names))
			groups[i].Kill()
			n.Host(names[i]).Crash()
			time.Sleep(time.Duration(s.Uint64N(uint64(time.Second))))
			n.Host(names[i]).Restart()
			start(i, life+1)
		}
		if n.Stats().Delivered.Packets == 0 {
			t.Error("nothing was delivered")
		}
	})
}

// node answers who dials it and talks to the others.
func node(h *simnet.Host, names []string) {
	l, err := h.Listen("tcp", ":80")
	if err != nil {
		return // the world is about to end
	}
	for _, name := range names {
		if name != h.Name() {
			go func() {
				for {
					talk(h, name)
					time.Sleep(10 * time.Millisecond)
				}
			}()
		}
	}
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			io.Copy(c, c)
		}()
	}
}

func talk(h *simnet.Host, to string) {
	c, err := h.Dial("tcp", net.JoinHostPort(to, "80"))
	if err != nil {
		return
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(time.Second))
	b := make([]byte, 5000)
	for range 10 {
		if _, err := c.Write(b); err != nil {
			return
		}
		if _, err := io.ReadFull(c, b); err != nil {
			return
		}
	}
}

// TestManySchedules runs the cases in which many goroutines use one socket under as many schedules as find a
// wake-up that the wrong one took: a writer that waited for its turn once got the news of room.
func TestManySchedules(t *testing.T) {
	for _, c := range conform.Cases() {
		if !strings.Contains(c.Name, "concurrent") {
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			for seed := range uint64(200) {
				inWorld(t, seed, simnet.Link{}, func(n *simnet.Network) { c.Run(env(t, n, c.OneHost)) })
			}
		})
	}
}

// TestPacketsOutliveTheirSender kills a process right after it has sent something, when nothing else is under way: what
// wakes the network for the packet must not die with the process.
func TestPacketsOutliveTheirSender(t *testing.T) {
	inWorld(t, 1, simnet.Link{Latency: simnet.Constant(time.Millisecond)}, func(n *simnet.Network) {
		from, to := host(t, n, "a"), host(t, n, "b")
		u, err := to.ListenPacket("udp", ":53")
		if err != nil {
			t.Error(err)
			return
		}
		sent := make(chan error)
		process := kernel.NewGroup()
		process.Go(prng.Seed(1), func() {
			c, err := from.Dial("udp", "b:53")
			if err == nil {
				_, err = c.Write([]byte("last words"))
			}
			sent <- err
			select {}
		})
		if err := <-sent; err != nil {
			t.Error(err)
		}
		process.Kill()
		begun := time.Now()
		b := make([]byte, 20)
		if k, _, err := u.ReadFrom(b); err != nil || string(b[:k]) != "last words" || time.Since(begun) != time.Millisecond {
			t.Errorf("%q, %v after %v", b[:k], err, time.Since(begun))
		}
	})
}
