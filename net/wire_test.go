package simnet

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/terrella-go/terrella/internal/prng"
)

// eachPacket calls f for all packets that are under way.
func (a *agenda) eachPacket(f func(*entry[*packet])) {
	for i := range a.near {
		f(&a.near[i])
	}
	if a.far == nil {
		return
	}
	for level := range a.far.chunks {
		for _, c := range a.far.chunks[level] {
			for ; c != nil; c = c.next {
				for i := range c.count {
					f(&c.all[i])
				}
			}
		}
	}
}

// due is what the agenda's test has put on it.
type due struct {
	at    time.Duration
	order uint64
	t     *task
	p     *packet
}

func (d *due) compare(e *due) int {
	return cmp.Or(cmp.Compare(d.at, e.at), cmp.Compare(d.order, e.order))
}

// The agenda must give back what is on it in order, whatever is added and removed meanwhile: with few
// packets under way and with many, near and far ahead.
func TestAgenda(t *testing.T) {
	for _, most := range []int{5, 400, 2000, 20_000} {
		t.Run(strconv.Itoa(most), func(t *testing.T) { testAgenda(t, most) })
	}
}

func testAgenda(t *testing.T, most int) {
	s := prng.Seed(1).Stream()
	var a agenda
	flows := []*flow{{key: 1 << 63}, {key: 1 << 62}, {key: 0}}
	var there []*due // in order
	now := time.Duration(0)
	insert := func(d *due) {
		i, _ := slices.BinarySearchFunc(there, d, (*due).compare)
		there = slices.Insert(there, i, d)
	}
	growing := true
	for range 5 * (most + 1000) {
		if len(there) == 0 || len(there) > most {
			growing = len(there) == 0
		}
		ahead := time.Duration(s.Uint64N(1 << s.Uint64N(50)))
		switch {
		case growing == s.Chance(3, 4) && s.Chance(1, 4):
			k := new(task)
			a.addTimer(k, now+ahead)
			insert(&due{now + ahead, a.seq | 1, k, nil})
		case growing == s.Chance(3, 4):
			f := flows[s.IntN(len(flows))]
			p := &packet{flow: f}
			a.addPacket(p, now+ahead)
			insert(&due{now + ahead, (uint64(f.key)>>orderBits|1)<<orderBits | a.seq, nil, p})
		case s.Chance(1, 4) && len(there) > 0:
			i := s.IntN(len(there))
			if k := there[i].t; k != nil {
				a.remove(k)
				a.remove(k) // again is harmless
				there = slices.Delete(there, i, i+1)
			}
		case len(there) > 0:
			d := there[0]
			if next := min(a.nextTimer(), a.nextPacket()); next != d.at {
				t.Fatalf("the next is at %v, want %v", next, d.at)
			}
			if d.at > 0 {
				if task, packet := a.take(d.at - 1); task != nil || packet != nil {
					t.Fatal("something comes early")
				}
			}
			if s.Chance(1, 20) { // the clock may be late
				d = there[min(len(there)-1, s.IntN(30))]
			}
			now = max(now, d.at)
			for len(there) > 0 && there[0].at <= now {
				if task, packet := a.take(now); task != there[0].t || packet != there[0].p {
					t.Fatalf("at %v came %v and %v, want %v", now, task, packet, there[0])
				}
				there = there[1:]
			}
		}
	}
	packets := 0
	a.eachPacket(func(*entry[*packet]) { packets++ })
	if packets+len(a.timers) != len(there) {
		t.Errorf("%d packets and %d timers are left, want %d", packets, len(a.timers), len(there))
	}
	for i, e := range a.timers {
		if e.it.pos != i+1 {
			t.Fatalf("timer %d believes to be at %d", i+1, e.it.pos)
		}
	}
}

// A ring must hold what a plain slice does.
func TestRing(t *testing.T) {
	s := prng.Seed(1).Stream()
	var pool bufferPool
	var r, other ring
	var want, wantOther []byte
	for range 20_000 {
		switch s.IntN(5) {
		case 0:
			data := randomBytes(s.IntN(700))
			r.add(&pool, data)
			want = append(want, data...)
		case 1:
			got := make([]byte, s.IntN(900))
			n := r.take(&pool, got)
			if !bytes.Equal(got[:n], want[:n]) || n != min(len(got), len(want)) {
				t.Fatalf("took %d bytes that are not the first", n)
			}
			want = want[n:]
		case 2:
			if len(want) > 0 {
				skip := s.IntN(len(want))
				n := s.IntN(len(want) - skip + 1)
				other.addFrom(&pool, &r, skip, n)
				wantOther = append(wantOther, want[skip:skip+n]...)
			}
		case 3:
			n := s.IntN(len(wantOther) + 1)
			other.drop(&pool, n)
			wantOther = wantOther[n:]
		case 4:
			if len(want) > 0 {
				bit := s.IntN(8 * len(want))
				r.flip(bit)
				want = slices.Clone(want)
				want[bit/8] ^= 1 << (bit % 8)
			}
		}
		if r.n != len(want) || other.n != len(wantOther) {
			t.Fatalf("%d and %d bytes, want %d and %d", r.n, other.n, len(want), len(wantOther))
		}
		if r.n == 0 && r.buf != nil {
			t.Fatal("an empty ring holds memory")
		}
	}
}

func TestBufferPool(t *testing.T) {
	var pool bufferPool
	for _, size := range []int{0, 1, 255, 256, 257, 4096, 100_000, 64 << 20} {
		b := pool.get(size)
		if len(b) < size || len(b)&(len(b)-1) != 0 {
			t.Errorf("%d bytes for %d", len(b), size)
		}
		pool.put(b[:0])
		if size < 64<<20 {
			if again := pool.get(size); &again[0] != &b[0] {
				t.Errorf("the slice for %d bytes was not kept", size)
			}
		}
	}
}

// Closing a network with packets under way and goroutines waiting leaves nothing behind: the
// bubble that the test runs in would not end otherwise.
func TestCloseInTheMiddle(t *testing.T) {
	inWorld(t, Config{Link: Link{Latency: Constant(time.Hour)}}, func(w *world) {
		u, err := w.host("a").ListenPacket("udp", ":9")
		w.must(err)
		done := make(chan error, 2)
		go func() { _, _, err := u.ReadFrom(make([]byte, 1)); done <- err }()
		go func() { _, err := w.host("a").Dial("tcp", "b:80"); done <- err }()
		time.Sleep(time.Second)
		w.net.Close()
		w.net.Close()
		for range 2 {
			if got := w.outcome(<-done); got != "closed" {
				t.Errorf("the error is %s", got)
			}
		}
		if _, err := w.net.AddHost("d"); err == nil {
			t.Error("a closed network takes hosts")
		}
	})
}
