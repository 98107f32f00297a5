package worlds

import (
	"context"
	"fmt"
	"maps"
	"math"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/terrella-go/terrella/sim"
)

// A session is a key by its address.
type session struct {
	id    int
	alarm *time.Timer
	load  []byte
}

// A hub keeps sessions as servers do: in maps by pointer, channel and interface.
type hub struct {
	w        *sim.World
	mu       sync.Mutex
	sessions map[*session]int
	waiters  map[chan int]*session
	closers  map[fmt.Stringer]bool
	pairs    map[pair]int
	live     sync.Map // by session
	pool     sync.Pool
}

type pair struct {
	of  *session
	ch  chan int
	any any
}

func (s *session) String() string { return fmt.Sprint("session ", s.id) }

// TestAddresses: the order of maps by address, what comes out of pools, whose timers come due and what finalizers do decide who does
// what next. Each is in the world's log, and so in its hash.
func TestAddresses(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		h := &hub{
			w:        w,
			sessions: make(map[*session]int),
			waiters:  make(map[chan int]*session),
			closers:  make(map[fmt.Stringer]bool),
			pairs:    make(map[pair]int),
		}
		made := 0
		h.pool.New = func() any { made++; return &session{load: make([]byte, 256)} }
		for range 3 {
			w.Client(func(ctx context.Context, n *sim.Node) {
				for ctx.Err() == nil {
					h.open(w.Rand(n.Name()).IntN(8))
					time.Sleep(time.Millisecond)
				}
			})
		}
		w.Client(func(ctx context.Context, _ *sim.Node) {
			for ctx.Err() == nil {
				h.sweep()
				time.Sleep(3 * time.Millisecond)
			}
		})
		w.Run(40 * time.Millisecond)
		w.Log("made", made, "left", len(h.sessions))
		w.Log("numbers", numbers())
	})
}

// numbers returns the order of a map whose keys are beyond what integers hold.
func numbers() []int {
	m := make(map[any]int)
	for i := range 20 {
		x := math.Ldexp(1.5, 60+i)
		m[x], m[float32(-x)], m[complex(x, -x)] = i, 100+i, 200+i
	}
	return slices.Collect(maps.Values(m))
}

// open takes a session out of the pool and keeps it until its timer comes due or it is swept away.
func (h *hub) open(weight int) {
	s := h.pool.Get().(*session)
	garbage := make([][]byte, 8)
	for i := range garbage {
		garbage[i] = make([]byte, 1+weight*512)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	s.id++
	wake := make(chan int, 1)
	h.sessions[s] = weight
	h.waiters[wake] = s
	h.closers[s] = true
	h.live.Store(s, weight)
	h.pairs[pair{s, wake, s}] = weight
	s.alarm = time.AfterFunc(time.Duration(weight)*time.Millisecond, func() { h.close(s, wake) })
	// The finalizer's goroutine is outside the world: all that it may do there is unseen.
	block := &garbage[0]
	runtime.SetFinalizer(block, func(*[]byte) {})
	runtime.AddCleanup(block, func(int) {}, 0)
}

func (h *hub) close(s *session, wake chan int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, open := h.sessions[s]; !open {
		return
	}
	delete(h.sessions, s)
	delete(h.waiters, wake)
	delete(h.closers, s)
	h.live.Delete(s)
	delete(h.pairs, pair{s, wake, s})
	h.w.Log("closed", s.id)
	h.pool.Put(s)
}

// sweep stops the first timers that it comes across, and wakes all who wait, in the order of the maps.
func (h *hub) sweep() {
	h.mu.Lock()
	var order []int
	for s, weight := range h.sessions {
		order = append(order, s.id*100+weight)
		if len(order) == 1 {
			s.alarm.Reset(time.Millisecond)
		}
	}
	for wake, s := range h.waiters {
		order = append(order, s.id)
		select {
		case wake <- s.id:
		default:
		}
	}
	for c := range h.closers {
		order = append(order, len(c.String()))
	}
	for p, weight := range h.pairs {
		order = append(order, p.of.id*weight)
	}
	h.live.Range(func(s, weight any) bool {
		order = append(order, s.(*session).id+weight.(int))
		return true
	})
	wakers := slices.Collect(maps.Keys(h.waiters))
	h.mu.Unlock()
	h.w.Log("swept", order)
	for _, wake := range wakers {
		select {
		case <-wake:
			runtime.Gosched()
		default:
		}
	}
}
