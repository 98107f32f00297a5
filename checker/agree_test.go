package checker

import (
	"fmt"
	"os"
	"strconv"
	"testing"

	"github.com/terrella-go/terrella/internal/prng"
)

// histories is how many random histories each model is checked on; 200,000 takes
// about a minute.
func histories(t *testing.T) int {
	text := os.Getenv("TERRELLA_CHECKER_HISTORIES")
	if text == "" {
		return 4000
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// A recipe makes random small histories for a model: from an object that works
// most of the time, so that legal and illegal ones are both common.
type recipe[S, In, Out any] struct {
	model Model[S, In, Out]
	in    func(r *prng.Stream, n int) In     // the input of the nth operation
	out   func(r *prng.Stream, in In) Out    // any output at all
	right func(s S, in In) (next S, out Out) // what a correct object does
	exact bool                               // no two events at the same time
}

// history makes one: clients call, the object takes effect somewhere in between, and now
// and then answers nonsense, or takes effect too late or too early.
func (rc *recipe[S, In, Out]) history(r *prng.Stream) []Operation[In, Out] {
	n := 2 + r.IntN(5)
	clients := 1 + r.IntN(4)
	type pending struct{ op, effect int }
	ops := make([]Operation[In, Out], 0, n)
	open := make([]int, clients)
	effects := make([]bool, n)
	for i := range open {
		open[i] = -1
	}
	states := map[any]S{}
	clock, coarse := uint64(0), r.Chance(1, 3) && !rc.exact
	tick := func() uint64 {
		if !coarse || r.Chance(1, 2) {
			clock++
		}
		return clock
	}
	effect := func(i int) {
		o := &ops[i]
		effects[i] = true
		var key any
		if rc.model.Key != nil {
			key = rc.model.Key(o.In, &o.Out)
		}
		s, ok := states[key]
		if !ok {
			s = rc.model.Init()
		}
		states[key], o.Out = rc.right(s, o.In)
		if r.Chance(1, 12) {
			o.Out = rc.out(r, o.In)
		}
	}
	for finished := 0; finished < n; {
		c := r.IntN(clients)
		switch i := open[c]; {
		case i < 0 && len(ops) < n:
			ops = append(ops, Operation[In, Out]{ID: len(ops), Client: c, In: rc.in(r, len(ops)), Call: Stamp{Order: tick()}})
			open[c] = len(ops) - 1
		case i < 0:
			if len(ops) == n {
				for d, j := range open {
					if j >= 0 {
						c = d
					}
				}
				if open[c] < 0 {
					return ops
				}
			}
			fallthrough
		default:
			i = open[c]
			if !effects[i] && r.Chance(1, 2) {
				effect(i)
				continue
			}
			o := &ops[i]
			switch {
			case r.Chance(1, 6):
				o.Outcome = OutcomeUnknown
				o.Pending = r.Chance(1, 2)
			case r.Chance(1, 20):
				o.Outcome = OutcomeFailed
			case !effects[i]:
				if r.Chance(1, 15) {
					o.Out = rc.out(r, o.In) // acknowledged and never done
				} else {
					effect(i)
				}
			}
			if o.Outcome == OutcomeFailed && effects[i] && !r.Chance(1, 4) {
				o.Outcome = OutcomeUnknown
			}
			o.Return = Stamp{Order: tick()}
			open[c] = -1
			finished++
		}
	}
	return ops
}

func (rc *recipe[S, In, Out]) agree(t *testing.T) {
	t.Run(rc.model.Name, func(t *testing.T) {
		t.Parallel()
		n := histories(t)
		legal, by := 0, map[Algorithm]int{}
		for i := range n {
			r := prng.Seed(uint64(i)).Name(rc.model.Name).Stream()
			ops := rc.history(r)
			want := Illegal
			if naive(rc.model, ops) {
				want = Ok
				legal++
			}
			for _, use := range []Algorithm{"", BySearch, ByPorcupine, ByHint} {
				if use == ByPorcupine && i%4 != 0 || use == ByHint && i%4 != 1 {
					continue
				}
				got := Check(rc.model, ops, Config{Use: use})
				if use == ByHint {
					got = Check(randomHints(rc.model, uint64(i)), ops, Config{})
				}
				if got.Verdict != want {
					t.Fatalf("history %d: %q says %v, want %s\n%s", i, use, got, want, rc.dump(ops))
				}
				for _, p := range got.Parts {
					by[p.Algorithm]++
				}
				if use == "" && want == Illegal && i%16 == 0 {
					rc.checkExplanation(t, got, ops)
				}
			}
		}
		if legal < n/20 || legal > n-n/20 {
			t.Errorf("of %d histories %d are legal: too lopsided to show anything", n, legal)
		}
		t.Logf("%d histories, %d legal; parts by algorithm: %v", n, legal, by)
	})
}

// randomHints returns m with an Index that is right now and then.
func randomHints[S, In, Out any](m Model[S, In, Out], seed uint64) Model[S, In, Out] {
	m.Index = func(in In, out *Out) (uint64, bool) {
		return mix(seed ^ hashString(describeOperation(in, out))), true
	}
	return m
}

// checkExplanation checks that what an explanation leaves is illegal on its own.
func (rc *recipe[S, In, Out]) checkExplanation(t *testing.T, r Result, ops []Operation[In, Out]) {
	t.Helper()
	e := Explain(r)
	if e.Class == "" || len(e.Ops) == 0 {
		t.Fatalf("no explanation for\n%s", rc.dump(ops))
	}
	if left, optional := subHistory(e, ops); naive(rc.model, left, optional...) {
		t.Fatalf("the explanation is legal:\n%s\nof\n%s", e, rc.dump(ops))
	}
}

// subHistory returns the operations that an explanation is left with, and the IDs
// of those that need not have happened.
func subHistory[In, Out any](e *Explanation, ops []Operation[In, Out]) (left []Operation[In, Out], optional []int) {
	for _, x := range e.Ops {
		for _, o := range ops {
			if o.ID == x.ID {
				left = append(left, o)
			}
		}
		if x.Optional {
			optional = append(optional, x.ID)
		}
	}
	return left, optional
}

func (rc *recipe[S, In, Out]) dump(ops []Operation[In, Out]) string {
	s := ""
	m, _ := rc.model.filled()
	for _, o := range ops {
		out := &o.Out
		if o.Outcome != OutcomeOK {
			out = nil
		}
		s += fmt.Sprintf("#%d client %d [%d, %d] %v %s\n", o.ID, o.Client, o.Call.Order, o.Return.Order, o.Outcome, m.Describe(o.In, out))
	}
	return s
}
