package findings

import (
	"cmp"
	"slices"
)

// A Set holds what was found, in buckets. The zero Set is empty. What it holds depends on what was added, never on the order.
// It is not for several goroutines at a time.
type Set struct {
	buckets map[string]*Bucket           // by the text of the key
	seen    map[string]map[identity]bool // and whether it was counted as fresh
	more    map[string]int               // failures that were only counted
}

// An identity tells failures of one bucket apart.
type identity struct{ seed, schedule, events uint64 }

func identityOf(f *Finding) identity {
	return identity{uint64(f.Seed), uint64(f.Schedule), uint64(f.Events)}
}

// Add adds a finding, which must not be changed afterwards. It reports whether it was counted: a failure that is there already, by seed and
// hashes, counts once. An error tells what the finding lacks.
func (s *Set) Add(f *Finding) (counted bool, err error) {
	if err := f.check(); err != nil {
		return false, err
	}
	if s.buckets == nil {
		s.buckets = make(map[string]*Bucket)
		s.seen = make(map[string]map[identity]bool)
	}
	key := f.Key()
	b := s.buckets[key.Text]
	if b == nil {
		b = &Bucket{Key: key, Count: s.more[key.Text], Fresh: s.more[key.Text]}
		s.buckets[key.Text] = b
		s.seen[key.Text] = make(map[identity]bool)
	}
	id := identityOf(f)
	seen := s.seen[key.Text]
	fresh, known := seen[id]
	if !known {
		b.Count++
		counted = true
	}
	if !f.Kept && !fresh {
		b.Fresh++ // it may have come as a kept one before
	}
	seen[id] = fresh || !f.Kept
	b.add(f, id)
	return counted, nil
}

// AddCounted adds failures of new seeds that nobody has looked into, to the bucket with this text as its key. They make no bucket: without a
// finding in it, they are not there.
func (s *Set) AddCounted(key string, n int) {
	if s.more == nil {
		s.more = make(map[string]int)
	}
	s.more[key] += n
	if b := s.buckets[key]; b != nil {
		b.Count += n
		b.Fresh += n
	}
}

// Len returns the number of buckets.
func (s *Set) Len() int { return len(s.buckets) }

// Count returns the number of findings.
func (s *Set) Count() int {
	n := 0
	for _, b := range s.buckets {
		n += b.Count
	}
	return n
}

// Buckets returns the buckets in the order of their keys' texts. They are the set's own: later additions change them.
func (s *Set) Buckets() []*Bucket {
	out := make([]*Bucket, 0, len(s.buckets))
	for _, b := range s.buckets {
		out = append(out, b)
	}
	slices.SortFunc(out, func(a, b *Bucket) int { return cmp.Compare(a.Key.Text, b.Key.Text) })
	return out
}

// Worst tells what sort of finding weighs most: Nondeterminism before all others, for then no other can be
// trusted. It is empty if there is none.
func (s *Set) Worst() Kind {
	worst := Kind("")
	for _, b := range s.buckets {
		switch k := b.Smallest[0].Kind; {
		case k == Nondeterminism:
			return k
		case worst == "" || slices.Index(kinds, k) < slices.Index(kinds, worst):
			worst = k
		}
	}
	return worst
}
