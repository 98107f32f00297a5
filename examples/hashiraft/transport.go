package hashiraft

import (
	"context"
	"net"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/raft"
)

// A transport is raft's own network transport, but by default all calls of other servers wait for raft's main loop. Raft 1.8.0
// would have heartbeats answered beside it; see [Config.FastHeartbeats].
type transport struct {
	*raft.NetworkTransport
	fastHeartbeats bool
}

// SetHeartbeatHandler is called by raft with what answers heartbeats beside its main loop.
func (t *transport) SetHeartbeatHandler(answer func(raft.RPC)) {
	if t.fastHeartbeats {
		t.NetworkTransport.SetHeartbeatHandler(answer)
	}
}

// newTransport returns a transport over the given network.
func newTransport(network Network, host string, logger hclog.Logger) (*transport, error) {
	l, err := network.Listen("tcp", ":"+raftPort)
	if err != nil {
		return nil, err
	}
	return &transport{NetworkTransport: raft.NewNetworkTransportWithConfig(&raft.NetworkTransportConfig{
		Stream:  &streamLayer{l, network, raftAddress(host)},
		MaxPool: 3,
		Timeout: rpcTimeout,
		Logger:  logger,
	})}, nil
}

func raftAddress(host string) raft.ServerAddress {
	return raft.ServerAddress(net.JoinHostPort(host, raftPort))
}

// A streamLayer is a raft.StreamLayer. Its address is the one that others know the
// server by, not the listener's.
type streamLayer struct {
	net.Listener
	network Network
	address raft.ServerAddress
}

func (s *streamLayer) Addr() net.Addr { return namedAddr(s.address) }

func (s *streamLayer) Dial(address raft.ServerAddress, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return s.network.DialContext(ctx, "tcp", string(address))
}

type namedAddr string

func (namedAddr) Network() string  { return "tcp" }
func (a namedAddr) String() string { return string(a) }
