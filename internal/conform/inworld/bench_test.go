//go:build unix

package inworld

import (
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"github.com/terrella-go/terrella/internal/conform"
	"github.com/terrella-go/terrella/internal/kernel"
	simnet "github.com/terrella-go/terrella/net"
)

// A load does something n times between two hosts.
type load func(n int, server, client conform.Host, listen string) error

// compare measures a load on the machine's loopback and on simulated hosts, outside worlds and in
// them: the figures that matter are the ratios of their processor times.
func compare(b *testing.B, f load) {
	measure := func(name string, run func(n int) error) {
		b.Run(name, func(b *testing.B) {
			conform.MeasureCPU(b, func() {
				if err := run(b.N); err != nil {
					b.Fatal(err)
				}
			})
		})
	}
	measure("real", func(n int) error { return f(n, conform.Machine, conform.Machine, "127.0.0.1:0") })
	near := simnet.Link{Latency: simnet.Constant(time.Millisecond)}
	measure("sim", func(n int) error { return f.simulated(n, simnet.Link{}) })
	measure("world", func(n int) error { return f.inWorld(n, kernel.Random, simnet.Link{}) })
	measure("world-1ms", func(n int) error { return f.inWorld(n, kernel.Random, near) })
	measure("world-1ms-fifo", func(n int) error { return f.inWorld(n, kernel.FIFO, near) })
}

// simulated runs a load between two hosts with such links.
func (f load) simulated(n int, link simnet.Link) error {
	network, err := simnet.New(simnet.Config{Link: link})
	if err != nil {
		return err
	}
	defer network.Close()
	server, err := network.AddHost("server")
	if err != nil {
		return err
	}
	client, err := network.AddHost("client")
	if err != nil {
		return err
	}
	return f(n, server, client, server.Addrs()[0].String()+":0")
}

// inWorld runs a load in a world.
func (f load) inWorld(n int, strategy kernel.Strategy, link simnet.Link) (err error) {
	r := kernel.Run(kernel.Config{Seed: 1, Strategy: strategy}, func() { err = f.simulated(n, link) })
	if r.Outcome != kernel.Done {
		return fmt.Errorf("the world ended with %v", r.Outcome)
	}
	return err
}

// connected runs f between the ends of a new connection, each in a goroutine of its own.
func connected(server, client conform.Host, listen string, serve func(net.Conn), f func(net.Conn) error) error {
	l, err := server.Listen("tcp", listen)
	if err != nil {
		return err
	}
	defer l.Close()
	done := make(chan error)
	go func() {
		c, err := l.Accept()
		if err == nil {
			serve(c)
			err = c.Close()
		}
		done <- err
	}()
	c, err := client.Dial("tcp", l.Addr().String())
	if err != nil {
		return err
	}
	err = f(c)
	c.Close()
	if served := <-done; err == nil {
		err = served
	}
	return err
}

// BenchmarkRequest is a request and a reply of one byte each.
func BenchmarkRequest(b *testing.B) {
	compare(b, func(n int, server, client conform.Host, listen string) error {
		echo := func(c net.Conn) {
			var one [1]byte
			for {
				if _, err := c.Read(one[:]); err != nil {
					return
				}
				if _, err := c.Write(one[:]); err != nil {
					return
				}
			}
		}
		return connected(server, client, listen, echo, func(c net.Conn) error {
			var one [1]byte
			for range n {
				if _, err := c.Write(one[:]); err != nil {
					return err
				}
				if _, err := c.Read(one[:]); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// BenchmarkBulk sends a stream in pieces of 64 KiB.
func BenchmarkBulk(b *testing.B) {
	const piece = 64 << 10
	b.SetBytes(piece)
	compare(b, func(n int, server, client conform.Host, listen string) error {
		total := 0
		drain := func(c net.Conn) {
			buf := make([]byte, piece)
			for {
				k, err := c.Read(buf)
				total += k
				if err != nil {
					return
				}
			}
		}
		err := connected(server, client, listen, drain, func(c net.Conn) error {
			buf := make([]byte, piece)
			for range n {
				if _, err := c.Write(buf); err != nil {
					return err
				}
			}
			return nil
		})
		if err == nil && total != n*piece {
			return fmt.Errorf("%d bytes arrived, not %d", total, n*piece)
		}
		return err
	})
}

// BenchmarkDatagram sends datagrams of 100 bytes, each of which is read.
func BenchmarkDatagram(b *testing.B) {
	compare(b, func(n int, server, client conform.Host, listen string) error {
		u, err := server.ListenPacket("udp", listen)
		if err != nil {
			return err
		}
		defer u.Close()
		c, err := client.Dial("udp", u.LocalAddr().String())
		if err != nil {
			return err
		}
		defer c.Close()
		r := u.(io.Reader)
		buf := make([]byte, 100)
		for range n {
			if _, err := c.Write(buf); err != nil {
				return err
			}
			if _, err := r.Read(buf); err != nil {
				return err
			}
		}
		return nil
	})
}
