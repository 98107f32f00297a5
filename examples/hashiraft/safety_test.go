package hashiraft

import (
	"fmt"
	"hash/fnv"
	"sync/atomic"

	"github.com/hashicorp/raft"
	"github.com/terrella-go/terrella/sim"
)

// A witness is what was seen of one server in one of its incarnations. It is the server's Observer;
// each field is written by one goroutine of the server, and read while all of them wait.
type witness struct {
	name  string
	start int // which incarnation, from 1
	raft  atomic.Pointer[raft.Raft]
	log   *LogStore
	leads func() uint64 // the term that the server leads at this moment, 0 for none

	elected []uint64 // terms that it became leader of
	stored  []stored
	applied []applied
	digest  uint64 // of all commands in the state

	// How much of that was looked at.
	electionsSeen, storedSeen, appliedSeen int
	// complete is up to which index the log has been compared with what is committed, while the
	// server led the term completeIn.
	complete   int
	completeIn uint64
}

// An entryID is what an entry is known by in Raft: two logs that hold the same have to agree up to there.
type entryID struct{ index, term uint64 }

// stored is an entry that a log was seen to hold.
type stored struct {
	by       *witness
	id       entryID
	previous uint64 // term of the entry before it, 0 if not known
	content  uint64
}

// applied is a command that a state machine applied.
type applied struct {
	by     *witness
	id     entryID
	digest uint64 // of all commands up to this one
	in     uint64 // the server's term at that time, or a later one
}

func (w *witness) String() string { return fmt.Sprintf("%s (start %d)", w.name, w.start) }

func (w *witness) Opened(log *LogStore) {
	w.log = log
	for i := range log.entries {
		w.see(&log.entries[i])
	}
}

func (w *witness) Started(r *raft.Raft) { w.raft.Store(r) }

func (w *witness) Elected(term uint64) { w.elected = append(w.elected, term) }

func (w *witness) Stored(entries []*raft.Log) {
	for _, e := range entries {
		w.see(e)
	}
}

func (w *witness) see(e *raft.Log) {
	s := stored{by: w, id: entryID{e.Index, e.Term}, content: content(e)}
	var previous raft.Log
	if err := w.log.GetLog(e.Index-1, &previous); err == nil {
		s.previous = previous.Term
	}
	w.stored = append(w.stored, s)
}

func content(e *raft.Log) uint64 {
	h := fnv.New64a()
	h.Write([]byte{byte(e.Type)})
	h.Write(e.Data)
	return h.Sum64()
}

func (w *witness) Applied(e *raft.Log, digest uint64) {
	a := applied{by: w, id: entryID{e.Index, e.Term}, digest: digest, in: ^uint64(0)}
	if r := w.raft.Load(); r != nil {
		a.in = r.CurrentTerm()
	}
	w.applied = append(w.applied, a)
	w.digest = digest
}

func (w *witness) Restored(digest uint64) { w.digest = digest }

// safety checks the safety properties of Raft on what witnesses have seen.
type safety struct {
	servers [][]*witness // of each server the present incarnation, and before it those not yet looked at
	leaders map[uint64]*witness
	entries map[entryID]stored // as they were first seen, in any log
	done    []applied          // as they were first seen, by index; by is nil where no command was
}

func newSafety(servers int) *safety {
	return &safety{
		servers: make([][]*witness, servers),
		leaders: make(map[uint64]*witness),
		entries: make(map[entryID]stored),
	}
}

// watch makes the properties invariants of a world with so many servers.
func watch(w *sim.World, servers int) *safety {
	s := newSafety(servers)
	w.Invariant("election safety", s.each((*safety).electionSafety))
	w.Invariant("log matching", s.each((*safety).logMatching))
	w.Invariant("state-machine safety", s.each((*safety).stateMachineSafety))
	w.Invariant("leader completeness", func() error {
		defer s.forget()
		return s.each((*safety).leaderCompleteness)()
	})
	return s
}

// forget drops the witnesses of former incarnations, once all properties have looked at them.
func (s *safety) forget() {
	for i, incarnations := range s.servers {
		if n := len(incarnations); n > 1 {
			s.servers[i] = incarnations[n-1:]
		}
	}
}

// each returns a check of all witnesses.
func (s *safety) each(check func(*safety, *witness) error) func() error {
	return func() error {
		for _, incarnations := range s.servers {
			for _, w := range incarnations {
				if err := check(s, w); err != nil {
					return err
				}
			}
		}
		return nil
	}
}

// witness returns the Observer of a server that starts.
func (s *safety) witness(server int, n *sim.Node) *witness {
	w := &witness{name: n.Name(), start: n.Incarnation() + 1}
	w.leads = func() uint64 {
		r := w.raft.Load()
		if r == nil || r.State() != raft.Leader || !n.Running() || n.Incarnation() != w.start-1 {
			return 0
		}
		return r.CurrentTerm()
	}
	s.servers[server] = append(s.servers[server], w)
	return w
}

// present returns the witness of a server's present incarnation.
func (s *safety) present(server int) *witness {
	incarnations := s.servers[server]
	return incarnations[len(incarnations)-1]
}

// electionSafety: a term has at most one leader.
func (s *safety) electionSafety(w *witness) error {
	for ; w.electionsSeen < len(w.elected); w.electionsSeen++ {
		term := w.elected[w.electionsSeen]
		if other := s.leaders[term]; other != nil {
			return fmt.Errorf("term %d has two leaders, %v and %v", term, other, w)
		}
		s.leaders[term] = w
	}
	return nil
}

// logMatching: if two logs hold an entry of the same index and term, they are the same up to it. It is
// enough that the entry and the term of the one before it are.
func (s *safety) logMatching(w *witness) error {
	for ; w.storedSeen < len(w.stored); w.storedSeen++ {
		e := w.stored[w.storedSeen]
		first, seen := s.entries[e.id]
		switch {
		case !seen:
			s.entries[e.id] = e
		case e.content != first.content:
			return fmt.Errorf("entry %d of term %d is one thing in the log of %v and another in that of %v", e.id.index, e.id.term, first.by, w)
		case first.previous == 0:
			s.entries[e.id] = e
		case e.previous != 0 && e.previous != first.previous:
			return fmt.Errorf("entry %d of term %d follows one of term %d in the log of %v, and one of term %d in that of %v",
				e.id.index, e.id.term, first.previous, first.by, e.previous, w)
		}
	}
	return nil
}

// stateMachineSafety: no two servers apply different commands at the same index.
func (s *safety) stateMachineSafety(w *witness) error {
	for ; w.appliedSeen < len(w.applied); w.appliedSeen++ {
		a := w.applied[w.appliedSeen]
		for uint64(len(s.done)) <= a.id.index {
			s.done = append(s.done, applied{})
		}
		switch first := s.done[a.id.index]; {
		case first.by == nil:
			s.done[a.id.index] = a
		case first.id != a.id:
			return fmt.Errorf("at index %d %v applied an entry of term %d, and %v one of term %d", a.id.index, first.by, first.id.term, w, a.id.term)
		case first.digest != a.digest:
			return fmt.Errorf("up to index %d (term %d) %v and %v have not applied the same commands", a.id.index, a.id.term, first.by, w)
		}
	}
	return nil
}

// leaderCompleteness: the log of a leader holds all entries committed in earlier terms. An entry
// that a server has applied was committed in that server's term of then, or before. What is missing at the
// beginning of a log is in a snapshot.
func (s *safety) leaderCompleteness(w *witness) error {
	term := w.leads()
	if term == 0 || len(w.log.entries) == 0 {
		return nil // not a leader, or one that has yet to store its first entry
	}
	if w.completeIn != term {
		w.completeIn, w.complete = term, 0
	}
	for ; w.complete < len(s.done); w.complete++ {
		a := s.done[w.complete]
		if a.by == nil || a.in >= term || a.id.index < w.log.first {
			continue
		}
		has := "its log ends before it"
		if e := w.log.at(a.id.index); e != nil && e.Term == a.id.term {
			continue
		} else if e != nil {
			has = fmt.Sprintf("it has one of term %d there", e.Term)
		}
		return fmt.Errorf("%v leads term %d without entry %d of term %d, which %v applied in term %d: %s",
			w, term, a.id.index, a.id.term, a.by, a.in, has)
	}
	return nil
}
