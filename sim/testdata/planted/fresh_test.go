package planted

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/terrella-go/terrella/sim"
)

// Seeds in processes of their own, if PLANTED_FRESH is set.
var freshly = os.Getenv("PLANTED_FRESH") != ""

func TestFreshPass(t *testing.T) {
	before := true
	sim.Config{Fresh: freshly}.Test(t, func(w *sim.World) {
		fmt.Println("printed in a world")
		before = false
		for range 3 {
			done := make(chan bool)
			go func() {
				time.Sleep(time.Duration(w.Rand("pause").IntN(10)) * time.Second)
				close(done)
			}()
			<-done
		}
	})
	if before != freshly {
		t.Error("the world's variable, in the first process, was set:", !before)
	}
}

func TestFreshCounter(t *testing.T) {
	sim.Config{Fresh: freshly}.Test(t, func(w *sim.World) {
		if nextID.Add(1) > 3 { // a world may be run twice, and one is run before
			w.Fatal("the counter carries over")
		}
	})
}

func TestFreshFails(t *testing.T) {
	sim.Config{Fresh: freshly}.Test(t, func(w *sim.World) {}) // the first of two
	sim.Config{Fresh: freshly, Seed: 1}.Test(t, func(w *sim.World) {
		w.Log("the seed ends in", w.Seed()%16)
		time.Sleep(time.Second)
		if w.Seed()%16 == 3 {
			w.Fatal("a bad seed")
		}
	})
}

// dies ends the process in the world of a seed.
func dies(t *testing.T, die func()) {
	sim.Config{Fresh: freshly}.Test(t, func(w *sim.World) {
		time.Sleep(time.Second)
		if w.Seed()%16 == 3 {
			fmt.Println("last words")
			die()
			time.Sleep(time.Second)
		}
	})
}

func TestFreshExits(t *testing.T) { dies(t, func() { os.Exit(7) }) }

func TestFreshIsKilled(t *testing.T) {
	dies(t, func() { syscall.Kill(os.Getpid(), syscall.SIGKILL) })
}

func TestFreshPanics(t *testing.T) {
	dies(t, func() { go panic("oh dear") })
}

func TestFreshDataRace(t *testing.T) {
	sim.Config{Fresh: freshly}.Test(t, func(w *sim.World) {
		if w.Seed()%16 != 3 {
			return
		}
		shared := 0
		for range 2 {
			go func() {
				shared++
				time.Sleep(time.Second)
			}()
		}
		time.Sleep(time.Minute)
	})
}

func TestFreshNondeterminism(t *testing.T) {
	sim.Config{Fresh: freshly}.Test(t, func(w *sim.World) {
		time.Sleep(time.Duration(nextID.Add(1)) * time.Second)
		time.Sleep(time.Second)
	})
}

// It hangs in processes whose -run the library has written.
func TestFreshHangs(t *testing.T) {
	if strings.HasPrefix(flag.Lookup("test.run").Value.String(), "^") {
		time.Sleep(time.Hour)
	}
	sim.Config{Fresh: freshly}.Test(t, func(w *sim.World) {})
}
