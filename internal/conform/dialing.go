package conform

import (
	"context"
	"errors"
	"net"
	"slices"
	"syscall"
	"time"
)

func dialCases() []Case {
	return []Case{
		{Name: "dial/refused", Body: func(e *Env) {
			l := e.listen()
			e.must(l.Close())
			_, err := e.Client.Dial("tcp", l.Addr().String())
			e.want(err, syscall.ECONNREFUSED)
			e.wantOp(err, "dial", "tcp")
			var o *net.OpError
			if errors.As(err, &o) && (o.Addr == nil || o.Addr.String() != l.Addr().String()) {
				e.Errorf("the error's address is %v, want %v", o.Addr, l.Addr())
			}
		}},
		{Name: "dial/before anybody accepts", Body: func(e *Env) {
			l := e.listen()
			client := e.dial(l)
			e.write(client, "early")
			server, err := l.Accept()
			e.must(err)
			defer server.Close()
			e.wantNext(server, "early")
		}},
		{Name: "dial/and close before anybody accepts", Body: func(e *Env) {
			l := e.listen()
			client := e.dial(l)
			e.write(client, "gone")
			e.must(client.Close())
			server, err := l.Accept()
			e.must(err)
			defer server.Close()
			e.wantEnd(server, "gone")
		}},
		{Name: "dial/canceled context", Body: func(e *Env) {
			l := e.listen()
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			_, err := e.Client.DialContext(ctx, "tcp", l.Addr().String())
			e.want(err, context.Canceled)
			e.wantOp(err, "dial", "tcp")
		}},
		{Name: "dial/expired context", Body: func(e *Env) {
			l := e.listen()
			ctx, cancel := context.WithDeadline(context.Background(), time.Unix(1, 0))
			defer cancel()
			_, err := e.Client.DialContext(ctx, "tcp", l.Addr().String())
			e.want(err, context.DeadlineExceeded)
			var timeout net.Error
			if !errors.As(err, &timeout) || !timeout.Timeout() {
				e.Errorf("%v is no time-out", err)
			}
		}},
		{Name: "dial/the context does not bound the connection", Body: func(e *Env) {
			l := e.listen()
			ctx, cancel := context.WithCancel(context.Background())
			client, err := e.Client.DialContext(ctx, "tcp", l.Addr().String())
			e.must(err)
			defer client.Close()
			cancel()
			server, err := l.Accept()
			e.must(err)
			defer server.Close()
			e.write(client, "x")
			e.wantNext(server, "x")
		}},
		{Name: "dial/unknown network", Body: func(e *Env) {
			_, err := e.Client.Dial("tcp5", net.JoinHostPort(e.Address, "1"))
			e.want(err, net.UnknownNetworkError("tcp5"))
			e.wantOp(err, "dial", "tcp5")
		}},
		{Name: "dial/missing port", Body: func(e *Env) {
			_, err := e.Client.Dial("tcp", e.Address)
			var a *net.AddrError
			if !errors.As(err, &a) || a.Err != "missing port in address" {
				e.Errorf("the error is %v", err)
			}
			e.wantOp(err, "dial", "tcp")
		}},
		{Name: "dial/port out of range", Body: func(e *Env) {
			for _, port := range []string{"65536", "-1"} {
				_, err := e.Client.Dial("tcp", net.JoinHostPort(e.Address, port))
				var a *net.AddrError
				if !errors.As(err, &a) || a.Err != "invalid port" {
					e.Errorf("port %s: the error is %v", port, err)
				}
			}
		}},
		{Name: "dial/unknown service", Body: func(e *Env) {
			_, err := e.Client.Dial("tcp", net.JoinHostPort(e.Address, "no-such-service"))
			var d *net.DNSError
			if !errors.As(err, &d) || d.Err != "unknown port" {
				e.Errorf("the error is %v", err)
			}
		}},
		{Name: "dial/too many colons", Body: func(e *Env) {
			_, err := e.Client.Dial("tcp", "::1:80")
			var a *net.AddrError
			if !errors.As(err, &a) || a.Err != "too many colons in address" {
				e.Errorf("the error is %v", err)
			}
		}},
		{Name: "dial/family that the address is not of", Body: func(e *Env) {
			l := e.listen()
			_, err := e.Client.Dial("tcp6", l.Addr().String())
			var a *net.AddrError
			if !errors.As(err, &a) || a.Err != "no suitable address found" {
				e.Errorf("the error is %v", err)
			}
		}},
		{Name: "dial/a malformed name", Body: func(e *Env) {
			_, err := e.Client.Dial("tcp", "not..a..name:80")
			var d *net.DNSError
			if !errors.As(err, &d) || !d.IsNotFound {
				e.Errorf("the error is %v", err)
			}
		}},
		{Name: "dial/localhost", OneHost: true, Body: func(e *Env) {
			l, err := e.Server.Listen("tcp", "localhost:0")
			e.must(err)
			defer l.Close()
			_, port, _ := net.SplitHostPort(l.Addr().String())
			c, err := e.Client.Dial("tcp", "localhost:"+port)
			e.must(err)
			e.must(c.Close())
		}},
		{Name: "dial/no host means this one", OneHost: true, Body: func(e *Env) {
			l, err := e.Server.Listen("tcp", ":0")
			e.must(err)
			defer l.Close()
			_, port, _ := net.SplitHostPort(l.Addr().String())
			c, err := e.Client.Dial("tcp", ":"+port)
			e.must(err)
			e.must(c.Close())
		}},
		{Name: "dial/ports differ", Body: func(e *Env) {
			l := e.listen()
			seen := make(map[string]bool)
			for range 20 {
				a := e.dial(l).LocalAddr().String()
				if seen[a] {
					e.Errorf("%s was given twice", a)
				}
				seen[a] = true
			}
		}},
		{Name: "lookup/localhost", Body: func(e *Env) {
			addrs, err := e.Client.LookupHost(context.Background(), "localhost")
			e.must(err)
			if !slices.Contains(addrs, "127.0.0.1") {
				e.Errorf("localhost is %v", addrs)
			}
		}},
		{Name: "lookup/an address", Body: func(e *Env) {
			addrs, err := e.Client.LookupHost(context.Background(), "192.0.2.1")
			e.must(err)
			if !slices.Equal(addrs, []string{"192.0.2.1"}) {
				e.Errorf("192.0.2.1 is %v", addrs)
			}
		}},
		{Name: "lookup/a malformed name", Body: func(e *Env) {
			_, err := e.Client.LookupHost(context.Background(), "not..a..name")
			var d *net.DNSError
			if !errors.As(err, &d) || !d.IsNotFound || d.Name != "not..a..name" {
				e.Errorf("the error is %#v", err)
			}
		}},
	}
}
