package trace

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// A line is an event as a JSON object. Times are in nanoseconds.
type line struct {
	Number      uint64            `json:"number"`
	Step        uint64            `json:"step"`
	At          int64             `json:"at"`
	Skew        int64             `json:"skew,omitempty"`
	Node        string            `json:"node,omitempty"`
	Incarnation int               `json:"incarnation,omitempty"`
	Goroutine   uint64            `json:"goroutine"`
	Kind        string            `json:"kind"`
	Subject     string            `json:"subject"`
	Cause       *uint64           `json:"cause,omitempty"`
	Detail      map[string]any    `json:"detail,omitempty"`
	Attached    map[string]string `json:"attached,omitempty"`
	Bytes       map[string][]byte `json:"bytes,omitempty"` // attachments that are no text
}

func (e *Event) line() *line {
	l := &line{
		Number: e.Number, Step: e.Step, At: int64(e.At), Skew: int64(e.Skew), Node: e.Node, Incarnation: e.Incarnation,
		Goroutine: e.Goroutine, Kind: e.Kind.String(), Subject: e.Subject,
	}
	if e.Cause != None {
		l.Cause = &e.Cause
	}
	for _, a := range e.Detail {
		if l.Detail == nil {
			l.Detail = make(map[string]any, len(e.Detail))
		}
		if a.Text != "" {
			l.Detail[a.Key] = a.Text
		} else {
			l.Detail[a.Key] = a.Number
		}
	}
	return l
}

// MarshalJSON returns the event as a JSON object. Times are in nanoseconds.
func (e *Event) MarshalJSON() ([]byte, error) { return json.Marshal(e.line()) }

// WriteLines writes the events as JSON, one a line.
func (r *Run) WriteLines(to io.Writer) error {
	b := bufio.NewWriter(to)
	enc := json.NewEncoder(b)
	rest := r.Attachments
	for i := range r.Events {
		e := &r.Events[i]
		l := e.line()
		for len(rest) > 0 && rest[0].Event == e.Number {
			l.attach(rest[0])
			rest = rest[1:]
		}
		if err := enc.Encode(l); err != nil {
			return err
		}
	}
	return b.Flush()
}

func (l *line) attach(a Attachment) {
	if utf8.Valid(a.Data) {
		if l.Attached == nil {
			l.Attached = make(map[string]string)
		}
		l.Attached[a.Key] = string(a.Data)
		return
	}
	if l.Bytes == nil {
		l.Bytes = make(map[string][]byte)
	}
	l.Bytes[a.Key] = a.Data
}

// readLines reads events as JSON lines.
func readLines(from *bufio.Reader) (*Run, error) {
	r := new(Run)
	for n := 1; ; n++ {
		text, err := from.ReadBytes('\n')
		if err != nil && err != io.EOF {
			return nil, err
		}
		end := err == io.EOF
		if text = bytes.TrimSpace(text); len(text) > 0 {
			if err := r.addLine(text); err != nil {
				return nil, fmt.Errorf("line %d is no event: %w", n, err)
			}
		}
		if end {
			break
		}
	}
	if len(r.Events) == 0 {
		return nil, fmt.Errorf("there is no event in it")
	}
	r.sortAttachments()
	return r, r.check()
}

func (r *Run) addLine(text []byte) error {
	var l line
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	dec.DisallowUnknownFields()
	if err := dec.Decode(&l); err != nil {
		return fmt.Errorf("%w; the events of -sim.trace=FILE are JSON objects, one a line", err)
	}
	kind, ok := ParseKind(l.Kind)
	if !ok {
		return fmt.Errorf("kind %q is unknown to this version", l.Kind)
	}
	e := Event{
		Number: l.Number, Step: l.Step, At: time.Duration(l.At), Skew: time.Duration(l.Skew), Node: l.Node,
		Incarnation: l.Incarnation, Goroutine: l.Goroutine, Kind: kind, Subject: l.Subject, Cause: None,
	}
	if l.Cause != nil {
		e.Cause = *l.Cause
	}
	for key, v := range l.Detail {
		switch v := v.(type) {
		case string:
			e.Detail = append(e.Detail, Text(key, v))
		case json.Number:
			n, err := v.Int64()
			if err != nil {
				return fmt.Errorf("detail %s: %s is no whole number of 64 bits", key, v)
			}
			e.Detail = append(e.Detail, Number(key, n))
		default:
			return fmt.Errorf("detail %s is neither a text nor a number", key)
		}
	}
	slices.SortFunc(e.Detail, func(a, b Attr) int { return strings.Compare(a.Key, b.Key) })
	r.Events = append(r.Events, e)
	for key, data := range l.Attached {
		r.Attachments = append(r.Attachments, Attachment{l.Number, key, []byte(data)})
	}
	for key, data := range l.Bytes {
		r.Attachments = append(r.Attachments, Attachment{l.Number, key, data})
	}
	return nil
}

func (r *Run) sortAttachments() {
	slices.SortStableFunc(r.Attachments, func(a, b Attachment) int {
		return cmp.Or(cmp.Compare(a.Event, b.Event), strings.Compare(a.Key, b.Key))
	})
}
