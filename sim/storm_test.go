package sim_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/terrella-go/terrella/disk"
	simnet "github.com/terrella-go/terrella/net"
	"github.com/terrella-go/terrella/sim"
)

// A bench is a world with three nodes that echo, count, and write a file, for faults to befall.
type bench struct {
	w      *sim.World
	a, b   *sim.Node
	client *sim.Node
	beats  map[string]int
	boots  map[string]string
}

func newBench(w *sim.World) *bench {
	be := &bench{w: w, beats: make(map[string]int), boots: make(map[string]string)}
	boot := func(version string) func(context.Context, *sim.Node) error {
		return func(ctx context.Context, n *sim.Node) error {
			be.boots[n.Name()] += version
			l, err := n.Net().Listen("tcp", ":7")
			if err != nil {
				return err
			}
			go func() {
				for {
					conn, err := l.Accept()
					if err != nil {
						return
					}
					go io.Copy(conn, conn)
				}
			}()
			for ctx.Err() == nil {
				time.Sleep(10 * time.Millisecond)
				be.beats[n.Name()]++
			}
			return nil
		}
	}
	w.Version("v2", boot("2"))
	be.a, be.b = w.Node("a", boot("1")), w.Node("b", boot("1"))
	w.Node("c", boot("1"))
	be.client = w.Client(func(context.Context, *sim.Node) {})
	for _, n := range []*sim.Node{be.a, be.b} {
		if err := write(n.Disk(), "file", n.Name()); err != nil {
			w.Fatal(err)
		}
	}
	return be
}

func write(d disk.FS, name, text string) error {
	f, err := d.OpenFile(name, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.WriteString(f, text)
	folder, err2 := d.OpenFile(".", os.O_RDONLY, 0)
	if err2 != nil {
		return errors.Join(err, err2)
	}
	return errors.Join(err, f.Sync(), f.Close(), folder.Sync(), folder.Close())
}

// ask has a node echo a word, within a second.
func (be *bench) ask(from *sim.Node, to string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	conn, err := from.Net().DialContext(ctx, "tcp", to+":7")
	if err != nil {
		return err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(time.Second))
	if _, err := io.WriteString(conn, "hello"); err != nil {
		return err
	}
	_, err = io.ReadFull(conn, make([]byte, 5))
	return err
}

// beating returns how often a node's process ran in 100 ms.
func (be *bench) beating(name string) int {
	before := be.beats[name]
	time.Sleep(100 * time.Millisecond)
	return be.beats[name] - before
}

func (be *bench) took(from *sim.Node, to string) time.Duration {
	began := time.Now()
	if be.ask(from, to) != nil {
		return time.Hour
	}
	return time.Since(began)
}

func content(d disk.FS) string {
	data, err := fs.ReadFile(d, "file")
	if err != nil {
		return err.Error()
	}
	return string(data)
}

// ahead returns how far the wall clock of a node is ahead.
func ahead(n *sim.Node) time.Duration { return n.Clock().Now().Sub(time.Now()) }

// Each fault begins at 1s and ends at 3s; what it does is looked at in between, from 1.5s on, and what is left at 5s.
func TestFaultsDoWhatTheySay(t *testing.T) {
	is := func(ok bool, what string) error {
		if !ok {
			return errors.New(what)
		}
		return nil
	}
	works := func(be *bench) error {
		return errors.Join(be.ask(be.client, "a"), be.ask(be.a, "b"), be.ask(be.b, "a"))
	}
	refused := func(err error) error { return is(err != nil, "it answers") }
	tests := []struct {
		fault        string
		during, then func(be *bench) error
	}{
		{"crash a", func(be *bench) error { return is(!be.a.Running(), "it runs") }, func(be *bench) error {
			return errors.Join(works(be), is(be.boots["a"] == "11", be.boots["a"]), is(content(be.a.Disk()) == "a", "the disk is another"))
		}},
		{"kill a", func(be *bench) error { return is(errors.Is(be.ask(be.b, "a"), syscall.ECONNREFUSED), "not refused") }, works},
		{"stop a", func(be *bench) error { return is(!be.a.Running(), "it runs") }, works},
		{"pause a", func(be *bench) error { return is(be.beating("a") == 0 && be.beating("b") > 8, "it runs") }, func(be *bench) error {
			return errors.Join(works(be), is(be.boots["a"] == "1", "it was started again"), is(be.beating("a") > 8, "it stands still"))
		}},
		{"suspend a", func(be *bench) error {
			before := be.a.Clock().Now()
			return errors.Join(refused(be.ask(be.b, "a")), is(be.beating("a") == 0, "it runs"), is(be.a.Clock().Since(before) >= time.Second, "the wall clock stands still"))
		}, works},
		{"slow a 10x", func(be *bench) error {
			n := be.beats["a"]
			time.Sleep(time.Second)
			n = be.beats["a"] - n
			return is(n > 0 && n < 30, fmt.Sprint("it ran ", n, " times"))
		}, func(be *bench) error {
			return errors.Join(works(be), is(be.beating("a") > 8, "it is slow still"))
		}},
		{"wipe a", func(be *bench) error { return is(!be.a.Running(), "it runs") }, func(be *bench) error {
			return errors.Join(works(be), is(errors.Is(errOf(fs.Stat(be.a.Disk(), "file")), fs.ErrNotExist), "the file is there"))
		}},
		{"swap-disks a b", func(be *bench) error { return is(!be.a.Running() && !be.b.Running(), "they run") }, func(be *bench) error {
			return errors.Join(works(be), is(content(be.a.Disk()) == "b" && content(be.b.Disk()) == "a", "the disks are as before"))
		}},
		{"move a", func(be *bench) error { return is(!be.a.Running(), "it runs") }, func(be *bench) error {
			return errors.Join(works(be), is(be.a.Net().Addrs()[0].String() != "10.0.0.1", "it has its old address"))
		}},
		{"upgrade a b v2", func(be *bench) error { return is(be.boots["a"] == "12", be.boots["a"]) }, func(be *bench) error {
			return errors.Join(works(be), is(be.boots["b"] == "12" && be.boots["c"] == "1", "not upgraded"))
		}},
		{"partition a | b c", func(be *bench) error {
			return errors.Join(refused(be.ask(be.a, "b")), be.ask(be.b, "c"), be.ask(be.client, "a"), be.ask(be.client, "b"))
		}, works},
		{"isolate a", func(be *bench) error {
			return errors.Join(refused(be.ask(be.client, "a")), refused(be.ask(be.a, "b")), be.ask(be.b, "c"))
		}, works},
		{"cut a -> b", func(be *bench) error { return errors.Join(refused(be.ask(be.a, "b")), be.ask(be.a, "c")) }, works},
		{"ring a b c client1", func(be *bench) error {
			return errors.Join(refused(be.ask(be.a, "c")), be.ask(be.a, "b"), be.ask(be.b, "c"))
		}, works},
		{"bridge a b c", func(be *bench) error {
			return errors.Join(refused(be.ask(be.b, "c")), be.ask(be.a, "b"), be.ask(be.a, "c"))
		}, works},
		{"clog a b", func(be *bench) error { return errors.Join(refused(be.ask(be.a, "b")), be.ask(be.a, "c")) }, works},
		{"swizzle a b", func(be *bench) error {
			time.Sleep(500 * time.Millisecond)
			return is(be.took(be.a, "b") > 5*time.Millisecond, "it is fast")
		}, works},
		{"slow-link * 50x", func(be *bench) error { return is(be.took(be.a, "b") >= 100*time.Millisecond, "it is fast") }, func(be *bench) error {
			return is(be.took(be.a, "b") < 10*time.Millisecond, "it is slow still")
		}},
		{"delay a b 500ms", func(be *bench) error { return is(be.took(be.a, "b") > 50*time.Millisecond, "it is fast") }, func(be *bench) error {
			return is(be.took(be.a, "b") < 10*time.Millisecond, "it is slow still")
		}},
		{"loss a b 100%", func(be *bench) error { return refused(be.ask(be.a, "b")) }, works},
		{"corrupt a b 100%", func(be *bench) error { return refused(be.ask(be.a, "b")) }, works},
		{"duplicate a b 100%", func(be *bench) error {
			return errors.Join(be.ask(be.a, "b"), is(be.stats().Duplicated.Packets > 0, "nothing is duplicated"))
		}, works},
		{"reorder a b 100%", func(be *bench) error { return is(be.took(be.a, "b") > 4*time.Millisecond, "it is in order") }, works},
		{"resets a b 100%", func(be *bench) error { return refused(be.ask(be.a, "b")) }, works},
		{"bandwidth a b 100B/s", func(be *bench) error { return is(be.took(be.a, "b") > 500*time.Millisecond, "it is wide") }, works},
		{"lose-over a b 30B", func(be *bench) error { return refused(be.ask(be.a, "b")) }, works},
		{"flap a b 400ms", func(be *bench) error {
			failed := 0
			for range 10 {
				if be.took(be.a, "b") > 100*time.Millisecond {
					failed++
				}
				time.Sleep(70 * time.Millisecond)
			}
			return is(failed > 0 && failed < 10, fmt.Sprint(failed, " of 10 failed"))
		}, works},
		{"dns-fail 100%", func(be *bench) error { return refused(be.ask(be.a, "b")) }, works},
		{"fsync-error a", func(be *bench) error { return refused(write(be.a.Disk(), "other", "x")) }, func(be *bench) error { return write(be.a.Disk(), "other", "x") }},
		{"io-error a", func(be *bench) error {
			return is(strings.Contains(content(be.a.Disk()), "input/output error"), "it is read")
		}, func(be *bench) error {
			return is(content(be.a.Disk()) == "a", content(be.a.Disk()))
		}},
		{"disk-full a", func(be *bench) error {
			return is(errors.Is(write(be.a.Disk(), "other", "x"), syscall.ENOSPC), "there is room")
		}, func(be *bench) error { return write(be.a.Disk(), "other", "x") }},
		{"short-write a", func(be *bench) error { return refused(write(be.a.Disk(), "other", "xyz")) }, func(be *bench) error { return write(be.a.Disk(), "other", "x") }},
		{"read-only a", func(be *bench) error {
			write(be.a.Disk(), "other", "x")
			return is(errors.Is(write(be.a.Disk(), "other", "x"), syscall.EROFS), "it is written")
		}, func(be *bench) error { return write(be.a.Disk(), "other", "x") }},
		{"disk-gone a", func(be *bench) error { return refused(write(be.a.Disk(), "other", "x")) }, func(be *bench) error { return write(be.a.Disk(), "other", "x") }},
		{"slow-disk a 100ms", func(be *bench) error {
			began := time.Now()
			content(be.a.Disk())
			return is(time.Since(began) >= 100*time.Millisecond, "it is fast")
		}, func(be *bench) error {
			began := time.Now()
			content(be.a.Disk())
			return is(time.Since(began) == 0, "it is slow still")
		}},
		{"latent-error a", func(be *bench) error {
			return is(strings.Contains(content(be.a.Disk()), "input/output error"), "it is read")
		}, works},
		{"bit-rot a", func(be *bench) error { return is(content(be.a.Disk()) != "a", "nothing rots") }, works},
		{"phantom-write a", func(be *bench) error { return write(be.a.Disk(), "file", "x") }, func(be *bench) error { be.a.Crash(); return is(content(be.a.Disk()) == "a", content(be.a.Disk())) }},
		{"misdirected-write a", func(be *bench) error { return write(be.a.Disk(), "file", "x") }, func(be *bench) error { be.a.Crash(); return is(content(be.a.Disk()) == "a", content(be.a.Disk())) }},
		{"lost-sync a", func(be *bench) error { return write(be.a.Disk(), "new", "x") }, works},
		{"drift a +50000ppm", func(be *bench) error {
			return is(ahead(be.a) > 20*time.Millisecond && ahead(be.b) == 0, ahead(be.a).String())
		}, func(be *bench) error {
			before := ahead(be.a)
			time.Sleep(time.Second)
			return is(ahead(be.a) == before, "it drifts still")
		}},
		{"jump a -3s", func(be *bench) error { return is(ahead(be.a) == -3*time.Second, ahead(be.a).String()) }, func(be *bench) error { return is(ahead(be.a) == 0, ahead(be.a).String()) }},
		{"strobe a 200ms period=50ms", func(be *bench) error {
			var seen []time.Duration
			for range 10 {
				seen = append(seen, ahead(be.a))
				time.Sleep(30 * time.Millisecond)
			}
			return is(slices.Contains(seen, 0) && slices.Contains(seen, 200*time.Millisecond), fmt.Sprint(seen))
		}, func(be *bench) error { return is(ahead(be.a) == 0, ahead(be.a).String()) }},
		{"stop-clock a", func(be *bench) error {
			fired := be.a.Clock().After(100 * time.Millisecond)
			time.Sleep(time.Second)
			select {
			case <-fired:
				return errors.New("a timer fires")
			default:
				return nil
			}
		}, works},
		{"leap-second a", func(be *bench) error {
			time.Sleep(time.Second)
			return is(ahead(be.a) == -time.Second, ahead(be.a).String())
		}, works},
	}
	var covered []string
	for _, test := range tests {
		kind, _, _ := strings.Cut(test.fault, " ")
		covered = append(covered, kind)
		line := test.fault + " at 1s for 2s"
		if f, err := sim.ParseFault(line); err != nil && strings.Contains(err.Error(), "over at once") {
			line = test.fault + " at 1s"
		} else if err != nil || f.String() != line {
			t.Errorf("%s is read as %v, %v", line, f, err)
			continue
		}
		t.Run(kind, func(t *testing.T) {
			sim.Config{Runs: 2}.Test(t, func(w *sim.World) {
				if err := w.Net().SetLinks(simnet.Link{Latency: simnet.Constant(time.Millisecond)}); err != nil {
					w.Fatal(err)
				}
				be := newBench(w)
				if err := works(be); err != nil {
					w.Fatalf("before: %v", err)
				}
				w.Inject(sim.Plan{line})
				time.Sleep(1500*time.Millisecond - w.Elapsed())
				if err := test.during(be); err != nil {
					w.Fatalf("during: %v", err)
				}
				time.Sleep(5*time.Second - w.Elapsed())
				if err := test.then(be); err != nil {
					w.Fatalf("afterwards: %v", err)
				}
				w.Heal()
			})
		})
	}
	covered = append(covered, "reset-conns", "forget-conns", "fire", "disk-model") // have tests of their own
	for _, kind := range sim.FaultKinds() {
		if !slices.Contains(covered, kind) {
			t.Errorf("no test of %s", kind)
		}
	}
}

func errOf[T any](_ T, err error) error { return err }

func (be *bench) stats() simnet.LinkStats { return be.w.Net().Stats() }

func TestConnectionsAreResetAndForgotten(t *testing.T) {
	for _, kind := range []string{"reset-conns", "forget-conns"} {
		sim.Config{Runs: 2}.Test(t, func(w *sim.World) {
			be := newBench(w)
			time.Sleep(time.Millisecond)
			conn, err := be.a.Net().Dial("tcp", "b:7")
			if err != nil {
				w.Fatal(err)
			}
			w.Inject(sim.Plan{kind + " a b at 1s"})
			time.Sleep(2 * time.Second)
			conn.SetDeadline(time.Now().Add(time.Second))
			_, err = fmt.Fprint(conn, "x")
			if err == nil {
				_, err = conn.Read(make([]byte, 1))
			}
			if reset := errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE); err == nil || reset != (kind == "reset-conns") {
				w.Errorf("after %s: %v", kind, err)
			}
		})
	}
}

// Heal ends faults that last and calls off those to come; nodes whose process gave up come back.
func TestHealEndsAllFaults(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		be := newBench(w)
		n := w.Node("d", func(ctx context.Context, n *sim.Node) error {
			for ctx.Err() == nil {
				if err := write(n.Disk(), "x", "x"); err != nil {
					return err
				}
				time.Sleep(100 * time.Millisecond)
			}
			return nil
		})
		w.Inject(sim.Plan{"crash a at 1s", "isolate b at 1s", "loss * 100% at 1s", "jump b +1s at 1s", "disk-full d at 1s", "pause c at 1s", "crash a at 20s",
			"stop c at 4s", "suspend b at 1s"})
		time.Sleep(4 * time.Second)
		w.Heal()
		w.Eventually(5*time.Second, "all is well", func() error {
			if !n.Running() || ahead(be.b) != 0 {
				return errors.New("not yet")
			}
			return errors.Join(be.ask(be.client, "a"), be.ask(be.a, "b"), be.ask(be.b, "c"), write(n.Disk(), "x", "x"))
		})
		boots := be.boots["a"]
		time.Sleep(30 * time.Second)
		if be.boots["a"] != boots {
			w.Error("a fault that was called off has befallen")
		}
	})
}

// HealSome brings back a majority, which works, and leaves the others as they are.
func TestHealSomeLeavesTheRestBroken(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		be := newBench(w)
		w.Inject(sim.Plan{"crash a b c at 1s", "isolate a b c at 0s", "loss * 100% at 0s"})
		time.Sleep(2 * time.Second)
		core := w.HealSome()
		if len(core) != 2 {
			w.Fatalf("%d nodes are healed; want 2", len(core))
		}
		w.Eventually(2*time.Second, "the core works", func() error {
			return errors.Join(be.ask(be.client, core[0].Name()), be.ask(core[0], core[1].Name()), be.ask(core[1], core[0].Name()))
		})
	})
}

// Overlapping faults keep a node down until the last of them ends.
func TestFaultsOverlap(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		be := newBench(w)
		w.Inject(sim.Plan{"crash a at 1s for 4s", "kill a at 2s for 1s", "cut a b at 1s for 4s", "isolate b at 2s for 1s"})
		time.Sleep(4 * time.Second)
		if be.a.Running() {
			w.Error("a runs at 4s")
		}
		time.Sleep(2 * time.Second)
		if err := be.ask(be.a, "b"); err != nil {
			w.Errorf("at 6s: %v", err)
		}
	})
}

func TestRolesAndZonesAreStruck(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		be := newBench(w)
		leader := "c"
		w.Inject(sim.Where(func(n *sim.Node) bool { return n.Name() == leader }).Named("leader"), sim.Zone("east", be.a, be.b),
			sim.Plan{"kill @leader at 1s for 1s", "kill @east at 3s for 1s"})
		time.Sleep(1500 * time.Millisecond)
		if be.boots["a"] != "1" || w.Net() == nil || be.beating("c") != 0 {
			w.Error("another than the leader was struck")
		}
		time.Sleep(3500*time.Millisecond - w.Elapsed())
		if be.a.Running() || be.b.Running() || be.beating("c") == 0 {
			w.Error("the zone is not down, or more than it")
		}
	})
}

func TestFaultsBeginAtEvents(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		be := newBench(w)
		n := w.Node("d", func(ctx context.Context, n *sim.Node) error {
			for i := 0; ctx.Err() == nil; i++ {
				be.beats["writes"]++
				if err := write(n.Disk(), fmt.Sprint(i), "x"); err != nil {
					return err
				}
				time.Sleep(100 * time.Millisecond)
			}
			return nil
		})
		w.Inject(sim.Plan{"crash d at 3rd write of d after 1s"})
		time.Sleep(5 * time.Second)
		if n.Running() || be.beats["writes"] != 13 {
			w.Errorf("running: %v, at write %d; want it down after the third past the first second, the 13th", n.Running(), be.beats["writes"])
		}
	})
}

func TestFaultsThatCannotBe(t *testing.T) {
	for _, test := range []struct {
		fault sim.Fault
		want  string
	}{
		{sim.Plan{"crash x at 1s"}, `there is no node "x"; there are [a]`},
		{sim.Plan{"crash"}, "crash wants the names of its victims"},
		{sim.Plan{"upgrade a v9 at 1s"}, `no version is called "v9"`},
		{sim.Storm{Kinds: []string{"crush"}}, `no kind of fault is called "crush"`},
		{sim.Storm{Kinds: []string{"wipe"}}, "set Damage"},
		{sim.Storm{Every: -1}, "negative time"},
		{sim.Storm{Versions: []string{"v9"}}, `no version is called "v9"`},
	} {
		if got := sim.InjectError(t, test.fault); !strings.Contains(got, test.want) {
			t.Errorf("%v: %s; want %q", test.fault, got, test.want)
		}
	}
}
