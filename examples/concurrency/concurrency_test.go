package concurrency

import (
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/terrella-go/terrella/sim"
)

// A program is what goroutines do with one of the types, and fails the world when it goes wrong.
type program struct {
	name  string
	run   func(w *sim.World, careless bool)
	fails string // regular expression of what the report says when it is careless
	race  bool   // the mistake shows only under the race detector
}

var programs = []program{
	{name: "Account", run: withdraw, fails: `the balance is -\d+`},
	{name: "Counter", run: count, fails: `counted \d+ of 6`, race: true},
	{name: "Bank", run: transfer, fails: `deadlock`},
	{name: "Ledger", run: audit, fails: `there seems to be \d+ of 100`},
	{name: "Service", run: stop, fails: `close of closed channel`},
	{name: "Gate", run: pass, fails: `deadlock`},
	{name: "Pool", run: batches, fails: `WaitGroup (is reused before previous Wait has returned|misuse)`},
}

// careless is set by TestMistakesAreFound, in a process of its own, and by readers.
var careless = os.Getenv("CONCURRENCY_CARELESS") != ""

// starts is from how many first seeds a mistake has to be found, and within how many
// from each.
const (
	starts = 20
	within = 50
)

// TestPrograms: without a mistake a program passes with all seeds. With CONCURRENCY_CARELESS=1 there is
// one, and it is looked for from several first seeds, each in a subtest.
func TestPrograms(t *testing.T) {
	for _, p := range programs {
		t.Run(p.name, func(t *testing.T) {
			if !careless {
				sim.Test(t, func(w *sim.World) { p.run(w, false) })
				return
			}
			for start := range starts {
				t.Run(fmt.Sprint(start), func(t *testing.T) {
					sim.Config{Runs: within}.Test(t, func(w *sim.World) { p.run(w, true) })
				})
			}
		})
	}
}

func withdraw(w *sim.World, careless bool) {
	a := &Account{Careless: careless}
	a.Deposit(100)
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() { a.Withdraw(60) })
	}
	wg.Wait()
	if n := a.Balance(); n < 0 {
		w.Fatalf("the balance is %d", n)
	}
}

func count(w *sim.World, careless bool) {
	c := &Counter{Careless: careless}
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			c.Add()
			c.Add()
		})
	}
	wg.Wait()
	if n := c.Count(); n != 6 {
		w.Fatalf("counted %d of 6", n)
	}
}

func transfer(_ *sim.World, careless bool) {
	b := &Bank{Careless: careless}
	var wg sync.WaitGroup
	for i := range 3 {
		wg.Go(func() { b.Transfer(i, (i+1)%3, 1) })
		wg.Go(func() { b.Transfer((i+1)%3, i, 1) })
	}
	wg.Wait()
}

func audit(w *sim.World, careless bool) {
	l := NewLedger(100, careless)
	var wg sync.WaitGroup
	wg.Go(func() {
		for range 32 {
			l.Transfer(1)
		}
	})
	wg.Go(func() {
		for range 32 {
			if n := l.Total(); n > 100 {
				w.Fatalf("there seems to be %d of 100", n)
			}
		}
	})
	wg.Wait()
}

// catch runs f and has its panic fail the world.
func catch(w *sim.World, f func()) func() {
	return func() {
		defer func() {
			if r := recover(); r != nil {
				w.Fatalf("panic: %v", r)
			}
		}()
		f()
	}
}

func stop(w *sim.World, careless bool) {
	s := NewService(careless)
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(catch(w, s.Stop))
	}
	<-s.Done()
	wg.Wait()
}

func pass(_ *sim.World, careless bool) {
	g := NewGate(careless)
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(g.Pass)
	}
	wg.Go(g.Open)
	wg.Wait()
}

func batches(w *sim.World, careless bool) {
	p := &Pool{Careless: careless}
	var wg sync.WaitGroup
	for range 3 {
		batch := p.Run(func() {}, func() {})
		wg.Go(catch(w, batch))
		batch()
	}
	wg.Wait()
}
