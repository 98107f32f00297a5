package trace

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// sample is a run with something of everything.
func sample() *Run {
	l := NewLog(KeepAll, nil)
	l.Add(Start, "a", "a")
	sent := l.Append(Event{Step: 3, At: 5, Node: "a", Incarnation: 2, Goroutine: 7, Kind: Send, Subject: "tcp a:1->b:2#1/1", Cause: None, Detail: []Attr{Number("bytes", 40), Text("packet", "syn")}})
	l.Append(Event{Step: 4, At: time.Hour, Skew: -9, Node: "b", Goroutine: 1, Kind: Drop, Subject: "tcp a:1->b:2#1/1", Cause: sent, Detail: []Attr{Text("reason", "</script>\xff")}})
	l.Append(Event{Step: 4, At: time.Hour, Node: "b", Kind: Send, Subject: "tcp a:1->b:2#1/9", Cause: None})
	l.Append(Event{Step: 2, At: 1, Node: "b", Kind: Send, Subject: "tcp a:1->b:2#1/007", Cause: None})
	l.Append(Event{Kind: PropertyFail, Subject: "safety", Cause: None, Detail: []Attr{Number("least", -1<<63), Number("most", 1<<63-1)}})
	l.Attach(sent, AttachedPayload, []byte{0, 0xff})
	l.Attach(sent, AttachedDecoded, []byte("text"))
	return l.Run(Meta{Test: "TestX", Seed: "0x1", Failure: "safety: no"})
}

func TestColumnsGiveTheRunBack(t *testing.T) {
	random := func(seed uint64) *Run {
		r := rand.New(rand.NewPCG(seed, 0))
		l := NewLog(KeepAll, nil)
		for n := range uint64(r.IntN(300)) {
			e := Event{Step: r.Uint64N(9), At: time.Duration(r.Int64N(1e12)), Kind: Kind(r.IntN(int(kinds))), Cause: None,
				Node: fmt.Sprint("n", r.IntN(4)), Incarnation: r.IntN(3), Goroutine: r.Uint64N(100), Skew: time.Duration(r.Int64N(3) - 1),
				Subject: fmt.Sprintf("s%d/%d", r.IntN(3), r.IntN(50))}
			if n > 0 && r.IntN(2) == 0 {
				e.Cause = r.Uint64N(n)
				e.Subject = l.ring[e.Cause].Subject
			}
			for range r.IntN(4) {
				e.Detail = append(e.Detail, []Attr{Number("n", r.Int64()-1<<62), Text("t", fmt.Sprint(r.IntN(5)))}[r.IntN(2)])
			}
			l.Append(e)
			if r.IntN(9) == 0 {
				l.Attach(n, "k", []byte(strings.Repeat("x", r.IntN(99))))
			}
		}
		return l.Run(Meta{Test: "T"})
	}
	runs := []*Run{sample(), {}}
	for seed := range uint64(20) {
		runs = append(runs, random(seed))
	}
	// A log that has forgotten its beginning gives causes that are not there.
	short := NewLog(2, nil)
	for range 5 {
		short.AddCaused(None, Send, "a", "x/1")
	}
	short.AddCaused(1, Drop, "b", "x/1")
	runs = append(runs, short.Run(Meta{}))
	for i, want := range runs {
		var b bytes.Buffer
		if err := want.WriteColumns(&b); err != nil {
			t.Fatal(err)
		}
		got, err := ReadRun(&b)
		if err != nil {
			t.Fatalf("run %d: %v", i, err)
		}
		if diff := cmp.Diff(want, got, equalEmpty); diff != "" {
			t.Errorf("run %d (-want +got):\n%s", i, diff)
		}
	}
}

var equalEmpty = cmp.FilterValues(func(a, b any) bool { return empty(a) && empty(b) }, cmp.Ignore())

func empty(v any) bool {
	switch v := v.(type) {
	case []Event:
		return len(v) == 0
	case []Attachment:
		return len(v) == 0
	case []byte:
		return len(v) == 0
	}
	return false
}

func TestLinesGiveTheRunBack(t *testing.T) {
	want := sample()
	want.Meta = Meta{}                                // lines have none
	want.Events[2].Detail[0].Text = "</script>\ufffd" // JSON holds no other bytes
	var b bytes.Buffer
	if err := want.WriteLines(&b); err != nil {
		t.Fatal(err)
	}
	got, err := ReadRun(&b)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReadRefuses(t *testing.T) {
	const event = `{"number":%d,"step":1,"at":0,"goroutine":1,"kind":"send","subject":"x"}` + "\n"
	for name, tt := range map[string]struct{ in, want string }{
		"nothing":        {"", "no event"},
		"no JSON":        {fmt.Sprintf(event, 0) + "hello\n", "line 2"},
		"half a line":    {fmt.Sprintf(event, 0) + `{"number":1,"st`, "line 2"},
		"unknown kind":   {`{"number":0,"kind":"dance"}`, `kind "dance"`},
		"unknown field":  {`{"number":0,"kind":"send","colour":1}`, "colour"},
		"a gap":          {fmt.Sprintf(event, 0) + fmt.Sprintf(event, 2), "event 2 stands where 1 should"},
		"late cause":     {`{"number":0,"kind":"send","cause":3}`, "event 3 as its cause"},
		"a fraction":     {`{"number":0,"kind":"send","detail":{"bytes":1.5}}`, "bytes"},
		"a list":         {`{"number":0,"kind":"send","detail":{"bytes":[]}}`, "bytes"},
		"columns of one": {columnsMagic, "cut off"},
	} {
		if _, err := ReadRun(strings.NewReader(tt.in)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got error %v; want %q in it", name, err, tt.want)
		}
	}
}

// A damaged file is refused or read; nothing panics.
func TestDamagedColumns(t *testing.T) {
	var b bytes.Buffer
	if err := sample().WriteColumns(&b); err != nil {
		t.Fatal(err)
	}
	whole := b.Bytes()
	for n := len(columnsMagic); n < len(whole); n++ {
		if _, err := ReadRun(bytes.NewReader(whole[:n])); err == nil {
			t.Errorf("%d of %d bytes were read without an error", n, len(whole))
		}
	}
	z, err := plain(whole)
	if err != nil {
		t.Fatal(err)
	}
	for i := range z {
		for _, flip := range []byte{1, 0x80, 0xff} {
			damaged := bytes.Clone(z)
			damaged[i] ^= flip
			decode(damaged)
		}
	}
}

func TestAttachNeedsAWholeLog(t *testing.T) {
	for keep, want := range map[int]int{KeepAll: 1, 5: 0} {
		l := NewLog(keep, nil)
		before := l.Hash()
		l.Attach(l.Add(Send, "a", "x"), "k", []byte("v"))
		if got := len(l.Run(Meta{}).Attachments); got != want {
			t.Errorf("a log that keeps %d has %d attachments; want %d", keep, got, want)
		}
		other := NewLog(0, nil)
		other.Add(Send, "a", "x")
		if l.Hash() != other.Hash() || l.Hash() == before {
			t.Error("an attachment has entered the hash")
		}
	}
	var none *Log
	none.Attach(0, "k", nil)
	if none.KeepsAll() || len(none.Run(Meta{}).Events) != 0 {
		t.Error("a nil log keeps something")
	}
}

// plain returns the header and columns of a file.
func plain(file []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(file[len(columnsMagic):]))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}
