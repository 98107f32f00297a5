package kernel_test

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/terrella-go/terrella/internal/kernel"
)

type thing struct {
	name int
	_    [3]int
}

type keyed struct {
	p *thing
	s string
	a any
}

var global thing

// walks returns the order in which maps keyed by addresses are walked, after garbage that moves
// new objects elsewhere.
func walks(seed uint64, garbage int) []string {
	var keep [][]byte
	var out []string
	r := kernel.Run(kernel.Config{Seed: seed}, func() {
		litter := func() {
			for i := range garbage {
				keep = append(keep, make([]byte, 8+i%200))
				if i%3 == 0 {
					keep = keep[:0]
				}
			}
			if garbage > 0 {
				runtime.GC()
			}
		}
		pointers := make(map[*thing]int)
		chans := make(map[chan int]int)
		anys := make(map[any]int)
		structs := make(map[keyed]int)
		arrays := make(map[[2]*int8]int)
		tiny := make(map[*int8]int)
		inside := make(map[*int]int)
		var synced sync.Map
		for i := range 50 {
			litter()
			th := &thing{name: i}
			pointers[th] = i
			chans[make(chan int)] = i
			anys[th] = i
			anys[i] = 100 + i
			anys[fmt.Sprint(i)] = 200 + i
			anys[float64(i)+0.5] = 300 + i
			structs[keyed{th, fmt.Sprint(i), &pointers}] = i
			b := new(int8)
			tiny[b] = i
			arrays[[2]*int8{b, nil}] = i
			inside[&th.name] = i
			synced.Store(th, i)
			synced.LoadOrStore(keyed{th, fmt.Sprint(i), &pointers}, i)
			synced.Store(i, i)
			if i%5 == 4 {
				delete(pointers, th)
			}
		}
		pointers[&global] = 1000
		litter()
		add := func(n int) { out = append(out, fmt.Sprint(n)) }
		for range 2 {
			for _, n := range pointers {
				add(n)
			}
			for _, n := range chans {
				add(n)
			}
			for _, n := range anys {
				add(n)
			}
			for _, n := range structs {
				add(n)
			}
			for _, n := range arrays {
				add(n)
			}
			for _, n := range tiny {
				add(n)
			}
			for _, n := range inside {
				add(n)
			}
			synced.Range(func(_, n any) bool { add(n.(int)); return true })
		}
	})
	if r.Outcome != kernel.Done {
		return []string{r.Outcome.String()}
	}
	runtime.KeepAlive(keep)
	return out
}

func TestMapsKeyedByAddressesAreWalkedAlike(t *testing.T) {
	walks(1, 0)
	orders := make(map[string]bool)
	for seed := range uint64(10) {
		want := walks(seed, 0)
		if len(want) != 2*(40+1+50+200+50+50+50+50+150) {
			t.Fatalf("%d entries were walked", len(want))
		}
		for _, garbage := range []int{1, 100, 1000} {
			if got := walks(seed, garbage); !slices.Equal(got, want) {
				t.Fatalf("seed %d with garbage %d: another order", seed, garbage)
			}
		}
		orders[fmt.Sprint(want)] = true
		if slices.Equal(want[:41], want[len(want)/2:][:41]) {
			t.Errorf("seed %d: both iterations have the same order", seed)
		}
	}
	if len(orders) != 10 {
		t.Errorf("%d orders in 10 seeds", len(orders))
	}
}

// An iteration in order keeps what the language promises of maps that are changed under way.
func TestOrderedWalkOfAChangingMap(t *testing.T) {
	for seed := range uint64(200) {
		kernel.Run(kernel.Config{Seed: seed}, func() {
			for _, size := range []int{2, 7, 8, 9, 100, 3000} {
				m := make(map[*thing]int)
				var keys []*thing
				for i := range size {
					k := &thing{name: i}
					keys = append(keys, k)
					m[k] = i
				}
				deleted := make(map[int]bool)
				seen := make(map[int]bool)
				for k, v := range m {
					if deleted[k.name] {
						t.Fatalf("a deleted key is met")
					}
					if seen[k.name] {
						t.Fatalf("a key is met twice")
					}
					if v != k.name && v != -k.name {
						t.Fatalf("key %d has the element %d", k.name, v)
					}
					seen[k.name] = true
					victim := keys[(k.name*7+1)%size]
					if !seen[victim.name] && k.name%3 == 0 {
						delete(m, victim)
						deleted[victim.name] = true
					} else if !deleted[victim.name] {
						m[victim] = -victim.name
					}
					if k.name%10 == 0 {
						m[&thing{name: size + len(m)}] = 0
						delete(m, nil)
					}
					if len(seen) > 2*size {
						break
					}
				}
				for _, k := range keys {
					if !seen[k.name] && !deleted[k.name] {
						t.Fatalf("size %d: key %d is not met", size, k.name)
					}
				}
				nan := map[any]int{math.NaN(): 1, math.NaN(): 2, "x": 3}
				sum := 0
				for _, v := range nan {
					sum += v
				}
				if sum != 6 {
					t.Fatalf("the elements sum up to %d; want 6", sum)
				}
				for range nan {
					clear(nan)
					sum++
				}
				if sum != 7 {
					t.Fatalf("%d entries of a map that was cleared", sum-6)
				}
			}
		})
	}
}

// A context that is cancelled cancels its children in the order of a map that is keyed by them.
func TestContextsAreCancelledAlike(t *testing.T) {
	order := func(garbage int) (out []int) {
		kernel.Run(kernel.Config{Seed: 7}, func() {
			parent, cancel := context.WithCancel(context.Background())
			done := make(chan int, 100)
			for i := range 100 {
				_ = make([]byte, garbage*i)
				child, stop := context.WithCancel(parent)
				defer stop()
				context.AfterFunc(child, func() { done <- i })
			}
			runtime.GC()
			cancel()
			for range 100 {
				out = append(out, <-done)
			}
		})
		return out
	}
	want := order(0)
	for g := range 10 {
		if got := order(g); !slices.Equal(got, want) {
			t.Fatalf("%v; want %v", got, want)
		}
	}
}

// The same for a sync.Map that is changed under way.
func TestOrderedWalkOfAChangingSyncMap(t *testing.T) {
	for seed := range uint64(50) {
		kernel.Run(kernel.Config{Seed: seed}, func() {
			var m sync.Map
			var keys []*thing
			for i := range 100 {
				keys = append(keys, &thing{name: i})
				m.Store(keys[i], i)
			}
			m.Store(math.NaN(), 100)
			seen := make([]int, 101)
			gone := make([]bool, 101)
			m.Range(func(_, value any) bool {
				n := value.(int)
				if n < 0 {
					n = -n // it was stored under way
				}
				seen[n]++
				if gone[n] {
					t.Errorf("key %d is met after it was deleted", n)
				}
				other := (n*7 + 1) % 100
				if n%3 == 0 {
					m.Delete(keys[other])
					gone[other] = true
				} else if !gone[other] && other > 0 {
					m.Store(keys[other], -other)
				}
				return true
			})
			for n := range seen {
				if seen[n] > 1 || seen[n] == 0 && !gone[n] {
					t.Errorf("key %d was met %d times", n, seen[n])
				}
			}
			visits := 0
			m.Range(func(any, any) bool { visits++; return visits < 3 })
			if visits != 3 {
				t.Errorf("a walk that is to end at the third key met %d", visits)
			}
		})
	}
}
