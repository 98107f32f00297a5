package checker

import (
	"fmt"
	"strings"
	"testing"

	"github.com/terrella-go/terrella/internal/prng"
)

// firstIllegal returns the number of events after which ops is illegal by trying
// every order of every prefix, or -1.
func firstIllegal[S, In, Out any](m Model[S, In, Out], ops []Operation[In, Out], events []int32) int {
	for n := 1; n <= len(events); n++ {
		if events[n-1]&1 == 0 {
			continue // a call makes nothing illegal
		}
		var prefix []Operation[In, Out]
		at := map[int32]int{}
		for _, e := range events[:n] {
			o := ops[e>>1]
			if e&1 == 0 {
				o.Outcome, o.Pending = OutcomeUnknown, true
				at[e>>1] = len(prefix)
				prefix = append(prefix, o)
			} else {
				prefix[at[e>>1]] = o
			}
		}
		if !naive(m, prefix) {
			return n
		}
	}
	return -1
}

func monitorAgrees[S, In, Out any](t *testing.T, rc recipe[S, In, Out]) {
	t.Run(rc.model.Name, func(t *testing.T) {
		t.Parallel()
		n, illegal := histories(t)/4, 0
		for i := range n {
			ops := rc.history(prng.Seed(uint64(i)).Name("monitor").Stream())
			spans := make([]span, len(ops))
			for j, o := range ops {
				spans[j] = span{o.Call.Order, o.Return.Order, o.Pending}
			}
			events := sortEvents(spans)
			want := firstIllegal(rc.model, ops, events)
			m, err := NewMonitor(rc.model, Config{})
			if err != nil {
				t.Fatal(err)
			}
			tickets, got := map[int32]int{}, -1
			for k, e := range events {
				if e&1 == 0 {
					tickets[e>>1] = m.Call(ops[e>>1].In)
				} else if m.Return(tickets[e>>1], ops[e>>1].Out, ops[e>>1].Outcome) == Illegal {
					got = k + 1
					break
				}
			}
			if got != want {
				t.Fatalf("history %d: illegal after event %d, want %d\n%s", i, got, want, rc.dump(ops))
			}
			if want >= 0 {
				illegal++
			}
		}
		if illegal < n/50 {
			t.Errorf("only %d of %d histories are illegal", illegal, n)
		}
	})
}

func TestMonitorAgrees(t *testing.T) {
	register := Register(0)
	monitorAgrees(t, recipe[int, iop, ires]{renamed(register, "monitored"), pick(unique, Read, Read, Write), anyResult(7), answered(register), false})
	monitorAgrees(t, recipe[int, iop, ires]{renamed(register, "few values"), pick(few, Read, Write, CAS), anyResult(3), answered(register), false})
	kv := KeyValue[int]()
	monitorAgrees(t, recipe[ires, iop, ires]{kv, with(pick(few, Read, Write, CAS, Delete), named), anyResult(3), answered(kv), false})
	queue := Queue[int]()
	monitorAgrees(t, recipe[List[int], iop, ires]{queue, pick(unique, Put, Take), anyResult(7), answered(queue), false})
	set := Set[int]()
	monitorAgrees(t, recipe[bool, iop, ires]{set, pick(few, Add, Remove, Contains), anyResult(3), answered(set), false})
}

// TestMonitorMemory checks that a monitor keeps nothing of what is over.
func TestMonitorMemory(t *testing.T) {
	m, err := NewMonitor(Register(0), Config{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20_000 {
		a, b := m.Call(Op[int]{Kind: Write, Value: i + 1}), m.Call(Op[int]{Kind: Read})
		m.Return(a, OpResult[int]{}, OutcomeOK)
		m.Return(b, OpResult[int]{Value: i + i%2}, OutcomeOK)
	}
	w := m.parts[nil]
	if m.Verdict() != Ok || len(w.configs) != 1 || len(w.ops) != 0 || len(m.open) != 0 {
		t.Errorf("%s, with %d configurations, %d operations", m.Verdict(), len(w.configs), len(w.ops))
	}
}

func TestMonitorGivesUp(t *testing.T) {
	m, err := NewMonitor(Register(0), Config{Budget: Budget{Steps: 100}})
	if err != nil {
		t.Fatal(err)
	}
	var tickets []int
	for i := range 12 {
		tickets = append(tickets, m.Call(Op[int]{Kind: Write, Value: i + 1}))
	}
	r := m.Call(Op[int]{Kind: Read})
	if v := m.Return(r, OpResult[int]{Value: 99}, OutcomeOK); v != Unknown {
		t.Errorf("%s with a budget of 100 steps, want Unknown", v)
	}
	if v := m.Return(tickets[0], OpResult[int]{}, OutcomeOK); v != Unknown {
		t.Errorf("%s afterwards, want Unknown", v)
	}
}

// A fakeT records how it was failed.
type fakeT struct{ errors, fatals []string }

func (f *fakeT) Helper() {}
func (f *fakeT) Errorf(format string, args ...any) {
	f.errors = append(f.errors, fmt.Sprintf(format, args...))
}
func (f *fakeT) Fatalf(format string, args ...any) {
	f.fatals = append(f.fatals, fmt.Sprintf(format, args...))
}

func TestWatchStopsAtOnce(t *testing.T) {
	var (
		h    History[Op[int], OpResult[int]]
		fake fakeT
	)
	Watch(&fake, Register(0), &h)
	do := func(client int, in Op[int], value int) {
		h.Do(client, in, func() (OpResult[int], error) { return OpResult[int]{Value: value}, nil })
	}
	do(0, Op[int]{Kind: Write, Value: 1}, 0)
	do(1, Op[int]{Kind: Read}, 1)
	if len(fake.fatals) > 0 {
		t.Fatalf("stopped while legal: %s", fake.fatals[0])
	}
	do(2, Op[int]{Kind: Read}, 0)
	if len(fake.fatals) != 1 || !strings.Contains(fake.fatals[0], "stale read") {
		t.Fatalf("want one failure that names a stale read, have %q", fake.fatals)
	}
	do(3, Op[int]{Kind: Read}, 0)
	if len(fake.fatals) != 1 {
		t.Errorf("%d failures, want 1", len(fake.fatals))
	}
}
