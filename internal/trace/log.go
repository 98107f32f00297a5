package trace

import (
	"iter"

	"github.com/terrella-go/terrella/internal/turn"
)

// A Log records the events of one world: all of them enter its hash, the last
// Keep of them can be read back. A nil *Log is valid and records nothing, so a
// simulated network or disk works outside any world too.
//
// A Log may be used by all goroutines of its world.
type Log struct {
	mu     turn.Lock
	stamp  func(*Event)
	keep   int
	ring   []Event // up to keep events; older ones are overwritten
	number uint64
	hash   uint64

	attached []Attachment
}

// DefaultKeep is the number of events that a log with Keep 0 can give back.
const DefaultKeep = 4096

// KeepAll makes a log keep every event.
const KeepAll = -1

// NewLog returns a log that keeps the last keep events (0 means [DefaultKeep],
// [KeepAll] all of them). The function stamp, which may be nil, fills in what the
// scheduler knows of an event: its step, time and goroutine. It is called with the log
// locked.
func NewLog(keep int, stamp func(*Event)) *Log {
	if keep == 0 {
		keep = DefaultKeep
	}
	return &Log{stamp: stamp, keep: keep, hash: hashStart}
}

// Add records an event that no other event caused and returns its number.
func (l *Log) Add(kind Kind, node, subject string, detail ...Attr) uint64 {
	return l.Append(Event{Kind: kind, Node: node, Subject: subject, Cause: None, Detail: detail})
}

// AddCaused records an event made to happen by event number cause.
func (l *Log) AddCaused(cause uint64, kind Kind, node, subject string, detail ...Attr) uint64 {
	return l.Append(Event{Kind: kind, Node: node, Subject: subject, Cause: cause, Detail: detail})
}

// Append records e, whose number, and step, time and goroutine where the log
// has a stamp, are filled in here. It returns the number, None on a nil log.
func (l *Log) Append(e Event) uint64 {
	if l == nil {
		return None
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stamp != nil {
		l.stamp(&e)
	}
	e.Number = l.number
	l.number++
	l.hash = e.hash(l.hash)
	if l.keep < 0 || len(l.ring) < l.keep {
		l.ring = append(l.ring, e)
	} else {
		l.ring[e.Number%uint64(l.keep)] = e
	}
	return e.Number
}

// Len returns how many events were recorded.
func (l *Log) Len() uint64 {
	if l == nil {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.number
}

// Hash returns the hash of all events so far.
func (l *Log) Hash() uint64 {
	if l == nil {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.hash
}

// Events yields the events that were kept, oldest first. The log must not grow meanwhile.
func (l *Log) Events() iter.Seq[*Event] {
	return func(yield func(*Event) bool) {
		if l == nil {
			return
		}
		first := l.number - uint64(len(l.ring))
		for n := first; n < l.number; n++ {
			if !yield(&l.ring[n%uint64(len(l.ring))]) {
				return
			}
		}
	}
}

const hashStart = 0x6a09e667f3bcc908 // the fraction of the square root of 2

// hash extends h by everything that the event holds except its number, which
// follows from its place.
func (e *Event) hash(h uint64) uint64 {
	h = hashNumber(h, e.Step)
	h = hashNumber(h, uint64(e.At))
	h = hashNumber(h, uint64(e.Skew))
	h = hashText(h, e.Node)
	h = hashNumber(h, uint64(e.Incarnation)<<8|uint64(e.Kind))
	h = hashNumber(h, e.Goroutine)
	h = hashText(h, e.Subject)
	h = hashNumber(h, e.Cause)
	for i := range e.Detail {
		a := &e.Detail[i]
		h = hashText(h, a.Key)
		h = hashText(h, a.Text)
		h = hashNumber(h, uint64(a.Number))
	}
	return h
}

func hashNumber(h, n uint64) uint64 {
	h = (h ^ n) * 0x9fb21c651e98df25
	return h ^ h>>35
}

func hashText(h uint64, s string) uint64 {
	for len(s) >= 8 {
		h = hashNumber(h, uint64(s[0])|uint64(s[1])<<8|uint64(s[2])<<16|uint64(s[3])<<24|
			uint64(s[4])<<32|uint64(s[5])<<40|uint64(s[6])<<48|uint64(s[7])<<56)
		s = s[8:]
	}
	var tail uint64
	for i := 0; i < len(s); i++ {
		tail |= uint64(s[i]) << (8 * i)
	}
	// The length keeps "ab"+"c" and "a"+"bc" apart.
	return hashNumber(h, tail|uint64(len(s)+1)<<56)
}
