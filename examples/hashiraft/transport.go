package hashiraft

import (
	"context"
	"net"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/raft"
)

// newTransport returns raft's own network transport over the given network.
func newTransport(network Network, host string, logger hclog.Logger) (*raft.NetworkTransport, error) {
	l, err := network.Listen("tcp", ":"+raftPort)
	if err != nil {
		return nil, err
	}
	return raft.NewNetworkTransportWithConfig(&raft.NetworkTransportConfig{
		Stream:  &streamLayer{l, network, raftAddress(host)},
		MaxPool: 3,
		Timeout: rpcTimeout,
		Logger:  logger,
	}), nil
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
