package simnet

import (
	"errors"
	"net"
	"syscall"
	"testing"
	"time"
)

const group = "224.0.0.251:5353"

// heard returns what a socket receives within a second, joined.
func (w *world) heard(u net.PacketConn) (all string) {
	w.Helper()
	w.must(u.SetReadDeadline(time.Now().Add(time.Second)))
	for {
		b := make([]byte, 100)
		n, _, err := u.ReadFrom(b)
		if err != nil {
			return all
		}
		all += string(b[:n])
	}
}

func (w *world) join(host string) net.PacketConn {
	w.Helper()
	u, err := w.host(host).ListenMulticast("udp", group)
	w.must(err)
	return u
}

func TestMulticast(t *testing.T) {
	inWorld(t, Config{}, func(w *world) {
		a, b, b2 := w.join("a"), w.join("b"), w.join("b")
		to, err := net.ResolveUDPAddr("udp", group)
		w.must(err)
		if _, err := a.WriteTo([]byte("x"), to); err != nil {
			t.Fatal(err)
		}
		if _, err := b.WriteTo([]byte("y"), to); err != nil {
			t.Fatal(err)
		}
		if got := w.heard(a); got != "y" {
			t.Errorf("a heard %q", got)
		}
		if got := w.heard(b); got != "x" {
			t.Errorf("b heard %q", got)
		}
		if got := w.heard(b2); got != "xy" {
			t.Errorf("the other member on b heard %q", got)
		}
		w.must(w.net.Partition([]string{"a"}))
		c, err := w.host("c").Dial("udp", group)
		w.must(err)
		w.write(c, "z")
		if a, b := w.heard(a), w.heard(b); a != "" || b != "z" {
			t.Errorf("behind a partition a heard %q and b %q", a, b)
		}
		w.must(b.Close())
		w.must(b2.Close())
		w.write(c, "nobody")
		if again := w.heard(w.join("b")); again != "" {
			t.Errorf("a late member heard %q", again)
		}
	})
}

func TestBroadcast(t *testing.T) {
	for _, to := range []string{"255.255.255.255:9", "10.255.255.255:9"} {
		inWorld(t, Config{}, func(w *world) {
			var sockets []net.PacketConn
			for _, name := range []string{"a", "b", "c"} {
				u, err := w.host(name).ListenPacket("udp4", ":9")
				w.must(err)
				sockets = append(sockets, u)
			}
			c, err := w.host("a").Dial("udp", to)
			w.must(err)
			w.write(c, "hello")
			for i, u := range sockets {
				if got := w.heard(u); got != "hello" {
					t.Errorf("%s: host %d heard %q", to, i, got)
				}
			}
		})
	}
}

func TestNoGroup(t *testing.T) {
	inWorld(t, Config{}, func(w *world) {
		if _, err := w.host("a").ListenMulticast("udp", "10.0.0.1:9"); !errors.Is(err, syscall.EINVAL) {
			t.Errorf("a host's address: %v", err)
		}
		if _, err := w.host("a").ListenMulticast("tcp", group); !errors.Is(err, net.UnknownNetworkError("tcp")) {
			t.Errorf("TCP: %v", err)
		}
	})
}
