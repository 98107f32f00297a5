package grpc

import (
	"fmt"
	"maps"
	"strconv"
	"strings"
	"sync"
)

// A record is what clients know of a topic.
type record struct {
	mu        sync.Mutex
	sent      map[string]uint64 // messages that each publisher has tried to send
	held      map[string]uint64 // and that were acknowledged
	followers []*follower

	topic []string // the messages that any follower has got
}

// A follower is what one of them got.
type follower struct {
	mu      sync.Mutex
	got     []string
	checked int               // how many of them were looked at
	next    map[string]uint64 // of each publisher's, which comes next
}

func (r *record) get(m map[string]uint64, publisher string) uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return m[publisher]
}

func (r *record) set(m map[string]uint64, publisher string, n uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	m[publisher] = n
}

func (f *follower) get(message string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.got = append(f.got, message)
}

func (f *follower) count() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return uint64(len(f.got))
}

// check returns an error unless all followers got the same, which has each publisher's messages once and
// in order. It is an invariant, and looks at what came since it was last called.
func (r *record) check() error {
	for _, f := range r.followers {
		for ; f.checked < len(f.got); f.checked++ {
			i, message := f.checked, f.got[f.checked]
			publisher, n, _ := strings.Cut(message, " ")
			if want := f.next[publisher]; n != strconv.FormatUint(want, 10) || want >= r.sent[publisher] {
				return fmt.Errorf("message %d is %q; of that publisher %d is next, and it has sent %d", i, message, want, r.sent[publisher])
			}
			f.next[publisher]++
			if i == len(r.topic) {
				r.topic = append(r.topic, message)
			}
			if message != r.topic[i] {
				return fmt.Errorf("message %d is %q to one follower, and %q to another", i, message, r.topic[i])
			}
		}
	}
	return nil
}

// moreThan returns an error unless more messages of each publisher are acknowledged than before.
func (r *record) moreThan(before map[string]uint64) error {
	for publisher, n := range r.heldNow() {
		if n <= before[publisher] {
			return fmt.Errorf("%d messages of %s are acknowledged, as before", n, publisher)
		}
	}
	return nil
}

// heldNow returns a copy of what is acknowledged.
func (r *record) heldNow() map[string]uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.held)
}

// followersHave returns an error unless all followers have so many messages of each publisher.
func (r *record) followersHave(held map[string]uint64) error {
	for i, f := range r.followers {
		for publisher, n := range held {
			if f.next[publisher] < n {
				return fmt.Errorf("follower %d has %d messages of %s, and not %d", i, f.next[publisher], publisher, n)
			}
		}
	}
	return nil
}
