package simnet

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/terrella-go/terrella/internal/prng"
)

// The agenda must give tasks back in order whatever is added and removed meanwhile.
func TestAgenda(t *testing.T) {
	s := prng.Seed(1).Stream()
	var a agenda
	there := make(map[*task]bool)
	var last slot
	for range 20_000 {
		switch n := len(a.slots); {
		case n == 0 || s.Chance(5, 9):
			k := new(task)
			at := last.at + time.Duration(s.IntN(50))
			a.add(k, at, s.Uint64N(3)<<orderBits, true)
			there[k] = true
		case s.Chance(1, 4):
			k := a.slots[s.IntN(n)].t
			a.remove(k)
			a.remove(k) // again is harmless
			delete(there, k)
		default:
			least := slices.MinFunc(a.slots, func(x, y slot) int {
				if x.before(&y) {
					return -1
				}
				return 1
			})
			if a.slots[0] != least {
				t.Fatalf("%v is first, not %v", a.slots[0], least)
			}
			last = a.slots[0]
			delete(there, a.take(0))
		}
		for i, k := range a.slots {
			if k.t.pos != i+1 || !there[k.t] {
				t.Fatalf("task %d believes to be at %d", i+1, k.t.pos)
			}
		}
	}
	if len(a.slots) != len(there) {
		t.Errorf("%d tasks of %d are left", len(a.slots), len(there))
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
