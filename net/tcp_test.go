package simnet

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/terrella-go/terrella/internal/prng"
	"github.com/terrella-go/terrella/internal/trace"
)

// transfer sends data from a to b and reads it there to the end.
func (w *world) transfer(data []byte) time.Duration {
	w.Helper()
	client, server := w.pair()
	begun := time.Now()
	go func() {
		if _, err := client.Write(data); err != nil {
			w.Errorf("write: %v", err)
		}
		client.Close()
	}()
	got, err := io.ReadAll(server)
	if err != nil {
		w.Errorf("read: %v", err)
	}
	if !bytes.Equal(got, data) {
		w.Errorf("%d bytes arrived, not the %d that were sent", len(got), len(data))
	}
	server.Close()
	return time.Since(begun)
}

func TestTransferOverLinks(t *testing.T) {
	links := map[string]Link{
		"perfect":   {},
		"latency":   {Latency: Uniform{time.Millisecond, 20 * time.Millisecond}},
		"loss":      {Loss: 0.05, Latency: Constant(time.Millisecond)},
		"runs":      {Loss: 0.05, LossRun: 4, Latency: Constant(time.Millisecond)},
		"duplicate": {Duplicate: 0.3, Latency: Uniform{0, 5 * time.Millisecond}},
		"reorder":   {Reorder: 0.3, Latency: Constant(time.Millisecond)},
		"corrupt":   {Corrupt: 0.05, Latency: Constant(time.Millisecond)},
		"bandwidth": {Bandwidth: 1 << 20, Queue: 32 << 10, Latency: Constant(5 * time.Millisecond)},
		"tiny MTU":  {MTU: 68, Loss: 0.01},
		"all": {Loss: 0.02, Duplicate: 0.05, Reorder: 0.05, Corrupt: 0.01, Bandwidth: 10 << 20,
			Latency: LogNormal{Median: 3 * time.Millisecond, Sigma: 0.5}},
	}
	data := randomBytes(300_000)
	for name, link := range links {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(5) {
				inWorld(t, Config{Seed: prng.Seed(seed), Link: link}, func(w *world) {
					w.transfer(data)
				})
			}
		})
	}
}

// sendTimes returns when packets of a kind left a host.
func (w *world) sendTimes(host, kind string) (times []time.Duration) {
	for _, e := range w.events() {
		if e.Kind == trace.Send && e.Node == host && slices.Contains(e.Detail, trace.Text("packet", kind)) {
			times = append(times, e.At)
		}
	}
	return times
}

// stamped is a Config whose log has the virtual time of its events.
func stamped(link Link) Config {
	var start time.Time
	return Config{Link: link, Log: trace.NewLog(trace.KeepAll, func(e *trace.Event) {
		if start.IsZero() {
			start = time.Now()
		}
		e.At = time.Since(start)
	})}
}

func seconds(s ...float64) (times []time.Duration) {
	for _, x := range s {
		times = append(times, time.Duration(x*float64(time.Second)))
	}
	return times
}

// A dial that nobody answers is tried again as Linux does with its defaults.
func TestDialTimesOut(t *testing.T) {
	inWorld(t, stamped(Link{}), func(w *world) {
		w.host("b").Crash()
		w.log.Add(trace.LogLine, "", "start")
		begun := time.Now()
		_, err := w.host("a").Dial("tcp", "b:80")
		if took := time.Since(begun); !errors.Is(err, syscall.ETIMEDOUT) || took != 127*time.Second {
			t.Errorf("dial: %v after %v, want a time-out after 127 s", err, took)
		}
		if got, want := w.sendTimes("a", "syn"), seconds(0, 1, 3, 7, 15, 31, 63); !slices.Equal(got, want) {
			t.Errorf("SYNs left at %v, want %v", got, want)
		}
	})
}

// A half-open connection is dropped after the retries of its answer.
func TestAnswerTimesOut(t *testing.T) {
	inWorld(t, stamped(Link{}), func(w *world) {
		w.must(w.net.Block("b", "a"))
		w.listen("b", ":80")
		ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
		defer cancel()
		if _, err := w.host("a").DialContext(ctx, "tcp", "b:80"); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		time.Sleep(100 * time.Second)
		if got := w.sendTimes("b", "syn-ack"); len(got) != 6 || got[5]-got[0] != 31*time.Second {
			t.Errorf("the answers left at %v", got)
		}
		if w.host("b").oldest != nil {
			t.Error("the connection is still there")
		}
	})
}

// Data that nobody acknowledges is sent again, each time after twice the wait, until the
// 924.6 seconds of Linux's 15 retries are over.
func TestRetransmissions(t *testing.T) {
	inWorld(t, stamped(Link{}), func(w *world) {
		client, _ := w.pair()
		time.Sleep(time.Second)
		w.must(w.net.Partition([]string{"a"})) // a block one way would let the keep-alive of b through
		before := len(w.sendTimes("a", "data"))
		begun := time.Now()
		w.write(client, "lost")
		_, err := client.Read(make([]byte, 1))
		if took := time.Since(begun); !errors.Is(err, syscall.ETIMEDOUT) ||
			took < 924600*time.Millisecond || took > 930*time.Second {
			t.Errorf("read: %v after %v", err, took)
		}
		times := w.sendTimes("a", "data")[before:]
		wait := 200 * time.Millisecond
		for i := 1; i < len(times); i++ {
			// The round trip that the wait holds besides was measured as next to nothing.
			if gap := times[i] - times[i-1]; gap < wait || gap > wait+wait/1000 {
				t.Errorf("retransmission %d came after %v, want %v", i, gap, wait)
			}
			wait = min(2*wait, 120*time.Second)
		}
		if len(times) != 16 {
			t.Errorf("the segment was sent %d times", len(times))
		}
		if _, err := client.Write([]byte("x")); !errors.Is(err, syscall.EPIPE) {
			t.Errorf("write: %v", err)
		}
	})
}

// A single loss in a stream is repaired by what comes behind it, without a time-out.
func TestFastRetransmit(t *testing.T) {
	inWorld(t, Config{Link: Link{Latency: Constant(10 * time.Millisecond), Bandwidth: 10 << 20}}, func(w *world) {
		client, server := w.pair()
		begun := time.Now()
		w.write(client, "first")
		w.wantRead(server, "first")
		l := Link{Latency: Constant(10 * time.Millisecond), Bandwidth: 10 << 20, LoseOver: 1}
		w.must(w.net.SetLink("a", "b", l))
		w.write(client, "lost!")
		l.LoseOver = 0
		w.must(w.net.SetLink("a", "b", l))
		for range 4 {
			w.write(client, "after")
		}
		w.wantRead(server, "lost!afterafterafterafter")
		if took := time.Since(begun); took > 60*time.Millisecond {
			t.Errorf("the repair took %v", took)
		}
	})
}

// A peer that is gone without a word is found out by keep-alive: after 15 seconds of silence and nine
// more probes. Until the path breaks, none is sent.
func TestKeepAlive(t *testing.T) {
	for name, breakPath := range map[string]func(w *world){
		"crash":     func(w *world) { w.host("b").Crash() },
		"partition": func(w *world) { w.must(w.net.Partition([]string{"a"})) },
		"forgotten": func(w *world) { w.must(w.net.ForgetConns("a", "b")) },
		"pause":     func(w *world) { w.host("b").Pause() },
		"clog":      func(w *world) { w.must(w.net.Clog("b", "a")) },
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, Config{}, func(w *world) {
				client, _ := w.pair()
				begun := time.Now()
				time.Sleep(100 * time.Second) // probes were due at 15, 30, … 90
				before := w.net.Stats().Sent
				breakPath(w)
				_, err := client.Read(make([]byte, 1))
				if took := time.Since(begun); !errors.Is(err, syscall.ETIMEDOUT) || took != 240*time.Second {
					t.Errorf("read: %v after %v, want a time-out after 240 s", err, took)
				}
				if before.Packets > 3 {
					t.Errorf("%d packets were sent for a handshake", before.Packets)
				}
			})
		})
	}
}

func TestKeepAliveLearnsOfReboot(t *testing.T) {
	inWorld(t, Config{}, func(w *world) {
		client, _ := w.pair()
		begun := time.Now()
		w.host("b").Crash()
		time.Sleep(time.Second)
		w.host("b").Restart()
		_, err := client.Read(make([]byte, 1))
		if took := time.Since(begun); !errors.Is(err, syscall.ECONNRESET) || took != 15*time.Second {
			t.Errorf("read: %v after %v, want a reset after 15 s", err, took)
		}
	})
}

// A reset that is lost leaves the other end to its keep-alive.
func TestLostReset(t *testing.T) {
	inWorld(t, Config{}, func(w *world) {
		client, server := w.pair()
		w.must(w.net.SetLink("b", "a", Link{Loss: 1}))
		w.must(server.(interface{ SetLinger(int) error }).SetLinger(0))
		w.must(server.Close())
		w.must(w.net.SetLink("b", "a", Link{}))
		begun := time.Now()
		_, err := client.Read(make([]byte, 1))
		if took := time.Since(begun); !errors.Is(err, syscall.ECONNRESET) || took != 15*time.Second {
			t.Errorf("read: %v after %v, want a reset after 15 s", err, took)
		}
	})
}

func TestKeepAliveSurvivesShortTrouble(t *testing.T) {
	inWorld(t, Config{}, func(w *world) {
		client, server := w.pair()
		w.must(w.net.Partition([]string{"a"}))
		time.Sleep(100 * time.Second)
		w.net.Heal()
		time.Sleep(time.Hour)
		w.write(client, "still")
		w.wantRead(server, "still")
	})
}

// A network at rest has nothing on its agenda: a world must be able to see that it is stuck.
func TestRest(t *testing.T) {
	inWorld(t, Config{Link: Link{Latency: Constant(time.Millisecond)}}, func(w *world) {
		client, server := w.pair()
		w.write(client, "ping")
		w.wantRead(server, "ping")
		w.write(server, "pong")
		w.wantRead(client, "pong")
		time.Sleep(5 * time.Second)
		w.net.lock()
		defer w.net.unlock()
		if left := len(w.net.agenda.timers) + len(w.net.agenda.near); left != 0 {
			t.Errorf("%d tasks are left", left)
		}
	})
}

// A writer that waits for room goes on although the news of it was lost.
func TestLostWindowUpdate(t *testing.T) {
	inWorld(t, Config{Link: Link{Latency: Constant(time.Millisecond)}}, func(w *world) {
		client, server := w.pair()
		done := make(chan error, 1)
		data := randomBytes(1 << 20)
		go func() {
			_, err := client.Write(data)
			done <- err
		}()
		time.Sleep(time.Second) // all buffers are full
		w.must(w.net.Block("b", "a"))
		w.wantRead(server, string(data[:100_000]))
		time.Sleep(time.Second)
		w.net.Heal()
		w.wantRead(server, string(data[100_000:]))
		w.must(<-done)
	})
}

// The end that closes first keeps its pair of addresses for a minute.
func TestTimeWait(t *testing.T) {
	inWorld(t, Config{}, func(w *world) {
		l := w.listen("b", ":80")
		a := w.host("a")
		use := func() string {
			a.nextPort[0] = 50000
			c := w.dial("a", "b:80")
			s, err := l.Accept()
			w.must(err)
			w.must(c.Close())
			if _, err := io.ReadAll(s); err != nil {
				t.Error(err)
			}
			w.must(s.Close())
			_, port, _ := net.SplitHostPort(c.LocalAddr().String())
			return port
		}
		first, second := use(), use()
		time.Sleep(61 * time.Second)
		third := use()
		if first != "50000" || second != "50001" || third != "50000" {
			t.Errorf("ports %s, %s and, a minute later, %s", first, second, third)
		}
	})
}

// Who waits when the machine stops learns that the socket is closed.
func TestCrashWakesWaiters(t *testing.T) {
	for name, stop := range map[string]func(*Host){"crash": (*Host).Crash, "kill": (*Host).Kill} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, Config{}, func(w *world) {
				client, _ := w.pair()
				l := w.listen("a", ":1")
				u, err := w.host("a").ListenPacket("udp", ":1")
				w.must(err)
				x, err := w.host("a").Listen("unix", "/x")
				w.must(err)
				errs := make(chan error, 4)
				go func() { _, err := client.Read(make([]byte, 1)); errs <- err }()
				go func() { _, err := l.Accept(); errs <- err }()
				go func() { _, _, err := u.ReadFrom(make([]byte, 1)); errs <- err }()
				go func() { _, err := x.Accept(); errs <- err }()
				synctest.Wait()
				stop(w.host("a"))
				for range 4 {
					if err := <-errs; !errors.Is(err, net.ErrClosed) {
						t.Errorf("the error is %v", err)
					}
				}
				w.host("a").Restart()
				w.listen("a", ":1") // the port is free again
			})
		})
	}
}

func TestDownHostOpensNothing(t *testing.T) {
	inWorld(t, Config{}, func(w *world) {
		a := w.host("a")
		a.Crash()
		if _, err := a.Listen("tcp", ":1"); !errors.Is(err, syscall.ENETDOWN) {
			t.Errorf("Listen: %v", err)
		}
		if _, err := a.ListenPacket("udp", ":1"); !errors.Is(err, syscall.ENETDOWN) {
			t.Errorf("ListenPacket: %v", err)
		}
		if _, err := a.Dial("tcp", "b:1"); !errors.Is(err, syscall.ENETDOWN) {
			t.Errorf("Dial: %v", err)
		}
		if _, err := a.Listen("unix", "/x"); !errors.Is(err, syscall.ENETDOWN) {
			t.Errorf("Listen on a path: %v", err)
		}
	})
}

func TestEphemeralPortsRunOut(t *testing.T) {
	inWorld(t, Config{}, func(w *world) {
		w.listen("b", ":80")
		n := 0
		for {
			c, err := w.host("a").Dial("tcp", "b:80")
			if err != nil {
				if !errors.Is(err, syscall.EADDRNOTAVAIL) && !errors.Is(err, syscall.ETIMEDOUT) {
					t.Errorf("dial %d: %v", n, err)
				}
				break
			}
			if n++; n == 4096 {
				w.must(c.Close())
				break // the backlog is full
			}
		}
		if n != 4096 {
			t.Errorf("%d connections came about", n)
		}
	})
}
