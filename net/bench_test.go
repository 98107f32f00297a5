//go:build unix

package simnet

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/terrella-go/terrella/internal/conform"
)

// BenchmarkInFlight shows what a packet costs by how many are under way: each round
// lets the next one arrive and sends another.
func BenchmarkInFlight(b *testing.B) {
	for flying := 10; flying <= 1_000_000; flying *= 10 {
		b.Run(fmt.Sprint(flying), func(b *testing.B) {
			n, err := New(Config{Link: Link{Latency: Uniform{time.Hour, 2 * time.Hour}, Reorder: 1, ReorderBy: time.Hour}})
			if err != nil {
				b.Fatal(err)
			}
			defer n.Close()
			var hosts [2]*Host
			for i, name := range []string{"a", "b"} {
				if hosts[i], err = n.AddHost(name); err != nil {
					b.Fatal(err)
				}
			}
			u, err := hosts[0].ListenPacket("udp", ":1")
			if err != nil {
				b.Fatal(err)
			}
			to := flowKey{netip.AddrPortFrom(hosts[1].ip4, 9), hosts[1]}
			n.lock()
			defer n.unlock()
			for range flying {
				u.(*udpConn).sendOne(nil, to)
			}
			round := func() {
				n.clock = n.agenda.nextPacket()
				n.runNext(n.clock)
				u.(*udpConn).sendOne(nil, to)
			}
			for range flying { // until they are as they will be from then on
				round()
			}
			conform.MeasureCPU(b, func() {
				for b.Loop() {
					round()
				}
			})
		})
	}
}
