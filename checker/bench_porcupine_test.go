package checker

import (
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/terrella-go/terrella/internal/prng"
)

// A contest is a history for porcupine, with a model written for it, which both
// searches get as they are: no keys, no reads, no hints.
type contest struct {
	name      string
	model     porcupine.Model
	histories [][]porcupine.Operation
}

// BenchmarkAgainstPorcupine compares the general search with porcupine's: both run
// in turn, each on a heap just swept, and the medians of time and the memory
// allocated are reported as ratios.
func BenchmarkAgainstPorcupine(b *testing.B) {
	for _, c := range contests(b) {
		b.Run(c.name, func(b *testing.B) {
			var ours, theirs runs
			for b.Loop() {
				var a, z []Verdict
				ours.measure(func() {
					for _, h := range c.histories {
						a = append(a, CheckOperations(c.model, h).Verdict)
					}
				})
				theirs.measure(func() {
					for _, h := range c.histories {
						z = append(z, Verdict(porcupine.CheckOperationsTimeout(c.model, h, 0)))
					}
				})
				if !slices.Equal(a, z) {
					b.Fatalf("the search says %s, porcupine %s", a, z)
				}
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(ours.time()*1e3, "search-ms")
			b.ReportMetric(theirs.time()*1e3, "porcupine-ms")
			b.ReportMetric(ours.time()/theirs.time(), "time-ratio")
			b.ReportMetric(float64(ours.bytes)/1e6, "search-MB")
			b.ReportMetric(float64(theirs.bytes)/1e6, "porcupine-MB")
			b.ReportMetric(float64(ours.bytes)/float64(theirs.bytes), "memory-ratio")
		})
	}
}

// runs are the seconds that each run took and the bytes that the last allocated.
type runs struct {
	seconds []float64
	bytes   uint64
}

func (r *runs) measure(f func()) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	start := time.Now()
	f()
	r.seconds = append(r.seconds, time.Since(start).Seconds())
	runtime.ReadMemStats(&after)
	r.bytes = after.TotalAlloc - before.TotalAlloc
}

func (r *runs) time() float64 {
	slices.Sort(r.seconds)
	return r.seconds[len(r.seconds)/2]
}

func contests(b *testing.B) []contest {
	all := []contest{
		registerContest(10, 1000, false), registerContest(10, 1000, true), registerContest(10, 10_000, true),
		registerContest(3, 100_000, false), registerContest(3, 100_000, true),
	}
	register := pick(few, Read, Read, Write, CAS)
	for _, wrong := range []bool{false, true} {
		all = append(all,
			modelContest("cas", Register(0), register, 1000, wrong),
			modelContest("set", Set[int](), pick(one, Add, Remove, Contains), 1000, wrong),
			modelContest("queue", Queue[int](), pick(few, Put, Take), 40, wrong),
			modelContest("stack", Stack[int](), pick(few, Put, Take), 40, wrong),
			modelContest("priority queue", PriorityQueue[int](), with(pick(few, Put, Take), urgency), 40, wrong),
		)
	}
	return append(all, etcdContest(b), keyValueContest(b))
}

func one(*prng.Stream, int) int { return 1 }

func registerContest(clients, n int, stale bool) contest {
	kind := "legal"
	if stale {
		kind = "late stale read"
	}
	return contest{fmt.Sprintf("register/clients=%d/ops=%d/%s", clients, n, kind), plainRegister(),
		[][]porcupine.Operation{porcupineHistory(registerHistory(clients, n, 1, stale))}}
}

// modelContest makes ten histories of n operations on a correct object, in which
// values repeat, and if wrong is set makes one answer near the end a wrong one.
func modelContest[S any](name string, m Model[S, iop, ires], in func(*prng.Stream, int) iop, n int, wrong bool) contest {
	m, _ = m.filled()
	c := contest{fmt.Sprintf("%s/ops=%d/legal", name, n), m.Porcupine(), nil}
	if wrong {
		c.name = fmt.Sprintf("%s/ops=%d/late wrong answer", name, n)
	}
	for seed := range uint64(10) {
		ops := objectHistory(m, in, 3, n, seed)
		if wrong {
			answerWrongly(m, ops)
		}
		history := porcupineHistory(ops)
		for i := range history {
			history[i].Output = &ops[i].Out
		}
		c.histories = append(c.histories, history)
	}
	return c
}

// answerWrongly gives a late operation the answer of an earlier one of its kind.
func answerWrongly[S any](m Model[S, iop, ires], ops []Operation[iop, ires]) {
	for i := len(ops) - 10; i > 0; i-- {
		for j := i - 1; j > 0; j-- {
			if ops[i].In.Kind == ops[j].In.Kind && ops[i].Out != ops[j].Out && ops[i].In.Kind != Write && ops[i].In.Kind != Put {
				ops[i].Out = ops[j].Out
				return
			}
		}
	}
}

// objectHistory is a correct object under several clients.
func objectHistory[S, In, Out any](m Model[S, In, Out], in func(*prng.Stream, int) In, clients, n int, seed uint64) []Operation[In, Out] {
	r := prng.Seed(seed).Stream()
	ops := make([]Operation[In, Out], 0, n)
	open, effect := make([]int, clients), make([]bool, n)
	for c := range open {
		open[c] = none
	}
	state := m.Init()
	for clock, done := uint64(1), 0; done < n; clock++ {
		c := r.IntN(clients)
		switch i := open[c]; {
		case i == none && len(ops) < n:
			open[c] = len(ops)
			ops = append(ops, Operation[In, Out]{ID: len(ops), Client: c, In: in(r, len(ops)), Call: Stamp{Order: clock}})
		case i == none:
		case !effect[i]:
			ops[i].Out = m.Answer(state, ops[i].In)
			state, _ = m.Step(state, ops[i].In, &ops[i].Out)
			effect[i] = true
		default:
			ops[i].Return = Stamp{Order: clock}
			open[c] = none
			done++
		}
	}
	return ops
}

// etcdContest is the histories of etcd that porcupine is tested with.
func etcdContest(b *testing.B) contest {
	m := Register(-1)
	c := contest{"etcd, published", m.Porcupine(), nil}
	for _, name := range published(b, "jepsen/*.log") {
		ops, err := ReadJepsen(open(b, name), DecodeRegister(-1))
		if err != nil {
			b.Fatalf("%s: %v", name, err)
		}
		c.histories = append(c.histories, forPorcupine(ops))
	}
	return c
}

// keyValueContest is the key-value histories that porcupine is tested with.
func keyValueContest(b *testing.B) contest {
	m := stringStore()
	c := contest{"key-value, published", m.Porcupine(), nil}
	c.model.Partition = func(history []porcupine.Operation) [][]porcupine.Operation {
		byKey := map[string][]porcupine.Operation{}
		var keys []string
		for _, o := range history {
			key := o.Input.(kvOp).key
			if byKey[key] == nil {
				keys = append(keys, key)
			}
			byKey[key] = append(byKey[key], o)
		}
		var parts [][]porcupine.Operation
		for _, key := range keys {
			parts = append(parts, byKey[key])
		}
		return parts
	}
	for _, name := range published(b, "kv/*.txt") {
		ops, err := ReadJepsen(open(b, name), kvDecode)
		if err != nil {
			b.Fatalf("%s: %v", filepath.Base(name), err)
		}
		c.histories = append(c.histories, forPorcupine(ops))
	}
	return c
}
