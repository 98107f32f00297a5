package checker

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// A line is an operation as history files hold it, one to a line.
type line[In, Out any] struct {
	ID      *int       `json:"id"`
	Client  *int       `json:"client"`
	In      *In        `json:"in"`
	Out     *Out       `json:"out,omitempty"`
	Outcome *Outcome   `json:"outcome"`
	Err     string     `json:"error,omitempty"`
	Call    *lineStamp `json:"call"`
	Return  *lineStamp `json:"return,omitempty"`
}

// A lineStamp is a [Stamp] in a file; at is in nanoseconds.
type lineStamp struct {
	Order *uint64 `json:"order"`
	Step  uint64  `json:"step,omitempty"`
	At    int64   `json:"at,omitempty"`
}

// WriteJSON writes the history as JSON lines, one for each operation:
//
//	{"id":0,"client":1,"in":…,"out":…,"outcome":"ok","call":{"order":1,"step":17,"at":1500000},"return":{"order":2}}
//
// The outcome is ok, failed or unknown; out is there if it is ok, error if there
// was one, return unless the operation is pending. Times are nanoseconds.
func (h *History[In, Out]) WriteJSON(w io.Writer) error { return writeJSON(w, h.refs()) }

// WriteJSON writes operations as [History.WriteJSON] does.
func WriteJSON[In, Out any](w io.Writer, ops []Operation[In, Out]) error {
	return writeJSON(w, refsTo(ops))
}

func writeJSON[In, Out any](w io.Writer, ops []*Operation[In, Out]) error {
	buf := bufio.NewWriter(w)
	enc := json.NewEncoder(buf)
	enc.SetEscapeHTML(false)
	for _, o := range ops {
		l := line[In, Out]{ID: &o.ID, Client: &o.Client, In: &o.In, Outcome: &o.Outcome, Err: o.Err, Call: stampLine(o.Call)}
		if o.Outcome == OutcomeOK {
			l.Out = &o.Out
		}
		if !o.Pending {
			l.Return = stampLine(o.Return)
		}
		if err := enc.Encode(l); err != nil {
			return fmt.Errorf("checker: operation %d: %w", o.ID, err)
		}
	}
	return buf.Flush()
}

func stampLine(s Stamp) *lineStamp {
	return &lineStamp{&s.Order, s.Step, int64(s.At)}
}

// ReadJSON reads what WriteJSON wrote, and validates it. Whatever is wrong is
// reported as a *[HistoryError] with its line.
func ReadJSON[In, Out any](r io.Reader) ([]Operation[In, Out], error) {
	var (
		ops   []Operation[In, Out]
		lines []int
		in    = bufio.NewReader(r)
	)
	for number := 1; ; number++ {
		text, err := in.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		if trimmed := bytes.TrimSpace(text); len(trimmed) > 0 {
			op, problem := parseLine[In, Out](trimmed)
			if problem != nil {
				problem.Line = number
				return nil, problem
			}
			ops, lines = append(ops, op), append(lines, number)
		}
		if err != nil {
			break
		}
	}
	return ops, atLine(Validate(ops), ops, lines)
}

// atLine adds to a validation error the line of its operation.
func atLine[In, Out any](err error, ops []Operation[In, Out], lines []int) error {
	var bad *HistoryError
	if errors.As(err, &bad) {
		for i := range ops {
			if ops[i].ID == bad.Op {
				bad.Line = lines[i] // of operations with one number the last is one too many
			}
		}
	}
	return err
}

func parseLine[In, Out any](text []byte) (op Operation[In, Out], bad *HistoryError) {
	var l line[In, Out]
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	err := dec.Decode(&l)
	if err == nil && dec.More() {
		err = errors.New("something follows the operation")
	}
	id := -1
	if l.ID != nil {
		id = *l.ID
	}
	problem := ""
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		problem = "the line is cut off"
	case err != nil:
		problem = err.Error()
	default:
		problem = l.missing()
	}
	if problem != "" {
		return op, &HistoryError{Op: id, Problem: problem}
	}
	op = Operation[In, Out]{ID: id, Client: *l.Client, In: *l.In, Outcome: *l.Outcome, Err: l.Err, Call: l.Call.stamp(), Pending: l.Return == nil}
	if l.Out != nil {
		op.Out = *l.Out
	}
	if l.Return != nil {
		op.Return = l.Return.stamp()
	}
	return op, nil
}

func (s *lineStamp) stamp() Stamp { return Stamp{*s.Order, s.Step, durationOf(s.At)} }

// missing names what the line lacks.
func (l *line[In, Out]) missing() string {
	switch {
	case l.ID == nil:
		return "it has no id"
	case l.Client == nil:
		return "it has no client"
	case l.In == nil:
		return "it has no in"
	case l.Outcome == nil:
		return "it has no outcome"
	case l.Call == nil || l.Call.Order == nil:
		return "it has no call with an order"
	case l.Return != nil && l.Return.Order == nil:
		return "its return has no order"
	case *l.Outcome == OutcomeOK && l.Out == nil:
		return "its outcome is ok, but it has no out"
	case *l.Outcome != OutcomeUnknown && l.Return == nil:
		return "its outcome is " + l.Outcome.String() + ", but it has no return"
	}
	return ""
}
