package main

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/terrella-go/terrella/internal/trace"
	"github.com/terrella-go/terrella/internal/viewer"
	"github.com/terrella-go/terrella/internal/viewer/browsertest"
)

// compareHistories opens a history of so many operations in the viewer and in porcupine's own page, in turns.
func compareHistories(b *browsertest.Browser, dir string, operations int) error {
	ops := history(operations)
	ours, err := browsertest.WritePage(dir, "history.html", viewer.Named{Name: "history", Run: asRun(ops)})
	if err != nil {
		return err
	}
	theirs := filepath.Join(dir, "porcupine.html")
	_, info := porcupine.CheckOperationsVerbose(counters, ops, time.Minute)
	if err := porcupine.VisualizePath(counters, info, theirs); err != nil {
		return err
	}
	for range 3 {
		p, err := b.Open(ours)
		if err != nil {
			return err
		}
		ms, err := browsertest.Eval[float64](p, `window.terrellaDrawn`)
		if err != nil {
			return err
		}
		p.Close()
		other, err := b.Tab()
		if err != nil {
			return err
		}
		began := time.Now()
		if err := other.Load("file://" + filepath.ToSlash(theirs)); err != nil {
			return err
		}
		fmt.Printf("history of %d operations   %.0f ms here, %.0f ms in porcupine's page\n", operations, ms, float64(time.Since(began).Microseconds())/1000)
		other.Close()
	}
	return os.Remove(theirs)
}

type input struct {
	key   int
	write bool
	value int
}

// counters are 50 registers.
var counters = porcupine.Model{
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		parts := make([][]porcupine.Operation, 50)
		for _, op := range history {
			k := op.Input.(input).key
			parts[k] = append(parts[k], op)
		}
		return parts
	},
	Init: func() any { return 0 },
	Step: func(state, in, out any) (bool, any) {
		if i := in.(input); i.write {
			return true, i.value
		}
		return out.(int) == state.(int), state
	},
	DescribeOperation: func(in, out any) string { return fmt.Sprintf("%v -> %v", in, out) },
}

// history makes operations of ten clients, in an order that works.
func history(n int) []porcupine.Operation {
	r := rand.New(rand.NewPCG(5, 5))
	values := make([]int, 50)
	free := make([]int64, 10)
	var ops []porcupine.Operation
	for i := range n {
		in := input{key: r.IntN(50), write: r.IntN(2) == 0, value: i + 1}
		if in.write {
			values[in.key] = in.value
		}
		c, at := r.IntN(10), int64(100*i)
		call := max(free[c]+1, at-r.Int64N(400))
		ret := max(call, at) + 1 + r.Int64N(60)
		free[c] = ret
		ops = append(ops, porcupine.Operation{ClientId: c, Input: in, Call: call, Output: values[in.key], Return: ret})
	}
	return ops
}

// asRun makes the events of a history.
func asRun(ops []porcupine.Operation) *trace.Run {
	type moment struct {
		at  int64
		op  int
		end bool
	}
	var all []moment
	for i, op := range ops {
		all = append(all, moment{op.Call, i, false}, moment{op.Return, i, true})
	}
	slices.SortFunc(all, func(a, b moment) int { return cmp.Compare(a.at, b.at) })
	l := trace.NewLog(trace.KeepAll, nil)
	calls := make(map[int]uint64)
	for _, m := range all {
		op := ops[m.op]
		e := trace.Event{At: time.Duration(m.at) * time.Microsecond, Node: fmt.Sprintf("client%d", op.ClientId), Kind: trace.Call, Subject: fmt.Sprintf("operation %d", m.op), Cause: trace.None}
		if m.end {
			e.Kind, e.Cause = trace.Return, calls[m.op]
			l.Attach(l.Append(e), trace.AttachedOutput, fmt.Append(nil, op.Output))
			continue
		}
		calls[m.op] = l.Append(e)
		l.Attach(calls[m.op], trace.AttachedInput, fmt.Append(nil, op.Input))
	}
	return l.Run(trace.Meta{Test: "history"})
}
