package counter

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/terrella-go/terrella/disk"
	"github.com/terrella-go/terrella/sim"
)

// TestChecked asks for all that the program promises.
func TestChecked(t *testing.T) { sim.Test(t, func(w *sim.World) { world(w, true) }) }

// TestUnchecked runs the same program and asks for nothing.
func TestUnchecked(t *testing.T) { sim.Test(t, func(w *sim.World) { world(w, false) }) }

// TestBroken fails as it is.
func TestBroken(t *testing.T) { sim.Test(t, func(w *sim.World) { w.Fatal("broken as it is") }) }

// TestPlain runs no world.
func TestPlain(t *testing.T) {}

func world(w *sim.World, checked bool) {
	w.SetDisks(disk.Options{Latency: disk.Latency{Write: time.Millisecond, Sync: 3 * time.Millisecond}})
	var saved uint64
	counts := w.Node("counts", func(ctx context.Context, n *sim.Node) error {
		at, err := Load(n.Disk())
		if err != nil {
			return err
		}
		if checked && at < saved {
			w.Errorf("%d was saved, %d is there", saved, at)
			return nil
		}
		for ctx.Err() == nil {
			at++
			if err := Save(n.Disk(), at); err != nil {
				return err
			}
			saved = at
		}
		return nil
	})
	w.Node("tells", func(ctx context.Context, n *sim.Node) error {
		l, err := n.Net().Listen("tcp", ":80")
		if err != nil {
			return err
		}
		return Tell(l)
	})
	asks := w.Node("asks", func(ctx context.Context, n *sim.Node) error {
		<-ctx.Done()
		return nil
	})
	moments := w.Rand("crashes")
	for range 5 {
		w.Run(time.Duration(moments.Int64N(int64(50 * time.Millisecond))))
		counts.Crash()
		counts.Restart()
	}
	if err := w.Net().Partition([]string{"tells"}, []string{"asks"}); err != nil {
		w.Fatal(err)
	}
	w.Heal()
	if !checked {
		return
	}
	w.Eventually(5*time.Second, "the time is told", func() error {
		at, err := Ask(asks.Net().Dial, "tells")
		if err != nil {
			return err
		}
		if d := at.Sub(w.Now()); d < -time.Second || d > time.Second {
			return errors.New(fmt.Sprint("it is wrong by ", d))
		}
		return nil
	})
}

// TestIdle uses neither disk nor network.
func TestIdle(t *testing.T) { sim.Test(t, func(w *sim.World) { time.Sleep(time.Second) }) }

// TestDeadlock takes two locks in both orders.
func TestDeadlock(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		var a, b sync.Mutex
		var both sync.WaitGroup
		both.Go(func() { lock(&a, &b) })
		both.Go(func() { lock(&b, &a) })
		both.Wait()
	})
}

func lock(first, second *sync.Mutex) {
	first.Lock()
	defer first.Unlock()
	time.Sleep(time.Millisecond)
	second.Lock()
	defer second.Unlock()
}
