package trace

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"
)

func TestHashSeesEveryField(t *testing.T) {
	base := Event{Step: 1, At: 2, Skew: 3, Node: "n", Incarnation: 4, Goroutine: 5, Kind: Send, Subject: "s", Cause: 6,
		Detail: []Attr{Text("k", "t"), Number("m", 7)}}
	hash := func(e Event) uint64 {
		l := NewLog(0, nil)
		l.Append(e)
		return l.Hash()
	}
	changes := map[string]func(*Event){
		"step":        func(e *Event) { e.Step++ },
		"at":          func(e *Event) { e.At++ },
		"skew":        func(e *Event) { e.Skew++ },
		"node":        func(e *Event) { e.Node = "m" },
		"incarnation": func(e *Event) { e.Incarnation++ },
		"goroutine":   func(e *Event) { e.Goroutine++ },
		"kind":        func(e *Event) { e.Kind++ },
		"subject":     func(e *Event) { e.Subject = "" },
		"border":      func(e *Event) { e.Node, e.Subject = "ns", "" },
		"cause":       func(e *Event) { e.Cause++ },
		"key":         func(e *Event) { e.Detail = []Attr{Text("K", "t"), Number("m", 7)} },
		"text":        func(e *Event) { e.Detail = []Attr{Text("k", "T"), Number("m", 7)} },
		"number":      func(e *Event) { e.Detail = []Attr{Text("k", "t"), Number("m", 8)} },
		"fewer":       func(e *Event) { e.Detail = e.Detail[:1] },
		"order":       func(e *Event) { e.Detail = []Attr{Number("m", 7), Text("k", "t")} },
		"long":        func(e *Event) { e.Subject = "0123456789abcdef" },
		"longer":      func(e *Event) { e.Subject = "0123456789abcdefg" },
	}
	seen := map[uint64]string{hash(base): "nothing"}
	for name, change := range changes {
		e := base
		change(&e)
		h := hash(e)
		if other, ok := seen[h]; ok {
			t.Errorf("changes of %s and of %s have the same hash", name, other)
		}
		seen[h] = name
	}
	if hash(base) != hash(base) {
		t.Error("the same event has two hashes")
	}
}

func TestLogKeepsTheLastEvents(t *testing.T) {
	for _, test := range []struct{ keep, added, kept int }{
		{3, 0, 0}, {3, 2, 2}, {3, 3, 3}, {3, 10, 3}, {KeepAll, 10, 10}, {0, DefaultKeep + 5, DefaultKeep},
	} {
		l := NewLog(test.keep, nil)
		for i := range test.added {
			if n := l.Add(LogLine, "", fmt.Sprint(i)); n != uint64(i) {
				t.Fatalf("event %d got number %d", i, n)
			}
		}
		next := uint64(test.added - test.kept)
		for e := range l.Events() {
			if e.Number != next || e.Subject != fmt.Sprint(next) {
				t.Errorf("keep %d of %d: got #%d %s; want #%d", test.keep, test.added, e.Number, e.Subject, next)
			}
			next++
		}
		if next != uint64(test.added) || l.Len() != uint64(test.added) {
			t.Errorf("keep %d of %d: ended before #%d of %d", test.keep, test.added, next, l.Len())
		}
	}
}

func TestNilLogRecordsNothing(t *testing.T) {
	var l *Log
	if n := l.Add(Send, "a", "x"); n != None {
		t.Errorf("got number %d", n)
	}
	if l.Len() != 0 || l.Hash() != 0 {
		t.Errorf("a nil log has %d events and hash %x", l.Len(), l.Hash())
	}
	for range l.Events() {
		t.Error("a nil log yields an event")
	}
}

func TestStampFillsIn(t *testing.T) {
	l := NewLog(0, func(e *Event) { e.Step, e.At = 7, time.Second })
	l.Add(Send, "a", "x")
	for e := range l.Events() {
		if e.Step != 7 || e.At != time.Second {
			t.Errorf("got %v", e)
		}
	}
}

func TestKindsHaveNames(t *testing.T) {
	seen := make(map[string]bool)
	for k := KindNone; k < kinds; k++ {
		if s := k.String(); s == "" || s == "unknown" || seen[s] {
			t.Errorf("kind %d is called %q", k, s)
		} else {
			seen[s] = true
		}
	}
	if s := kinds.String(); s != "unknown" {
		t.Errorf("a kind that does not exist is called %q", s)
	}
}

func TestEventAsJSON(t *testing.T) {
	e := Event{Number: 3, Step: 9, At: 5, Node: "b", Incarnation: 1, Kind: Drop, Subject: "tcp a->b/4", Cause: 2, Detail: []Attr{Text("reason", "<loss>"), Number("size", 0)}}
	data, err := json.Marshal(&e)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"number": 3.0, "step": 9.0, "at": 5.0, "node": "b", "incarnation": 1.0, "goroutine": 0.0,
		"kind": "drop", "subject": "tcp a->b/4", "cause": 2.0, "detail": map[string]any{"reason": "<loss>", "size": 0.0}}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v; want %v", got, want)
	}
}

func ExampleLog() {
	l := NewLog(0, nil)
	sent := l.Add(Send, "a", "udp a:9->b:9/1", Number("size", 512))
	l.AddCaused(sent, Drop, "b", "udp a:9->b:9/1", Text("reason", "partition"))
	for e := range l.Events() {
		fmt.Println(e)
	}
	// Output:
	// #0 step 0 0s a send udp a:9->b:9/1 size=512
	// #1 step 0 0s b drop udp a:9->b:9/1 reason="partition" because of #0
}

func BenchmarkAppend(b *testing.B) {
	l := NewLog(0, nil)
	for range b.N {
		l.Add(Deliver, "a", "tcp a:49152->b:80#1", Number("size", 100))
	}
}
