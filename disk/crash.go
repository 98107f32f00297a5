package disk

import "github.com/terrella-go/terrella/internal/prng"

// A loss is something that a crash took, for the record of events.
type loss struct {
	path   string
	change bool // a change of metadata; else contents
	units  int64
	size   int64 // bytes that the file became shorter
}

// powerLoss makes the state what it is after a loss of power. The key decides.
func (s *state) powerLoss(key prng.Key) []loss {
	k := s.drawKeep(key.Name("metadata"))
	lost := s.dropChanges(k)
	for _, number := range sortedKeys(s.dirty) {
		n := s.own(number)
		p := s.plan(n, k)
		if l := p.draw(key.Name(n.path).Num(number)); l.units > 0 || l.size != 0 {
			lost = append(lost, l)
		}
	}
	s.settle()
	return lost
}

// dropChanges takes back the changes that are not kept and frees what no entry
// leads to any more.
func (s *state) dropChanges(k *keep) []loss {
	var lost []loss
	touched := map[uint64]bool{}
	for i := len(s.journal) - 1; i >= 0; i-- {
		c := &s.journal[i]
		c.eachNode(func(number uint64) { touched[number] = true })
		if !k.keeps(s.rules.journaled, i, c) {
			s.undo(c)
			lost = append(lost, loss{path: c.path, change: true})
		}
	}
	for number := range touched { // only counts change
		n := s.own(number)
		n.refs, n.modes = 0, 0
	}
	s.journal = nil
	s.closeAll(touched)
	return lost
}

// closeAll forgets open files and locks and frees what nothing leads to
// afterwards, besides open files the inodes given.
func (s *state) closeAll(also map[uint64]bool) {
	for number := range s.opens { // only sums change
		if n := s.node(number); n.links == 0 {
			s.used -= n.pages.count * pageSize
		}
		if also != nil {
			also[number] = true
		}
	}
	opens := s.opens
	s.opens, s.locks = map[uint64]int{}, map[uint64]*fileLock{}
	if also == nil {
		for _, number := range sortedKeys(opens) {
			s.release(number)
		}
	}
	for _, number := range sortedKeys(also) {
		s.release(number)
	}
}

// settle ends a crash: what is there now is what the medium holds.
func (s *state) settle() {
	for _, number := range sortedKeys(s.dirty) {
		s.dropHistory(s.own(number))
	}
	s.revealDamage()
}

// drawKeep draws which changes of metadata a crash keeps.
func (s *state) drawKeep(key prng.Key) *keep {
	mood := drawMood(key)
	if s.rules.journaled {
		k := &keep{before: ^uint64(0)}
		if i := mood.choose(key.Name("prefix"), len(s.journal)+1); i < len(s.journal) {
			k.before = s.journal[i].seq
		}
		return k
	}
	k := &keep{set: make([]bool, len(s.journal))}
	lost := newNeeds() // what the changes that are lost would have made
	for i := range s.journal {
		c := &s.journal[i]
		k.set[i] = !lost.has(c) && mood.choose(key.Num(c.seq), 2) == 1
		if !k.set[i] {
			lost.add(c)
		}
	}
	return k
}

// draw makes the file one of the things that it may be.
func (p *plan) draw(key prng.Key) loss {
	l := loss{path: p.n.path, size: p.n.size}
	size := p.sizes[drawMood(key.Name("size")).choose(key.Name("length"), len(p.sizes))]
	mood, data := drawMood(key.Name("contents")), key.Name("unit")
	p.put(size, func(u int64, choices [][]byte) []byte {
		i := mood.choose(data.Num(uint64(u)), len(choices))
		if i != len(choices)-1 {
			l.units++
		}
		return choices[i]
	})
	l.size -= size.size
	return l
}

// A mood is how a crash goes about one thing. Choosing all things
// evenly would hardly ever find the states in which nothing or nearly all was
// kept, and these are the ones that programs mistake.
type mood uint8

const (
	keepNothing mood = iota
	keepAll
	keepEvenly
	keepNearlyAll
	moods
)

func drawMood(key prng.Key) mood { return mood(key.Name("mood").Uint64() % uint64(moods)) }

// choose returns one of n things, ordered from the oldest to the newest.
func (m mood) choose(key prng.Key, n int) int {
	draw := key.Uint64()
	switch m {
	case keepNothing:
		return 0
	case keepAll:
		return n - 1
	case keepNearlyAll:
		if draw>>32%8 != 0 {
			return n - 1
		}
	}
	return int(draw % uint64(n))
}
