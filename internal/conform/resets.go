package conform

import (
	"errors"
	"io"
	"net"
	"syscall"
)

func resetCases() []Case {
	return []Case{
		{Name: "reset/by close with something unread", Body: func(e *Env) {
			client, server := e.pair()
			e.write(client, "ab")
			e.wantNext(server, "a")
			e.must(server.Close())
			err := e.readError(client)
			e.want(err, syscall.ECONNRESET)
			e.wantOp(err, "read", "tcp")
		}},
		{Name: "reset/by close without lingering", Body: func(e *Env) {
			client, server := e.pair()
			lingerless(e, server)
			e.must(server.Close())
			e.want(e.readError(client), syscall.ECONNRESET)
		}},
		{Name: "reset/is reported once", Body: func(e *Env) {
			client, server := e.pair()
			lingerless(e, server)
			e.must(server.Close())
			e.want(e.readError(client), syscall.ECONNRESET)
			e.want(e.readError(client), io.EOF)
			_, err := client.Write([]byte("x"))
			e.want(err, syscall.EPIPE)
		}},
		{Name: "reset/leaves what has arrived", Body: func(e *Env) {
			client, server := e.pair()
			e.write(server, "kept")
			e.wantNext(client, "k")
			lingerless(e, server)
			e.must(server.Close())
			e.wantNext(client, "ept")
			e.want(e.readError(client), syscall.ECONNRESET)
		}},
		{Name: "reset/wakes a reader", Body: func(e *Env) {
			client, server := e.pair()
			read := start(func() error {
				_, err := client.Read(make([]byte, 1))
				return err
			})
			lingerless(e, server)
			e.must(server.Close())
			e.want(read(), syscall.ECONNRESET)
		}},
		{Name: "reset/wakes a writer", Body: func(e *Env) {
			client, server := e.pair()
			e.fill(client)
			write := start(func() error {
				_, err := client.Write(make([]byte, 8<<20))
				return err
			})
			e.must(server.Close())
			if err := write(); !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, syscall.EPIPE) {
				e.Errorf("the error is %v", err)
			}
		}},
		{Name: "reset/of writes to a closed peer", Body: func(e *Env) {
			client, server := e.pair()
			e.must(server.Close())
			e.wantEnd(client, "")
			err := writeUntilError(client)
			if !errors.Is(err, syscall.EPIPE) && !errors.Is(err, syscall.ECONNRESET) {
				e.Errorf("the error is %v", err)
			}
			e.wantOp(err, "write", "tcp")
		}},
		{Name: "reset/does not undo the end", Body: func(e *Env) {
			client, server := e.pair()
			e.must(server.Close())
			e.wantEnd(client, "")
			if err := writeUntilError(client); err == nil {
				e.Error("writes succeed")
			}
			e.want(e.readError(client), io.EOF)
			_, err := client.Write([]byte("x"))
			e.want(err, syscall.EPIPE)
		}},
		{Name: "reset/of an end that was not read", Body: func(e *Env) {
			client, server := e.pair()
			e.write(server, "unread")
			e.must(server.Close())
			e.wantNext(client, "u")
			if err := writeUntilError(client); !errors.Is(err, syscall.EPIPE) {
				e.Errorf("the error is %v", err)
			}
			e.wantEnd(client, "nread")
		}},
		{Name: "reset/not of writes to a half-closed peer", Body: func(e *Env) {
			client, server := e.pair()
			e.closeWrite(server)
			e.wantEnd(client, "")
			e.write(client, "one")
			e.write(client, "two")
			e.wantNext(server, "onetwo")
		}},
		{Name: "reset/CloseWrite afterwards", Body: func(e *Env) {
			client, server := e.pair()
			lingerless(e, server)
			e.must(server.Close())
			e.want(e.readError(client), syscall.ECONNRESET)
			e.want(client.(halfCloser).CloseWrite(), syscall.ENOTCONN)
			e.must(client.Close())
		}},
		{Name: "reset/of a connection in the queue", Body: func(e *Env) {
			l := e.listen()
			client := e.dial(l)
			lingerless(e, client)
			e.must(client.Close())
			// A later connection shows that the reset has arrived.
			e.dial(l)
			server, err := l.Accept()
			e.must(err)
			defer server.Close()
			e.want(e.readError(server), syscall.ECONNRESET)
		}},
	}
}

func lingerless(e *Env, c net.Conn) {
	e.Helper()
	e.must(c.(interface{ SetLinger(int) error }).SetLinger(0))
}

// writeUntilError writes to a connection that its peer has closed: the first writes may
// succeed, until the reset that they provoke is back.
func writeUntilError(c net.Conn) error {
	for {
		if _, err := c.Write(make([]byte, 4096)); err != nil {
			return err
		}
	}
}
