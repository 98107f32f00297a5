package globals_test

import (
	"container/list"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"unsafe"

	"github.com/terrella-go/terrella/internal/globals"
)

type node struct {
	next *node
	n    int
}

type settings struct {
	name  string
	level int
}

var (
	number   int
	small    int16
	flag     bool
	counter  atomic.Uint64
	mu       sync.Mutex
	once     sync.Once
	array    [100]byte
	table    = make(map[string]int)
	grown    []int
	chain    = &node{next: &node{next: &node{n: 3}}}
	initial  = &settings{name: "a", level: 1} // the compiler makes the value
	words    = []string{"a", "b", "c"}
	anything any
	ring     = list.New()
	pool     = sync.Pool{New: func() any { return new([64]byte) }}
	queue    = make(chan int, 3)
	boxed    = new(int)
	fresh    *node
	calls    func() int
	large    = make([]*node, 100_000)
)

// changes takes snapshots before and after f and returns the names of this file's variables that differ.
func changes(t *testing.T, f func()) []string {
	t.Helper()
	table, err := globals.Open()
	if err != nil {
		t.Fatal(err)
	}
	before := table.Take()
	f()
	after := table.Take()
	var names []string
	for _, c := range after.Since(before) {
		name, ok := strings.CutPrefix(c.String(), "github.com/terrella-go/terrella/internal/globals_test.")
		if !ok {
			t.Errorf("%s is not the program's", c.Name)
		}
		names = append(names, name)
	}
	return names
}

func TestChangesAreSeen(t *testing.T) {
	calls = func() func() int { n := 0; return func() int { n++; return n } }()
	fresh = &node{n: 7}
	tests := []struct {
		name string
		want string
		f    func()
	}{
		{"number", "number (0, then 5)", func() { number = 5 }},
		{"small number", "small (0, then 77)", func() { small = 77 }},
		{"bool", "flag (0, then 1)", func() { flag = true }},
		{"atomic", "counter (0, then 2)", func() { counter.Add(2) }},
		{"locked", "mu (0, then 1)", func() { mu.Lock() }},
		{"once", "once", func() { once.Do(func() {}) }},
		{"last byte", "array", func() { array[99]++ }},
		{"map gets a key", "table", func() { table["a"] = 1 }},
		{"map changes a value", "table", func() { table["a"]++ }},
		{"map grows", "table", func() {
			for i := range 100 {
				table[fmt.Sprint(i)] = i
			}
		}},
		{"value deep in a map", "table", func() { table["77"] = 78 }},
		{"slice", "grown", func() { grown = append(grown, 1) }},
		{"third of a chain", "chain", func() { chain.next.next.n++ }},
		{"initial value", "initial", func() { initial.level++ }},
		{"initial slice", "words", func() { words[2] = "d" }},
		{"interface", "anything", func() { anything = &node{n: 1} }},
		{"behind an interface", "anything", func() { anything.(*node).n++ }},
		{"list", "ring", func() { ring.PushBack(1) }},
		{"channel's buffer", "queue", func() { queue <- 1 }},
		{"captured", "calls", func() { calls() }},
		{"small object", "boxed", func() { *boxed++ }},
		{"another object", "fresh", func() { fresh = &node{n: 8} }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := changes(t, test.f); !slices.Equal(got, []string{test.want}) {
				t.Errorf("changed are %q; want %q", got, test.want)
			}
		})
	}
}

func TestNothingElseIsAChange(t *testing.T) {
	pool.Put(new([64]byte))
	tests := []struct {
		name string
		f    func()
	}{
		{"nothing", func() {}},
		{"the collector", func() { runtime.GC(); runtime.GC() }},
		{"a pool", func() {
			for range 10 {
				pool.Put(new([64]byte))
			}
			pool.Get()
			runtime.GC()
		}},
		{"there and back", func() { mu.TryLock(); mu.Unlock(); mu.Lock() }},
		{"a copy of equal shape", func() { fresh = &node{n: fresh.n} }},
		{"small objects of others", func() {
			for range 100 {
				*new(int)++
			}
		}},
	}
	fresh = &node{n: 1}
	mu.TryLock()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := changes(t, test.f); got != nil {
				t.Errorf("changed are %q; want none", got)
			}
		})
	}
}

// What a variable reaches is looked at up to a bound, and a large one keeps no other from being seen.
func TestBounds(t *testing.T) {
	for i := range large {
		large[i] = &node{n: i}
	}
	if got := changes(t, func() { large[10].n = -1 }); !slices.Equal(got, []string{"large"}) {
		t.Errorf("near its beginning: changed are %q; want it", got)
	}
	if got := changes(t, func() { large[len(large)-1].n = -1; number++ }); len(got) != 1 || !strings.HasPrefix(got[0], "number (") {
		t.Errorf("beyond the bound: changed are %q; want only the number", got)
	}
}

func BenchmarkTake(b *testing.B) {
	table, err := globals.Open()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		table.Take()
	}
	b.ReportMetric(float64(table.Len()), "variables")
}

func BenchmarkOpen(b *testing.B) {
	for b.Loop() {
		if _, err := globals.Open(); err != nil {
			b.Fatal(err)
		}
	}
}

// adder returns a function that lies on the heap, as do its variables.
//
//go:noinline
func adder(sum *settings) *func(add int) {
	f := func(add int) { sum.level += add }
	return &f
}

// What a function has of variables from where it was made counts if it is asked for.
func TestVariablesOfFunction(t *testing.T) {
	table, err := globals.Open()
	if err != nil {
		t.Fatal(err)
	}
	sum := new(settings)
	f := adder(sum)
	for _, c := range []struct {
		add     int
		but     *settings
		changes bool
	}{{0, nil, false}, {1, nil, true}, {1, sum, false}} {
		before := table.TakeWith(unsafe.Pointer(f), unsafe.Pointer(c.but))
		(*f)(c.add)
		changed := slices.ContainsFunc(table.TakeWith(unsafe.Pointer(f), unsafe.Pointer(c.but)).Since(before), func(c globals.Change) bool {
			return c.Name == "variables of the test's function"
		})
		if changed != c.changes {
			t.Errorf("%d is added, all but %p is looked at: changed is %v, want %v", c.add, c.but, changed, c.changes)
		}
	}
}
