package checker

import "reflect"

// The general search linearizes operations one at a time and steps back when a
// pending operation cannot be, as Wing and Gong do ("Testing and verifying
// concurrent objects", 1993), and remembers the configurations that led nowhere, as Lowe
// does ("Testing for linearizability", 2017). What is its own:
//
//   - A configuration is remembered by the first return whose operation is not
//     linearized yet, and by which of the calls open at that return are. All that
//     returned earlier is linearized, nothing that was called later can be.
//     So a key has one bit for each operation that is open at once, not one for
//     each operation of the history.
//   - Operations that change no state (Model.Reads) are linearized as soon as they
//     can be, and never tried again otherwise: any order that has them later
//     works with them here.
//   - Configurations are remembered when they have failed, not when they are
//     entered: a history on which the search never steps back costs no memory.
//   - Operations of unknown outcome come last, not at all where they would change
//     nothing, and of several with the same input the earliest goes first.

// A search is the search of one part.
type search[S, In, Out any] struct {
	m   *Model[S, In, Out]
	p   *part
	ops []*Operation[In, Out]

	next, prev []int32 // the list of ranks not yet linearized, shifted by one; 0 is its head
	reads      []bool  // by operation: it changes no state
	twin       []int32 // by operation of unknown outcome: the one before it with the same input
	done       []bool  // by operation: linearized
	slot       []int32 // by operation: its bit in the mask

	state     S
	stateHash uint64
	hashed    bool  // stateHash is set
	pos       int32 // rank of the first return that is not linearized
	mask      []uint64
	phase     int              // the kind of operations that is tried
	present   [tryNothing]bool // by kind: the part has such operations
	node      int32            // the next to be looked at, in the list
	left      int              // operations of known outcome to be linearized
	frames    []frame[S]
	failed    memo[S]
	steps     int64
	deepest   int
	keepBest  bool
	best      []int32 // the longest order found, if keepBest
}

// A frame undoes the linearization of one operation.
type frame[S any] struct {
	state     S
	stateHash uint64
	op        int32
	pos       int32
	hashed    bool
	fixed     bool // there is no alternative to it
}

func newSearch[S, In, Out any](m *Model[S, In, Out], p *part, ops []*Operation[In, Out]) *search[S, In, Out] {
	n, ranks := p.len(), len(p.events)
	s := &search[S, In, Out]{
		m: m, p: p, ops: ops,
		next: make([]int32, ranks+2), prev: make([]int32, ranks+2),
		reads: make([]bool, n), twin: make([]int32, n), done: make([]bool, n),
		state: m.Init(),
	}
	for i := range s.next {
		s.next[i], s.prev[i] = int32(i+1), int32(i-1)
	}
	comparable := reflect.TypeFor[In]().Comparable()
	latest := map[any]int32{}
	for op := range int32(n) {
		o := s.op(op)
		s.reads[op] = m.Reads(o.In, s.out(op))
		s.twin[op] = none
		s.present[s.kind(op)] = true
		if p.ret[op] != never {
			s.left++
		} else if o.Outcome == OutcomeOK {
			continue // made optional by a shrinker; its output makes it unlike others
		} else if v := reflect.ValueOf(&o.In).Elem(); comparable && v.Comparable() {
			if before, ok := latest[any(o.In)]; ok {
				s.twin[op] = before
			}
			latest[any(o.In)] = op
		}
	}
	s.assignSlots()
	s.pos = s.firstReturn(0)
	s.begin()
	return s
}

// begin turns to the first operation of the first kind.
func (s *search[S, In, Out]) begin() {
	s.phase = tryReads - 1
	s.nextPhase()
}

// nextPhase turns to the first operation of the next kind, and reports whether there is one.
func (s *search[S, In, Out]) nextPhase() bool {
	for s.phase++; s.phase < tryNothing && !s.present[s.phase]; s.phase++ {
	}
	s.node = s.next[0]
	return s.phase < tryNothing
}

func (s *search[S, In, Out]) op(op int32) *Operation[In, Out] { return s.ops[s.p.ops[op]] }

// out is the output of op as Step wants it.
func (s *search[S, In, Out]) out(op int32) *Out {
	return s.op(op).known()
}

// assignSlots gives operations that are open at once different bits.
func (s *search[S, In, Out]) assignSlots() {
	s.slot = make([]int32, s.p.len())
	var free []int32
	slots := int32(0)
	for _, e := range s.p.events {
		op := e >> 1
		switch {
		case e&1 == 1:
			free = append(free, s.slot[op])
		case len(free) > 0:
			s.slot[op] = free[len(free)-1]
			free = free[:len(free)-1]
		default:
			s.slot[op] = slots
			slots++
		}
	}
	s.mask = make([]uint64, (slots+63)/64)
	s.failed.init(len(s.mask))
}

// firstReturn returns the rank of the first return at or after rank whose
// operation is not linearized.
func (s *search[S, In, Out]) firstReturn(rank int32) int32 {
	for ; int(rank) < len(s.p.events); rank++ {
		if e := s.p.events[rank]; e&1 == 1 && !s.done[e>>1] {
			break
		}
	}
	return rank
}

// The three kinds of operations, in the order in which they are tried.
const (
	tryReads = iota
	tryKnown
	tryUnknown
	tryNothing
)

func (s *search[S, In, Out]) kind(op int32) int {
	switch {
	case s.p.ret[op] == never:
		return tryUnknown
	case s.reads[op]:
		return tryReads
	}
	return tryKnown
}

// overEvery is after how many steps a search asks whether it is still wanted.
const overEvery = 1 << 10

// run searches until the history is decided or the budget, of all its runs
// together, is spent, or, if over is set, it says so.
func (s *search[S, In, Out]) run(b Budget, over func() bool) Verdict {
	for s.left > 0 {
		if s.atBarrier(s.node) {
			if !s.nextPhase() && !s.stepBack() {
				return Illegal
			}
			continue
		}
		op := s.p.events[s.node-1] >> 1
		if s.kind(op) != s.phase {
			s.node = s.next[s.node]
			continue
		}
		if s.steps >= b.Steps || s.failed.bytes > b.Bytes || s.steps%overEvery == 0 && over != nil && over() {
			return Unknown
		}
		switch {
		case !s.try(op, s.phase):
			s.node = s.next[s.node]
		case s.phase == tryReads:
			// The state is what it was: earlier reads need no second look. The node
			// itself is out of the list, so its successor is its predecessor's.
			s.node = s.next[s.prev[s.node]]
		default:
			s.begin()
		}
	}
	return Ok
}

// atBarrier reports whether node is the end of the list or a return: what was
// called after it has to wait.
func (s *search[S, In, Out]) atBarrier(node int32) bool {
	return int(node) > len(s.p.events) || s.p.events[node-1]&1 == 1
}

// try linearizes op next, if the model allows it and it leads anywhere new.
func (s *search[S, In, Out]) try(op int32, phase int) bool {
	if phase == tryUnknown && (s.reads[op] || s.twin[op] != none && !s.done[s.twin[op]]) {
		return false
	}
	s.steps++
	state, ok := s.m.Step(s.state, s.op(op).In, s.out(op))
	if !ok || phase == tryUnknown && s.m.Equal(state, s.state) {
		return false
	}
	f := frame[S]{s.state, s.stateHash, op, s.pos, s.hashed, phase == tryReads}
	s.linearize(op)
	var hash uint64
	search := !f.fixed && s.failed.n > 0
	if search {
		hash = s.m.Hash(state)
		if s.failed.contains(s.configHash(hash), s.pos, s.mask, state, s.m.Equal) {
			s.undo(op, f.pos)
			return false
		}
	}
	s.state, s.stateHash, s.hashed = state, hash, search
	s.frames = append(s.frames, f)
	s.deepest = max(s.deepest, len(s.frames))
	return true
}

func (s *search[S, In, Out]) linearize(op int32) {
	s.unlink(s.p.call[op] + 1)
	s.done[op] = true
	s.flip(op)
	if s.p.ret[op] == never {
		return
	}
	s.left--
	s.unlink(s.p.ret[op] + 1)
	if s.p.ret[op] == s.pos {
		to := s.firstReturn(s.pos)
		s.flipReturns(s.pos, to)
		s.pos = to
	}
}

func (s *search[S, In, Out]) undo(op, pos int32) {
	s.flipReturns(pos, s.pos)
	s.pos = pos
	s.flip(op)
	s.done[op] = false
	if s.p.ret[op] != never {
		s.left++
		s.relink(s.p.ret[op] + 1)
	}
	s.relink(s.p.call[op] + 1)
}

// flipReturns takes the operations that return in ranks from..to-1 out of the
// mask, or puts them back.
func (s *search[S, In, Out]) flipReturns(from, to int32) {
	for ; from < to; from++ {
		if e := s.p.events[from]; e&1 == 1 {
			s.flip(e >> 1)
		}
	}
}

func (s *search[S, In, Out]) flip(op int32) { s.mask[s.slot[op]/64] ^= 1 << (s.slot[op] % 64) }

func (s *search[S, In, Out]) unlink(node int32) {
	s.next[s.prev[node]] = s.next[node]
	s.prev[s.next[node]] = s.prev[node]
}

func (s *search[S, In, Out]) relink(node int32) {
	s.next[s.prev[node]] = node
	s.prev[s.next[node]] = node
}

// stepBack gives up the current configuration for the one before it, and reports
// whether there was one.
func (s *search[S, In, Out]) stepBack() bool {
	if s.keepBest && len(s.frames) > len(s.best) {
		s.best = s.order()
	}
	for len(s.frames) > 0 {
		f := &s.frames[len(s.frames)-1]
		if !f.fixed {
			if !s.hashed {
				s.stateHash = s.m.Hash(s.state)
			}
			s.failed.add(s.configHash(s.stateHash), s.pos, s.mask, s.state)
		}
		s.state, s.stateHash, s.hashed = f.state, f.stateHash, f.hashed
		s.undo(f.op, f.pos)
		op, fixed := f.op, f.fixed
		*f = frame[S]{}
		s.frames = s.frames[:len(s.frames)-1]
		if !fixed {
			s.phase, s.node = s.kind(op), s.next[s.p.call[op]+1]
			return true
		}
	}
	return false
}

// order returns the operations linearized so far, in their order.
func (s *search[S, In, Out]) order() []int32 {
	order := make([]int32, len(s.frames))
	for i := range s.frames {
		order[i] = s.frames[i].op
	}
	return order
}

// configHash hashes the current configuration, given the hash of its state.
func (s *search[S, In, Out]) configHash(stateHash uint64) uint64 {
	h := mix(uint64(s.pos)) ^ stateHash
	for _, w := range s.mask {
		h = mix(h ^ w)
	}
	return h
}
