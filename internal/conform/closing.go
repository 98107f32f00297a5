package conform

import (
	"io"
	"net"
	"syscall"
	"time"
)

func closeCases() []Case {
	return []Case{
		{Name: "close/the peer reads to the end", Body: func(e *Env) {
			client, server := e.pair()
			e.write(client, "last words")
			e.must(client.Close())
			e.wantEnd(server, "last words")
			e.want(e.readError(server), io.EOF)
			if err := e.readError(server); err != io.EOF {
				e.Errorf("the end is %#v, not io.EOF itself", err)
			}
		}},
		{Name: "close/large data still arrives", Body: func(e *Env) {
			client, server := e.pair()
			read := start(func() int {
				b, _ := io.ReadAll(server)
				return len(b)
			})
			e.write(client, text(2<<20))
			e.must(client.Close())
			if got := read(); got != 2<<20 {
				e.Errorf("%d bytes arrived", got)
			}
		}},
		{Name: "close/half, then an answer", Body: func(e *Env) {
			client, server := e.pair()
			e.write(client, "question")
			e.closeWrite(client)
			e.wantEnd(server, "question")
			e.write(server, "answer")
			e.must(server.Close())
			e.wantEnd(client, "answer")
		}},
		{Name: "close/both halves", Body: func(e *Env) {
			client, server := e.pair()
			e.closeWrite(client)
			e.closeWrite(server)
			e.wantEnd(client, "")
			e.wantEnd(server, "")
			e.must(client.Close())
			e.must(server.Close())
		}},
		{Name: "close/write after CloseWrite", Body: func(e *Env) {
			client, _ := e.pair()
			e.closeWrite(client)
			_, err := client.Write([]byte("x"))
			e.want(err, syscall.EPIPE)
			e.wantOp(err, "write", "tcp")
		}},
		{Name: "close/CloseRead ends reads", Body: func(e *Env) {
			client, server := e.pair()
			e.must(client.(halfCloser).CloseRead())
			e.want(e.readError(client), io.EOF)
			e.write(client, "still writing")
			e.wantNext(server, "still writing")
		}},
		{Name: "close/CloseRead wakes a reader", Body: func(e *Env) {
			client, _ := e.pair()
			read := start(func() error {
				_, err := client.Read(make([]byte, 1))
				return err
			})
			e.must(client.(halfCloser).CloseRead())
			e.want(read(), io.EOF)
		}},
		{Name: "close/CloseRead leaves what has arrived", Body: func(e *Env) {
			client, server := e.pair()
			e.write(server, "kept!")
			e.wantNext(client, "k")
			e.must(client.(halfCloser).CloseRead())
			e.wantEnd(client, "ept!")
		}},
		{Name: "close/twice", Body: func(e *Env) {
			client, _ := e.pair()
			e.must(client.Close())
			err := client.Close()
			e.want(err, net.ErrClosed)
			e.wantOp(err, "close", "tcp")
		}},
		{Name: "close/read afterwards", Body: func(e *Env) {
			client, _ := e.pair()
			e.must(client.Close())
			err := e.readError(client)
			e.want(err, net.ErrClosed)
			e.wantOp(err, "read", "tcp")
		}},
		{Name: "close/write afterwards", Body: func(e *Env) {
			client, _ := e.pair()
			e.must(client.Close())
			_, err := client.Write([]byte("x"))
			e.want(err, net.ErrClosed)
			e.wantOp(err, "write", "tcp")
		}},
		{Name: "close/deadline afterwards", Body: func(e *Env) {
			client, _ := e.pair()
			e.must(client.Close())
			err := client.SetDeadline(time.Now())
			e.want(err, net.ErrClosed)
			e.wantOp(err, "set", "tcp")
		}},
		{Name: "close/CloseWrite afterwards", Body: func(e *Env) {
			client, _ := e.pair()
			e.must(client.Close())
			err := client.(halfCloser).CloseWrite()
			e.want(err, net.ErrClosed)
			e.wantOp(err, "close", "tcp")
		}},
		{Name: "close/wakes a reader", Body: func(e *Env) {
			client, _ := e.pair()
			read := start(func() error {
				_, err := client.Read(make([]byte, 1))
				return err
			})
			e.must(client.Close())
			e.want(read(), net.ErrClosed)
		}},
		{Name: "close/wakes a writer", Body: func(e *Env) {
			client, _ := e.pair()
			e.fill(client)
			write := start(func() error {
				_, err := client.Write(make([]byte, 8<<20))
				return err
			})
			e.must(client.Close())
			e.want(write(), net.ErrClosed)
		}},
		{Name: "close/wakes many readers", Body: func(e *Env) {
			client, _ := e.pair()
			var reads []func() error
			for range 4 {
				reads = append(reads, start(func() error {
					_, err := client.Read(make([]byte, 1))
					return err
				}))
			}
			e.must(client.Close())
			for _, read := range reads {
				e.want(read(), net.ErrClosed)
			}
		}},
		{Name: "close/addresses afterwards", Body: func(e *Env) {
			client, _ := e.pair()
			before := client.LocalAddr().String()
			e.must(client.Close())
			if after := client.LocalAddr().String(); after != before {
				e.Errorf("the address is %s, was %s", after, before)
			}
		}},
	}
}
