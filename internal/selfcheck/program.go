package selfcheck

import (
	"context"
	"hash/maphash"
	mathrand "math/rand"
	"math/rand/v2"
	"runtime"
	"sync"
	"time"

	"github.com/terrella-go/terrella/internal/kernel"
)

// A digest is a hash of all that a program saw, in the order in which it saw it.
type digest struct {
	lock kernel.Lock
	hash uint64
}

// note adds numbers to the digest. Which goroutine comes first matters, and shall.
func (d *digest) note(numbers ...uint64) {
	d.lock.Lock()
	defer d.lock.Unlock()
	for _, n := range numbers {
		d.hash = (d.hash ^ n) * 0x9fb21c651e98df25
		d.hash ^= d.hash >> 32
	}
}

const (
	workers = 8
	rounds  = 40
)

// A program is the state that the goroutines of one world share.
type program struct {
	saw     *digest
	mu      sync.Mutex
	counts  map[string]uint64
	rw      sync.RWMutex
	latest  uint64
	gate    *sync.Cond
	passed  int
	once    sync.Once
	names   sync.Map
	pool    sync.Pool
	offers  chan uint64
	replies chan uint64
	garbage [][]byte // guarded by mu
}

// exercise runs the program in the current world.
func exercise(saw *digest) {
	p := &program{
		saw:     saw,
		counts:  make(map[string]uint64),
		offers:  make(chan uint64),
		replies: make(chan uint64, workers/2),
	}
	p.gate = sync.NewCond(&p.mu)
	p.pool.New = func() any { return new([64]byte) }
	begin := time.Now()
	ctx, cancel := context.WithCancel(context.Background())
	var serving, working sync.WaitGroup
	serving.Go(func() { p.serve(ctx) })
	for i := range uint64(workers) {
		working.Go(func() { p.work(i) })
	}
	working.Wait()
	cancel()
	serving.Wait()
	p.names.Range(func(name, value any) bool {
		saw.note(uint64(len(name.(string))), value.(uint64))
		return true
	})
	saw.note(uint64(time.Since(begin)), p.latest)
}

// serve answers offers until the context ends.
func (p *program) serve(ctx context.Context) {
	tick := time.NewTicker(3 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case n := <-p.offers:
			p.saw.note(1, n)
			select {
			case p.replies <- n + 1:
			default:
				p.saw.note(2)
			}
		case now := <-tick.C:
			p.saw.note(3, uint64(now.UnixNano()))
			p.gate.Broadcast()
		case <-ctx.Done():
			return
		}
	}
}

func (p *program) work(worker uint64) {
	for round := range uint64(rounds) {
		p.once.Do(func() { p.saw.note(4, worker) })
		p.count(worker)
		switch rand.IntN(6) {
		case 0:
			time.Sleep(rand.N(4 * time.Millisecond))
		case 1:
			p.trade(worker*rounds + round)
		case 2:
			p.litter()
		case 3:
			p.pass()
		case 4:
			p.readOrWrite(worker)
		default:
			runtime.Gosched()
		}
		p.saw.note(5, worker, uint64(mathrand.Int63()))
	}
}

var letters = []string{"alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu"}

// count adds to a map and looks at its order.
func (p *program) count(worker uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	name := letters[rand.IntN(len(letters))]
	p.counts[name]++
	for letter, n := range p.counts {
		p.saw.note(6, worker, uint64(letter[0]), n)
	}
	p.names.Store(name, p.counts[name])
}

// trade offers a number, takes a reply, or gives up, whichever the select picks.
func (p *program) trade(n uint64) {
	select {
	case p.offers <- n:
		p.saw.note(7, n)
	case reply := <-p.replies:
		p.saw.note(8, reply)
	case <-time.After(rand.N(2 * time.Millisecond)):
		p.saw.note(9, n)
	}
}

// litter makes work for the collector, and uses a pool, through which the collector could be seen.
func (p *program) litter() {
	b := p.pool.Get().(*[64]byte)
	p.saw.note(10, uint64(b[0]))
	b[0]++
	p.pool.Put(b)
	p.mu.Lock()
	defer p.mu.Unlock()
	for range 16 {
		p.garbage = append(p.garbage, make([]byte, 1+rand.IntN(1<<13)))
	}
	if len(p.garbage) > 64 {
		p.garbage = nil
	}
	p.saw.note(11, maphash.String(maphash.MakeSeed(), "litter"))
}

// pass waits at the gate for the next broadcast, by the ticker or a timer's function.
func (p *program) pass() {
	timer := time.AfterFunc(rand.N(5*time.Millisecond), p.gate.Broadcast)
	defer timer.Stop()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gate.Wait()
	p.passed++
	p.saw.note(12, uint64(p.passed))
}

func (p *program) readOrWrite(worker uint64) {
	if rand.IntN(3) == 0 {
		p.rw.Lock()
		p.latest = p.latest*3 + worker
		p.rw.Unlock()
		return
	}
	p.rw.RLock()
	defer p.rw.RUnlock()
	p.saw.note(13, p.latest)
	time.Sleep(50 * time.Microsecond) // with the lock held, so that others come to wait for it
}
