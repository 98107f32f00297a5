package kernel

import (
	"fmt"
	"os"
	"runtime"
	"runtime/metrics"
	"sync"
	"time"
	"unsafe"
)

// The watchdog is one goroutine outside of all worlds. It ends those that go on for too long, use too much
// memory, or have a goroutine that does not give up its turn. It counts its own ticks, not
// the time: a process that a debugger has stopped, or a machine that slept, is not late.
var watchdog struct {
	mu      sync.Mutex
	watched map[*watched]bool
	running bool
}

// tick is the real time between two looks of the watchdog.
const tick = 50 * time.Millisecond

// stubborn is for how many ticks a goroutine may ignore that its world is to end.
const stubborn = int64(5 * time.Second / tick)

// watched is what the watchdog knows of a world.
type watched struct {
	world  unsafe.Pointer
	config *Config

	age   int64  // ticks since the world began
	step  uint64 // at the latest tick
	still int64  // ticks since the step changed
	asked int64  // ticks since the world was told to end
}

// watch has the watchdog look after a world until the function that it returns is called.
func watch(world unsafe.Pointer, c *Config) (unwatch func()) {
	if c.Watchdog <= 0 && c.MaxReal <= 0 && c.MaxMemory == 0 {
		return func() {}
	}
	w := &watched{world: world, config: c}
	watchdog.mu.Lock()
	defer watchdog.mu.Unlock()
	if watchdog.watched == nil {
		watchdog.watched = make(map[*watched]bool)
	}
	watchdog.watched[w] = true
	if !watchdog.running {
		watchdog.running = true
		go keepWatch()
	}
	return func() {
		watchdog.mu.Lock()
		defer watchdog.mu.Unlock()
		delete(watchdog.watched, w)
	}
}

// keepWatch looks after worlds until there have been none for a while.
func keepWatch() {
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for idle := 0; ; {
		<-ticker.C
		watchdog.mu.Lock()
		if len(watchdog.watched) > 0 {
			idle = 0
		} else if idle++; idle > 20 {
			watchdog.running = false
			watchdog.mu.Unlock()
			return
		}
		var heap uint64
		for w := range watchdog.watched {
			if w.config.MaxMemory > 0 && heap == 0 {
				heap = heapSize(w.config.MaxMemory)
			}
			w.look(heap)
		}
		watchdog.mu.Unlock()
	}
}

// heapSize returns the size of the heap without the ballast. If it looks larger than limit, garbage is collected first.
func heapSize(limit uint64) uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	used := func() uint64 { return sample[0].Value.Uint64() - uint64(len(ballast)) }
	if used() > limit {
		runtime.GC()
		metrics.Read(sample)
	}
	return used()
}

// look is called at each tick.
func (w *watched) look(heap uint64) {
	c := w.config
	step := simProgress(w.world)
	w.age++
	w.still++
	if step != w.step {
		w.step, w.still = step, 0
	}
	late := func(limit time.Duration, ticks int64) bool { return limit > 0 && ticks >= int64(limit/tick)+1 }
	why := running
	switch {
	case late(c.Watchdog, w.still):
		why = Stuck
	case late(c.MaxReal, w.age):
		why = RealLimit
	case c.MaxMemory > 0 && heap > c.MaxMemory:
		why = MemoryLimit
	default:
		w.asked = 0
		return
	}
	if w.asked++; w.asked > stubborn {
		giveUp(w, why)
	}
	if why == Stuck && c.Preempt {
		why = yieldTurn
	}
	simInterrupt(w.world, why)
}

// yieldTurn is what package runtime is told to take the turn from a goroutine. Keep in sync with it.
const yieldTurn = Outcome(1<<32 - 1)

// giveUp ends the process: a goroutine can't be stopped.
func giveUp(w *watched, why Outcome) {
	buf := make([]byte, 1<<16)
	stack := buf[:simTurnOf(w.world, buf)]
	fmt.Fprintf(os.Stderr, "%s\n\nterrella: %v: a goroutine of the world does not give up its turn and can't be stopped: it is in a system call, in code that can't be preempted, or waits for something outside of the world, such as a real network connection or a lock that is never unlocked\n\n%s", w.config.Note, why, stack)
	os.Exit(2)
}
