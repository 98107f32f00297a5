package checker

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// A JepsenEvent is a call or a completion in one of Jepsen's histories.
type JepsenEvent struct {
	Line    int    // of the file, from 1
	Process int    // the client
	Type    string // invoke, ok, fail or info
	F       string // what was asked for
	// Value holds nil, bool, int64, float64, string, [Keyword], or a []any of these.
	Value any
	// Key holds the event's :key, if it has one, in the same types.
	Key  any
	Time time.Duration // since the test began
}

// ReadJepsen reads a history that Jepsen wrote: EDN maps, one after the other or
// in one vector, or lines of its log ("INFO jepsen.util - 0 :invoke :read nil").
// Events of processes that are not numbers, the nemesis for one, are left out.
//
// For each operation decode is called with its call, its completion (nil if there
// is none) and the operation, in which all is filled in but the input and the
// output. The order is that of the events, and the outcome follows from the type of the
// completion: ok, failed for fail, unknown for info or none. Decode may
// change it: a compare-and-set that "failed" with a mismatch has a result.
//
// Whatever is wrong is reported as a *[HistoryError] with its line.
func ReadJepsen[In, Out any](r io.Reader, decode func(call, completion *JepsenEvent, op *Operation[In, Out]) error) ([]Operation[In, Out], error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	events, err := jepsenEvents(string(text))
	if err != nil {
		return nil, err
	}
	var (
		ops     []Operation[In, Out]
		lines   []int
		results []*JepsenEvent
		calls   []*JepsenEvent
		open    = map[int]int{}
	)
	for i := range events {
		e := &events[i]
		at, isOpen := open[e.Process]
		stamp := Stamp{Order: uint64(i), At: e.Time}
		switch {
		case e.Type == "invoke" && isOpen:
			return nil, &HistoryError{Op: len(ops), Line: e.Line, Problem: fmt.Sprintf(
				"process %d calls it while its operation %d, of line %d, is open", e.Process, at, lines[at])}
		case e.Type == "invoke":
			open[e.Process] = len(ops)
			ops = append(ops, Operation[In, Out]{ID: len(ops), Client: e.Process, Call: stamp, Outcome: OutcomeUnknown, Pending: true})
			lines, calls, results = append(lines, e.Line), append(calls, e), append(results, nil)
		case !isOpen:
			return nil, &HistoryError{Op: -1, Line: e.Line, Problem: fmt.Sprintf("process %d completes an operation that it did not call", e.Process)}
		default:
			delete(open, e.Process)
			op := &ops[at]
			op.Return, op.Pending, results[at] = stamp, false, e
			op.Outcome = map[string]Outcome{"ok": OutcomeOK, "fail": OutcomeFailed, "info": OutcomeUnknown}[e.Type]
		}
	}
	for i := range ops {
		if err := decode(calls[i], results[i], &ops[i]); err != nil {
			return nil, &HistoryError{Op: i, Line: lines[i], Problem: err.Error()}
		}
	}
	return ops, atLine(Validate(ops), ops, lines)
}

func jepsenEvents(text string) ([]JepsenEvent, error) {
	if strings.Contains(text, "jepsen.util") {
		return jepsenLog(text)
	}
	r := &ednReader{text: text, line: 1}
	wrapped := !r.end() && text[r.at] == '['
	if wrapped {
		r.at++
	}
	var events []JepsenEvent
	for !r.end() {
		if wrapped && text[r.at] == ']' {
			r.at, wrapped = r.at+1, false
			continue
		}
		line := r.line
		v, err := r.value()
		if err != nil {
			return nil, err
		}
		m, ok := v.(ednMap)
		if !ok {
			return nil, &HistoryError{Op: -1, Line: line, Problem: fmt.Sprintf("want a map, have %v", v)}
		}
		e, err := jepsenEvent(m, line)
		if err != nil {
			return nil, err
		}
		if e != nil {
			events = append(events, *e)
		}
	}
	if wrapped {
		return nil, r.errorf("the text ends before the ']' that is due")
	}
	return events, nil
}

// jepsenEvent reads one map; it returns nil for events to be left out.
func jepsenEvent(m ednMap, line int) (*JepsenEvent, error) {
	e := &JepsenEvent{Line: line}
	process, ok := m.get("process")
	if !ok {
		return nil, &HistoryError{Op: -1, Line: line, Problem: "the event has no :process"}
	}
	number, ok := process.(int64)
	if !ok {
		return nil, nil
	}
	e.Process = int(number)
	kind, _ := m.get("type")
	f, _ := m.get("f")
	e.Value, _ = m.get("value")
	e.Key, _ = m.get("key")
	if at, ok := m.get("time"); ok {
		nanos, _ := at.(int64)
		e.Time = durationOf(nanos)
	}
	keyword, _ := f.(Keyword)
	e.F = string(keyword)
	return e, e.setType(kind)
}

func (e *JepsenEvent) setType(kind any) error {
	switch k, _ := kind.(Keyword); k {
	case "invoke", "ok", "fail", "info":
		e.Type = string(k)
		return nil
	}
	return &HistoryError{Op: -1, Line: e.Line, Problem: fmt.Sprintf("the event's :type is %v: want :invoke, :ok, :fail or :info", kind)}
}

// jepsenLog reads the lines of Jepsen's log that tell of operations.
func jepsenLog(text string) ([]JepsenEvent, error) {
	var events []JepsenEvent
	for number, line := range strings.Split(text, "\n") {
		_, rest, found := strings.Cut(line, "jepsen.util - ")
		if !found {
			continue
		}
		r := &ednReader{text: rest, line: number + 1}
		var fields []any
		for !r.end() {
			v, err := r.value()
			if err != nil {
				return nil, err
			}
			fields = append(fields, v)
		}
		if len(fields) == 0 {
			return nil, r.errorf("the line holds no event")
		}
		process, ok := fields[0].(int64)
		if !ok {
			continue
		}
		if len(fields) < 4 {
			return nil, r.errorf("the line is cut off")
		}
		f, _ := fields[2].(Keyword)
		e := JepsenEvent{Line: number + 1, Process: int(process), F: string(f), Value: fields[3]}
		if err := e.setType(fields[1]); err != nil {
			return nil, err
		}
		events = append(events, e)
	}
	return events, nil
}

// DecodeRegister decodes the operations of Jepsen's register workloads for
// [ReadJepsen]: :read, :write and :cas of numbers. Absent is the value that
// stands for nil.
func DecodeRegister(absent int) func(call, completion *JepsenEvent, op *Operation[Op[int], OpResult[int]]) error {
	number := func(v any) (int, error) {
		switch v := v.(type) {
		case nil:
			return absent, nil
		case int64:
			return int(v), nil
		}
		return 0, fmt.Errorf("want a number, have %v", v)
	}
	return func(call, completion *JepsenEvent, op *Operation[Op[int], OpResult[int]]) (err error) {
		op.In.Kind = Kind(call.F)
		switch op.In.Kind {
		case Read:
			if op.Outcome == OutcomeOK {
				op.Out.Value, err = number(completion.Value)
			}
		case Write:
			op.In.Value, err = number(call.Value)
		case CAS:
			pair, _ := call.Value.([]any)
			if len(pair) != 2 {
				return fmt.Errorf("want [old new], have %v", call.Value)
			}
			var err2 error
			op.In.Old, err = number(pair[0])
			op.In.Value, err2 = number(pair[1])
			err = errors.Join(err, err2)
			op.Out.OK = op.Outcome == OutcomeOK
			if op.Outcome == OutcomeFailed { // the values did not match, which is an answer
				op.Outcome = OutcomeOK
			}
		default:
			return fmt.Errorf("unknown operation %q: want read, write or cas", call.F)
		}
		return err
	}
}

// durationOf is for files, whose times are nanoseconds.
func durationOf(nanos int64) time.Duration { return time.Duration(nanos) }

// DecodeTxn decodes the transactions of Jepsen's and Elle's workloads for
// [ReadJepsen]: values such as [[:append 3 2] [:r 4 [1 2]] [:w 5 1]].
func DecodeTxn(call, completion *JepsenEvent, op *Operation[Txn, Txn]) (err error) {
	if op.In, err = microOps(call.Value); err != nil {
		return err
	}
	for i := range op.In {
		op.In[i].List, op.In[i].Found = nil, false
		if op.In[i].Kind == Read {
			op.In[i].Value = 0
		}
	}
	if op.Outcome == OutcomeOK {
		op.Out, err = microOps(completion.Value)
	}
	return err
}

func microOps(v any) (Txn, error) {
	list, ok := v.([]any)
	if !ok {
		return nil, fmt.Errorf("want a vector of operations, have %v", v)
	}
	var txn Txn
	for _, e := range list {
		parts, _ := e.([]any)
		if len(parts) != 3 {
			return nil, fmt.Errorf("want [operation key value], have %v", e)
		}
		m := Micro{Key: fmt.Sprint(parts[1])}
		number, isNumber := parts[2].(int64)
		elements, isList := parts[2].([]any)
		switch f, _ := parts[0].(Keyword); {
		case f == "append" && isNumber:
			m.Kind, m.Value = Append, int(number)
		case f == "w" && isNumber:
			m.Kind, m.Value = Write, int(number)
		case f == "r" && isNumber:
			m.Kind, m.Value, m.Found = Read, int(number), true
		case f == "r" && (isList || parts[2] == nil):
			m.Kind = Read
			for _, x := range elements {
				n, ok := x.(int64)
				if !ok {
					return nil, fmt.Errorf("want a list of numbers, have %v", parts[2])
				}
				m.List = append(m.List, int(n))
			}
		default:
			return nil, fmt.Errorf("want :append, :w or :r with a number or a list, have %v", e)
		}
		txn = append(txn, m)
	}
	return txn, nil
}
