package grpc

import (
	"strings"
	"sync"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/terrella-go/terrella/disk"
	"github.com/terrella-go/terrella/examples/internal/journal"
)

// A topic is the state of a server.
type topic struct {
	mu       sync.Mutex
	journal  *journal.Journal
	messages []string // each its publisher's name, a space, and the text
	counts   map[string]uint64
	sessions map[string]uint64 // of each publisher, the stream that may add messages
	grown    chan struct{}     // closed when messages grows
}

func openTopic(fsys disk.FS, skipSync bool) (*topic, error) {
	j, lines, err := journal.Open(fsys, "topic")
	if err != nil {
		return nil, err
	}
	j.SkipSync = skipSync
	t := &topic{journal: j, counts: map[string]uint64{}, sessions: map[string]uint64{}, grown: make(chan struct{})}
	for _, line := range lines {
		t.apply(line)
	}
	return t, nil
}

// apply adds a message and returns the number of its publisher's.
func (t *topic) apply(message string) uint64 {
	publisher, _, _ := strings.Cut(message, " ")
	t.messages = append(t.messages, message)
	t.counts[publisher]++
	return t.counts[publisher]
}

// begin starts a publisher's session, which ends the one before, and returns the number of its messages.
func (t *topic) begin(publisher string) (session, count uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sessions[publisher]++
	return t.sessions[publisher], t.counts[publisher]
}

// add makes a message durable and returns the number of its publisher's.
func (t *topic) add(publisher string, session uint64, message string) (uint64, error) {
	if strings.Contains(message, "\n") {
		return 0, status.Error(codes.InvalidArgument, "a message is one line")
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.sessions[publisher] != session {
		return 0, status.Errorf(codes.Aborted, "%s has begun another stream", publisher)
	}
	line := publisher + " " + message
	if err := t.journal.Add(line); err != nil {
		return 0, status.Error(codes.Internal, err.Error())
	}
	close(t.grown)
	t.grown = make(chan struct{})
	return t.apply(line), nil
}

// after returns the messages from an offset on, and what is closed when there are more.
func (t *topic) after(from uint64) ([]string, <-chan struct{}, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if have := uint64(len(t.messages)); from > have {
		return nil, nil, status.Errorf(codes.OutOfRange, "there are %d messages, none from %d on", have, from)
	}
	return t.messages[from:], t.grown, nil // messages are never changed
}
