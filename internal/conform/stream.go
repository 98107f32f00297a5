package conform

import (
	"io"
	"net"
	"sync"
	"time"
)

func streamCases() []Case {
	return []Case{
		{Name: "stream/echo", Body: func(e *Env) {
			client, server := e.pair()
			e.write(client, "ping")
			e.wantNext(server, "ping")
			e.write(server, "pong")
			e.wantNext(client, "pong")
		}},
		{Name: "stream/large, both ways at once", Body: largeBothWays},
		{Name: "stream/partial reads", Body: func(e *Env) {
			client, server := e.pair()
			e.write(client, "abcdef")
			e.wantNext(server, "ab")
			e.wantNext(server, "c")
			e.wantNext(server, "def")
		}},
		{Name: "stream/writes join", Body: func(e *Env) {
			client, server := e.pair()
			e.write(client, "ab")
			e.write(client, "cd")
			e.wantNext(server, "abcd")
		}},
		{Name: "stream/read of nothing", Body: func(e *Env) {
			client, _ := e.pair()
			if n, err := client.Read(nil); n != 0 || err != nil {
				e.Errorf("read: %d, %v", n, err)
			}
		}},
		{Name: "stream/write of nothing", Body: func(e *Env) {
			client, server := e.pair()
			if n, err := client.Write(nil); n != 0 || err != nil {
				e.Errorf("write: %d, %v", n, err)
			}
			e.write(client, "x")
			e.wantNext(server, "x")
		}},
		{Name: "stream/a short read leaves the rest", Body: func(e *Env) {
			client, server := e.pair()
			e.write(client, "hello")
			e.must(client.Close())
			b := make([]byte, 2)
			_, err := io.ReadFull(server, b)
			e.must(err)
			e.wantEnd(server, "llo")
		}},
		{Name: "stream/back-pressure", Body: backPressure},
		{Name: "stream/concurrent writes do not mix", Body: concurrentWrites},
		{Name: "stream/concurrent reads share the bytes", Body: concurrentReads},
		{Name: "stream/addresses mirror each other", Body: func(e *Env) {
			client, server := e.pair()
			if a, b := client.LocalAddr().String(), server.RemoteAddr().String(); a != b {
				e.Errorf("the client is at %s, the server sees %s", a, b)
			}
			if a, b := client.RemoteAddr().String(), server.LocalAddr().String(); a != b {
				e.Errorf("the client dialled %s, the server is at %s", a, b)
			}
			if _, ok := client.LocalAddr().(*net.TCPAddr); !ok {
				e.Errorf("the address is a %T", client.LocalAddr())
			}
			if client.LocalAddr().Network() != "tcp" {
				e.Errorf("the address is on %s", client.LocalAddr().Network())
			}
		}},
		{Name: "stream/proxy", Body: proxy},
		{Name: "stream/options", Body: func(e *Env) {
			client, server := e.pair()
			c := client.(interface {
				SetNoDelay(bool) error
				SetKeepAlive(bool) error
				SetKeepAlivePeriod(time.Duration) error
				SetLinger(int) error
				SetReadBuffer(int) error
				SetWriteBuffer(int) error
			})
			e.must(c.SetNoDelay(true))
			e.must(c.SetKeepAlive(true))
			e.must(c.SetKeepAlivePeriod(time.Minute))
			e.must(c.SetLinger(-1))
			e.must(c.SetReadBuffer(4096))
			e.must(c.SetWriteBuffer(4096))
			e.write(client, "x")
			e.wantNext(server, "x")
		}},
		{Name: "stream/IPv6", Body: func(e *Env) {
			l, err := e.Server.Listen("tcp6", net.JoinHostPort(e.Address6, "0"))
			e.must(err)
			defer l.Close()
			client, err := e.Client.Dial("tcp", l.Addr().String())
			e.must(err)
			defer client.Close()
			server, err := l.Accept()
			e.must(err)
			defer server.Close()
			e.write(client, "six")
			e.wantNext(server, "six")
		}},
	}
}

func largeBothWays(e *Env) {
	client, server := e.pair()
	data := text(1 << 20)
	var all sync.WaitGroup
	for _, c := range []net.Conn{client, server} {
		all.Go(func() {
			if _, err := io.WriteString(c, data); err != nil {
				e.Errorf("write: %v", err)
			}
			if err := c.(halfCloser).CloseWrite(); err != nil {
				e.Errorf("close: %v", err)
			}
		})
		all.Go(func() {
			if b, err := io.ReadAll(c); err != nil || string(b) != data {
				e.Errorf("read %d bytes, %v; want the %d that were sent", len(b), err, len(data))
			}
		})
	}
	all.Wait()
}

func backPressure(e *Env) {
	client, server := e.pair()
	written := e.fill(client)
	if written == 0 {
		e.Fatal("nothing could be written")
	}
	read := start(func() int {
		b, _ := io.ReadAll(server)
		return len(b)
	})
	e.write(client, text(100_000))
	e.must(client.Close())
	if got := read(); got != written+100_000 {
		e.Errorf("%d bytes arrived of %d", got, written+100_000)
	}
}

func concurrentWrites(e *Env) {
	client, server := e.pair()
	const size = 300_000 // more than buffers hold, so that writes have to wait
	var all sync.WaitGroup
	for _, b := range []byte("abc") {
		all.Go(func() {
			piece := make([]byte, size)
			for i := range piece {
				piece[i] = b
			}
			if _, err := client.Write(piece); err != nil {
				e.Errorf("write: %v", err)
			}
		})
	}
	read := start(func() []byte {
		b, err := io.ReadAll(server)
		if err != nil {
			e.Errorf("read: %v", err)
		}
		return b
	})
	all.Wait()
	e.must(client.Close())
	got := read()
	if len(got) != 3*size {
		e.Fatalf("%d bytes arrived of %d", len(got), 3*size)
	}
	for i := range got {
		if first := i / size * size; got[i] != got[first] {
			e.Fatalf("byte %d is %c within the write of %c", i, got[i], got[first])
		}
	}
}

func concurrentReads(e *Env) {
	client, server := e.pair()
	var mu sync.Mutex
	var all sync.WaitGroup
	total := 0
	for range 3 {
		all.Go(func() {
			b, err := io.ReadAll(server)
			if err != nil {
				e.Errorf("read: %v", err)
			}
			mu.Lock()
			defer mu.Unlock()
			total += len(b)
		})
	}
	e.write(client, text(500_000))
	e.must(client.Close())
	all.Wait()
	if total != 500_000 {
		e.Errorf("%d bytes were read of 500000", total)
	}
}

func proxy(e *Env) {
	client, front := e.pair()
	back, server := e.pair()
	done := start(func() error {
		_, err := io.Copy(back, front)
		back.(halfCloser).CloseWrite()
		return err
	})
	e.write(client, text(200_000))
	e.closeWrite(client)
	e.wantEnd(server, text(200_000))
	e.must(done())
}
