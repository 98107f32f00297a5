package simnet

import (
	"fmt"
	"math"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/terrella-go/terrella/internal/prng"
	"github.com/terrella-go/terrella/internal/trace"
)

// sendEvery sends numbered datagrams from a host to another and returns, by number, how long each took; what did not
// arrive took -1.
func (w *world) sendEvery(apart time.Duration, count int, from, to string) []time.Duration {
	w.Helper()
	u, err := w.host(to).ListenPacket("udp", ":53")
	w.must(err)
	defer u.Close()
	c, err := w.host(from).Dial("udp", to+":53")
	w.must(err)
	defer c.Close()
	took := slices.Repeat([]time.Duration{-1}, count)
	done := make(chan struct{})
	begun := time.Now()
	go func() {
		defer close(done)
		b := make([]byte, 20)
		for {
			n, _, err := u.ReadFrom(b)
			if err != nil {
				return
			}
			var i int
			if _, err := fmt.Sscan(string(b[:n]), &i); err != nil {
				w.Error(err)
			}
			took[i] = time.Since(begun) - time.Duration(i)*apart
		}
	}()
	for i := range count {
		w.write(c, fmt.Sprint(i))
		time.Sleep(apart)
	}
	time.Sleep(time.Minute)
	w.must(u.Close())
	<-done
	return took
}

// TestTheWholeNetwork stops, jams and slows all of it for a while.
func TestTheWholeNetwork(t *testing.T) {
	for _, c := range []struct {
		fault string
		begin func(w *world) error
		want  func(i int) time.Duration // how long the i-th datagram takes, sent at i tenths of a second
	}{
		{"none", func(*world) error { return nil }, func(int) time.Duration { return ms }},
		{"stops", func(w *world) error { return w.net.Cut(Everywhere([]string{"a", "b", "c"})...) },
			func(i int) time.Duration {
				if i < 50 {
					return -1
				}
				return ms
			}},
		{"jams", func(w *world) error { w.net.ClogAll(); return nil },
			func(i int) time.Duration { return max(4950*ms-time.Duration(i)*100*ms, ms) }},
		{"slows", func(w *world) error { return w.net.SlowAll(30) },
			func(i int) time.Duration {
				if i < 50 {
					return 30 * ms
				}
				return ms
			}},
	} {
		t.Run(c.fault, func(t *testing.T) {
			inWorld(t, Config{Link: near}, func(w *world) {
				w.must(c.begin(w))
				go func() {
					time.Sleep(4950 * ms)
					w.net.Heal()
				}()
				for i, took := range w.sendEvery(100*ms, 80, "a", "b") {
					if want := c.want(i); took != want {
						t.Errorf("datagram %d took %v, want %v", i, took, want)
					}
				}
			})
		})
	}
	inWorld(t, Config{}, func(w *world) {
		if err := w.net.SlowAll(-1); err == nil || !strings.HasPrefix(err.Error(), "simnet: slow: the factor is -1") {
			t.Errorf("SlowAll: %v", err)
		}
	})
}

// A swizzle holds packets back and loses none: they come in bunches, in their order.
func TestSwizzle(t *testing.T) {
	bunches := 0
	for seed := range uint64(20) {
		inWorld(t, Config{Link: near}, func(w *world) {
			w.must(w.net.Swizzle(prng.Seed(seed), 10*time.Second, "a", "b", "c"))
			before := time.Duration(0)
			for i, took := range w.sendEvery(100*ms, 120, "a", "b") {
				arrived := time.Duration(i)*100*ms + took
				if took < ms || arrived < before || i >= 100 && took != ms {
					t.Errorf("seed %d: datagram %d took %v", seed, i, took)
				}
				if arrived == before {
					bunches++
				}
				before = arrived
			}
		})
	}
	if bunches < 100 {
		t.Errorf("%d datagrams of 2,400 came with the one before", bunches)
	}
}

// Behind a deep queue that a stream fills each packet waits for what is before it; a
// shallow queue loses packets instead, and those that pass are in time.
func TestBufferbloat(t *testing.T) {
	for _, c := range []struct {
		name         string
		queue        int64
		load         bool
		least, most  time.Duration // of the slowest datagram
		lostToQueues bool
	}{
		{"idle", 250_000, false, 10 * ms, 11 * ms, false},
		{"deep", 250_000, true, 900 * ms, 2100 * ms, false},
		{"shallow", 12_500, true, 50 * ms, 120 * ms, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := Link{Latency: Constant(10 * ms), Bandwidth: 125_000, Queue: c.queue}
			inWorld(t, Config{Link: l}, func(w *world) {
				if c.load {
					client, server := w.pair()
					go client.Write(randomBytes(5 << 20))
					go func() {
						b := make([]byte, 64<<10)
						for {
							if _, err := server.Read(b); err != nil {
								return
							}
						}
					}()
				}
				if slowest := slices.Max(w.sendEvery(100*ms, 200, "a", "b")); slowest < c.least || slowest > c.most {
					t.Errorf("the slowest datagram took %v, not %v to %v", slowest, c.least, c.most)
				}
				if lost := w.net.Stats().Lost[LostToQueue].Packets; (lost > 0) != c.lostToQueues {
					t.Errorf("%d packets were lost to queues", lost)
				}
			})
		})
	}
}

// Losses in runs have the asked ratio and the asked mean length, and their lengths fall off geometrically.
func TestLossRuns(t *testing.T) {
	for _, c := range []struct{ loss, run float64 }{{0.01, 3}, {0.1, 1}, {0.1, 5}, {0.3, 20}} {
		t.Run(fmt.Sprint(c.loss, " in runs of ", c.run), func(t *testing.T) {
			l := Link{Latency: Constant(ms), Loss: c.loss, LossRun: c.run}
			inWorld(t, Config{Link: l, Log: trace.NewLog(0, nil)}, func(w *world) {
				const sent = 100_000
				runs, lost, singles, length := 0, 0, 0, 0
				for _, took := range append(w.sendEvery(2*ms, sent, "a", "b"), 0) {
					if took < 0 {
						lost++
						length++
						continue
					}
					if length > 0 {
						runs++
					}
					if length == 1 {
						singles++
					}
					length = 0
				}
				// In a chain of two states the ratio varies as that of so many fewer independent packets.
				slack := 4 * math.Sqrt(c.loss*(2*c.run-1)/sent)
				if got := float64(lost) / sent; math.Abs(got-c.loss) > slack {
					t.Errorf("%.4f of the packets were lost, want %v ± %.4f", got, c.loss, slack)
				}
				mean, alone := float64(lost)/float64(runs), float64(singles)/float64(runs)
				wantMean, wantAlone := c.run, 1/c.run
				if c.run <= 1 { // independent losses have runs too
					wantMean, wantAlone = 1/(1-c.loss), 1-c.loss
				}
				if math.Abs(mean/wantMean-1) > 0.15 {
					t.Errorf("the mean run is %.2f, want %.2f", mean, wantMean)
				}
				if math.Abs(alone-wantAlone) > 0.06 {
					t.Errorf("%.3f of the runs are of one packet, want %.3f", alone, wantAlone)
				}
			})
		})
	}
}

// What a machine remembers of closed connections outlives the process, and not the machine.
func TestTimeWaitAndRestarts(t *testing.T) {
	for name, c := range map[string]struct {
		restart func(*Host)
		want    string
	}{
		"process": {(*Host).Kill, "50001"},
		"machine": {func(h *Host) { h.Crash(); h.Restart() }, "50000"},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, Config{}, func(w *world) {
				l, a := w.listen("b", ":80"), w.host("a")
				dial := func() (net.Conn, string) {
					a.nextPort[0] = 50000
					conn := w.dial("a", "b:80")
					_, port, err := net.SplitHostPort(conn.LocalAddr().String())
					w.must(err)
					return conn, port
				}
				client, _ := dial()
				server, err := l.Accept()
				w.must(err)
				w.must(client.Close()) // first, so that it is this end that has to wait
				w.must(server.Close())
				c.restart(a)
				if _, port := dial(); port != c.want {
					t.Errorf("the next connection is from port %s, want %s", port, c.want)
				}
			})
		})
	}
}
