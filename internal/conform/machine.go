package conform

import (
	"context"
	"net"
)

// Machine is the real thing: the machine that the program runs on.
var Machine Host = machine{}

type machine struct{}

func (machine) Listen(network, address string) (net.Listener, error) {
	return net.Listen(network, address)
}

func (machine) ListenPacket(network, address string) (net.PacketConn, error) {
	return net.ListenPacket(network, address)
}

func (machine) Dial(network, address string) (net.Conn, error) { return net.Dial(network, address) }

func (machine) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, network, address)
}

func (machine) LookupHost(ctx context.Context, name string) ([]string, error) {
	return net.DefaultResolver.LookupHost(ctx, name)
}
