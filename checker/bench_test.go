package checker

import (
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/terrella-go/terrella/internal/prng"
)

// registerHistory is a register under many clients, half of the operations writes
// of unique values, with one stale read near the end if stale is set.
func registerHistory(clients, n int, seed uint64, stale bool) []Operation[Op[int], OpResult[int]] {
	r := prng.Seed(seed).Stream()
	ops := make([]Operation[Op[int], OpResult[int]], 0, n)
	open := make([]int, clients)
	effect := make([]bool, n)
	for i := range open {
		open[i] = -1
	}
	value, clock, old := 0, uint64(0), 0
	take := func(i int) {
		effect[i] = true
		if ops[i].In.Kind == Write {
			value = ops[i].In.Value
		} else {
			ops[i].Out.Value = value
		}
	}
	for done := 0; done < n; {
		c := r.IntN(clients)
		clock++
		i := open[c]
		switch {
		case i < 0 && len(ops) < n:
			o := Operation[Op[int], OpResult[int]]{ID: len(ops), Client: c, In: Op[int]{Kind: Read}, Call: Stamp{Order: clock}}
			if r.Chance(1, 2) {
				o.In = Op[int]{Kind: Write, Value: len(ops) + 1}
			}
			open[c] = len(ops)
			ops = append(ops, o)
		case i < 0:
			clock--
		case !effect[i]:
			take(i)
		default:
			ops[i].Return = Stamp{Order: clock}
			open[c] = -1
			done++
			if done == n/2 {
				old = value
			}
		}
	}
	for i := n - n/100 - 1; stale && i < n; i++ {
		if ops[i].In.Kind == Read {
			ops[i].Out.Value = old
			break
		}
	}
	return ops
}

func porcupineHistory(ops []Operation[Op[int], OpResult[int]]) []porcupine.Operation {
	history := make([]porcupine.Operation, len(ops))
	for i := range ops {
		o := &ops[i]
		history[i] = porcupine.Operation{ClientId: o.Client, Input: o.In, Output: o.Out, Call: int64(o.Call.Order), Return: int64(o.Return.Order)}
	}
	return history
}

// plainRegister is the register as one would write it for porcupine.
func plainRegister() porcupine.Model {
	return porcupine.Model{
		Init: func() any { return 0 },
		Step: func(s, in, out any) (bool, any) {
			if op := in.(Op[int]); op.Kind == Write {
				return true, op.Value
			}
			return out.(OpResult[int]).Value == s.(int), s
		},
		Hash: func(s any) uint64 { return uint64(s.(int)) },
	}
}

func wantVerdict(b *testing.B, got, want Verdict) {
	b.Helper()
	if got != want {
		b.Fatalf("%s, want %s", got, want)
	}
}

// BenchmarkRegister compares the router, the general search and porcupine on
// one key with a late stale read.
func BenchmarkRegister(b *testing.B) {
	for _, n := range []int{1000, 10_000} {
		const clients = 10
		ops := registerHistory(clients, n, 1, true)
		history := porcupineHistory(ops)
		b.Run(fmt.Sprintf("zones/clients=%d/ops=%d", clients, n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				wantVerdict(b, Check(Register(0), ops, Config{}).Verdict, Illegal)
			}
		})
		b.Run(fmt.Sprintf("search/clients=%d/ops=%d", clients, n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				wantVerdict(b, Check(Register(0), ops, Config{Use: BySearch}).Verdict, Illegal)
			}
		})
		b.Run(fmt.Sprintf("plain search/clients=%d/ops=%d", clients, n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				wantVerdict(b, CheckOperations(plainRegister(), history).Verdict, Illegal)
			}
		})
		b.Run(fmt.Sprintf("porcupine/clients=%d/ops=%d", clients, n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				wantVerdict(b, Verdict(porcupine.CheckOperationsTimeout(plainRegister(), history, 0)), Illegal)
			}
		})
	}
}

// TestGrowth prints time and memory against length, if TERRELLA_CHECKER_GROWTH is
// set to the number of clients; it always checks the verdicts, on short histories.
func TestGrowth(t *testing.T) {
	clients, lengths := 10, []int{1000}
	if text := os.Getenv("TERRELLA_CHECKER_GROWTH"); text != "" {
		if _, err := fmt.Sscan(text, &clients); err != nil {
			t.Fatal(err)
		}
		lengths = []int{1000, 10_000, 100_000, 1_000_000}
	}
	for _, n := range lengths {
		for _, stale := range []bool{false, true} {
			ops := registerHistory(clients, n, 7, stale)
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			start := time.Now()
			r := Check(Register(0), ops, Config{})
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			want := Ok
			if stale {
				want = Illegal
			}
			if r.Verdict != want {
				t.Errorf("%d operations: %s, want %s", n, r.Verdict, want)
			}
			t.Logf("%d clients, %8d operations, stale read %5v: %-8s %9.1f ms, %7.1f MB allocated, %7.1f MB of history",
				clients, n, stale, r.Verdict, float64(took.Microseconds())/1000, float64(after.TotalAlloc-before.TotalAlloc)/1e6, float64(before.HeapAlloc)/1e6)
		}
	}
}

// BenchmarkLongLegal compares the searches where porcupine can still follow: few
// clients, nothing wrong. Its memory grows with the square of the length all the same.
func BenchmarkLongLegal(b *testing.B) {
	const clients, n = 3, 100_000
	history := porcupineHistory(registerHistory(clients, n, 1, false))
	b.Run("plain search", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			wantVerdict(b, CheckOperations(plainRegister(), history).Verdict, Ok)
		}
	})
	b.Run("porcupine", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			wantVerdict(b, Verdict(porcupine.CheckOperationsTimeout(plainRegister(), history, 0)), Ok)
		}
	})
}

// collectionHistory is a correct collection under many clients.
func collectionHistory[S any](m Model[S, Op[int], OpResult[int]], clients, n int) []Operation[Op[int], OpResult[int]] {
	r := prng.Seed(3).Stream()
	ops := make([]Operation[Op[int], OpResult[int]], 0, n)
	state, clock := m.Init(), uint64(0)
	for len(ops) < n {
		// A batch of overlapping operations, which take effect in a random order.
		first := len(ops)
		for c := range min(clients, n-first) {
			in := Op[int]{Kind: Put, Value: first + c, Priority: int64(r.Uint64N(1 << 30))}
			if r.Chance(1, 2) {
				in = Op[int]{Kind: Take}
			}
			clock++
			ops = append(ops, Operation[Op[int], OpResult[int]]{ID: len(ops), Client: c, In: in, Call: Stamp{Order: clock}})
		}
		batch := ops[first:]
		order := make([]int, len(batch))
		for i := range order {
			order[i] = i
		}
		r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, i := range order {
			o := &batch[i]
			o.Out = m.Answer(state, o.In)
			state, _ = m.Step(state, o.In, &o.Out)
		}
		for i := range batch {
			clock++
			batch[i].Return = Stamp{Order: clock}
		}
	}
	return ops
}

func benchCollection[S any](b *testing.B, m Model[S, Op[int], OpResult[int]]) {
	for _, n := range []int{10_000, 100_000} {
		ops := collectionHistory(m, 8, n)
		b.Run(fmt.Sprintf("%s/decrease/ops=%d", m.Name, n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r := Check(m, ops, Config{})
				wantVerdict(b, r.Verdict, Ok)
				if r.Parts[0].Algorithm != ByDecrease {
					b.Fatal(r.Parts[0].Algorithm)
				}
			}
		})
	}
	ops := collectionHistory(m, 3, 200)
	for _, use := range []Algorithm{"", BySearch, ByPorcupine} {
		name := string(use)
		if use == "" {
			name = "routed"
		}
		b.Run(fmt.Sprintf("%s/%s/clients=3/ops=200", m.Name, name), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				wantVerdict(b, Check(m, ops, Config{Use: use, Budget: Budget{Steps: 1 << 40, Bytes: 1 << 40}}).Verdict, Ok)
			}
		})
	}
}

func BenchmarkCollections(b *testing.B) {
	benchCollection(b, Queue[int]())
	benchCollection(b, Stack[int]())
	benchCollection(b, PriorityQueue[int]())
}

func BenchmarkTransactions(b *testing.B) {
	for _, n := range []int{1000, 100_000} {
		ops := txnWorkload(serial, true, 20, 10, n, 1)
		b.Run(fmt.Sprintf("lists/txns=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				wantVerdict(b, CheckTransactions(ops, StrictSerializable).Verdict, Ok)
			}
		})
	}
}

func BenchmarkDo(b *testing.B) {
	b.ReportAllocs()
	h := new(History[Op[int], OpResult[int]])
	for i := 0; b.Loop(); i++ {
		if i%1_000_000 == 0 {
			h = new(History[Op[int], OpResult[int]])
		}
		h.Do(0, Op[int]{Kind: Read}, func() (OpResult[int], error) { return OpResult[int]{}, nil })
	}
}

// BenchmarkMonitor shows how the work grows with the operations that are open at once on
// one key, and with those whose outcome is unknown, which stay open for ever.
func BenchmarkMonitor(b *testing.B) {
	for _, clients := range []int{2, 4, 6, 8, 10, 12, 16} {
		b.Run(fmt.Sprintf("open=%d", clients), func(b *testing.B) { benchMonitor(b, clients, 0) })
	}
	for _, unknown := range []int{1, 2, 4, 8, 16} {
		b.Run(fmt.Sprintf("open=4/unknown=%d", unknown), func(b *testing.B) { benchMonitor(b, 4, unknown) })
	}
}

// benchMonitor monitors a register, after some writes that timed out.
func benchMonitor(b *testing.B, clients, unknown int) {
	ops := registerHistory(clients, 1000, 1, false)
	spans := make([]span, len(ops))
	for i, o := range ops {
		spans[i] = span{o.Call.Order, o.Return.Order, false}
	}
	events := sortEvents(spans)
	most, gaveUp := 0, false
	for b.Loop() {
		m, err := NewMonitor(Register(0), Config{})
		if err != nil {
			b.Fatal(err)
		}
		for i := range unknown {
			m.Return(m.Call(Op[int]{Kind: Write, Value: -1 - i}), OpResult[int]{}, OutcomeUnknown)
		}
		tickets := make([]int, len(ops))
		for _, e := range events {
			if e&1 == 0 {
				tickets[e>>1] = m.Call(ops[e>>1].In)
			} else {
				m.Return(tickets[e>>1], ops[e>>1].Out, OutcomeOK)
			}
			most = max(most, len(m.parts[nil].configs))
		}
		if m.Verdict() == Illegal {
			b.Fatal("a correct register was found illegal")
		}
		gaveUp = m.Verdict() == Unknown
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*len(events)), "µs/event")
	b.ReportMetric(float64(most), "configurations")
	if gaveUp {
		b.ReportMetric(1, "gave-up")
	}
}
