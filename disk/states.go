package disk

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"io/fs"
)

// crashStates calls yield with each different state that a loss of power may leave,
// until it returns false. It works on a fork of its own.
func (s *state) crashStates(yield func(*state) bool) {
	seen := map[[sha256.Size]byte]bool{}
	s.eachKeep(func(k *keep) bool {
		base := s.fork()
		base.dropChanges(k)
		w := walker{yield: yield, seen: seen, keep: k, files: sortedKeys(base.dirty)}
		return w.file(base, 0)
	})
}

// eachKeep calls f with each set of changes that a crash may keep.
func (s *state) eachKeep(f func(*keep) bool) {
	if !s.rules.journaled {
		s.eachSet(&keep{set: make([]bool, len(s.journal))}, 0, f)
		return
	}
	for i := range s.journal {
		if !f(&keep{before: s.journal[i].seq}) {
			return
		}
	}
	f(&keep{before: ^uint64(0)})
}

// eachSet goes on with the changes from number i on.
func (s *state) eachSet(k *keep, i int, f func(*keep) bool) bool {
	if i == len(s.journal) {
		return f(k)
	}
	k.set[i] = false
	if !s.eachSet(k, i+1, f) {
		return false
	}
	lost := newNeeds()
	for j := range i {
		if !k.set[j] {
			lost.add(&s.journal[j])
		}
	}
	if lost.has(&s.journal[i]) {
		return true
	}
	k.set[i] = true
	defer func() { k.set[i] = false }()
	return s.eachSet(k, i+1, f)
}

// A walker goes through what a crash may leave of files, one inside the other.
type walker struct {
	yield func(*state) bool
	seen  map[[sha256.Size]byte]bool
	keep  *keep
	files []uint64
}

// file goes through what may be left of the files from number i on.
func (w *walker) file(s *state, i int) bool {
	if i == len(w.files) {
		return w.leaf(s)
	}
	for k := range s.plan(s.node(w.files[i]), w.keep).sizes {
		if !w.contents(s, i, k) {
			return false
		}
	}
	return true
}

// contents goes through the contents that file i may have with its k-th size: it
// counts up one choice for each unit, the last unit fastest.
func (w *walker) contents(s *state, i, k int) bool {
	n := s.node(w.files[i])
	p := s.plan(n, w.keep)
	size := p.sizes[k]
	var options []int
	for _, u := range p.units {
		if c := len(p.choices(u, size)); c > 0 {
			options = append(options, c)
		}
	}
	for pick := make([]int, len(options)); pick != nil; pick = countUp(pick, options) {
		t := s.fork()
		at := 0
		t.plan(t.own(w.files[i]), w.keep).put(size, func(_ int64, choices [][]byte) []byte {
			at++
			return choices[pick[at-1]]
		})
		if !w.file(t, i+1) {
			return false
		}
	}
	return true
}

// countUp returns the next tuple of numbers below the limits, or nil after the last.
func countUp(tuple, limits []int) []int {
	for i := len(tuple) - 1; i >= 0; i-- {
		if tuple[i]++; tuple[i] < limits[i] {
			return tuple
		}
		tuple[i] = 0
	}
	return nil
}

func (w *walker) leaf(s *state) bool {
	t := s.fork()
	t.settle()
	sum := t.sum()
	if w.seen[sum] {
		return true
	}
	w.seen[sum] = true
	return w.yield(t)
}

// sum returns the hash of the tree: of names, modes, sizes and contents.
func (s *state) sum() [sha256.Size]byte {
	h := sha256.New()
	s.sumNode(h, s.node(rootNumber))
	return [sha256.Size]byte(h.Sum(nil))
}

func (s *state) sumNode(h hash.Hash, n *inode) {
	sumNumber(h, uint64(n.mode&(fs.ModeDir|fs.ModePerm)))
	if n.isDir() {
		names := sortedNames(n)
		sumNumber(h, uint64(len(names)))
		for _, name := range names {
			sumNumber(h, uint64(len(name)))
			h.Write([]byte(name))
			number, _ := n.entries.get(name)
			s.sumNode(h, s.node(number))
		}
		return
	}
	sumNumber(h, uint64(n.size))
	n.pages.each(func(i int64, p *page) {
		if len(trimZeros(p.buf)) > 0 {
			sum := p.sumOf()
			sumNumber(h, uint64(i))
			h.Write(sum)
		}
	})
	sumNumber(h, ^uint64(0)) // no page has this number: the end
}

func sumNumber(h hash.Hash, n uint64) {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], n)
	h.Write(b[:])
}
