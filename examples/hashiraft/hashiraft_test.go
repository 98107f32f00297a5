package hashiraft

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/terrella-go/terrella/sim"
)

const (
	stormTime = 30 * time.Second
	healTime  = 30 * time.Second
)

// TestHashiRaft: through all storms servers keep Raft's safety properties and lose
// no acknowledged write, and when it is over they work again.
//
// With HASHIRAFT_FORGET_VOTES=1 the servers have a bug that it finds, with HASHIRAFT_FAST_HEARTBEATS=1 one of the raft library
// (in one of some thousand worlds); with HASHIRAFT_LOG=1 a failure shows what raft logged.
func TestHashiRaft(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		c := newCluster(w, 3+2*w.Rand("cluster").IntN(2))
		var writers []*writer
		for i := range 3 {
			writers = append(writers, c.write(fmt.Sprintf("register%d", i), 50*time.Millisecond))
		}
		s := newStorm(w, c.nodes)
		s.blow(stormTime)
		s.calm()
		w.Run(0) // the writers stop
		for _, wr := range writers {
			w.Eventually(healTime, "acknowledged writes are there: "+wr.register, wr.check)
		}
		w.Eventually(healTime, "the servers agree", c.agree)
	})
}

// A cluster is a world's servers and what is watched of them.
type cluster struct {
	w      *sim.World
	names  []string
	nodes  []*sim.Node
	safety *safety
	// trailing is Config.TrailingLogs.
	trailing uint64
	// fastHeartbeats is Config.FastHeartbeats.
	fastHeartbeats bool
}

func newCluster(w *sim.World, size int) *cluster {
	c := &cluster{w: w, safety: watch(w, size), fastHeartbeats: os.Getenv("HASHIRAFT_FAST_HEARTBEATS") != ""}
	for i := range size {
		c.names = append(c.names, string(rune('a'+i)))
	}
	for i, name := range c.names {
		c.nodes = append(c.nodes, w.Node(name, func(ctx context.Context, n *sim.Node) error {
			return Serve(ctx, Config{
				Host:           name,
				Servers:        c.names,
				Net:            n.Net(),
				Disk:           n.Disk(),
				Logger:         worldLogger(n),
				Observer:       c.safety.witness(i, n),
				TrailingLogs:   c.trailing,
				ForgetVotes:    os.Getenv("HASHIRAFT_FORGET_VOTES") != "",
				FastHeartbeats: c.fastHeartbeats,
			})
		}))
	}
	return c
}

// agree returns an error unless the servers' states are the same.
func (c *cluster) agree() error {
	first := c.safety.present(0)
	for i := range c.nodes {
		if w := c.safety.present(i); w.digest != first.digest {
			return fmt.Errorf("%v and %v have not applied the same commands", first, w)
		}
	}
	return nil
}

// A writer is a client that raises a register, step by step.
type writer struct {
	w        *sim.World
	node     *sim.Node
	servers  []string
	register string
	tried    uint64
	acked    uint64
}

// write starts a writer that pauses between steps.
func (c *cluster) write(register string, pause time.Duration) *writer {
	return c.writeAfter(register, func() time.Duration { return pause })
}

// writeAfter starts a writer that is told before each step how long to pause after it.
func (c *cluster) writeAfter(register string, next func() time.Duration) *writer {
	wr := &writer{w: c.w, servers: c.names, register: register}
	wr.node = c.w.Client(func(ctx context.Context, n *sim.Node) {
		client := Client{Net: n.Net(), Servers: c.names}
		for ctx.Err() == nil {
			pause := next()
			wr.tried++
			if v, err := client.Raise(ctx, register, wr.tried); err != nil {
				time.Sleep(100 * time.Millisecond)
			} else if v != wr.tried {
				c.w.Fatalf("%s was raised to %d and is now %d", register, wr.tried, v)
			} else {
				wr.acked = v
			}
			time.Sleep(pause)
		}
	})
	return wr
}

// check writes once more and returns an error if that fails. It ends the world if an acknowledged write is lost, or
// if there is one that was never tried.
func (wr *writer) check() error {
	client := Client{Net: wr.node.Net(), Servers: wr.servers}
	v, err := client.Raise(context.Background(), wr.register, wr.acked)
	if err != nil {
		return err
	}
	if v < wr.acked || v > wr.tried {
		wr.w.Fatalf("%s is %d, but writes up to %d were acknowledged, and up to %d tried", wr.register, v, wr.acked, wr.tried)
	}
	return nil
}

// worldLogger returns a logger that logs to the node's world, or none.
func worldLogger(n *sim.Node) hclog.Logger {
	if os.Getenv("HASHIRAFT_LOG") == "" {
		return nil
	}
	return logger{hclog.NewNullLogger(), n.World()}
}

// A logger logs to a world. hclog's own would do as well, but has locks: with them a seed would
// go another way when it is logged.
type logger struct {
	hclog.Logger
	w *sim.World
}

func (l logger) Debug(message string, args ...any) { l.line("debug", message, args) }
func (l logger) Info(message string, args ...any)  { l.line("info", message, args) }
func (l logger) Warn(message string, args ...any)  { l.line("warn", message, args) }
func (l logger) Error(message string, args ...any) { l.line("error", message, args) }
func (l logger) With(...any) hclog.Logger          { return l }

// line logs a message and the values that go with it, names and values in turn.
func (l logger) line(level, message string, args []any) {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", level, message)
	for i := 0; i+1 < len(args); i += 2 {
		if f, ok := args[i+1].(hclog.Format); ok {
			args[i+1] = fmt.Sprintf(f[0].(string), f[1:]...)
		}
		fmt.Fprintf(&b, " %v=%v", args[i], args[i+1])
	}
	l.w.Log(b.String())
}
