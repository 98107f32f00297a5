package checker

import (
	"cmp"
	"slices"
)

// A programSearch looks for one order of the operations of several keys that agrees with
// the order of each client's own operations. An operation of unknown outcome may
// take effect at any time after what its client did before it, or never.
type programSearch[S, In, Out any] struct {
	j       *job[S, In, Out]
	threads [][]programOp // clients, and each operation of unknown outcome by itself
	need    []int         // by thread: how many operations must be done
	wait    []waitFor     // by thread: what has to be done before it may begin
	at      []int         // by thread: operations done
	states  []S           // by key
	left    int
	steps   int64
	bytes   int64
	failed  map[uint64][]programConfig[S]
	order   []*Operation[In, Out]
}

type programOp struct {
	op   int32
	key  int
	read bool
}

type waitFor struct{ thread, done int }

type programConfig[S any] struct {
	at     []int
	states []S
}

// programs decides sequential consistency of some parts together.
func (j *job[S, In, Out]) programs(parts []*part) PartResult {
	s := &programSearch[S, In, Out]{j: j, failed: map[uint64][]programConfig[S]{}}
	type placed struct {
		programOp
		order uint64
		opt   bool
	}
	byClient := map[int][]placed{}
	var clients []int
	pr := PartResult{Algorithm: ByPrograms}
	for key, p := range parts {
		pr.Operations += p.len()
		s.states = append(s.states, j.m.Init())
		for i, op := range p.ops {
			o := j.ops[op]
			if _, ok := byClient[o.Client]; !ok {
				clients = append(clients, o.Client)
			}
			byClient[o.Client] = append(byClient[o.Client], placed{
				programOp{op, key, j.m.Reads(o.In, j.outOf(p, int32(i)))}, o.Call.Order, p.ret[i] == never})
		}
	}
	slices.Sort(clients)
	for _, c := range clients {
		ops := byClient[c]
		slices.SortStableFunc(ops, func(a, b placed) int { return cmp.Compare(a.order, b.order) })
		thread := len(s.threads)
		s.threads, s.need, s.wait = append(s.threads, nil), append(s.need, 0), append(s.wait, waitFor{})
		for _, o := range ops {
			if o.opt {
				s.wait = append(s.wait, waitFor{thread, len(s.threads[thread])})
				s.threads, s.need = append(s.threads, []programOp{o.programOp}), append(s.need, 0)
				continue
			}
			s.threads[thread] = append(s.threads[thread], o.programOp)
			s.need[thread]++
			s.left++
		}
	}
	s.at = make([]int, len(s.threads))
	pr.Verdict = s.run()
	pr.Steps, pr.Bytes, pr.Linearized = s.steps, s.bytes, len(s.order)
	if pr.Verdict == Ok {
		for _, o := range s.order {
			pr.Order = append(pr.Order, o.ID)
		}
	}
	return pr
}

// run searches from the current configuration on.
func (s *programSearch[S, In, Out]) run() Verdict {
	if s.left == 0 {
		return Ok
	}
	if s.steps > s.j.c.Budget.Steps || s.bytes > s.j.c.Budget.Bytes {
		return Unknown
	}
	h := s.hash()
	for _, c := range s.failed[h] {
		if slices.Equal(c.at, s.at) && slices.EqualFunc(c.states, s.states, s.j.m.Equal) {
			return Illegal
		}
	}
	for _, reads := range []bool{true, false} {
		for t := range s.threads {
			next, ok := s.next(t)
			if !ok || next.read != reads {
				continue
			}
			verdict, taken := s.take(t, next)
			if verdict != Illegal || taken && reads {
				return verdict // a read that can be next may as well be next
			}
		}
	}
	s.failed[h] = append(s.failed[h], programConfig[S]{slices.Clone(s.at), slices.Clone(s.states)})
	s.bytes += int64(48 + 8*len(s.at) + 16*len(s.states))
	return Illegal
}

func (s *programSearch[S, In, Out]) next(t int) (programOp, bool) {
	if s.at[t] == len(s.threads[t]) {
		return programOp{}, false
	}
	if w := s.wait[t]; s.need[t] == 0 && s.at[w.thread] < w.done {
		return programOp{}, false
	}
	return s.threads[t][s.at[t]], true
}

func (s *programSearch[S, In, Out]) take(t int, p programOp) (v Verdict, taken bool) {
	o := s.j.ops[p.op]
	out := o.known()
	s.steps++
	before := s.states[p.key]
	state, ok := s.j.m.Step(before, o.In, out)
	known := s.need[t] > 0
	if !ok || !known && s.j.m.Equal(before, state) {
		return Illegal, false
	}
	s.states[p.key] = state
	s.at[t]++
	s.order = append(s.order, o)
	if known {
		s.left--
	}
	v = s.run()
	if v == Ok {
		return v, true
	}
	s.order = s.order[:len(s.order)-1]
	s.states[p.key] = before
	s.at[t]--
	if known {
		s.left++
	}
	return v, true
}

func (s *programSearch[S, In, Out]) hash() uint64 {
	var h uint64
	for _, at := range s.at {
		h = mix(h ^ uint64(at))
	}
	for i := range s.states {
		h = mix(h ^ s.j.m.Hash(s.states[i]))
	}
	return h
}
