package conform

import (
	"errors"
	"net"
	"syscall"
)

func listenCases() []Case {
	return []Case{
		{Name: "listen/address in use", Body: func(e *Env) {
			l := e.listen()
			_, err := e.Server.Listen("tcp", l.Addr().String())
			e.want(err, syscall.EADDRINUSE)
			e.wantOp(err, "listen", "tcp")
		}},
		{Name: "listen/all addresses clash with one", Body: func(e *Env) {
			l := e.listen()
			_, port, _ := net.SplitHostPort(l.Addr().String())
			_, err := e.Server.Listen("tcp", ":"+port)
			e.want(err, syscall.EADDRINUSE)
		}},
		{Name: "listen/again after close", Body: func(e *Env) {
			l := e.listen()
			e.must(l.Close())
			again, err := e.Server.Listen("tcp", l.Addr().String())
			e.must(err)
			e.must(again.Close())
		}},
		{Name: "listen/again while connections live", Body: func(e *Env) {
			l := e.listen()
			client := e.dial(l)
			server, err := l.Accept()
			e.must(err)
			defer server.Close()
			e.must(l.Close())
			again, err := e.Server.Listen("tcp", l.Addr().String())
			e.must(err)
			e.must(again.Close())
			e.write(client, "x")
			e.wantNext(server, "x")
		}},
		{Name: "listen/again after the server closed first", Body: func(e *Env) {
			l := e.listen()
			client := e.dial(l)
			server, err := l.Accept()
			e.must(err)
			e.must(server.Close())
			e.wantEnd(client, "")
			e.must(client.Close())
			e.must(l.Close())
			again, err := e.Server.Listen("tcp", l.Addr().String())
			e.must(err)
			e.must(again.Close())
		}},
		{Name: "listen/foreign address", Body: func(e *Env) {
			_, err := e.Server.Listen("tcp", "192.0.2.1:0")
			e.want(err, syscall.EADDRNOTAVAIL)
			e.wantOp(err, "listen", "tcp")
		}},
		{Name: "listen/unknown network", Body: func(e *Env) {
			_, err := e.Server.Listen("udp", "127.0.0.1:0")
			var o *net.OpError
			if !errors.As(err, &o) || o.Op != "listen" || o.Net != "udp" {
				e.Errorf("the error is %v", err)
			}
			_, err = e.Server.Listen("bogus", "127.0.0.1:0")
			e.want(err, net.UnknownNetworkError("bogus"))
		}},
		{Name: "listen/missing port", Body: func(e *Env) {
			_, err := e.Server.Listen("tcp", "127.0.0.1")
			var a *net.AddrError
			if !errors.As(err, &a) || a.Err != "missing port in address" {
				e.Errorf("the error is %v", err)
			}
		}},
		{Name: "listen/close twice", Body: func(e *Env) {
			l := e.listen()
			e.must(l.Close())
			err := l.Close()
			e.want(err, net.ErrClosed)
			e.wantOp(err, "close", "tcp")
		}},
		{Name: "listen/accept after close", Body: func(e *Env) {
			l := e.listen()
			e.must(l.Close())
			_, err := l.Accept()
			e.want(err, net.ErrClosed)
			e.wantOp(err, "accept", "tcp")
		}},
		{Name: "listen/close wakes accepters", Body: func(e *Env) {
			l := e.listen()
			var accepts []func() error
			for range 3 {
				accepts = append(accepts, start(func() error {
					_, err := l.Accept()
					return err
				}))
			}
			e.must(l.Close())
			for _, accept := range accepts {
				e.want(accept(), net.ErrClosed)
			}
		}},
		{Name: "listen/close resets who was not accepted", Body: func(e *Env) {
			l := e.listen()
			client := e.dial(l)
			e.must(l.Close())
			e.want(e.readError(client), syscall.ECONNRESET)
		}},
		{Name: "listen/connections come in order", Body: func(e *Env) {
			l := e.listen()
			for range 10 {
				client := e.dial(l)
				server, err := l.Accept()
				e.must(err)
				if a, b := server.RemoteAddr().String(), client.LocalAddr().String(); a != b {
					e.Errorf("accepted %s, dialled from %s", a, b)
				}
				e.must(server.Close())
			}
		}},
		{Name: "listen/queue keeps its order", Body: func(e *Env) {
			l := e.listen()
			var clients []net.Conn
			for range 10 {
				clients = append(clients, e.dial(l))
			}
			for _, client := range clients {
				server, err := l.Accept()
				e.must(err)
				if a, b := server.RemoteAddr().String(), client.LocalAddr().String(); a != b {
					e.Errorf("accepted %s, expected %s", a, b)
				}
				e.must(server.Close())
			}
		}},
		{Name: "listen/all addresses", Body: func(e *Env) {
			l, err := e.Server.Listen("tcp", ":0")
			e.must(err)
			defer l.Close()
			host, port, err := net.SplitHostPort(l.Addr().String())
			e.must(err)
			if host != "::" || port == "0" {
				e.Errorf("the listener is at %s", l.Addr())
			}
			for _, host := range []string{e.Address, e.Address6} {
				c, err := e.Client.Dial("tcp", net.JoinHostPort(host, port))
				e.must(err)
				e.must(c.Close())
			}
		}},
		{Name: "listen/IPv4 alone", Body: func(e *Env) {
			l, err := e.Server.Listen("tcp4", ":0")
			e.must(err)
			defer l.Close()
			host, port, err := net.SplitHostPort(l.Addr().String())
			e.must(err)
			if host != "0.0.0.0" {
				e.Errorf("the listener is at %s", l.Addr())
			}
			c, err := e.Client.Dial("tcp", net.JoinHostPort(e.Address, port))
			e.must(err)
			e.must(c.Close())
			_, err = e.Client.Dial("tcp", net.JoinHostPort(e.Address6, port))
			e.want(err, syscall.ECONNREFUSED)
		}},
		{Name: "listen/both families on one port", Body: func(e *Env) {
			l, err := e.Server.Listen("tcp4", ":0")
			e.must(err)
			defer l.Close()
			_, port, _ := net.SplitHostPort(l.Addr().String())
			six, err := e.Server.Listen("tcp6", ":"+port)
			e.must(err)
			e.must(six.Close())
		}},
	}
}
