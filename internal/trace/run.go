package trace

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"time"
)

// A Run is a recorded world, read back.
type Run struct {
	Meta
	// Events stand in the order of their numbers, without a gap. The first need not be 0: a log
	// that keeps only some has lost the ones before.
	Events []Event
	// Attachments stand in the order of the events that they belong to.
	Attachments []Attachment
}

// Meta says of a run what its events do not.
type Meta struct {
	// Test is the name of the test, Package that of its package.
	Test    string `json:"test,omitempty"`
	Package string `json:"package,omitempty"`
	// Seed is the world's, written as on the command line.
	Seed string `json:"seed,omitempty"`
	// Again is the command that runs the world again.
	Again string `json:"again,omitempty"`
	// Failure says what failed, empty if nothing did. Its first line is the property's name and message.
	Failure string `json:"failure,omitempty"`
	// Story tells in words how it came about, if somebody has worked that out.
	Story string `json:"story,omitempty"`
}

// An Attachment is something larger that belongs to an event: the bytes of a packet, the input of
// an operation, the state of a node. Attachments enter no hash.
type Attachment struct {
	Event uint64
	Key   string // what it is
	Data  []byte
}

// Keys of attachments that readers know.
const (
	AttachedPayload = "payload" // the bytes of a packet
	AttachedDecoded = "decoded" // the same, as the program's own decoder shows it
	AttachedInput   = "input"   // of an operation
	AttachedOutput  = "output"  // of an operation
	AttachedState   = "state"   // of the event's node, after the event
	AttachedFinding = "finding" // what a checker found, as JSON
)

// At returns the event of a number, nil if the run does not hold it.
func (r *Run) At(number uint64) *Event {
	if len(r.Events) == 0 || number < r.Events[0].Number || number-r.Events[0].Number >= uint64(len(r.Events)) {
		return nil
	}
	return &r.Events[number-r.Events[0].Number]
}

// Failed returns the event of the run's first failure, nil if nothing failed.
func (r *Run) Failed() *Event {
	for i := range r.Events {
		if r.Events[i].Kind == PropertyFail {
			return &r.Events[i]
		}
	}
	return nil
}

// Span returns how much virtual time lies between the first event and the last.
func (r *Run) Span() time.Duration {
	if len(r.Events) == 0 {
		return 0
	}
	return r.Events[len(r.Events)-1].At - r.Events[0].At
}

// ReadRun reads a run from either of its forms: columns, as [Run.WriteColumns] writes them, or JSON lines.
func ReadRun(from io.Reader) (*Run, error) {
	b := bufio.NewReaderSize(from, 1<<16)
	head, err := b.Peek(len(columnsMagic))
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if string(head) == columnsMagic {
		return readColumns(b)
	}
	return readLines(b)
}

// check reports what makes the events no run.
func (r *Run) check() error {
	for i := range r.Events {
		e := &r.Events[i]
		if want := r.Events[0].Number + uint64(i); e.Number != want {
			return fmt.Errorf("event %d stands where %d should: events are missing, doubled or out of order", e.Number, want)
		}
		if e.Cause != None && e.Cause >= e.Number {
			return fmt.Errorf("event %d has event %d as its cause, which did not come before it", e.Number, e.Cause)
		}
	}
	for _, a := range r.Attachments {
		if r.At(a.Event) == nil {
			return fmt.Errorf("%s is attached to event %d, which is not there", a.Key, a.Event)
		}
	}
	return nil
}

// Decode adds to each payload what the first decoder that knows it makes of it, and returns r.
func (r *Run) Decode(decoders []func(payload []byte) (string, bool)) *Run {
	var more []Attachment
	for _, a := range r.Attachments {
		if a.Key != AttachedPayload {
			continue
		}
		for _, decode := range decoders {
			if text, ok := decode(a.Data); ok {
				more = append(more, Attachment{a.Event, AttachedDecoded, []byte(text)})
				break
			}
		}
	}
	r.Attachments = append(r.Attachments, more...)
	r.sortAttachments()
	return r
}
