package checker

import (
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/terrella-go/terrella/internal/checkerclock"
)

// manyOperations is the length from which on a history is judged by several goroutines.
const manyOperations = 512

// workers returns how many parts are judged at the same time. In a world it is one: there
// each goroutine takes part in the schedule, and only one runs at a time anyway.
func (j *job[S, In, Out]) workers() int {
	if len(j.ops) < manyOperations {
		return 1
	}
	if checkerclock.World != nil {
		if _, _, in := checkerclock.World(); in {
			return 1
		}
	}
	return min(runtime.GOMAXPROCS(0), len(j.parts))
}

// each calls f(0), f(1), …, f(n-1) in this order, up to workers at a time. What ends
// one of them, a panic or runtime.Goexit, ends each.
func each(n, workers int, f func(i int)) {
	if workers < 2 {
		for i := range n {
			f(i)
		}
		return
	}
	var (
		next     atomic.Int64
		all      sync.WaitGroup
		ended    atomic.Int64
		mu       sync.Mutex
		panicked any
	)
	for range workers {
		all.Go(func() {
			defer func() {
				if p := recover(); p != nil {
					mu.Lock()
					panicked = p
					mu.Unlock()
				}
			}()
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				f(int(i))
			}
			ended.Add(1)
		})
	}
	all.Wait()
	switch {
	case panicked != nil:
		panic(panicked)
	case ended.Load() < int64(workers):
		runtime.Goexit()
	}
}
