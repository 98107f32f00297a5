package checker

import "slices"

// A shrinker makes an illegal part smaller. It only ever takes steps that keep
// legal histories legal, so what is left illegal proves the whole illegal:
//
//   - cut off the end: what had not returned by then may or may not have happened;
//   - drop operations that change no state;
//   - registers: begin at a completed write, since nothing before it matters; drop a
//     write whose value no one observes, if no compare-and-set is known to have
//     failed; drop a value with all its observers, if none of them replaced it;
//   - collections: drop a value with all its operations.
type shrinker[S, In, Out any] struct {
	j        *job[S, In, Out]
	p        *part
	acts     []act // nil if the model has no shape
	keep     []bool
	optional []bool
	pinned   []bool // to be kept, so that the reader sees why
	tries    int
}

// shrinkTries bounds how often a shrinker checks a smaller history.
const shrinkTries = 4000

// shrinkBudget bounds each of these checks. A part that it does not suffice for
// counts as not known to be illegal.
var shrinkBudget = Budget{Steps: 2_000_000, Bytes: 128 << 20}

func newShrinker[S, In, Out any](j *job[S, In, Out], p *part) *shrinker[S, In, Out] {
	s := &shrinker[S, In, Out]{j: j, p: p, keep: make([]bool, p.len()), optional: make([]bool, p.len()), pinned: make([]bool, p.len())}
	for i := range s.keep {
		s.keep[i], s.optional[i] = true, p.ret[i] == never
	}
	if j.m.shape != nil {
		s.acts = j.acts(p)
	}
	return s
}

// part returns what is left.
func (s *shrinker[S, In, Out]) part() *part {
	keyOf := make([]int32, s.p.len())
	for i := range keyOf {
		if !s.keep[i] {
			keyOf[i] = -1
		}
	}
	events := make([]int32, 0, len(s.p.events))
	for _, e := range s.p.events {
		if s.keep[e>>1] && (e&1 == 0 || !s.optional[e>>1]) {
			events = append(events, e)
		}
	}
	sub := split(events, keyOf, 1)[0]
	for i, op := range sub.ops {
		sub.ops[i] = s.p.ops[op]
	}
	return sub
}

// illegal reports whether what is left is certainly illegal.
func (s *shrinker[S, In, Out]) illegal() bool {
	s.tries++
	return s.j.decide(s.part(), shrinkBudget).Verdict == Illegal
}

// attempt makes a change and takes it back unless what is left is still illegal.
func (s *shrinker[S, In, Out]) attempt(change func()) bool {
	if s.tries >= shrinkTries {
		return false
	}
	keep, optional := slices.Clone(s.keep), slices.Clone(s.optional)
	change()
	if slices.Equal(keep, s.keep) && slices.Equal(optional, s.optional) {
		return false
	}
	if s.illegal() {
		return true
	}
	s.keep, s.optional = keep, optional
	return false
}

// shrink makes the part as small as it can. If a clash is known it is tried first.
func (s *shrinker[S, In, Out]) shrink(bad *clash) *shrinker[S, In, Out] {
	if bad == nil || !s.only(bad) {
		s.cutEnd()
		if s.family() == famRegister {
			s.cutBeginning()
		}
	}
	for again := true; again; {
		again = s.dropUnits()
	}
	s.restore()
	return s
}

func (s *shrinker[S, In, Out]) family() family {
	if s.j.m.shape == nil {
		return famNone
	}
	return s.j.m.shape.family
}

// only keeps the operations of a clash, where that is sound: without
// compare-and-sets each value is kept whole, or without some reads.
func (s *shrinker[S, In, Out]) only(bad *clash) bool {
	for i := range s.acts {
		if s.acts[i].verb == vSwap || s.acts[i].verb == vSwapFail {
			return false
		}
	}
	if len(bad.ops) == s.p.len() {
		return true
	}
	return s.attempt(func() {
		for i := range s.keep {
			s.keep[i] = slices.Contains(bad.ops, int32(i))
		}
	})
}

// cutEnd finds the shortest illegal prefix.
func (s *shrinker[S, In, Out]) cutEnd() {
	lo, hi := 0, len(s.p.events) // legal without the events from lo on, illegal without those from hi on
	for hi-lo > 1 && s.tries < shrinkTries {
		mid := (lo + hi) / 2
		if s.attempt(func() { s.endAt(int32(mid)) }) {
			hi = mid
		} else {
			lo = mid
		}
	}
}

func (s *shrinker[S, In, Out]) endAt(rank int32) {
	for i := range s.keep {
		switch {
		case s.p.call[i] >= rank:
			s.keep[i] = false
		case s.p.ret[i] >= rank:
			s.relax(int32(i))
		}
	}
}

// relax makes op one that need not have happened.
func (s *shrinker[S, In, Out]) relax(op int32) {
	if s.isRead(op) {
		s.keep[op] = false
	}
	s.optional[op] = true
}

func (s *shrinker[S, In, Out]) isRead(op int32) bool {
	return s.j.m.Reads(s.j.ops[s.p.ops[op]].In, s.j.outOf(s.p, op))
}

// cutBeginning lets the history begin at a completed write, the latest possible.
func (s *shrinker[S, In, Out]) cutBeginning() {
	var writes []int32
	for i := s.p.len() - 1; i >= 0; i-- {
		if s.keep[i] && !s.optional[i] && s.acts[i].verb == vWrite {
			writes = append(writes, int32(i))
		}
	}
	for _, w := range writes {
		if s.attempt(func() { s.beginAt(w) }) {
			s.pinned[w] = true
			return
		}
	}
}

// beginAt drops what came before write w. What overlaps w may have come before it
// as well, and then does not matter.
func (s *shrinker[S, In, Out]) beginAt(w int32) {
	for i := range s.keep {
		switch {
		case int32(i) == w || !s.keep[i]:
		case s.p.ret[i] < s.p.call[w]:
			s.keep[i] = false
		case s.p.call[i] < s.p.ret[w]:
			s.relax(int32(i))
		}
	}
}

// restore puts back, for each value observed whose write was cut off with the
// beginning, the last such write: it proves nothing, but it tells where the value came from.
func (s *shrinker[S, In, Out]) restore() {
	if !slices.Contains(s.pinned, true) {
		return
	}
	missing := map[int32]bool{}
	for i, a := range s.acts {
		if s.keep[i] && (a.verb == vRead || a.verb == vSwap) {
			missing[a.a] = true
		}
	}
	for i, a := range s.acts {
		if s.keep[i] && a.verb == vWrite {
			delete(missing, a.a)
		} else if s.keep[i] && a.verb == vSwap {
			delete(missing, a.b)
		}
	}
	begin := int32(slices.Index(s.pinned, true))
	for i := int(begin) - 1; i >= 0; i-- {
		// Only what returned before the first operation left: there it surely does
		// nothing to the rest.
		if a := s.acts[i]; a.verb == vWrite && missing[a.a] && s.p.ret[i] < s.p.call[begin] && s.attempt(func() { s.keep[i] = true }) {
			delete(missing, a.a)
		}
	}
}

// dropUnits tries to leave out, by large groups and then by small ones, what may
// be left out, and reports whether anything was.
func (s *shrinker[S, In, Out]) dropUnits() bool {
	dropped := false
	units := s.units()
	for size := max(1, len(units)/2); ; size /= 2 {
		for at := 0; at < len(units); at += size {
			group := units[at:min(at+size, len(units))]
			if s.attempt(func() {
				for _, unit := range group {
					for _, op := range unit {
						s.keep[op] = s.pinned[op]
					}
				}
				s.dropUnseen()
			}) {
				dropped = true
			}
		}
		if size <= 1 {
			return dropped
		}
	}
}

// units returns the sets of operations that may be left out together.
func (s *shrinker[S, In, Out]) units() [][]int32 {
	var units [][]int32
	for i := range s.keep {
		if s.keep[i] && s.isRead(int32(i)) {
			units = append(units, []int32{int32(i)})
		}
	}
	if s.acts == nil || s.family() == famElement {
		return units
	}
	byValue, fixed := s.byValue()
	for v, ops := range byValue {
		if len(ops) > 0 && !fixed[v] {
			units = append(units, ops)
		}
	}
	return units
}

// byValue groups what is left by value, and marks the values that may not be left
// out whole.
func (s *shrinker[S, In, Out]) byValue() (byValue [][]int32, fixed []bool) {
	values := int32(0)
	for _, a := range s.acts {
		values = max(values, a.a, a.b)
	}
	byValue, fixed = make([][]int32, values+1), make([]bool, values+1)
	for i, a := range s.acts {
		if !s.keep[i] {
			continue
		}
		switch a.verb {
		case vSwapFail: // sensitive to any write
			return nil, nil
		case vSwap:
			fixed[a.a] = true
			byValue[a.b] = append(byValue[a.b], int32(i))
		case vRead, vWrite, vPut, vTake:
			byValue[a.a] = append(byValue[a.a], int32(i))
		}
	}
	return byValue, fixed
}

// dropUnseen drops the writes of registers that no one left observes.
func (s *shrinker[S, In, Out]) dropUnseen() {
	if s.family() != famRegister {
		return
	}
	for again := true; again; {
		again = false
		seen := map[int32]bool{}
		for i, a := range s.acts {
			if s.keep[i] {
				switch a.verb {
				case vSwapFail:
					return
				case vRead, vSwap:
					seen[a.a] = true
				}
			}
		}
		for i, a := range s.acts {
			if s.keep[i] && (a.verb == vWrite && s.optional[i] && !seen[a.a] || a.verb == vSwap && !seen[a.b]) {
				s.keep[i], again = false, true
			}
		}
	}
}
