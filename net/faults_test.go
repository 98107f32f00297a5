package simnet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/terrella-go/terrella/internal/prng"
)

const ms = time.Millisecond

// near is a link without faults, for the faults to be added to.
var near = Link{Latency: Constant(ms)}

// with returns near, changed by f.
func with(f func(*Link)) Link {
	l := near
	f(&l)
	return l
}

// linked puts one link in place of both directions between a and b.
func linked(l Link) func(*world) {
	return func(w *world) {
		w.must(w.net.SetLink("a", "b", l))
		w.must(w.net.SetLink("b", "a", l))
	}
}

// TestOutcomesOfStreams runs one exchange over TCP under each fault with many seeds. The set of
// what the program sees must be exactly the one named.
func TestOutcomesOfStreams(t *testing.T) {
	for _, c := range []struct {
		fault string
		begin func(*world) // before the dial
		amid  func(*world) // once connected
		want  string
	}{
		{"none", nil, nil, "ok"},
		{"some loss", linked(with(func(l *Link) { l.Loss = 0.1 })), nil, "ok"},
		{"total loss", linked(with(func(l *Link) { l.Loss = 1 })), nil, "dial: timed out"},
		{"total loss while connected", nil, linked(with(func(l *Link) { l.Loss = 1 })), "read: deadline"},
		{"loss in runs", linked(with(func(l *Link) { l.Loss, l.LossRun = 0.05, 1.5 })), nil, "ok"},
		{"heavy loss", linked(with(func(l *Link) { l.Loss = 0.4 })), nil, "ok, read: deadline"},
		{"loss of most packets", linked(with(func(l *Link) { l.Loss = 0.7 })), nil, "dial: timed out, ok, read: deadline"},
		{"loss in long runs", linked(with(func(l *Link) { l.Loss, l.LossRun = 0.3, 8 })), nil, "dial: timed out, ok, read: deadline"},
		{"heavy loss one way", func(w *world) {
			w.must(w.net.SetLink("a", "b", with(func(l *Link) { l.Loss = 0.6 })))
		}, nil, "dial: timed out, ok, read: deadline"},
		{"heavy loss while connected", nil, linked(with(func(l *Link) { l.Loss = 0.5 })), "ok, read: deadline"},
		{"duplicates", linked(with(func(l *Link) { l.Duplicate = 0.5 })), nil, "ok"},
		{"reordering", linked(with(func(l *Link) { l.Reorder = 0.5 })), nil, "ok"},
		{"corruption that checksums catch", linked(with(func(l *Link) { l.Corrupt = 0.05 })), nil, "ok"},
		{"corruption of most, that checksums catch", linked(with(func(l *Link) { l.Corrupt = 0.7 })), nil, "dial: timed out, ok, read: deadline"},
		{"corruption that they miss", linked(with(func(l *Link) { l.Corrupt, l.Uncaught = 0.2, 1 })), nil, "ok, wrong answer"},
		{"resets on the way", linked(with(func(l *Link) { l.Reset = 0.1 })), nil,
			"dial: refused, ok, read: reset"},
		{"little bandwidth", linked(with(func(l *Link) { l.Bandwidth = 20_000 })), nil, "ok"},
		{"little bandwidth and a short queue", linked(with(func(l *Link) { l.Bandwidth, l.Queue = 200_000, 4000 })), nil, "ok"},
		{"small MTU", linked(with(func(l *Link) { l.MTU = 68 })), nil, "ok"},
		{"large packets vanish", linked(with(func(l *Link) { l.LoseOver = 600 })), nil, "read: deadline"},
		{"flapping, mostly down", linked(with(func(l *Link) { l.FlapUp, l.FlapDown = 300*ms, 4700*ms })), nil, "ok"},
		{"flapping", linked(with(func(l *Link) { l.FlapUp, l.FlapDown = 300*ms, 200*ms })), nil, "ok"},
		{"a minute's latency", linked(Link{Latency: Constant(64 * time.Second)}), nil, "dial: timed out"},
		{"partition", func(w *world) { w.must(w.net.Partition([]string{"a"}, []string{"b"})) }, nil, "dial: timed out"},
		{"partition while connected", nil, func(w *world) { w.must(w.net.Partition([]string{"a"})) }, "read: deadline"},
		{"partition of others", func(w *world) { w.must(w.net.Partition([]string{"c"})) }, nil, "ok"},
		{"block there", func(w *world) { w.must(w.net.Block("a", "b")) }, nil, "dial: timed out"},
		{"block back", func(w *world) { w.must(w.net.Block("b", "a")) }, nil, "dial: timed out"},
		{"partition, healed", nil, func(w *world) {
			w.must(w.net.Partition([]string{"a"}))
			go func() {
				time.Sleep(5 * time.Second)
				w.net.Heal()
			}()
		}, "ok"},
		{"clog", func(w *world) { w.must(w.net.Clog("a", "b")) }, nil, "dial: timed out"},
		{"clog, unclogged", func(w *world) {
			w.must(w.net.Clog("a", "b"))
			go func() {
				time.Sleep(5 * time.Second)
				w.must(w.net.Unclog("a", "b"))
			}()
		}, nil, "ok"},
		{"slowness", func(w *world) { w.must(w.net.Slow("a", "b", 1000)) }, nil, "ok"},
		{"swizzle", func(w *world) { w.must(w.net.Swizzle(prng.Seed(1), 2*time.Second, "a", "b")) }, nil, "ok"},
		{"no such port", func(w *world) { w.host("b").Kill() }, nil, "dial: refused"},
		{"machine down", func(w *world) { w.host("b").Crash() }, nil, "dial: timed out"},
		{"process killed", nil, func(w *world) { w.host("b").Kill() }, "read: end"},
		{"machine crashed", nil, func(w *world) { w.host("b").Crash() }, "read: deadline"},
		{"machine crashed and back", nil, func(w *world) {
			w.host("b").Crash()
			w.host("b").Restart()
		}, "read: reset"},
		{"machine back elsewhere", nil, func(w *world) {
			w.host("b").Crash()
			w.host("b").RestartElsewhere()
		}, "read: deadline"},
		{"machine paused", nil, func(w *world) { w.host("b").Pause() }, "read: deadline"},
		{"machine paused, resumed", nil, func(w *world) {
			w.host("b").Pause()
			go func() {
				time.Sleep(10 * time.Second)
				w.host("b").Resume()
			}()
		}, "ok"},
		{"own machine crashed", nil, func(w *world) { w.host("a").Crash() }, "write: closed"},
		{"connections reset", nil, func(w *world) { w.must(w.net.ResetConns("a", "b")) }, "read: reset, write: reset"},
		{"connections forgotten", nil, func(w *world) { w.must(w.net.ForgetConns("b", "a")) }, "read: deadline"},
		{"backlog full", func(w *world) { w.host("b").fillBacklog(w) }, nil, "dial: timed out"},
	} {
		t.Run(c.fault, func(t *testing.T) {
			seen := make(map[string]bool)
			for seed := range uint64(100) {
				inWorld(t, Config{Seed: prng.Seed(seed), Link: near, TCP: TCP{Backlog: 4}}, func(w *world) {
					seen[w.exchange(c.begin, c.amid, seed)] = true
				})
			}
			if got := joined(seen); got != c.want {
				t.Errorf("the program saw: %s; want: %s", got, c.want)
			}
		})
	}
}

func joined(seen map[string]bool) string {
	var all []string
	for s := range seen {
		all = append(all, s)
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

// exchange sends 3000 bytes from a to b, expects them back within two minutes, and returns what
// became of that.
func (w *world) exchange(begin, amid func(*world), seed uint64) string {
	l := w.listen("b", ":80")
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				b := make([]byte, 3000)
				if _, err := io.ReadFull(c, b); err == nil {
					c.Write(b)
				}
			}()
		}
	}()
	if begin != nil {
		begin(w)
	}
	c, err := w.host("a").Dial("tcp", "b:80")
	if err != nil {
		return "dial: " + w.outcome(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(2 * time.Minute))
	if amid != nil {
		time.Sleep(5 * ms) // until the other end knows as well
		amid(w)
		time.Sleep(time.Duration(seed%3) * ms) // before or after news of it can be here
	}
	sent := randomBytes(3000)
	if _, err := c.Write(sent); err != nil {
		return "write: " + w.outcome(err)
	}
	got := make([]byte, 3000)
	if _, err := io.ReadFull(c, got); err != nil {
		return "read: " + w.outcome(err)
	}
	if string(got) != string(sent) {
		return "wrong answer"
	}
	return "ok"
}

// outcome names an error in a word or two.
func (w *world) outcome(err error) string {
	for _, k := range []struct {
		err  error
		name string
	}{
		{syscall.ECONNREFUSED, "refused"}, {syscall.ECONNRESET, "reset"}, {syscall.EPIPE, "reset"},
		{syscall.ETIMEDOUT, "timed out"}, {os.ErrDeadlineExceeded, "deadline"}, {net.ErrClosed, "closed"},
		{syscall.EHOSTUNREACH, "unreachable"}, {io.EOF, "end"}, {io.ErrUnexpectedEOF, "end"},
	} {
		if errors.Is(err, k.err) {
			return k.name
		}
	}
	return err.Error()
}

// fillBacklog makes the listener of a host unable to take more connections.
func (h *Host) fillBacklog(w *world) {
	h.Kill()
	_, err := h.Listen("tcp", ":80")
	w.must(err)
	for range 4 {
		_, err := w.host("c").Dial("tcp", h.Name()+":80")
		w.must(err)
	}
}

// TestOutcomesOfDatagrams sends the datagrams 1 and 2 under each fault with many
// seeds. The set of what arrives must be exactly the one named.
func TestOutcomesOfDatagrams(t *testing.T) {
	for _, c := range []struct {
		fault string
		link  Link
		size  int
		want  string
	}{
		{"none", near, 1, "12"},
		{"loss", with(func(l *Link) { l.Loss = 0.5 }), 1, "-, 1, 12, 2"},
		{"total loss", with(func(l *Link) { l.Loss = 1 }), 1, "-"},
		{"duplicates", with(func(l *Link) { l.Duplicate = 0.5 }), 1, "112, 1122, 12, 122"},
		{"duplicates with jitter", with(func(l *Link) { l.Duplicate, l.Latency = 0.5, Uniform{ms, 9 * ms} }), 1,
			"112, 1122, 12, 121, 1212, 122, 1221, 2112, 212, 2121"},
		{"reordering", with(func(l *Link) { l.Reorder = 0.5 }), 1, "12, 21"},
		{"jitter", with(func(l *Link) { l.Latency = Uniform{ms, 9 * ms} }), 1, "12"},
		{"corruption that checksums catch", with(func(l *Link) { l.Corrupt = 0.5 }), 1, "-, 1, 12, 2"},
		{"corruption that they miss", with(func(l *Link) { l.Corrupt, l.Uncaught = 0.5, 1 }), 1, "12, 1?, ?2, ??"},
		{"MTU, fragments", with(func(l *Link) { l.MTU = 576 }), 2000, "12"},
		{"MTU, fragments and loss", with(func(l *Link) { l.MTU, l.Loss = 576, 0.2 }), 2000, "-, 1, 12, 2"},
		{"MTU, discarded", with(func(l *Link) { l.MTU, l.Oversize = 576, Discard }), 2000, "-"},
		{"MTU, truncated", with(func(l *Link) { l.MTU, l.Oversize = 576, Truncate }), 2000, "1|2|"},
		{"large packets vanish", with(func(l *Link) { l.LoseOver = 600 }), 2000, "-"},
		{"small packets pass", with(func(l *Link) { l.LoseOver = 600 }), 500, "12"},
		{"queue full", with(func(l *Link) { l.Bandwidth, l.Queue = 1000, 500 }), 400, "1"},
		{"queue with room", with(func(l *Link) { l.Bandwidth, l.Queue = 1000, 900 }), 400, "12"},
		{"flapping, up", with(func(l *Link) { l.FlapUp, l.FlapDown = time.Second, time.Second }), 1, "12"},
		{"resets", with(func(l *Link) { l.Reset = 0.5 }), 1, "12"},
	} {
		t.Run(c.fault, func(t *testing.T) {
			seen := make(map[string]bool)
			for seed := range uint64(200) {
				inWorld(t, Config{Seed: prng.Seed(seed), Link: c.link}, func(w *world) {
					seen[w.twoDatagrams(c.size)] = true
				})
			}
			if got := joined(seen); got != c.want {
				t.Errorf("arrived: %s; want: %s", got, c.want)
			}
		})
	}
}

// twoDatagrams sends 1 and 2, repeated to fill a size, and returns what arrives: "?"
// stands for a datagram that was changed, and "|" follows one that was cut off.
func (w *world) twoDatagrams(size int) string {
	b, err := w.host("b").ListenPacket("udp", ":53")
	w.must(err)
	c, err := w.host("a").Dial("udp", "b:53")
	w.must(err)
	for _, s := range []string{"1", "2"} {
		w.write(c, strings.Repeat(s, size))
	}
	w.must(b.SetReadDeadline(time.Now().Add(time.Minute)))
	got := ""
	for {
		buf := make([]byte, 4000)
		n, _, err := b.ReadFrom(buf)
		if err != nil {
			break
		}
		switch text := string(buf[:n]); {
		case strings.Trim(text, "1") == "" || strings.Trim(text, "2") == "":
			got += text[:1]
		default:
			got += "?"
		}
		if n < size {
			got += "|"
		}
	}
	if got == "" {
		return "-"
	}
	return got
}

func TestPartitionShapes(t *testing.T) {
	names := []string{"a", "b", "c", "d", "e"}
	for _, c := range []struct {
		name string
		cuts []Cut
		want string // who reaches whom, row by row
	}{
		{"isolate", Isolate("a", names), "a:  | b: cde | c: bde | d: bce | e: bcd"},
		{"bridge", Bridge("c", names), "a: bc | b: ac | c: abde | d: ce | e: cd"},
		{"ring", Ring(names), "a: be | b: ac | c: bd | d: ce | e: ad"},
		{"one way", OneWay([]string{"a", "b"}, []string{"c", "d", "e"}), "a: b | b: a | c: abde | d: abce | e: abcd"},
		{"both ways", BothWays([]string{"a"}, []string{"b", "c"}), "a: de | b: cde | c: bde | d: abce | e: abcd"},
	} {
		t.Run(c.name, func(t *testing.T) {
			inWorld(t, Config{}, func(w *world) {
				for _, name := range names[3:] {
					_, err := w.net.AddHost(name)
					w.must(err)
				}
				w.must(w.net.Cut(c.cuts...))
				if got := w.reach(names); got != c.want {
					t.Errorf("reached: %s; want: %s", got, c.want)
				}
				w.must(w.net.Uncut(c.cuts...))
				if got := w.reach(names); got != "a: bcde | b: acde | c: abde | d: abce | e: abcd" {
					t.Errorf("after the end: %s", got)
				}
			})
		})
	}
}

// reach returns which host reaches which with a datagram.
func (w *world) reach(names []string) string {
	var rows []string
	for _, from := range names {
		row := ""
		for _, to := range names {
			if from == to {
				continue
			}
			s, err := w.host(to).ListenPacket("udp", ":53")
			w.must(err)
			c, err := w.host(from).Dial("udp", to+":53")
			w.must(err)
			w.write(c, "x")
			w.must(s.SetReadDeadline(time.Now().Add(time.Second)))
			if _, _, err := s.ReadFrom(make([]byte, 1)); err == nil {
				row += to
			}
			w.must(s.Close())
			w.must(c.Close())
		}
		rows = append(rows, from+": "+row)
	}
	return strings.Join(rows, " | ")
}

func TestHalves(t *testing.T) {
	names := []string{"a", "b", "c", "d", "e"}
	seen := make(map[string]bool)
	for seed := range uint64(300) {
		most, few := Halves(prng.Seed(seed), names)
		if len(most) != 3 || len(few) != 2 {
			t.Fatalf("%v and %v", most, few)
		}
		slices.Sort(few)
		seen[strings.Join(few, "")] = true
	}
	if len(seen) != 10 {
		t.Errorf("%d of the 10 minorities were drawn", len(seen))
	}
}

func TestUnknownHosts(t *testing.T) {
	inWorld(t, Config{}, func(w *world) {
		const want = `no host "x": there are a, b, c`
		for name, err := range map[string]error{
			"SetLink":     w.net.SetLink("a", "x", Link{}),
			"Partition":   w.net.Partition([]string{"a", "x"}),
			"Block":       w.net.Block("x", "a"),
			"Clog":        w.net.Clog("a", "x"),
			"Slow":        w.net.Slow("a", "x", 2),
			"ResetConns":  w.net.ResetConns("a", "x"),
			"ForgetConns": w.net.ForgetConns("x", "b"),
			"Swizzle":     w.net.Swizzle(0, time.Second, "a", "x"),
		} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := w.net.Partition([]string{"a", "b"}, []string{"b"}); err == nil ||
			err.Error() != "simnet: partition: host b is in two groups" {
			t.Errorf("Partition: %v", err)
		}
		if err := w.net.Slow("a", "b", 0); err == nil {
			t.Error("a factor of 0 is no error")
		}
		_, err := w.host("a").Dial("tcp", "x:80")
		var d *net.DNSError
		if !errors.As(err, &d) || !d.IsNotFound || err.Error() != "dial tcp: lookup x: no such host" {
			t.Errorf("Dial: %v", err)
		}
		for _, name := range []string{"", "a", "A", "localhost", "1.2.3.4", "x:y", "x y"} {
			if _, err := w.net.AddHost(name); err == nil {
				t.Errorf("a host may be called %q", name)
			}
		}
	})
}

// An address that no machine has is found out by asking the network for its owner; one
// that is on no network known is refused at once.
func TestUnreachable(t *testing.T) {
	inWorld(t, Config{}, func(w *world) {
		begun := time.Now()
		_, err := w.host("a").Dial("tcp", "10.9.9.9:80")
		if took := time.Since(begun); !errors.Is(err, syscall.EHOSTUNREACH) || took != 3*time.Second {
			t.Errorf("%v after %v", err, took)
		}
		begun = time.Now()
		_, err = w.host("a").Dial("tcp", "192.0.2.1:80")
		if took := time.Since(begun); !errors.Is(err, syscall.ENETUNREACH) || took != 0 {
			t.Errorf("%v after %v", err, took)
		}
	})
}

func TestDialBounds(t *testing.T) {
	inWorld(t, Config{Link: Link{Loss: 1}}, func(w *world) {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		begun := time.Now()
		_, err := w.host("a").DialContext(ctx, "tcp", "b:80")
		var timeout net.Error
		if took := time.Since(begun); !errors.Is(err, context.DeadlineExceeded) || took != 5*time.Second ||
			!errors.As(err, &timeout) || !timeout.Timeout() {
			t.Errorf("%v after %v", err, took)
		}
		ctx, cancel = context.WithCancel(context.Background())
		go func() {
			time.Sleep(2 * time.Second)
			cancel()
		}()
		begun = time.Now()
		_, err = w.host("a").DialContext(ctx, "tcp", "b:80")
		if took := time.Since(begun); !errors.Is(err, context.Canceled) || took != 2*time.Second {
			t.Errorf("%v after %v", err, took)
		}
		if got := fmt.Sprint(err); got != "dial tcp 10.0.0.2:80: operation was canceled" {
			t.Errorf("the error reads %q", got)
		}
	})
}
