package shrink

import (
	"fmt"
	"hash/fnv"
	"iter"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/terrella-go/terrella/internal/plan"
)

// storm returns a case with n faults, on a node each.
func storm(seed uint64, n int) plan.Case {
	c := plan.Case{Seed: seed, Given: true, Chosen: true}
	for i := range n {
		c.Faults = append(c.Faults, plan.Fault{Kind: "crash", Groups: [][]string{{name(i)}},
			When: plan.When{At: time.Duration(i)*time.Second + 123456*time.Microsecond}, For: 777 * time.Millisecond})
	}
	for i := range 100 {
		c.Ops = append(c.Ops, plan.Op{Node: fmt.Sprint("client", i%3+1), N: i / 3, At: time.Duration(i) * time.Second})
	}
	c.SortOps()
	return c
}

func name(i int) string { return fmt.Sprint("n", i) }

func has(c plan.Case, node string) bool {
	return slices.ContainsFunc(c.Faults, func(f plan.Fault) bool { return slices.Contains(f.Victims(), node) })
}

// dice returns a number from 0 to 99 that follows from a case, as whether it still fails does where everything moves the schedule.
func dice(c plan.Case) int {
	h := fnv.New64a()
	h.Write([]byte(keyOf(c)))
	return int(h.Sum64() >> 20 % 100)
}

// world returns what runs cases of which two faults and an operation are to blame, with a chance, in percent, that a case fails that has them.
func world(seed uint64, chance int) func([]plan.Case) iter.Seq[Result] {
	a, b := name(int(seed*7%40)), name(int(seed*11+5)%40)
	if a == b {
		b = name(int(seed*11+6) % 40)
	}
	return each(func(c plan.Case) Result {
		needed := has(c, a) && has(c, b) && slices.ContainsFunc(c.Ops, func(op plan.Op) bool { return op.Node == "client2" && op.N > 10 })
		fails := needed && dice(c) < chance
		return Result{Fails: fails, Runs: map[bool]int{true: 2, false: 1}[fails], Work: 1}
	})
}

// each returns what runs cases one after the other.
func each(run func(plan.Case) Result) func([]plan.Case) iter.Seq[Result] {
	return func(cases []plan.Case) iter.Seq[Result] {
		return func(yield func(Result) bool) {
			for _, c := range cases {
				if !yield(run(c)) {
					return
				}
			}
		}
	}
}

func minimum(t *testing.T, chance, runs int) (reached int) {
	t.Helper()
	for seed := range uint64(20) {
		s := Search{Try: world(seed, chance), MaxRuns: runs}
		best, _ := s.Run(storm(seed, 40))
		if len(best.Faults) == 2 && len(best.Ops) == 1 && s.Runs() <= runs {
			reached++
		} else {
			t.Logf("chance %d %%, seed %d: %d faults and %d operations after %d runs", chance, seed, len(best.Faults), len(best.Ops), s.Runs())
		}
	}
	return reached
}

func TestKnownMinimumIsReached(t *testing.T) {
	for _, test := range []struct{ chance, runs, want int }{
		{100, 300, 20}, {90, 300, 19}, {60, 500, 19},
	} {
		test.chance = max(test.chance, 1)
		if got := minimum(t, test.chance, test.runs); got < test.want {
			t.Errorf("where a case that could fail does in %d %%: the minimum is reached in %d of 20 seeds within %d runs; want %d",
				test.chance, got, test.runs, test.want)
		}
	}
}

// Where each fault moves all that follows, a case that could fail rarely does, whatever is taken away. A few faults are found all the same.
func TestFewFaultsAreFoundWhereNoneCanBeTakenAway(t *testing.T) {
	reached := 0
	for seed := range uint64(20) {
		blame := func(c plan.Case) bool {
			for _, f := range c.Faults {
				if v := f.Victims()[0]; v >= "n2" && f.When.At < 30*time.Second {
					return dice(c) < 2
				}
			}
			return false
		}
		start := storm(seed, 40)
		s := Search{MaxRuns: 2000, Until: int64(time.Minute), Try: each(func(c plan.Case) Result {
			c.Until = 0
			return Result{Fails: keyOf(c) == keyOf(start) || blame(c), Runs: 1, Work: 1}
		})}
		if best, _ := s.Run(start); len(best.Faults) <= 3 {
			reached++
		} else {
			t.Logf("seed %d: %d faults after %d runs", seed, len(best.Faults), s.Runs())
		}
	}
	if reached < 19 {
		t.Errorf("three faults or fewer are found for %d of 20 seeds; want 19", reached)
	}
}

// A failure that one schedule in a hundred has is varied until many have it.
func TestFaultsAreVariedUntilTheyFailOften(t *testing.T) {
	chance := func(c plan.Case) int {
		best := 0
		for _, f := range c.Faults {
			switch off := (f.When.At - 3*time.Second).Abs(); {
			case f.Victims()[0] != "n3":
			case off <= 100*time.Millisecond:
				best = max(best, 80)
			case off < time.Second:
				best = max(best, 3)
			}
		}
		return best
	}
	for seed := range uint64(5) {
		start := storm(seed, 6)
		s := Search{MaxRuns: 5000, Until: int64(10 * time.Second), Try: each(func(c plan.Case) Result {
			c.Until = 0
			return Result{Fails: keyOf(c) == keyOf(start) || dice(c) < chance(c), At: int64(5 * time.Second), Runs: 1, Work: 1}
		})}
		best, _ := s.Run(start)
		if len(best.Faults) != 1 || chance(best) < 80 {
			t.Errorf("seed %d: after %d runs %d faults are left, and %d %% of the schedules fail: %q", seed, s.Runs(), len(best.Faults), chance(best), plan.Texts(best.Faults))
		}
	}
}

// What was run ahead of a case that fails is neither counted nor used: all cases may be run before the first result is looked at.
func TestResultDoesNotDependOnWhatRunsAhead(t *testing.T) {
	for seed := range uint64(5) {
		s := Search{Try: world(seed, 70), MaxRuns: 400}
		want, _ := s.Run(storm(seed, 40))
		run := world(seed, 70)
		ahead := Search{MaxRuns: 400, Try: func(cases []plan.Case) iter.Seq[Result] {
			return slices.Values(slices.Collect(run(cases)))
		}}
		if got, _ := ahead.Run(storm(seed, 40)); !reflect.DeepEqual(got, want) || ahead.Runs() != s.Runs() {
			t.Fatalf("seed %d: with all run ahead %d runs lead to %d faults; one at a time %d to %d",
				seed, ahead.Runs(), len(got.Faults), s.Runs(), len(want.Faults))
		}
	}
}

func TestBudgetIsKept(t *testing.T) {
	s := Search{Try: world(1, 100), MaxRuns: 20}
	if _, finished := s.Run(storm(1, 40)); finished || s.Runs() > 21 {
		t.Errorf("finished: %v after %d runs; want it to give up after 20", finished, s.Runs())
	}
	s = Search{Try: world(1, 100), MaxWork: 10}
	if _, finished := s.Run(storm(1, 40)); finished || s.Work() > 10 {
		t.Errorf("finished: %v after work %d; want it to give up after 10", finished, s.Work())
	}
}

// shrunk runs a search on one fault.
func shrunk(t *testing.T, text string, fails func(plan.Fault) bool) string {
	t.Helper()
	f, err := plan.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	s := Search{Try: each(func(c plan.Case) Result { return Result{Fails: len(c.Faults) == 1 && fails(c.Faults[0]), Runs: 1} })}
	best, finished := s.Run(plan.Case{Given: true, Faults: []plan.Fault{f}})
	if !finished {
		t.Error("a search without a budget is not finished")
	}
	return best.Faults[0].String()
}

func TestFaultsAreMadeSimpler(t *testing.T) {
	for _, test := range []struct {
		text  string
		fails func(plan.Fault) bool
		want  string
	}{
		{"crash a b c at 3.217s for 1.777s", func(f plan.Fault) bool { return slices.Contains(f.Victims(), "b") }, "stop b at 3s for 1ms"},
		{"wipe a at 3.217s for 1.777s", func(f plan.Fault) bool { return f.Kind == "crash" }, "crash a at 3s for 1ms"},
		{"crash a at 3.217s for 1.777s", func(f plan.Fault) bool {
			end, _ := f.End()
			return f.When.At > 3150*time.Millisecond && end > 4*time.Second
		}, "stop a at 3.2s for 1s"},
		{"partition a b | c | d at 1s for 1s", func(f plan.Fault) bool {
			return len(f.Groups) > 1 && slices.Contains(f.Victims(), "d") && slices.Contains(f.Victims(), "a")
		}, "partition a | d at 1s for 1ms"},
		{"loss a b 40% run=3 at 1s", func(f plan.Fault) bool { return f.Amount >= 1000 }, "loss b 10% at 1s"},
		{"drift a +400ppm at 1s", func(f plan.Fault) bool { return f.Amount > 90 }, "drift a +100ppm at 1s"},
		{"crash a at 5th sync of a after 3.217s for 20ms", func(f plan.Fault) bool { return f.When.Nth > 0 }, "stop a at 1st sync of a after 3s for 1ms"},
		{"disk-model a b fs=strict drive=volatile-cache sync=40ms io=2ms", func(f plan.Fault) bool { return slices.Contains(f.Victims(), "b") && f.Param("fs") != "" },
			"disk-model b fs=ext4-ordered"},
		{"disk-model a fs=strict drive=protected-cache sync=40ms io=2ms", func(f plan.Fault) bool {
			d, _ := time.ParseDuration(f.Param("sync"))
			return d >= 3*time.Millisecond && f.Param("fs") != "ext4-ordered" && f.Param("fs") != "xfs" && f.Param("fs") != ""
		}, "disk-model a fs=ext4-writeback sync=5ms"},
		{"slow a 40x at 1s for 1s", func(f plan.Fault) bool { return true }, "slow a 2x at 1s for 1ms"},
	} {
		if got := shrunk(t, test.text, test.fails); got != test.want {
			t.Errorf("%s is shrunk to %s; want %s", test.text, got, test.want)
		}
	}
}

// Several faults that do together what one longer could are replaced by it.
func TestFaultsAreMerged(t *testing.T) {
	c := storm(1, 3)
	for i := range c.Faults {
		c.Faults[i].Groups = [][]string{{"a"}}
		c.Faults[i].For = time.Second
	}
	s := Search{Try: each(func(c plan.Case) Result {
		total := time.Duration(0)
		for _, f := range c.Faults {
			total += f.For
		}
		return Result{Fails: total >= 2500*time.Millisecond, Runs: 1}
	})}
	if best, _ := s.Run(c); len(best.Faults) != 1 {
		t.Errorf("%d faults are left; want 1", len(best.Faults))
	}
}
