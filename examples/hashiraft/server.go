package hashiraft

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/raft"
	"github.com/terrella-go/terrella/disk"
	"github.com/terrella-go/terrella/examples/internal/edit"
)

// A Network is what a server and a client need of one.
type Network interface {
	Listen(network, address string) (net.Listener, error)
	DialContext(ctx context.Context, network, address string) (net.Conn, error)
}

// The ports of a server.
const (
	raftPort   = "7000"
	clientPort = "7001"
)

// A Config describes a server.
type Config struct {
	// Host is the server's name on the network, and Servers are those of all of them.
	Host    string
	Servers []string
	Net     Network
	// Disk holds all that a server has to remember.
	Disk disk.FS
	// Logger is where raft logs to; nil is nowhere.
	Logger hclog.Logger
	// Observer, if not nil, is told what the server does.
	Observer Observer

	// TrailingLogs is how many entries a snapshot leaves in the log, for others to catch up without it. 0 means 32.
	TrailingLogs uint64

	// ForgetVotes is a bug to be found: the server does not remember across a crash whom it voted for.
	ForgetVotes bool
	// FastHeartbeats is a bug to be found, of raft 1.8.0 itself (issue 695 of hashicorp/raft): heartbeats are answered beside raft's main loop, as the
	// library would have it. A heartbeat of a new leader then changes the term under the hands of the one before, who
	// writes his next entry as one of a term that is not his.
	FastHeartbeats bool
}

// An Observer is told what a server does. Each of its methods is called by one goroutine of the
// server, but different ones by different ones.
type Observer interface {
	// Opened is called with the log as it was read from disk, Started when raft runs on it.
	Opened(*LogStore)
	Started(*raft.Raft)
	// Elected is called when it becomes leader of a term.
	Elected(term uint64)
	// Stored is called when it has added entries to its log.
	Stored(entries []*raft.Log)
	// Applied is called when it has applied a command, and Restored when it has taken over the state of a
	// snapshot. The digest stands for all commands up to there.
	Applied(entry *raft.Log, digest uint64)
	Restored(digest uint64)
}

// rpcTimeout is how long a server waits for an answer of another, and a client for one of a server.
const rpcTimeout = time.Second

// raftConfig returns raft's own configuration: its defaults, but with
// snapshots so often that they matter in tests.
func (c *Config) raftConfig() *raft.Config {
	rc := raft.DefaultConfig()
	rc.LocalID = raft.ServerID(c.Host)
	rc.Logger = c.Logger
	rc.SnapshotInterval = 5 * time.Second
	rc.SnapshotThreshold = 64
	rc.TrailingLogs = cmp.Or(c.TrailingLogs, 32)
	rc.NoLegacyTelemetry = true
	return rc
}

// Serve runs a server until the context ends.
func Serve(ctx context.Context, c Config) error {
	if c.Logger == nil {
		c.Logger = hclog.NewNullLogger()
	}
	log, err := OpenLogStore(c.Disk, "log")
	if err != nil {
		return err
	}
	defer log.Close()
	stable, err := OpenStableStore(c.Disk, "stable")
	if err != nil {
		return err
	}
	stable.forgetVotes = c.ForgetVotes
	snapshots, err := OpenSnapshotStore(c.Disk, "snapshots")
	if err != nil {
		return err
	}
	transport, err := newTransport(c.Net, c.Host, c.Logger)
	if err != nil {
		return err
	}
	transport.fastHeartbeats = c.FastHeartbeats
	defer transport.Close()

	conf := c.raftConfig()
	servers := raft.Configuration{}
	for _, host := range c.Servers {
		servers.Servers = append(servers.Servers, raft.Server{ID: raft.ServerID(host), Address: raftAddress(host)})
	}
	// Every server begins with the same first entry. After a crash there is a state already.
	err = raft.BootstrapCluster(conf, log, stable, snapshots, transport, servers)
	if err != nil && !errors.Is(err, raft.ErrCantBootstrap) {
		return err
	}
	edited := edit.Begin(ctx, c.Host)
	var logs raft.LogStore = log
	if c.Observer != nil {
		logs = &observedLog{log, c.Observer, edited}
		c.Observer.Opened(log)
	}
	r, err := raft.NewRaft(conf, NewRegisters(c.Observer), logs, stable, snapshots, transport)
	if err != nil {
		return err
	}
	defer r.Shutdown()
	if c.Observer != nil {
		r.RegisterObserver(raft.NewObserver(nil, false, observeElections(c.Observer)))
		c.Observer.Started(r)
	}
	return serveClients(ctx, c.Net, r, edited)
}

// observedLog tells an Observer of entries.
type observedLog struct {
	*LogStore
	observer Observer
	edited   *edit.Server
}

func (l *observedLog) StoreLog(entry *raft.Log) error { return l.StoreLogs([]*raft.Log{entry}) }

func (l *observedLog) StoreLogs(entries []*raft.Log) error {
	l.edited.Request()
	err := l.LogStore.StoreLogs(entries)
	if err == nil {
		l.observer.Stored(entries)
	}
	return err
}

// observeElections returns a filter that tells o of elections. Raft calls filters in the goroutine that
// changes the state, right after the change; it is the only way to learn of an election in its term.
func observeElections(o Observer) raft.FilterFn {
	return func(ob *raft.Observation) bool {
		if state, ok := ob.Data.(raft.RaftState); ok && state == raft.Leader {
			o.Elected(ob.Raft.CurrentTerm())
		}
		return false
	}
}

// serveClients answers clients until the context ends.
func serveClients(ctx context.Context, network Network, r *raft.Raft, edited *edit.Server) error {
	l, err := network.Listen("tcp", ":"+clientPort)
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { l.Close() })()
	for {
		conn, err := l.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		go serveClient(conn, r, edited)
	}
}

// serveClient answers requests, one a line, until the client is gone. An answer is
// "ok" and the register's value, "leader" and the host to ask instead, if one is known, or
// "failed" and an error, after which the request may still have its effect.
func serveClient(conn net.Conn, r *raft.Raft, edited *edit.Server) {
	defer conn.Close()
	lines := bufio.NewScanner(conn)
	for lines.Scan() {
		edited.Request()
		if _, err := fmt.Fprintln(conn, answer(r, lines.Text())); err != nil {
			return
		}
	}
}

func answer(r *raft.Raft, request string) string {
	name, number, _ := strings.Cut(request, " ")
	to, err := strconv.ParseUint(number, 10, 64)
	if err != nil || name == "" {
		return fmt.Sprintf("failed request %q is none", request)
	}
	future := r.Apply(raiseCommand(name, to), rpcTimeout)
	switch err := future.Error(); {
	case errors.Is(err, raft.ErrNotLeader):
		address, _ := r.LeaderWithID()
		host, _, _ := strings.Cut(string(address), ":")
		return "leader " + host
	case err != nil:
		return "failed " + err.Error()
	}
	if err, failed := future.Response().(error); failed {
		return "failed " + err.Error()
	}
	return fmt.Sprintf("ok %d", future.Response())
}
