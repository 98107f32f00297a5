package campaign

import (
	"testing"
	"time"
)

// A pretended test has worlds that take some time, and fail as it says.
type pretended struct {
	name    string
	planted bool
	world   time.Duration
	// fails tells whether its nth world fails, from 1, and whether that is of a new bucket.
	fails func(n int) (fails, news bool)

	worlds int
	job    *job
}

func never(int) (bool, bool) { return false, false }

// always fails, of one bucket.
func always(n int) (bool, bool) { return true, n == 1 }

// pretend runs a scheduler with a clock of its own and so many workers for a while, and returns it.
func pretend(workers int, lasts time.Duration, tests ...*pretended) *scheduler {
	clock := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	s := &scheduler{now: func() time.Time { return clock }}
	of := make(map[*job]*pretended)
	for _, p := range tests {
		p.job = &job{root: &root{pkg: &Package{}, test: p.name}, target: &target{}, planted: p.planted}
		of[p.job] = p
		s.add(p.job)
	}
	type visit struct {
		job   *job
		ends  time.Time
		worth time.Duration
	}
	busy := make([]visit, workers)
	for end := clock.Add(lasts); clock.Before(end); {
		for i := range busy {
			v := &busy[i]
			if v.job != nil && !v.ends.After(clock) {
				s.spend(v.job, v.worth)
				s.left(v.job)
				v.job = nil
			}
			if v.job != nil {
				continue
			}
			if v.job = s.next(); v.job == nil {
				continue
			}
			p := of[v.job]
			v.worth = 0
			for v.worth < slice {
				v.worth += p.world
				p.worlds++
				if fails, news := p.fails(p.worlds); fails {
					if place := s.fail(p.job); news {
						s.learn(p.job, place)
					}
				}
			}
			v.ends = clock.Add(v.worth)
		}
		clock = clock.Add(10 * time.Millisecond)
	}
	return s
}

// A bug that is hard to find has the larger share, beside tests that fail all the time and tests that never do.
func TestShareOfHiddenBugs(t *testing.T) {
	hidden := &pretended{name: "hidden", planted: true, world: 25 * time.Millisecond, fails: func(n int) (bool, bool) { return n == 1000, n == 1000 }}
	tests := []*pretended{hidden}
	for range 10 {
		tests = append(tests, &pretended{name: "failing", world: 100 * time.Microsecond, fails: always})
	}
	pretend(2, time.Minute, tests...)
	if hidden.worlds < 1000 {
		t.Errorf("the bug that shows in the thousandth world, after 25 s, was not found in two workers' minute: %d worlds", hidden.worlds)
	}
	for _, p := range tests[1:] {
		if p.job.had == 0 {
			t.Error("a test was not run at all")
		}
	}

	// Before it is found.
	hidden = &pretended{name: "hidden", planted: true, world: 25 * time.Millisecond, fails: never}
	failing := &pretended{name: "failing", world: 100 * time.Microsecond, fails: always}
	passing := &pretended{name: "passing", world: time.Millisecond, fails: never}
	pretend(2, time.Minute, hidden, failing, passing)
	if h, p, f := hidden.job.had, passing.job.had, failing.job.had; h < 100*time.Second || p > 10*time.Second || f > 3*time.Second || p == 0 || f == 0 {
		t.Errorf("of two workers' minute hidden had %v, passing %v, failing %v; want most, a little and less", h, p, f)
	}
}

// A bug that does not show does not keep others from their share for ever.
func TestShareOfWhatIsNeverFound(t *testing.T) {
	hidden := &pretended{name: "hidden", planted: true, world: 25 * time.Millisecond, fails: never}
	failing := &pretended{name: "failing", world: 100 * time.Microsecond, fails: always}
	passing := &pretended{name: "passing", world: time.Millisecond, fails: never}
	pretend(2, 10*time.Hour, hidden, failing, passing)
	share := func(p *pretended) float64 { return p.job.had.Hours() / 20 }
	if h, p, f := share(hidden), share(passing), share(failing); h < 0.45 || h > 0.56 || p < 0.4 || f < 0.005 || f > 0.02 {
		t.Errorf("shares of twenty hours: hidden %.4f, passing %.4f, failing %.4f; want about 1/2, 1/2 and 1/128", h, p, f)
	}
}

// The share follows time, not worlds.
func TestShareIsOfTime(t *testing.T) {
	slow := &pretended{name: "slow", world: 700 * time.Millisecond, fails: never}
	fast := &pretended{name: "fast", world: 50 * time.Microsecond, fails: never}
	pretend(1, 10*time.Minute, slow, fast)
	if d := slow.job.had - fast.job.had; d.Abs() > 2*slice {
		t.Errorf("slow worlds had %v, fast ones %v", slow.job.had, fast.job.had)
	}
}

// Known failures cut the share again and again, down to a floor; a new bucket gives it back, and what came after that one was found does not count as new.
func TestKnownFailuresCutTheShare(t *testing.T) {
	s := &scheduler{now: func() time.Time { return time.Time{} }}
	j := &job{target: &target{}, planted: true}
	s.add(j)
	if j.weight != weightPlanted {
		t.Errorf("weight %v; want %v", j.weight, weightPlanted)
	}
	var last float64 = weightPlanted
	for n := range 20 {
		for range halvedBy {
			s.fail(j)
		}
		if j.weight > last || j.weight < weightLeast {
			t.Errorf("after %d failures weight %v, and %v before", n*halvedBy, j.weight, last)
		}
		last = j.weight
	}
	if last != weightLeast {
		t.Errorf("weight %v; want %v", last, weightLeast)
	}
	s.learn(j, 1) // the first: all others were of its bucket
	if j.weight != weightLeast {
		t.Errorf("weight %v; want %v: none of the latest was new", j.weight, weightLeast)
	}
	s.learn(j, s.fail(j))
	if j.weight != weightFailed {
		t.Errorf("weight %v; want %v", j.weight, weightFailed)
	}
}

// Neither whose share grows nor who comes late makes up for what it has not had before, at the cost of all others.
func TestNothingIsMadeUpFor(t *testing.T) {
	news := false
	failing := &pretended{name: "failing", world: time.Millisecond, fails: func(n int) (bool, bool) { return true, n == 1 || news }}
	passing := &pretended{name: "passing", world: time.Millisecond, fails: never}
	s := pretend(1, 10*time.Minute, failing, passing)
	news = true
	s.learn(failing.job, s.fail(failing.job))
	late := &job{target: &target{}}
	s.add(late)
	was := passing.job.had
	had := map[*job]time.Duration{}
	for range 60 {
		j := s.next()
		s.spend(j, slice)
		s.left(j)
		had[j] += slice
	}
	// By their weights 1/2, 1 and 1 of two minutes.
	for _, x := range []struct {
		name string
		had  time.Duration
		want time.Duration
	}{{"failing", had[failing.job], 24 * time.Second}, {"passing", passing.job.had - was, 48 * time.Second}, {"late", had[late], 48 * time.Second}} {
		if (x.had - x.want).Abs() > 4*slice {
			t.Errorf("%s had %v; want about %v", x.name, x.had, x.want)
		}
	}
}

// A hidden bug presses until it is found, or has had its time.
func TestPressing(t *testing.T) {
	s := &scheduler{now: func() time.Time { return time.Time{} }}
	a, b, other := &job{target: &target{}, planted: true}, &job{target: &target{}, planted: true}, &job{target: &target{}}
	for i, step := range []struct {
		do   func()
		want bool
	}{
		{func() { s.add(other) }, false},
		{func() { s.add(a); s.add(b) }, true},
		{func() { s.fail(a) }, true},
		{func() { s.spend(b, plantedTime-1) }, true},
		{func() { s.spend(b, 1) }, false},
	} {
		step.do()
		if got := s.pressing(); got != step.want {
			t.Errorf("after step %d: %t; want %t", i, got, step.want)
		}
	}
}

// Whose targets are to be found out is visited by one worker at a time; several may be at one target.
func TestWhoMayVisit(t *testing.T) {
	now := time.Time{}
	s := &scheduler{now: func() time.Time { return now }}
	r := &job{root: &root{}}
	s.add(r)
	if s.next() != r || s.next() != nil {
		t.Error("want the root, once")
	}
	j := &job{target: &target{}}
	s.add(j)
	if s.next() != j || s.next() != j || s.visits() != 3 {
		t.Error("want the target twice")
	}
	s.left(j)
	s.left(j)
	s.delay(j, time.Second)
	if s.next() != nil {
		t.Error("want nothing: the target rests")
	}
	now = now.Add(time.Second)
	if s.next() != j {
		t.Error("want the target, which has rested")
	}
	r.over, j.over = true, true
	if s.next() != nil || !s.over() {
		t.Error("want nothing: all is over")
	}
}
