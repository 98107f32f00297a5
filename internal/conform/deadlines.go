package conform

import (
	"context"
	"errors"
	"net"
	"os"
	"time"
)

func deadlineCases() []Case {
	past := time.Unix(1, 0)
	return []Case{
		{Name: "deadline/read in the past", Body: func(e *Env) {
			client, _ := e.pair()
			e.must(client.SetReadDeadline(past))
			err := e.readError(client)
			e.want(err, os.ErrDeadlineExceeded)
			e.wantOp(err, "read", "tcp")
		}},
		{Name: "deadline/beats data that is there", Body: func(e *Env) {
			client, server := e.pair()
			e.write(server, "xy")
			e.wantNext(client, "x")
			e.must(client.SetReadDeadline(past))
			e.want(e.readError(client), os.ErrDeadlineExceeded)
			e.must(client.SetReadDeadline(time.Time{}))
			e.wantNext(client, "y")
		}},
		{Name: "deadline/read", Body: func(e *Env) {
			client, _ := e.pair()
			e.must(client.SetReadDeadline(time.Now().Add(brief)))
			err := e.readError(client)
			e.want(err, os.ErrDeadlineExceeded)
			var timeout net.Error
			if !errors.As(err, &timeout) || !timeout.Timeout() {
				e.Errorf("%v is no time-out", err)
			}
			if errors.Is(err, context.DeadlineExceeded) {
				e.Error("the error counts as the context's")
			}
		}},
		{Name: "deadline/sticks", Body: func(e *Env) {
			client, _ := e.pair()
			e.must(client.SetReadDeadline(time.Now().Add(brief)))
			for range 3 {
				e.want(e.readError(client), os.ErrDeadlineExceeded)
			}
		}},
		{Name: "deadline/write", Body: func(e *Env) {
			client, _ := e.pair()
			e.fill(client)
			e.must(client.SetWriteDeadline(time.Now().Add(brief)))
			n, err := client.Write(make([]byte, 8<<20))
			e.want(err, os.ErrDeadlineExceeded)
			e.wantOp(err, "write", "tcp")
			if n == 8<<20 {
				e.Error("all was written")
			}
		}},
		{Name: "deadline/write in the past", Body: func(e *Env) {
			client, _ := e.pair()
			e.must(client.SetWriteDeadline(past))
			n, err := client.Write([]byte("x"))
			e.want(err, os.ErrDeadlineExceeded)
			if n != 0 {
				e.Errorf("%d bytes were written", n)
			}
		}},
		{Name: "deadline/of reads is not that of writes", Body: func(e *Env) {
			client, server := e.pair()
			e.must(client.SetReadDeadline(past))
			e.write(client, "x")
			e.wantNext(server, "x")
		}},
		{Name: "deadline/both", Body: func(e *Env) {
			client, _ := e.pair()
			e.must(client.SetDeadline(past))
			e.want(e.readError(client), os.ErrDeadlineExceeded)
			_, err := client.Write([]byte("x"))
			e.want(err, os.ErrDeadlineExceeded)
		}},
		{Name: "deadline/set while a read waits", Body: func(e *Env) {
			client, _ := e.pair()
			read := start(func() error {
				_, err := client.Read(make([]byte, 1))
				return err
			})
			e.must(client.SetReadDeadline(past))
			e.want(read(), os.ErrDeadlineExceeded)
		}},
		{Name: "deadline/taken away while a read waits", Body: func(e *Env) {
			client, server := e.pair()
			e.must(client.SetReadDeadline(time.Now().Add(soon)))
			read := start(func() error {
				_, err := client.Read(make([]byte, 1))
				return err
			})
			e.must(client.SetReadDeadline(time.Time{}))
			e.write(server, "x")
			e.must(read())
		}},
		{Name: "deadline/far away", Body: func(e *Env) {
			client, server := e.pair()
			e.must(client.SetDeadline(time.Now().Add(soon)))
			e.write(server, "x")
			e.wantNext(client, "x")
			e.write(client, "y")
			e.wantNext(server, "y")
		}},
		{Name: "deadline/the connection survives", Body: func(e *Env) {
			client, server := e.pair()
			e.must(client.SetReadDeadline(time.Now().Add(brief)))
			e.want(e.readError(client), os.ErrDeadlineExceeded)
			e.must(client.SetReadDeadline(time.Time{}))
			e.write(server, "after")
			e.wantNext(client, "after")
		}},
		{Name: "deadline/accept", Body: func(e *Env) {
			l := e.listen()
			set := l.(interface{ SetDeadline(time.Time) error })
			e.must(set.SetDeadline(time.Now().Add(brief)))
			_, err := l.Accept()
			e.want(err, os.ErrDeadlineExceeded)
			e.wantOp(err, "accept", "tcp")
			e.must(set.SetDeadline(time.Time{}))
			e.dial(l)
			c, err := l.Accept()
			e.must(err)
			e.must(c.Close())
		}},
		{Name: "deadline/wakes many readers", Body: func(e *Env) {
			client, _ := e.pair()
			e.must(client.SetReadDeadline(time.Now().Add(brief)))
			var reads []func() error
			for range 4 {
				reads = append(reads, start(func() error {
					_, err := client.Read(make([]byte, 1))
					return err
				}))
			}
			for _, read := range reads {
				e.want(read(), os.ErrDeadlineExceeded)
			}
		}},
	}
}
