package trace

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// String returns the event as one line.
func (e *Event) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "#%d step %d %v", e.Number, e.Step, e.At)
	if e.Node != "" {
		fmt.Fprintf(&b, " %s", e.Node)
		if e.Incarnation > 0 {
			fmt.Fprintf(&b, "/%d", e.Incarnation)
		}
	}
	fmt.Fprintf(&b, " %v %s", e.Kind, e.Subject)
	for _, a := range e.Detail {
		b.WriteString(" " + a.Key + "=")
		if a.Text != "" {
			b.WriteString(strconv.Quote(a.Text))
		} else {
			b.WriteString(strconv.FormatInt(a.Number, 10))
		}
	}
	if e.Cause != None {
		fmt.Fprintf(&b, " because of #%d", e.Cause)
	}
	return b.String()
}

// MarshalJSON returns the event as a JSON object. Times are in nanoseconds.
func (e *Event) MarshalJSON() ([]byte, error) {
	type line struct {
		Number      uint64         `json:"number"`
		Step        uint64         `json:"step"`
		At          int64          `json:"at"`
		Skew        int64          `json:"skew,omitempty"`
		Node        string         `json:"node,omitempty"`
		Incarnation int            `json:"incarnation,omitempty"`
		Goroutine   uint64         `json:"goroutine"`
		Kind        string         `json:"kind"`
		Subject     string         `json:"subject"`
		Cause       *uint64        `json:"cause,omitempty"`
		Detail      map[string]any `json:"detail,omitempty"`
	}
	l := line{
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
	return json.Marshal(l)
}
