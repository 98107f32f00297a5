package planted

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/terrella-go/terrella/sim"
)

// What worlds leave to one another in package-level variables.

var (
	nextID  atomic.Int64
	known   = make(map[string]int)
	history []uint64
	busy    sync.Mutex
	squares map[int]int
	onlyOne sync.Once
	lastRun uint64
	buffers = sync.Pool{New: func() any { return new([]byte) }}
)

func TestLeavesVariables(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		nextID.Add(2)
		known[fmt.Sprint(w.Seed())]++
		history = append(history, w.Seed())
		lastRun = w.Seed()
	})
}

func TestFillsCachesOnce(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		onlyOne.Do(func() {
			squares = make(map[int]int)
			for i := range 100 {
				squares[i] = i * i
			}
		})
		b := buffers.Get().(*[]byte)
		*b = append(*b, byte(squares[3]))
		buffers.Put(b)
	})
}

func TestRestore(t *testing.T) {
	const here = "github.com/terrella-go/terrella/sim/testdata/planted."
	sim.Config{Restore: []string{here + "nextID", here + "busy"}}.Test(t, func(w *sim.World) {
		busy.Lock() // and leaves it locked
		if id := nextID.Add(1); id != 1 {
			w.Fatal("the id is", id)
		}
		time.Sleep(time.Second)
	})
}

func TestRestoreWhatHoldsPointers(t *testing.T) {
	sim.Config{Restore: []string{"github.com/terrella-go/terrella/sim/testdata/planted.known"}}.Test(t, func(w *sim.World) {})
	known["a"] = 1
}

func TestRestoreWhatIsNotThere(t *testing.T) {
	sim.Config{Restore: []string{"example.com/nowhere.n"}}.Test(t, func(w *sim.World) {})
}

// The first failing run of a seed is the last: the second does not fail.
func TestFailsOnce(t *testing.T) {
	sim.Config{Runs: 1}.Test(t, func(w *sim.World) {
		if nextID.Add(1) == 2 {
			w.Fatal("the second id")
		}
	})
}
