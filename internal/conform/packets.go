package conform

import (
	"bytes"
	"net"
	"os"
	"syscall"
	"time"
)

func packetCases() []Case {
	return []Case{
		{Name: "udp/echo", Body: func(e *Env) {
			server, client := e.packet(e.Server), e.packet(e.Client)
			e.sendTo(client, server, "ping")
			text, from := e.receive(server)
			if text != "ping" {
				e.Errorf("received %q", text)
			}
			_, err := server.WriteTo([]byte("pong"), from)
			e.must(err)
			if text, _ := e.receive(client); text != "pong" {
				e.Errorf("received %q", text)
			}
		}},
		{Name: "udp/the sender's address", Body: func(e *Env) {
			server := e.packet(e.Server)
			client, err := e.Client.Dial("udp", server.LocalAddr().String())
			e.must(err)
			defer client.Close()
			e.write(client, "x")
			if _, from := e.receive(server); from.String() != client.LocalAddr().String() {
				e.Errorf("from %v, want %v", from, client.LocalAddr())
			}
		}},
		{Name: "udp/boundaries", Body: func(e *Env) {
			server, client := e.packet(e.Server), e.packet(e.Client)
			for _, s := range []string{"one", "two", "three"} {
				e.sendTo(client, server, s)
				if got, _ := e.receive(server); got != s {
					e.Errorf("received %q, want %q", got, s)
				}
			}
		}},
		{Name: "udp/empty", Body: func(e *Env) {
			server, client := e.packet(e.Server), e.packet(e.Client)
			e.sendTo(client, server, "")
			if got, _ := e.receive(server); got != "" {
				e.Errorf("received %q", got)
			}
		}},
		{Name: "udp/short buffer cuts off", Body: func(e *Env) {
			server, client := e.packet(e.Server), e.packet(e.Client)
			e.sendTo(client, server, "long one")
			e.sendTo(client, server, "next")
			b := make([]byte, 4)
			n, _, err := server.ReadFrom(b)
			e.must(err)
			if string(b[:n]) != "long" {
				e.Errorf("received %q", b[:n])
			}
			if got, _ := e.receive(server); got != "next" {
				e.Errorf("received %q", got)
			}
		}},
		{Name: "udp/large", Body: func(e *Env) {
			server, client := e.packet(e.Server), e.packet(e.Client)
			e.sendTo(client, server, text(60_000))
			if got, _ := e.receive(server); got != text(60_000) {
				e.Errorf("received %d bytes", len(got))
			}
		}},
		{Name: "udp/too large", Body: func(e *Env) {
			server, client := e.packet(e.Server), e.packet(e.Client)
			_, err := client.WriteTo(make([]byte, 65_508), server.LocalAddr())
			e.want(err, syscall.EMSGSIZE)
			e.wantOp(err, "write", "udp")
		}},
		{Name: "udp/deadline", Body: func(e *Env) {
			server := e.packet(e.Server)
			e.must(server.SetReadDeadline(time.Now().Add(brief)))
			_, _, err := server.ReadFrom(make([]byte, 1))
			e.want(err, os.ErrDeadlineExceeded)
			e.wantOp(err, "read", "udp")
		}},
		{Name: "udp/write deadline in the past", Body: func(e *Env) {
			server, client := e.packet(e.Server), e.packet(e.Client)
			e.must(client.SetWriteDeadline(time.Unix(1, 0)))
			_, err := client.WriteTo([]byte("x"), server.LocalAddr())
			e.want(err, os.ErrDeadlineExceeded)
		}},
		{Name: "udp/close wakes a reader", Body: func(e *Env) {
			server := e.packet(e.Server)
			read := start(func() error {
				_, _, err := server.ReadFrom(make([]byte, 1))
				return err
			})
			e.must(server.Close())
			e.want(read(), net.ErrClosed)
		}},
		{Name: "udp/use after close", Body: func(e *Env) {
			server, client := e.packet(e.Server), e.packet(e.Client)
			e.must(client.Close())
			_, _, err := client.ReadFrom(make([]byte, 1))
			e.want(err, net.ErrClosed)
			_, err = client.WriteTo([]byte("x"), server.LocalAddr())
			e.want(err, net.ErrClosed)
			e.want(client.SetDeadline(time.Now()), net.ErrClosed)
			err = client.Close()
			e.want(err, net.ErrClosed)
			e.wantOp(err, "close", "udp")
		}},
		{Name: "udp/dialled socket hears its peer alone", Body: func(e *Env) {
			server, other := e.packet(e.Server), e.packet(e.Server)
			client, err := e.Client.Dial("udp", server.LocalAddr().String())
			e.must(err)
			defer client.Close()
			_, err = other.WriteTo([]byte("stranger"), client.LocalAddr())
			e.must(err)
			_, err = server.WriteTo([]byte("friend"), client.LocalAddr())
			e.must(err)
			e.must(client.SetReadDeadline(time.Now().Add(soon)))
			b := make([]byte, 20)
			n, err := client.Read(b)
			e.must(err)
			if string(b[:n]) != "friend" {
				e.Errorf("received %q", b[:n])
			}
		}},
		{Name: "udp/dialled socket learns of a closed port", Body: func(e *Env) {
			server := e.packet(e.Server)
			client, err := e.Client.Dial("udp", server.LocalAddr().String())
			e.must(err)
			defer client.Close()
			e.must(server.Close())
			e.write(client, "x")
			e.must(client.SetReadDeadline(time.Now().Add(soon)))
			_, err = client.Read(make([]byte, 1))
			e.want(err, syscall.ECONNREFUSED)
			e.wantOp(err, "read", "udp")
		}},
		{Name: "udp/others do not", Body: func(e *Env) {
			server, client := e.packet(e.Server), e.packet(e.Client)
			e.must(server.Close())
			for range 3 {
				_, err := client.WriteTo([]byte("x"), server.LocalAddr())
				e.must(err)
			}
		}},
		{Name: "udp/WriteTo on a dialled socket", Body: func(e *Env) {
			server := e.packet(e.Server)
			client, err := e.Client.Dial("udp", server.LocalAddr().String())
			e.must(err)
			defer client.Close()
			_, err = client.(net.PacketConn).WriteTo([]byte("x"), server.LocalAddr())
			e.want(err, net.ErrWriteToConnected)
			e.wantOp(err, "write", "udp")
		}},
		{Name: "udp/Write without a peer", Body: func(e *Env) {
			_, err := e.packet(e.Client).(net.Conn).Write([]byte("x"))
			e.want(err, syscall.EDESTADDRREQ)
			e.wantOp(err, "write", "udp")
		}},
		{Name: "udp/address of another kind", Body: func(e *Env) {
			_, err := e.packet(e.Client).WriteTo([]byte("x"), &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1})
			e.want(err, syscall.EINVAL)
		}},
		{Name: "udp/address in use", Body: func(e *Env) {
			server := e.packet(e.Server)
			_, err := e.Server.ListenPacket("udp", server.LocalAddr().String())
			e.want(err, syscall.EADDRINUSE)
			e.wantOp(err, "listen", "udp")
		}},
		{Name: "udp/port of TCP is another", Body: func(e *Env) {
			l := e.listen()
			u, err := e.Server.ListenPacket("udp", l.Addr().String())
			e.must(err)
			e.must(u.Close())
		}},
		{Name: "udp/addresses", Body: func(e *Env) {
			server := e.packet(e.Server)
			client, err := e.Client.Dial("udp", server.LocalAddr().String())
			e.must(err)
			defer client.Close()
			if a, b := client.RemoteAddr().String(), server.LocalAddr().String(); a != b {
				e.Errorf("dialled %s, the address is %s", b, a)
			}
			if a := server.(net.Conn).RemoteAddr(); a != nil {
				e.Errorf("a socket without a peer has the remote address %v", a)
			}
		}},
		{Name: "udp/what was sent before close arrives", Body: func(e *Env) {
			server, client := e.packet(e.Server), e.packet(e.Client)
			e.sendTo(client, server, "last")
			e.must(client.Close())
			if got, _ := e.receive(server); got != "last" {
				e.Errorf("received %q", got)
			}
		}},
		{Name: "udp/unknown network", Body: func(e *Env) {
			_, err := e.Server.ListenPacket("udp5", "127.0.0.1:0")
			e.want(err, net.UnknownNetworkError("udp5"))
		}},
	}
}

func (e *Env) packet(h Host) net.PacketConn {
	e.Helper()
	address := e.Address
	if h != e.Server {
		address = "" // the client's own address is not the server's
	}
	u, err := h.ListenPacket("udp", net.JoinHostPort(address, "0"))
	e.must(err)
	e.Cleanup(func() { u.Close() })
	return u
}

func (e *Env) sendTo(from, to net.PacketConn, s string) {
	e.Helper()
	n, err := from.WriteTo([]byte(s), to.LocalAddr())
	if n != len(s) || err != nil {
		e.Fatalf("write: %d, %v", n, err)
	}
}

func (e *Env) receive(c net.PacketConn) (string, net.Addr) {
	e.Helper()
	e.must(c.SetReadDeadline(time.Now().Add(soon)))
	b := make([]byte, 1<<16)
	n, from, err := c.ReadFrom(b)
	e.must(err)
	return string(bytes.Clone(b[:n])), from
}
