package main

import (
	"encoding/json"

	"github.com/terrella-go/terrella/checker"
	"github.com/terrella-go/terrella/internal/trace"
)

// timeline returns the operations that were called in some events of a run, and the order in which a checker found that they took
// effect, as places among them.
func timeline(r *trace.Run, events []*trace.Event) (ops []checker.TimelineOp, order []int) {
	input, output := make(map[uint64]string), make(map[uint64]string)
	var points [][2]uint64
	for _, a := range r.Attachments {
		var finding struct{ Points [][2]uint64 }
		switch a.Key {
		case trace.AttachedInput:
			input[a.Event] = string(a.Data)
		case trace.AttachedOutput:
			output[a.Event] = string(a.Data)
		case trace.AttachedFinding:
			if json.Unmarshal(a.Data, &finding) == nil {
				points = append(points, finding.Points...)
			}
		}
	}
	places := make(map[uint64]int)
	for _, e := range events {
		switch e.Kind {
		case trace.Call:
			text := input[e.Number]
			if text == "" {
				text = e.Subject
			}
			places[e.Number] = len(ops)
			ops = append(ops, checker.TimelineOp{Client: int(attribute(e, "client").Number), Text: text, Call: int64(e.Number), Return: -1})
		case trace.Return:
			i, ok := places[e.Cause]
			if !ok {
				continue
			}
			switch outcome := attribute(e, "outcome").Text; outcome {
			case "":
				ops[i].Text += " -> " + output[e.Number]
				ops[i].Return = int64(e.Number)
			case "unknown":
				ops[i].Text += " -> unknown"
			default:
				ops[i].Text += " -> " + outcome
				ops[i].Return = int64(e.Number)
			}
		}
	}
	for _, p := range points {
		if i, ok := places[p[0]]; ok {
			order = append(order, i)
		}
	}
	return ops, order
}

// attribute returns an event's attribute, an empty one if it has none of that key.
func attribute(e *trace.Event, key string) trace.Attr {
	for i := range e.Detail {
		if e.Detail[i].Key == key {
			return e.Detail[i]
		}
	}
	return trace.Attr{}
}
