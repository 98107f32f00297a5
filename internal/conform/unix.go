package conform

import (
	"io"
	"net"
	"os"
	"syscall"
	"time"
)

func unixCases() []Case {
	cases := []Case{
		{Name: "unix/echo", Body: func(e *Env) {
			client, server := e.unixPair()
			e.write(client, "ping")
			e.wantNext(server, "ping")
			e.write(server, "pong")
			e.wantNext(client, "pong")
		}},
		{Name: "unix/addresses", Body: func(e *Env) {
			client, server := e.unixPair()
			if a, b := client.RemoteAddr().String(), server.LocalAddr().String(); a != b || a == "" {
				e.Errorf("dialled %q, the server is at %q", a, b)
			}
			if a := client.RemoteAddr().Network(); a != "unix" {
				e.Errorf("the network is %s", a)
			}
		}},
		{Name: "unix/nobody there", Body: func(e *Env) {
			_, err := e.Client.Dial("unix", e.Path())
			e.want(err, syscall.ENOENT)
			e.wantOp(err, "dial", "unix")
		}},
		{Name: "unix/in use", Body: func(e *Env) {
			path := e.Path()
			l, err := e.Server.Listen("unix", path)
			e.must(err)
			defer l.Close()
			_, err = e.Server.Listen("unix", path)
			e.want(err, syscall.EADDRINUSE)
			e.wantOp(err, "listen", "unix")
		}},
		{Name: "unix/again after close", Body: func(e *Env) {
			path := e.Path()
			for range 2 {
				l, err := e.Server.Listen("unix", path)
				e.must(err)
				e.must(l.Close())
			}
		}},
		{Name: "unix/the end", Body: func(e *Env) {
			client, server := e.unixPair()
			e.write(client, "last")
			e.must(client.Close())
			e.wantEnd(server, "last")
		}},
		{Name: "unix/half close", Body: func(e *Env) {
			client, server := e.unixPair()
			e.write(client, "question")
			e.closeWrite(client)
			e.wantEnd(server, "question")
			e.write(server, "answer")
			e.wantNext(client, "answer")
		}},
		{Name: "unix/write to a closed peer", Body: func(e *Env) {
			client, server := e.unixPair()
			e.must(server.Close())
			_, err := client.Write([]byte("x"))
			e.want(err, syscall.EPIPE)
			e.wantOp(err, "write", "unix")
		}},
		{Name: "unix/close with something unread", Body: func(e *Env) {
			client, server := e.unixPair()
			e.write(client, "ab")
			e.wantNext(server, "a")
			e.must(server.Close())
			e.want(e.readError(client), syscall.ECONNRESET)
			e.want(e.readError(client), io.EOF)
		}},
		{Name: "unix/deadline", Body: func(e *Env) {
			client, _ := e.unixPair()
			e.must(client.SetReadDeadline(time.Now().Add(brief)))
			err := e.readError(client)
			e.want(err, os.ErrDeadlineExceeded)
			e.wantOp(err, "read", "unix")
		}},
		{Name: "unix/back-pressure", Body: func(e *Env) {
			client, server := e.unixPair()
			written := e.fill(client)
			e.must(client.Close())
			b, err := io.ReadAll(server)
			e.must(err)
			if written == 0 || len(b) != written {
				e.Errorf("%d bytes arrived of %d", len(b), written)
			}
		}},
		{Name: "unix/close twice", Body: func(e *Env) {
			client, _ := e.unixPair()
			e.must(client.Close())
			e.want(client.Close(), net.ErrClosed)
		}},
		{Name: "unix/close wakes a reader", Body: func(e *Env) {
			client, _ := e.unixPair()
			read := start(func() error {
				_, err := client.Read(make([]byte, 1))
				return err
			})
			e.must(client.Close())
			e.want(read(), net.ErrClosed)
		}},
		{Name: "unixgram/echo", Body: func(e *Env) {
			a, b := e.unixgram(), e.unixgram()
			_, err := a.WriteTo([]byte("ping"), b.LocalAddr())
			e.must(err)
			got, from := e.receive(b)
			if got != "ping" || from.String() != a.LocalAddr().String() {
				e.Errorf("received %q from %v", got, from)
			}
		}},
		{Name: "unixgram/nobody there", Body: func(e *Env) {
			_, err := e.unixgram().WriteTo([]byte("x"), &net.UnixAddr{Name: e.Path(), Net: "unixgram"})
			e.want(err, syscall.ENOENT)
			e.wantOp(err, "write", "unixgram")
		}},
		{Name: "unixgram/a full queue makes writers wait", Body: func(e *Env) {
			a, b := e.unixgram(), e.unixgram()
			e.must(a.SetWriteDeadline(time.Now().Add(brief)))
			sent := 0
			for {
				if _, err := a.WriteTo([]byte("x"), b.LocalAddr()); err != nil {
					e.want(err, os.ErrDeadlineExceeded)
					break
				}
				sent++
			}
			for range sent {
				e.receive(b)
			}
			e.must(a.SetWriteDeadline(time.Time{}))
			_, err := a.WriteTo([]byte("x"), b.LocalAddr())
			e.must(err)
		}},
	}
	for i := range cases {
		cases[i].OneHost = true
	}
	return cases
}

func (e *Env) unixPair() (client, server net.Conn) {
	e.Helper()
	l, err := e.Server.Listen("unix", e.Path())
	e.must(err)
	defer l.Close()
	client, err = e.Client.Dial("unix", l.Addr().String())
	e.must(err)
	e.Cleanup(func() { client.Close() })
	server, err = l.Accept()
	e.must(err)
	e.Cleanup(func() { server.Close() })
	return client, server
}

func (e *Env) unixgram() net.PacketConn {
	e.Helper()
	u, err := e.Server.ListenPacket("unixgram", e.Path())
	e.must(err)
	e.Cleanup(func() { u.Close() })
	return u
}
