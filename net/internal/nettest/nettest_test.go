// Package nettest holds simnet against golang.org/x/net/nettest. It is a module
// of its own so that the library does not depend on golang.org/x/net.
package nettest

import (
	"net"
	"testing"
	"time"

	"golang.org/x/net/nettest"

	simnet "github.com/terrella-go/terrella/net"
)

func TestConn(t *testing.T) {
	links := map[string]simnet.Link{
		"perfect": {},
		"latency": {Latency: simnet.Uniform{Min: 10 * time.Microsecond, Max: 50 * time.Microsecond}},
		"small":   {MTU: 576},
	}
	for name, link := range links {
		t.Run("tcp, "+name, func(t *testing.T) {
			nettest.TestConn(t, maker(link, "tcp", "b:80"))
		})
	}
	t.Run("unix", func(t *testing.T) {
		nettest.TestConn(t, maker(simnet.Link{}, "unix", "/socket"))
	})
}

// maker returns a function that makes a connection on a network of its own.
func maker(link simnet.Link, network, address string) nettest.MakePipe {
	return func() (client, server net.Conn, stop func(), err error) {
		n, err := simnet.New(simnet.Config{Link: link})
		if err != nil {
			return nil, nil, nil, err
		}
		defer func() {
			if err != nil {
				n.Close()
			}
		}()
		b, err := n.AddHost("b")
		if err != nil {
			return nil, nil, nil, err
		}
		a := b
		if network == "tcp" {
			if a, err = n.AddHost("a"); err != nil {
				return nil, nil, nil, err
			}
		}
		l, err := b.Listen(network, address)
		if err != nil {
			return nil, nil, nil, err
		}
		if client, err = a.Dial(network, address); err != nil {
			return nil, nil, nil, err
		}
		if server, err = l.Accept(); err != nil {
			return nil, nil, nil, err
		}
		return client, server, n.Close, nil
	}
}
