package checker

import (
	"fmt"
	"path/filepath"
	"reflect"
	"runtime"
	"testing"
	"time"

	"github.com/terrella-go/terrella/internal/checkerclock"
	"github.com/terrella-go/terrella/internal/prng"
)

// The number of cores decides how many parts are judged at the same time, and nothing else.
func TestResultsDoNotDependOnCores(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	m := stringStore()
	m.Reads = nil // more steps
	for _, name := range published(t, "kv/c50-*.txt") {
		ops, err := ReadJepsen(open(t, name), kvDecode)
		if err != nil {
			t.Fatal(err)
		}
		for _, steps := range []int64{0, 3000, 20_000} {
			var alone Result
			for _, cores := range []int{1, 2, 7} {
				runtime.GOMAXPROCS(cores)
				got := Check(m, ops, Config{Budget: Budget{Steps: steps}, Use: BySearch})
				got.explain = nil
				if cores == 1 {
					alone = got
				} else if !reflect.DeepEqual(got, alone) {
					t.Errorf("%s, %d steps: on %d cores\n%+v\non one\n%+v", filepath.Base(name), steps, cores, got, alone)
				}
			}
		}
	}
}

// In a world the checker starts no goroutine, which would take part in the schedule.
func TestNoGoroutinesInWorlds(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	ops := manyKeys(manyOperations)
	j, err := newJob(KeyValue[int](), refsTo(ops), Config{})
	if err != nil {
		t.Fatal(err)
	}
	if got := j.workers(); got != 4 {
		t.Errorf("%d workers outside of a world on four cores", got)
	}
	before := checkerclock.World
	defer func() { checkerclock.World = before }()
	checkerclock.World = func() (uint64, time.Duration, bool) { return 1, 0, true }
	if got := j.workers(); got != 1 {
		t.Errorf("%d workers in a world", got)
	}
}

// A model that panics does so where Check was called, and one that ends its goroutine ends the caller's.
func TestModelThatPanics(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	ops := manyKeys(2 * manyOperations)
	m := KeyValue[int]()
	step := m.Step
	end := func() { panic("the model is broken") }
	m.Step = func(s OpResult[int], in Op[int], out *OpResult[int]) (OpResult[int], bool) {
		if in.Key == "key 3" {
			end()
		}
		return step(s, in, out)
	}
	func() {
		defer func() {
			if got := fmt.Sprint(recover()); got != "the model is broken" {
				t.Errorf("recovered %s", got)
			}
		}()
		Check(m, ops, Config{})
	}()
	end = runtime.Goexit
	returned := true
	done := make(chan bool)
	go func() {
		defer close(done)
		returned = false
		Check(m, ops, Config{})
		returned = true
	}()
	if <-done; returned {
		t.Error("Check returned a result that it cannot have")
	}
}

// manyKeys is n writes, one after the other, on eight keys.
func manyKeys(n int) []Operation[Op[int], OpResult[int]] {
	r := prng.Seed(1).Stream()
	ops := make([]Operation[Op[int], OpResult[int]], n)
	for i := range ops {
		ops[i] = Operation[Op[int], OpResult[int]]{ID: i, In: Op[int]{Kind: Write, Key: fmt.Sprintf("key %d", r.IntN(8)), Value: i},
			Call: Stamp{Order: uint64(2 * i)}, Return: Stamp{Order: uint64(2*i + 1)}}
	}
	return ops
}
