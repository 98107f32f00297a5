//go:build unix

package simnet

import (
	"fmt"
	"net"
	"net/netip"
	"testing"
	"time"
)

// sockets is what the benchmarks need of a host or of the machine.
type sockets struct {
	listen       func(network, address string) (net.Listener, error)
	listenPacket func(network, address string) (net.PacketConn, error)
	dial         func(network, address string) (net.Conn, error)
}

// compare runs f on a simulated host and on the machine's loopback: the figures
// that matter are the ratios of their processor times.
func compare(b *testing.B, f func(b *testing.B, s sockets)) {
	b.Run("sim", func(b *testing.B) {
		n, err := New(Config{})
		check(b, err)
		defer n.Close()
		h, err := n.AddHost("a")
		check(b, err)
		f(b, sockets{h.Listen, h.ListenPacket, h.Dial})
	})
	b.Run("real", func(b *testing.B) { f(b, sockets{net.Listen, net.ListenPacket, net.Dial}) })
}

func check(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// serveOne hands the first connection to f.
func serveOne(b *testing.B, s sockets, f func(net.Conn)) (c net.Conn, done chan struct{}) {
	l, err := s.listen("tcp", "127.0.0.1:0")
	check(b, err)
	defer l.Close()
	done = make(chan struct{})
	accepted := make(chan struct{})
	go func() {
		defer close(done)
		c, err := l.Accept()
		close(accepted)
		if err == nil {
			defer c.Close()
			f(c)
		}
	}()
	c, err = s.dial("tcp", l.Addr().String())
	check(b, err)
	<-accepted
	return c, done
}

// exchangeByte writes and reads one byte.
func exchangeByte(b *testing.B, c net.Conn, buf []byte) {
	if _, err := c.Write(buf); err != nil {
		b.Fatal(err)
	}
	if _, err := c.Read(buf); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkRequest is a request and a reply of one byte each.
func BenchmarkRequest(b *testing.B) {
	compare(b, func(b *testing.B, s sockets) {
		c, done := serveOne(b, s, echo)
		buf := make([]byte, 1)
		measureCPU(b, func() {
			for range b.N {
				exchangeByte(b, c, buf)
			}
		})
		c.Close()
		<-done
	})
}

// BenchmarkBulk sends a stream in pieces of 64 KiB.
func BenchmarkBulk(b *testing.B) {
	compare(b, func(b *testing.B, s sockets) {
		c, done := serveOne(b, s, func(c net.Conn) {
			buf := make([]byte, 64<<10)
			for {
				if _, err := c.Read(buf); err != nil {
					return
				}
			}
		})
		buf := make([]byte, 64<<10)
		b.SetBytes(int64(len(buf)))
		measureCPU(b, func() {
			for range b.N {
				if _, err := c.Write(buf); err != nil {
					b.Fatal(err)
				}
			}
			c.Close()
			<-done
		})
	})
}

// BenchmarkDatagram sends datagrams of 100 bytes, each of which is read.
func BenchmarkDatagram(b *testing.B) {
	compare(b, func(b *testing.B, s sockets) {
		u, err := s.listenPacket("udp", "127.0.0.1:0")
		check(b, err)
		defer u.Close()
		c, err := s.dial("udp", u.LocalAddr().String())
		check(b, err)
		defer c.Close()
		buf := make([]byte, 100)
		r := u.(interface{ Read([]byte) (int, error) })
		measureCPU(b, func() {
			for range b.N {
				if _, err := c.Write(buf); err != nil {
					b.Fatal(err)
				}
				if _, err := r.Read(buf); err != nil {
					b.Fatal(err)
				}
			}
		})
	})
}

// BenchmarkInFlight shows what a packet costs by how many are under way: each round
// lets the next one arrive and sends another.
func BenchmarkInFlight(b *testing.B) {
	for flying := 10; flying <= 1_000_000; flying *= 10 {
		b.Run(fmt.Sprint(flying), func(b *testing.B) {
			n, err := New(Config{Link: Link{Latency: Uniform{time.Hour, 2 * time.Hour}, Reorder: 1, ReorderBy: time.Hour}})
			check(b, err)
			defer n.Close()
			var hosts [2]*Host
			for i, name := range []string{"a", "b"} {
				hosts[i], err = n.AddHost(name)
				check(b, err)
			}
			u, err := hosts[0].ListenPacket("udp", ":1")
			check(b, err)
			to := flowKey{netip.AddrPortFrom(hosts[1].ip4, 9), hosts[1]}
			n.lock()
			defer n.unlock()
			for range flying {
				u.(*udpConn).sendOne(nil, to, false)
			}
			measureCPU(b, func() {
				for range b.N {
					n.agenda.take(0).run.due(n)
					u.(*udpConn).sendOne(nil, to, false)
				}
			})
		})
	}
}
