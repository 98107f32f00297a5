package simnet

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/terrella-go/terrella/internal/prng"
)

func TestNamesAndAddresses(t *testing.T) {
	inWorld(t, Config{}, func(w *world) {
		a, ctx := w.host("a"), context.Background()
		for _, name := range []string{"b", "B", "b."} {
			addrs, err := a.LookupHost(ctx, name)
			w.must(err)
			if !slices.Equal(addrs, []string{"10.0.0.2", "fd00::2"}) {
				t.Errorf("%s is %v", name, addrs)
			}
		}
		for addr, want := range map[string]string{"10.0.0.3": "c.", "fd00::3": "c.", "127.0.0.1": "localhost"} {
			names, err := a.LookupAddr(ctx, addr)
			w.must(err)
			if !slices.Equal(names, []string{want}) {
				t.Errorf("%s is %v", addr, names)
			}
		}
		_, err := a.LookupAddr(ctx, "10.0.0.9")
		var d *net.DNSError
		if !errors.As(err, &d) || !d.IsNotFound {
			t.Errorf("LookupAddr: %v", err)
		}
		if _, err := a.LookupAddr(ctx, "nonsense"); err == nil {
			t.Error("an address that is none is no error")
		}
		for _, address := range []string{"b:80", "B:http", "10.0.0.2:80", "[fd00::2]:80"} {
			l := w.listen("b", ":80")
			c, err := a.Dial("tcp", address)
			w.must(err)
			w.must(c.Close())
			w.must(l.Close())
		}
	})
}

// A name leads to both addresses of a host; a listener on one of them alone is found.
func TestDialTriesBothFamilies(t *testing.T) {
	inWorld(t, Config{}, func(w *world) {
		l, err := w.host("b").Listen("tcp6", ":80")
		w.must(err)
		defer l.Close()
		c := w.dial("a", "b:80")
		if got := c.RemoteAddr().String(); got != "[fd00::2]:80" {
			t.Errorf("dialled %s", got)
		}
		_, err = w.host("a").Dial("tcp4", "b:80")
		if !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("Dial: %v", err)
		}
	})
}

func TestNameServiceFaults(t *testing.T) {
	for _, c := range []struct {
		fault string
		dns   DNS
		want  map[string]bool // outcome and how long it takes
	}{
		{"none", DNS{}, map[string]bool{"ok 0s": true}},
		{"latency", DNS{Latency: Constant(30 * ms)}, map[string]bool{"ok 30ms": true}},
		{"no answer", DNS{Loss: 1}, map[string]bool{"time-out 10s": true}},
		{"some answers", DNS{Loss: 0.5}, map[string]bool{"ok 0s": true, "ok 5s": true, "time-out 10s": true}},
		{"failures", DNS{Fail: 0.5, Latency: Constant(ms)}, map[string]bool{"ok 1ms": true, "failed 1ms": true}},
	} {
		t.Run(c.fault, func(t *testing.T) {
			seen := make(map[string]bool)
			for seed := range uint64(50) {
				inWorld(t, Config{Seed: prng.Seed(seed), DNS: c.dns}, func(w *world) {
					begun := time.Now()
					_, err := w.host("a").LookupHost(context.Background(), "b")
					took := time.Since(begun).String()
					var d *net.DNSError
					switch {
					case err == nil:
						seen["ok "+took] = true
					case errors.As(err, &d) && d.IsTimeout:
						seen["time-out "+took] = true
					case errors.As(err, &d) && d.IsTemporary:
						seen["failed "+took] = true
					default:
						t.Error(err)
					}
				})
			}
			for outcome := range seen {
				if !c.want[outcome] {
					t.Errorf("seen: %s", outcome)
				}
			}
			if len(seen) != len(c.want) {
				t.Errorf("seen %v, want %v", seen, c.want)
			}
		})
	}
}

func TestLookupIsBounded(t *testing.T) {
	inWorld(t, Config{DNS: DNS{Latency: Constant(time.Minute)}}, func(w *world) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		begun := time.Now()
		_, err := w.host("a").DialContext(ctx, "tcp", "b:80")
		if took := time.Since(begun); !errors.Is(err, context.DeadlineExceeded) || took != time.Second {
			t.Errorf("%v after %v", err, took)
		}
	})
}

// A host that comes back elsewhere is found by its new address when the name service
// knows it and no earlier answer is remembered.
func TestStaleNames(t *testing.T) {
	inWorld(t, Config{DNS: DNS{TTL: time.Minute, Lag: 10 * time.Second}}, func(w *world) {
		a, b, c := w.host("a"), w.host("b"), w.host("c")
		addr := func(h *Host) string {
			addrs, err := h.LookupHost(context.Background(), "b")
			w.must(err)
			return addrs[0]
		}
		old := addr(a)
		b.Crash()
		b.RestartElsewhere()
		w.listen("b", ":80")
		fresh := b.Addrs()[0].String()
		if fresh == old {
			t.Fatal("the address is the old one")
		}
		if got := addr(c); got != old { // and c keeps this for a minute
			t.Errorf("at once: %s", got)
		}
		if _, err := a.Dial("tcp", "b:80"); !errors.Is(err, syscall.EHOSTUNREACH) {
			t.Errorf("dial of the old address: %v", err)
		}
		time.Sleep(20 * time.Second)
		w.must(w.net.SetDNS(DNS{}))
		if got := addr(a); got != old {
			t.Errorf("while the answer is remembered: %s", got)
		}
		time.Sleep(time.Minute)
		if got := addr(a); got != fresh {
			t.Errorf("later: %s", got)
		}
		cn, err := a.Dial("tcp", "b:80")
		w.must(err)
		w.must(cn.Close())
	})
}

func TestBadDNS(t *testing.T) {
	for _, d := range []DNS{{Loss: 2}, {Fail: -1}, {Lag: -1}, {TTL: -1}, {Latency: Constant(-1)}} {
		if _, err := New(Config{DNS: d}); err == nil || !strings.HasPrefix(err.Error(), "simnet: Config.DNS: ") {
			t.Errorf("%+v: %v", d, err)
		}
	}
	for _, tcp := range []TCP{{SynRetries: -2}, {RTOMin: -1}, {RTOMin: 2, RTOMax: 1}, {Backlog: -1}, {KeepAlive: -2}} {
		if _, err := New(Config{TCP: tcp}); err == nil || !strings.HasPrefix(err.Error(), "simnet: Config.TCP: ") {
			t.Errorf("%+v: %v", tcp, err)
		}
	}
}
