package simnet

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"
)

// What is printed of faults and distributions ends up in stories about failures.
func TestStrings(t *testing.T) {
	for value, want := range map[fmt.Stringer]string{
		Constant(5 * ms):                                   "5ms",
		Uniform{ms, 2 * ms}:                                "uniform 1ms to 2ms",
		Normal{Mean: 5 * ms, StdDev: ms}:                   "normal 5ms ± 1ms",
		LogNormal{Median: 5 * ms, Sigma: 0.5, Min: 2 * ms}: "log-normal 2ms + 5ms, sigma 0.5",
		Pareto{Min: ms, Alpha: 2}:                          "Pareto from 1ms, alpha 2",
		LostToQueue:                                        "queue full",
		Reason(200):                                        "unknown",
	} {
		if got := value.String(); got != want {
			t.Errorf("%#v is printed as %q, want %q", value, got, want)
		}
	}
	if got := (Table{}).String(); got != "table without points" {
		t.Errorf("an empty table is printed as %q", got)
	}
	for r := range reasons {
		if r.String() == "" {
			t.Errorf("reason %d has no name", r)
		}
	}
}

func TestParetoIsBounded(t *testing.T) {
	if got := (Pareto{Min: ms, Alpha: 0.1}).Quantile(1 - 1.0/(1<<53)); got != 1000*ms {
		t.Errorf("the longest is %v", got)
	}
	if got := (Pareto{Min: 1 << 62, Alpha: 0.1}).Quantile(0.9); got <= 0 {
		t.Errorf("the longest is %v", got)
	}
	if got := (LogNormal{Median: 1 << 60, Sigma: 5}).Quantile(0.999); got <= 0 {
		t.Errorf("a huge latency is %v", got)
	}
}

func TestSettingsReadBack(t *testing.T) {
	inWorld(t, Config{Link: near}, func(w *world) {
		l, err := w.net.Link("a", "b")
		w.must(err)
		if l != near {
			t.Errorf("the link is %v", l)
		}
		far := Link{Latency: Constant(100 * ms)}
		w.must(w.net.SetLink("a", "b", far))
		if l, _ := w.net.Link("a", "b"); l != far {
			t.Errorf("the link is %v", l)
		}
		if l, _ := w.net.Link("b", "a"); l != near {
			t.Errorf("the way back is %v", l)
		}
		if _, err := w.net.Link("a", "x"); err == nil {
			t.Error("an unknown host has a link")
		}
		w.must(w.net.Block("a", "b"))
		w.must(w.net.Unblock("a", "b"))
		client, server := w.pair()
		w.write(client, "x")
		w.wantRead(server, "x")
		s, err := w.net.LinkStats("a", "b")
		w.must(err)
		if s.Sent.Packets != 3 || s.Delivered.Packets != 3 { // syn, ack, data
			t.Errorf("counted %+v", s)
		}
		if !w.host("a").Up() {
			t.Error("the host is down")
		}
		w.host("a").Crash()
		if w.host("a").Up() {
			t.Error("the host is up")
		}
		if err := w.net.SetLinks(Link{Loss: 2}); err == nil || !strings.HasPrefix(err.Error(), "simnet: links: ") {
			t.Errorf("SetLinks: %v", err)
		}
	})
}

// Slowness is a factor, ends with 1, and is over with Heal.
func TestSlow(t *testing.T) {
	inWorld(t, Config{Link: near}, func(w *world) {
		u, err := w.host("b").ListenPacket("udp", ":53")
		w.must(err)
		c, err := w.host("a").Dial("udp", "b:53")
		w.must(err)
		took := func() time.Duration {
			begun := time.Now()
			w.write(c, "x")
			if _, _, err := u.ReadFrom(make([]byte, 1)); err != nil {
				t.Error(err)
			}
			return time.Since(begun)
		}
		for _, step := range []struct {
			do   func() error
			want time.Duration
		}{
			{func() error { return nil }, ms},
			{func() error { return w.net.Slow("a", "b", 30) }, 30 * ms},
			{func() error { return w.net.Slow("a", "b", 2.5) }, 2500 * time.Microsecond},
			{func() error { return w.net.Slow("a", "b", 1) }, ms},
			{func() error { return w.net.Slow("a", "b", 0.5) }, ms / 2},
			{func() error { w.net.Heal(); return nil }, ms},
		} {
			w.must(step.do())
			if got := took(); got != step.want {
				t.Errorf("took %v, want %v", got, step.want)
			}
		}
	})
}

// The bandwidth is that of the link, shared by all who send over it, and what waits for it is bounded.
func TestBandwidth(t *testing.T) {
	inWorld(t, Config{Link: Link{Bandwidth: 100_000, Queue: 50_000}}, func(w *world) {
		begun := time.Now()
		w.transfer(randomBytes(1_000_000))
		took := time.Since(begun)
		// With headers it is 1,027,397 bytes; what is sent again comes on top.
		if took < 10*time.Second || took > 16*time.Second {
			t.Errorf("a megabyte took %v", took)
		}
	})
}

func TestTimeoutsOfDials(t *testing.T) {
	var timeout net.Error
	if !errors.As(errTimeout, &timeout) || !timeout.Timeout() || !errors.Is(errTimeout, context.DeadlineExceeded) {
		t.Error("errTimeout is no time-out")
	}
	if other := syscall.EINVAL; contextError(other) != other {
		t.Error("an error that is not the context's is translated")
	}
}
