package checker

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/terrella-go/terrella/internal/prng"
)

// naiveSequential tries every order that each client agrees with.
func naiveSequential[S, In, Out any](m Model[S, In, Out], ops []Operation[In, Out], done []bool, states map[any]S) bool {
	complete := true
	for i := range ops {
		complete = complete && (done[i] || ops[i].Outcome != OutcomeOK)
	}
	if complete {
		return true
	}
next:
	for i := range ops {
		if done[i] || ops[i].Outcome == OutcomeFailed {
			continue
		}
		for j := range ops[:i] { // operations are listed in the order of their calls
			if !done[j] && ops[j].Outcome == OutcomeOK && ops[j].Client == ops[i].Client {
				continue next
			}
		}
		var (
			out *Out
			key any
		)
		if ops[i].Outcome == OutcomeOK {
			out = &ops[i].Out
		}
		if m.Key != nil {
			key = m.Key(ops[i].In, out)
		}
		s, ok := states[key]
		if !ok {
			s = m.Init()
		}
		after, ok := m.Step(s, ops[i].In, out)
		if !ok {
			continue
		}
		done[i], states[key] = true, after
		found := naiveSequential(m, ops, done, states)
		done[i], states[key] = false, s
		if found {
			return true
		}
	}
	return false
}

func levelsAgree[S any](t *testing.T, m Model[S, iop, ires], in func(*prng.Stream, int) iop) {
	rc := recipe[S, iop, ires]{m, in, anyResult(7), answered(m), true}
	t.Run(m.Name, func(t *testing.T) {
		t.Parallel()
		n, between := histories(t)/2, 0
		for i := range n {
			ops := rc.history(prng.Seed(uint64(i)).Name("levels").Stream())
			met := map[Level]Verdict{}
			for _, level := range append([]Level{LinearizableLevel}, weaker...) {
				met[level] = CheckLevel(level, m, ops, Config{}).Verdict
			}
			want := Illegal
			if naiveSequential(m, ops, make([]bool, len(ops)), map[any]S{}) {
				want = Ok
			}
			if met[SequentialLevel] != want {
				t.Fatalf("history %d: sequential: %s, want %s\n%s", i, met[SequentialLevel], want, rc.dump(ops))
			}
			for _, implied := range [][2]Level{{LinearizableLevel, SequentialLevel}, {SequentialLevel, PerKeyLevel}, {SequentialLevel, CausalLevel},
				{CausalLevel, SessionLevel}, {SessionLevel, MonotonicReads}, {SessionLevel, MonotonicWrites}, {SessionLevel, ReadYourWrites}} {
				if met[implied[0]] == Ok && met[implied[1]] == Illegal {
					t.Fatalf("history %d is %s but not %s\n%s", i, implied[0], implied[1], rc.dump(ops))
				}
			}
			if met[LinearizableLevel] == Illegal && want == Ok {
				between++
			}
		}
		if between == 0 {
			t.Error("no history is sequentially consistent and not linearizable")
		}
	})
}

func TestLevelsAgree(t *testing.T) {
	levelsAgree(t, renamed(KeyValue[int](), "unique values"), with(pick(unique, Read, Read, Write), named))
	levelsAgree(t, renamed(KeyValue[int](), "few values"), with(pick(few, Read, Write, CAS), named))
	levelsAgree(t, renamed(Register(0), "levels"), pick(unique, Read, Read, Write))
	levelsAgree(t, renamed(Queue[int](), "levels"), pick(unique, Put, Take))
}

// program builds a history in which each client's operations come one after the
// other and all clients overlap.
func program(clients ...[]ires) []Operation[iop, ires] {
	var ops []Operation[iop, ires]
	for c, list := range clients {
		for i, r := range list {
			o := Operation[iop, ires]{ID: len(ops), Client: c, Call: Stamp{Order: uint64(10 * i)}, Return: Stamp{Order: uint64(10*i + 9)}}
			if r.OK { // a read of key x or, above 100, y
				o.In, o.Out = iop{Kind: Read}, ires{r.Value % 100, r.Value%100 != 0}
			} else {
				o.In = iop{Kind: Write, Value: r.Value % 100}
			}
			o.In.Key = "x"
			if r.Value >= 100 {
				o.In.Key = "y"
			}
			ops = append(ops, o)
		}
	}
	return ops
}

func TestPlantedLevels(t *testing.T) {
	w := func(v int) ires { return ires{v, false} }
	r := func(v int) ires { return ires{v, true} }
	for _, tt := range []struct {
		name   string
		ops    []Operation[iop, ires]
		broken Level
		meets  Level
	}{
		{"not sequential: two readers disagree on the order of independent writes",
			program([]ires{w(1)}, []ires{w(102)}, []ires{r(1), r(100)}, []ires{r(102), r(0)}), SequentialLevel, CausalLevel},
		{"not causal: an answer without its question",
			program([]ires{w(1)}, []ires{r(1), w(102)}, []ires{r(102), r(0)}), CausalLevel, PerKeyLevel},
		{"not read your writes", program([]ires{w(1), r(0)}), ReadYourWrites, MonotonicReads},
		{"not monotonic reads", program([]ires{w(1)}, []ires{r(1), r(0)}), MonotonicReads, ReadYourWrites},
		{"not monotonic writes", program([]ires{w(1), w(102)}, []ires{r(102), r(0)}), MonotonicWrites, PerKeyLevel},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if v := CheckLevel(tt.broken, KeyValue[int](), tt.ops, Config{}); v.Verdict != Illegal {
				t.Errorf("%s: %s, want Illegal", tt.broken, v.Verdict)
			}
			if got := Strongest(KeyValue[int](), tt.ops, Config{}); got.Level != tt.meets || got.Undecided != nil {
				t.Errorf("it meets %s, want %s", got, tt.meets)
			}
		})
	}
}

// What the budget did not suffice for is named beside what is known.
func TestStrongestUndecided(t *testing.T) {
	ops := registerHistory(10, 2000, 7, true)
	little := Config{Budget: Budget{Steps: 1000}}
	search := little
	search.Use = BySearch
	queue := script(at(1, 2, iop{Kind: Put, Value: 1}, ires{}), at(3, 4, iop{Kind: Take}, ires{2, true}))
	for _, tt := range []struct {
		got  Strength
		want string
	}{
		{Strongest(Register(0), ops, little), "at least monotonic writes; sequentially consistent, sequentially consistent for each key undecided"},
		{Strongest(Register(0), ops, search), "at least monotonic writes; linearizable, sequentially consistent, sequentially consistent for each key undecided"},
		{Strongest(Queue[int](), queue, Config{}), "none of the levels that could be decided; causally consistent, consistent in each session, monotonic reads, read your writes, monotonic writes undecided"},
	} {
		if got := tt.got.String(); got != tt.want {
			t.Errorf("%s\nwant %s", got, tt.want)
		}
	}
	if got := Strongest(Register(0), script(at(2, 1, iop{Kind: Read}, ires{})), Config{}); got.Err == nil || !strings.Contains(got.String(), "malformed") {
		t.Errorf("%s of a history that returns before it calls", got)
	}
}

func TestStaleness(t *testing.T) {
	// Values 1 to 5 are written at 10 ms, 20 ms and so on; a read at 56 ms sees 3.
	var ops []Operation[iop, ires]
	add := func(in iop, out ires, at uint64) {
		ops = append(ops, Operation[iop, ires]{ID: len(ops), In: in, Out: out,
			Call:   Stamp{Order: at, At: time.Duration(at) * time.Millisecond},
			Return: Stamp{Order: at + 1, At: time.Duration(at+1) * time.Millisecond}})
	}
	for v := range 5 {
		add(iop{Kind: Write, Value: v + 1}, ires{}, uint64(10*(v+1)))
	}
	add(iop{Kind: Read}, ires{Value: 3}, 56)
	m := Register(0)
	for k := 1; k <= 4; k++ {
		within, err := WithinVersions(m, k)
		if err != nil {
			t.Fatal(err)
		}
		want := Illegal
		if k >= 3 {
			want = Ok
		}
		if r := Check(within, ops, Config{}); r.Verdict != want {
			t.Errorf("within %d versions: %s, want %s", k, r.Verdict, want)
		}
	}
	for _, tt := range []struct {
		d    time.Duration
		want Verdict
	}{{0, Illegal}, {14 * time.Millisecond, Illegal}, {16 * time.Millisecond, Ok}, {time.Hour, Ok}} {
		if r := Check(m, WithinTime(m, ops, tt.d), Config{}); r.Verdict != tt.want {
			t.Errorf("within %v: %s, want %s", tt.d, r.Verdict, tt.want)
		}
	}
	if !slices.ContainsFunc(ops, func(o Operation[iop, ires]) bool { return o.Call.Order == 56 }) {
		t.Error("WithinTime changed its argument")
	}
}
