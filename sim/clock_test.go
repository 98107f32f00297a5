package sim_test

import (
	"context"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/terrella-go/terrella/clock"
	"github.com/terrella-go/terrella/disk"
	simnet "github.com/terrella-go/terrella/net"
	"github.com/terrella-go/terrella/sim"
)

// anyChange makes a node's clock wrong in one of the ways that there are.
func anyChange(r *rand.Rand, c *clock.Skewed) {
	ppm := func() int64 { return r.Int64N(900_000) - 400_000 }
	some := func() time.Duration { return time.Duration(r.Int64N(int64(2*time.Hour))) - time.Hour }
	switch r.IntN(8) {
	case 0:
		c.Step(some())
	case 1:
		c.SetDrift(ppm())
	case 2:
		c.Slew(some()/1000, 1+r.Int64N(400_000))
	case 3:
		c.Strobe(some(), time.Duration(r.Int64N(int64(time.Second))))
	case 4:
		c.Leap(c.Read().Wall.Add(time.Duration(r.Int64N(int64(time.Minute)))), r.IntN(2) == 0)
	case 5:
		c.Suspend()
	case 6, 7:
		c.Resume()
	}
}

// What package time shows a node's goroutines is the node's timeline, exactly, whatever befalls its clock; and
// its sleeps end when the timeline says so.
func TestPackageTimeShowsTheNodesTimeline(t *testing.T) {
	sim.Config{Runs: 100}.Test(t, func(w *sim.World) {
		naps := 0
		poke := make(chan bool)
		n := w.Node("n", func(_ context.Context, n *sim.Node) error {
			c, r := n.Clock().(*clock.Skewed), w.Rand("n")
			first := time.Now()
			check := func() (at time.Duration, want clock.Reading) {
				at = w.Elapsed()
				now, want := time.Now(), c.Timeline().At(at)
				if !now.Equal(want.Wall) {
					w.Fatalf("at %v package time shows %v; want %v", at, now, want.Wall)
				}
				if mono := now.Sub(first); mono != want.Mono {
					w.Fatalf("at %v package time has counted %v; want %v", at, mono, want.Mono)
				}
				if other := c.Now(); other != now {
					w.Fatalf("the clock shows %v, package time %v", other, now)
				}
				return at, want
			}
			go func() {
				for range poke {
					check() // also while timers stand still
				}
			}()
			for {
				at, want := check()
				d := time.Duration(r.Int64N(int64(20 * time.Second)))
				switch r.IntN(4) {
				case 0:
					time.Sleep(d)
				case 1:
					c.Sleep(d)
				case 2:
					timer := time.After(d)
					time.Sleep(d / 2)
					<-timer
				case 3:
					ctx, cancel := c.WithTimeout(context.Background(), d)
					<-ctx.Done()
					cancel()
				}
				naps++
				due, ok := c.Timeline().When(0, want.Mono+d)
				if !ok || due != w.Elapsed() && c.Timeline().At(w.Elapsed()-1).Mono >= want.Mono+d && w.Elapsed() > at {
					w.Fatalf("a wait of %v from %v ended at %v; the timeline says %v, %v", d, at, w.Elapsed(), due, ok)
				}
			}
		})
		r := w.Rand("changes")
		for range 40 {
			w.Run(time.Duration(r.Int64N(int64(30 * time.Second))))
			anyChange(r, n.Clock().(*clock.Skewed))
			w.Run(time.Duration(r.Int64N(int64(time.Second))))
			poke <- true
		}
		n.Clock().(*clock.Skewed).Resume()
		w.Run(time.Minute)
		if naps == 0 {
			w.Errorf("the node never woke")
		}
	})
}

// The clock is the machine's: it is as wrong after a restart as before.
func TestClockOutlivesTheProcess(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		var shown []time.Duration
		n := w.Node("n", func(ctx context.Context, n *sim.Node) error {
			shown = append(shown, time.Now().Sub(w.Now()))
			<-ctx.Done()
			return nil
		})
		w.Run(time.Second)
		n.Clock().(*clock.Skewed).Step(time.Hour)
		n.Crash()
		n.Restart()
		w.Run(time.Second)
		if len(shown) != 2 || shown[0] != 0 || shown[1] != time.Hour {
			w.Errorf("the node's time was ahead by %v; want 0s and 1h", shown)
		}
	})
}

// What is not the node's clock does not follow it: the delay of a link, the time that a disk takes, the time of the world. What
// is set by it does: deadlines of connections, times of files.
func TestWhatFollowsTheClockAndWhatDoesNot(t *testing.T) {
	sim.Config{Runs: 5}.Test(t, func(w *sim.World) {
		took := map[string]time.Duration{}
		measure := func(what string, f func()) {
			start := w.Now()
			f()
			took[what] = w.Now().Sub(start)
		}
		w.Node("b", func(_ context.Context, n *sim.Node) error {
			p, err := n.Net().ListenPacket("udp", ":7")
			if err != nil {
				return err
			}
			buf := make([]byte, 10)
			for {
				_, from, err := p.ReadFrom(buf)
				if err != nil {
					return err
				}
				if _, err := p.WriteTo(buf, from); err != nil {
					return err
				}
			}
		})
		a := w.Node("a", func(_ context.Context, n *sim.Node) error {
			time.Sleep(time.Second)
			c, err := n.Net().Dial("udp", "b:7")
			if err != nil {
				return err
			}
			buf := make([]byte, 10)
			measure("round trip", func() { c.Write(buf); c.Read(buf) })
			measure("deadline", func() { c.SetReadDeadline(time.Now().Add(10 * time.Second)); c.Read(buf) })
			d := n.Disk().(*disk.Disk)
			d.SetLatency(disk.Latency{Sync: 4 * time.Second})
			f, err := n.Disk().OpenFile("f", os.O_CREATE|os.O_RDWR, 0o600)
			if err != nil {
				return err
			}
			measure("sync", func() { f.Sync() })
			measure("sleep", func() { time.Sleep(2 * time.Second) })
			info, err := f.Stat()
			if err != nil {
				return err
			}
			took["modified"] = info.ModTime().Sub(w.Now().Add(-6 * time.Second))
			return nil
		})
		for _, way := range [][2]string{{"a", "b"}, {"b", "a"}} {
			if err := w.Net().SetLink(way[0], way[1], simnet.Link{Latency: simnet.Constant(time.Second)}); err != nil {
				w.Fatalf("%v", err)
			}
		}
		a.Clock().(*clock.Skewed).SetDrift(1_000_000)
		a.Clock().(*clock.Skewed).Step(time.Hour)
		w.Run(time.Minute)
		for what, want := range map[string]time.Duration{
			"round trip": 2 * time.Second, "deadline": 5 * time.Second, "sync": 4 * time.Second, "sleep": time.Second,
		} {
			if took[what] != want {
				w.Errorf("%s took %v; want %v", what, took[what], want)
			}
		}
		if d := took["modified"]; d < time.Hour {
			w.Errorf("the file is said to be modified %v after it was; want an hour at least", d)
		}
	})
}
