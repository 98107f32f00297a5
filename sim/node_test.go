package sim_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/terrella-go/terrella/clock"
	"github.com/terrella-go/terrella/sim"
)

// echo answers each connection to port 7 with what it is sent.
func echo(ctx context.Context, n *sim.Node) error {
	l, err := n.Net().Listen("tcp", ":7")
	if err != nil {
		return err
	}
	for {
		conn, err := l.Accept()
		if err != nil {
			return err
		}
		go io.Copy(conn, conn)
	}
}

// ask has the node called server echo a word.
func ask(n *sim.Node) error {
	conn, err := n.Net().Dial("tcp", "server:7")
	if err != nil {
		return err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(time.Second))
	if _, err := fmt.Fprint(conn, "hello"); err != nil {
		return err
	}
	_, err = io.ReadFull(conn, make([]byte, 5))
	return err
}

func idle(ctx context.Context, n *sim.Node) error {
	<-ctx.Done()
	return ctx.Err()
}

func TestServerComesBack(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		server := w.Node("server", echo)
		client := w.Node("client", idle)
		w.Eventually(time.Second, "the server answers", func() error { return ask(client) })
		server.Kill()
		if err := ask(client); !errors.Is(err, syscall.ECONNREFUSED) {
			w.Errorf("a killed server's machine answers %v; want connection refused", err)
		}
		server.Crash() // does nothing: it is down already
		server.Restart()
		w.Eventually(time.Second, "the server answers again", func() error { return ask(client) })
		if n := server.Incarnation(); n != 1 {
			w.Errorf("incarnation %d; want 1", n)
		}
		server.Pause()
		if err := ask(client); !errors.Is(err, os.ErrDeadlineExceeded) {
			w.Errorf("a paused server answers %v; want a time-out", err)
		}
		w.Heal()
		w.Eventually(time.Second, "the server answers once more", func() error { return ask(client) })
	})
}

func TestCrashStopsANodeBetweenTwoInstructions(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		var down, unwound atomic.Bool
		n := w.Node("a", func(ctx context.Context, n *sim.Node) error {
			defer unwound.Store(true)
			go func() {
				for {
					time.Sleep(time.Millisecond)
					if down.Load() {
						w.Errorf("a goroutine ran after the crash")
					}
				}
			}()
			return idle(ctx, n)
		})
		time.Sleep(time.Duration(w.Rand("when").IntN(1e9)))
		n.Crash()
		down.Store(true)
		time.Sleep(time.Minute)
		if unwound.Load() {
			w.Errorf("a deferred function ran")
		}
		if n.Running() {
			w.Errorf("the node is said to run")
		}
	})
}

func TestNodeMayCrashItself(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		var starts atomic.Int32
		n := w.Node("a", func(ctx context.Context, n *sim.Node) error {
			starts.Add(1)
			n.Crash()
			w.Errorf("ran on after its own crash")
			return nil
		})
		time.Sleep(time.Second)
		n.Restart()
		time.Sleep(time.Second)
		if n := starts.Load(); n != 2 {
			w.Errorf("started %d times; want 2", n)
		}
	})
}

func TestDiskOutlivesTheProcess(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		n := w.Node("a", func(ctx context.Context, n *sim.Node) error {
			f, err := n.Disk().OpenFile("log", os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o666)
			if err != nil {
				return err
			}
			if _, err := f.Write([]byte("line\n")); err != nil {
				return err
			}
			return idle(ctx, n)
		})
		size := func() int64 {
			info, err := n.Disk().Stat("log")
			if err != nil {
				return 0
			}
			return info.Size()
		}
		for range 3 {
			time.Sleep(time.Second)
			n.Kill()
			n.Restart()
		}
		time.Sleep(time.Second)
		if got := size(); got != 20 {
			w.Errorf("after three kills the log holds %d bytes; want 20: they were written, if not synced", got)
		}
		n.Crash()
		if got := size(); got > 20 {
			w.Errorf("a power failure made the log longer: %d bytes", got)
		}
	})
}

func TestClocksAreTheNodes(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		a, b := w.Node("a", idle), w.Node("b", idle)
		a.Clock().(*clock.Skewed).Step(time.Hour)
		time.Sleep(time.Minute)
		if d := a.Clock().Now().Sub(b.Clock().Now()); d != time.Hour {
			w.Errorf("the clocks differ by %v; want an hour", d)
		}
		if !b.Clock().Now().Equal(w.Now()) {
			w.Errorf("a clock that nobody touched shows %v at %v", b.Clock().Now(), w.Now())
		}
	})
}

func TestStopIsAskedFor(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		var ended atomic.Int64
		polite := w.Node("polite", func(ctx context.Context, n *sim.Node) error {
			<-ctx.Done()
			time.Sleep(2 * time.Second)
			ended.Store(int64(w.Elapsed()))
			return context.Cause(ctx)
		})
		deaf := w.Node("deaf", func(context.Context, *sim.Node) error { select {} })
		time.Sleep(time.Second)
		polite.Stop()
		if at := time.Duration(ended.Load()); at != 3*time.Second || w.Elapsed() != at {
			w.Errorf("ended at %v, Stop returned at %v; want both at 3s", at, w.Elapsed())
		}
		deaf.Stop()
		if got := w.Elapsed(); got != 13*time.Second {
			w.Errorf("a node that does not end was given up at %v; want 13s", got)
		}
		if polite.Running() || deaf.Running() {
			w.Errorf("stopped nodes are said to run")
		}
	})
}

func TestUpgradeBootsAnotherFunction(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		versions := make(chan int, 10)
		boot := func(version int) func(context.Context, *sim.Node) error {
			return func(ctx context.Context, n *sim.Node) error {
				versions <- version
				return idle(ctx, n)
			}
		}
		n := w.Node("a", boot(1))
		time.Sleep(time.Second)
		n.Upgrade(boot(2))
		time.Sleep(time.Second)
		n.Restart()
		time.Sleep(time.Second)
		if a, b, c := <-versions, <-versions, <-versions; a != 1 || b != 2 || c != 2 || len(versions) > 0 {
			w.Errorf("booted %d, %d, %d and %d more; want 1, 2, 2", a, b, c, len(versions))
		}
	})
}

func TestClientsEndWithTheirRun(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		ended := make(chan time.Duration, 2)
		client := func(ctx context.Context, n *sim.Node) {
			<-ctx.Done()
			ended <- w.Elapsed()
		}
		a := w.Client(client)
		w.Run(time.Minute)
		b := w.Client(client)
		w.Run(time.Minute)
		time.Sleep(time.Second)
		if x, y := <-ended, <-ended; x != time.Minute || y != 2*time.Minute || a.Name() != "client1" || b.Name() != "client2" {
			w.Errorf("%s and %s ended at %v and %v; want 1m0s and 2m0s", a.Name(), b.Name(), x, y)
		}
	})
}

func TestRandomNumbersAreNamed(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		a, b := w.Rand("x").Uint64(), w.Rand("y").Uint64()
		if a == b {
			w.Errorf("two names give the same numbers")
		}
		if w.Rand("x").Uint64() != a {
			w.Errorf("the same name gives other numbers the second time")
		}
	})
}

func TestInvariantsHoldAtQuietMoments(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		var busy, checks atomic.Int32
		w.Invariant("nobody is busy when time passes", func() error {
			checks.Add(1)
			if n := busy.Load(); n != 0 {
				return fmt.Errorf("%d are", n)
			}
			return nil
		})
		for range 5 {
			w.Client(func(ctx context.Context, n *sim.Node) {
				for ctx.Err() == nil {
					time.Sleep(time.Second)
					busy.Add(1)
					done := make(chan int)
					go close(done)
					<-done
					busy.Add(-1)
				}
			})
		}
		w.Run(10 * time.Second)
		if n := checks.Load(); n < 10 {
			w.Errorf("the invariant was checked %d times in 10 seconds; want once a second at least", n)
		}
	})
}

// Assertion libraries take a T of this kind.
func TestWorldIsAT(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		var _ interface {
			Errorf(string, ...any)
			FailNow()
			Helper()
			Name() string
			Failed() bool
			Log(...any)
			Logf(string, ...any)
			Fatal(...any)
			Fatalf(string, ...any)
			Error(...any)
		} = w
		if w.Name() != "TestWorldIsAT" || w.Failed() {
			w.Errorf("named %q, failed %v", w.Name(), w.Failed())
		}
	})
}
