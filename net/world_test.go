package simnet

import (
	"io"
	"net"
	"testing"
	"testing/synctest"

	"github.com/terrella-go/terrella/internal/prng"
	"github.com/terrella-go/terrella/internal/trace"
)

// world is a network with a few hosts, in virtual time.
type world struct {
	*testing.T
	net *Network
	log *trace.Log
}

// inWorld runs f with a network of the hosts a, b and c in a bubble of virtual time.
func inWorld(t *testing.T, c Config, f func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		if c.Log == nil {
			c.Log = trace.NewLog(trace.KeepAll, nil)
		}
		n, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		defer n.Close()
		for _, name := range []string{"a", "b", "c"} {
			if _, err := n.AddHost(name); err != nil {
				t.Fatal(err)
			}
		}
		f(&world{T: t, net: n, log: c.Log})
	})
}

func (w *world) host(name string) *Host { return w.net.Host(name) }

// must fails the test on an error.
func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) listen(host, address string) net.Listener {
	w.Helper()
	l, err := w.host(host).Listen("tcp", address)
	w.must(err)
	return l
}

func (w *world) dial(host, address string) net.Conn {
	w.Helper()
	c, err := w.host(host).Dial("tcp", address)
	w.must(err)
	return c
}

// pair returns the two ends of a connection from a to b.
func (w *world) pair() (client, server net.Conn) {
	w.Helper()
	l := w.listen("b", ":0")
	defer l.Close()
	client = w.dial("a", portOf(l, "b"))
	server, err := l.Accept()
	w.must(err)
	return client, server
}

// portOf returns host with the port of a listener.
func portOf(l net.Listener, host string) string {
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		panic(err)
	}
	return net.JoinHostPort(host, port)
}

// events returns what was recorded so far.
func (w *world) events() (all []*trace.Event) {
	w.net.lock() // the log has no lock of its own
	defer w.net.unlock()
	for e := range w.log.Events() {
		event := *e
		all = append(all, &event)
	}
	return all
}

func (w *world) write(c io.Writer, s string) {
	w.Helper()
	_, err := io.WriteString(c, s)
	w.must(err)
}

// wantRead fails the test unless exactly s comes next.
func (w *world) wantRead(c io.Reader, s string) {
	w.Helper()
	b := make([]byte, len(s))
	if n, err := io.ReadFull(c, b); err != nil || string(b) != s {
		w.Fatalf("read %d bytes, %v, beginning %.40q; want %d, beginning %.40q", n, err, b, len(s), s)
	}
}

// randomBytes returns n bytes that depend on n alone.
func randomBytes(n int) []byte {
	s := prng.Seed(uint64(n)).Stream()
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(s.Uint64())
	}
	return b
}

// echo sends back all that comes, without a buffer of note.
func echo(c net.Conn) {
	var buf [64]byte
	for {
		n, err := c.Read(buf[:])
		if err != nil {
			return
		}
		if _, err := c.Write(buf[:n]); err != nil {
			return
		}
	}
}
