// Package conform holds what programs may rely on when they use sockets, as
// cases that run alike on the machine's own network and on a simulated one.
//
// A case knows nothing of what it runs on. It compares errors with errors.Is
// and never measures time, so that a slow machine changes nothing.
package conform

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"
)

// A Host is where sockets are opened.
type Host interface {
	Listen(network, address string) (net.Listener, error)
	ListenPacket(network, address string) (net.PacketConn, error)
	Dial(network, address string) (net.Conn, error)
	DialContext(ctx context.Context, network, address string) (net.Conn, error)
	LookupHost(ctx context.Context, name string) ([]string, error)
}

// An Env is what a case runs in.
type Env struct {
	*testing.T
	// Server is the host that listens and Client the one that dials.
	Server, Client Host
	// Address and Address6 are where the client reaches the server.
	Address, Address6 string
	// Path returns a new path for Unix sockets.
	Path func() string

	cleanups []func()
}

// Cleanup has f called when the case is over, by the goroutine that runs the
// case: sockets of a world can't be touched from outside.
func (e *Env) Cleanup(f func()) { e.cleanups = append(e.cleanups, f) }

// A Case is one thing that sockets do.
type Case struct {
	Name string
	Body func(e *Env)
	// OneHost says that server and client have to be the same host.
	OneHost bool
}

// Run runs the case.
func (c Case) Run(e *Env) {
	defer func() {
		for _, f := range slices.Backward(e.cleanups) {
			f()
		}
		e.cleanups = nil
	}()
	c.Body(e)
}

// Cases returns all cases.
func Cases() []Case {
	var all []Case
	for _, group := range [][]Case{
		streamCases(), closeCases(), deadlineCases(), dialCases(), listenCases(),
		resetCases(), packetCases(), unixCases(), programCases(),
	} {
		all = append(all, group...)
	}
	return all
}

// soon is long enough for what a deadline must not cut off, and brief what it is to cut off.
const (
	soon  = 10 * time.Second
	brief = 20 * time.Millisecond
)

func (e *Env) must(err error) {
	e.Helper()
	if err != nil {
		e.Fatal(err)
	}
}

// want fails the case unless err is the wanted one.
func (e *Env) want(err, target error) {
	e.Helper()
	if !errors.Is(err, target) {
		e.Errorf("the error is %v, want %v", err, target)
	}
}

// wantOp fails the case unless err is a *net.OpError of that operation.
func (e *Env) wantOp(err error, op, network string) {
	e.Helper()
	var o *net.OpError
	if !errors.As(err, &o) || o.Op != op || o.Net != network {
		e.Errorf("the error is %#v, want a *net.OpError of %s %s", err, op, network)
	}
}

func (e *Env) listen() net.Listener {
	e.Helper()
	l, err := e.Server.Listen("tcp", net.JoinHostPort(e.Address, "0"))
	e.must(err)
	e.Cleanup(func() { l.Close() })
	return l
}

func (e *Env) dial(l net.Listener) net.Conn {
	e.Helper()
	c, err := e.Client.Dial("tcp", l.Addr().String())
	e.must(err)
	e.Cleanup(func() { c.Close() })
	return c
}

// pair returns the ends of a new connection.
func (e *Env) pair() (client, server net.Conn) {
	e.Helper()
	l := e.listen()
	client = e.dial(l)
	server, err := l.Accept()
	e.must(err)
	e.Cleanup(func() { server.Close() })
	e.must(l.Close())
	return client, server
}

func (e *Env) write(w io.Writer, s string) {
	e.Helper()
	n, err := io.WriteString(w, s)
	if n != len(s) || err != nil {
		e.Fatalf("write: %d, %v", n, err)
	}
}

// wantNext fails the case unless exactly s is read next.
func (e *Env) wantNext(r io.Reader, s string) {
	e.Helper()
	b := make([]byte, len(s))
	if _, err := io.ReadFull(r, b); err != nil || string(b) != s {
		e.Fatalf("read %q, %v; want %q", b, err, s)
	}
}

// wantEnd fails the case unless s is all that is read up to the end.
func (e *Env) wantEnd(r io.Reader, s string) {
	e.Helper()
	if b, err := io.ReadAll(r); err != nil || string(b) != s {
		e.Fatalf("read %q to the end, %v; want %q", b, err, s)
	}
}

// readError returns the error of a read that must fail.
func (e *Env) readError(r io.Reader) error {
	e.Helper()
	n, err := r.Read(make([]byte, 1))
	if n != 0 || err == nil {
		e.Fatalf("read: %d, %v; want an error", n, err)
	}
	return err
}

// fill writes until the connection takes no more.
func (e *Env) fill(c net.Conn) (written int) {
	e.Helper()
	chunk := make([]byte, 64<<10)
	for {
		e.must(c.SetWriteDeadline(time.Now().Add(brief)))
		n, err := c.Write(chunk)
		written += n
		if err != nil {
			break
		}
	}
	e.must(c.SetWriteDeadline(time.Time{}))
	return written
}

// start runs f beside the case and returns what waits for its result. It gives f
// time to get to where it waits: the case is right either way, but it is
// there that it is worth something.
func start[T any](f func() T) (wait func() T) {
	done := make(chan T, 1)
	go func() { done <- f() }()
	time.Sleep(brief)
	return func() T { return <-done }
}

// halfCloser is what the ends of streams have beside net.Conn.
type halfCloser interface {
	CloseWrite() error
	CloseRead() error
}

func (e *Env) closeWrite(c net.Conn) {
	e.Helper()
	e.must(c.(halfCloser).CloseWrite())
}

// text returns n bytes that show where they come from.
func text(n int) string {
	return strings.Repeat("0123456789abcdef", n/16+1)[:n]
}
