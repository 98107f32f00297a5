package hashiraft

import (
	"testing"

	"github.com/hashicorp/raft"
	"github.com/terrella-go/terrella/disk"
)

// TestViolations: each property is reported when it is violated, by the servers, the term and the
// index, and what comes close to a violation is not.
func TestViolations(t *testing.T) {
	id := func(index, term uint64) entryID { return entryID{index, term} }
	tests := []struct {
		name  string
		see   func(a, b *witness)
		check func(*safety, *witness) error
		want  string
	}{
		{"leaders of two terms", func(a, b *witness) {
			a.Elected(2)
			b.Elected(3)
		}, (*safety).electionSafety, ""},
		{"two leaders", func(a, b *witness) {
			a.Elected(2)
			b.Elected(2)
		}, (*safety).electionSafety, "term 2 has two leaders, a (start 1) and b (start 3)"},

		{"the same logs", func(a, b *witness) {
			a.stored = []stored{{a, id(4, 2), 0, 9}, {a, id(5, 3), 2, 8}}
			b.stored = []stored{{b, id(4, 2), 1, 9}, {b, id(5, 3), 2, 8}, {b, id(5, 4), 2, 7}}
		}, (*safety).logMatching, ""},
		{"two contents", func(a, b *witness) {
			a.stored = []stored{{a, id(4, 2), 1, 9}}
			b.stored = []stored{{b, id(4, 2), 1, 8}}
		}, (*safety).logMatching, "entry 4 of term 2 is one thing in the log of a (start 1) and another in that of b (start 3)"},
		{"two pasts", func(a, b *witness) {
			a.stored = []stored{{a, id(4, 3), 0, 9}, {a, id(4, 3), 1, 9}}
			b.stored = []stored{{b, id(4, 3), 2, 9}}
		}, (*safety).logMatching, "entry 4 of term 3 follows one of term 1 in the log of a (start 1), and one of term 2 in that of b (start 3)"},

		{"one applies more", func(a, b *witness) {
			a.applied = []applied{{a, id(4, 2), 9, 2}, {a, id(6, 2), 8, 2}}
			b.applied = []applied{{b, id(4, 2), 9, 3}}
		}, (*safety).stateMachineSafety, ""},
		{"two commands", func(a, b *witness) {
			a.applied = []applied{{a, id(4, 2), 9, 2}}
			b.applied = []applied{{b, id(4, 3), 8, 3}}
		}, (*safety).stateMachineSafety, "at index 4 a (start 1) applied an entry of term 2, and b (start 3) one of term 3"},
		{"one left out", func(a, b *witness) {
			a.applied = []applied{{a, id(3, 2), 7, 2}, {a, id(4, 2), 9, 2}}
			b.applied = []applied{{b, id(4, 2), 8, 2}}
		}, (*safety).stateMachineSafety, "up to index 4 (term 2) a (start 1) and b (start 3) have not applied the same commands"},

		{"a complete leader", func(a, b *witness) {
			a.applied = []applied{{a, id(1, 1), 9, 1}, {a, id(2, 1), 8, 1}, {a, id(9, 6), 7, 6}}
			lead(t, b, 5, entry(1, 1), entry(2, 1), entry(3, 5))
		}, complete, ""},
		{"what is in a snapshot", func(a, b *witness) {
			a.applied = []applied{{a, id(1, 1), 9, 1}, {a, id(2, 1), 8, 1}}
			lead(t, b, 5, entry(3, 5))
		}, complete, ""},
		{"a short log", func(a, b *witness) {
			a.applied = []applied{{a, id(1, 1), 9, 1}, {a, id(2, 1), 8, 1}}
			lead(t, b, 5, entry(1, 1))
		}, complete, "b (start 3) leads term 5 without entry 2 of term 1, which a (start 1) applied in term 1: its log ends before it"},
		{"another entry", func(a, b *witness) {
			a.applied = []applied{{a, id(1, 1), 9, 1}, {a, id(2, 3), 8, 4}}
			lead(t, b, 5, entry(1, 1), entry(2, 2))
		}, complete, "b (start 3) leads term 5 without entry 2 of term 3, which a (start 1) applied in term 4: it has one of term 2 there"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			none := func() uint64 { return 0 }
			a, b := &witness{name: "a", start: 1, leads: none}, &witness{name: "b", start: 3, leads: none}
			test.see(a, b)
			s := newSafety(2)
			s.servers[0], s.servers[1] = []*witness{a}, []*witness{b}
			got := ""
			if err := s.each(test.check)(); err != nil {
				got = err.Error()
			}
			if got != test.want {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
}

// complete checks leader completeness by what has been applied so far, as a world does.
func complete(s *safety, w *witness) error {
	if err := s.stateMachineSafety(w); err != nil {
		return err
	}
	return s.leaderCompleteness(w)
}

// lead makes a server lead a term with a log.
func lead(t *testing.T, w *witness, term uint64, log ...*raft.Log) {
	t.Helper()
	s, err := OpenLogStore(disk.New(disk.Options{}), "log")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.StoreLogs(log); err != nil {
		t.Fatal(err)
	}
	w.log = s
	w.leads = func() uint64 { return term }
}
