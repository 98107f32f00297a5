package viewer

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/terrella-go/terrella/internal/trace"
)

func sample() *trace.Run {
	l := trace.NewLog(trace.KeepAll, nil)
	l.Add(trace.Start, "b", "b")
	sent := l.Add(trace.Send, "a", "tcp a:1->b:2#1/1", trace.Text("packet", "data"))
	l.AddCaused(sent, trace.Deliver, "b", "tcp a:1->b:2#1/1", trace.Text("packet", "data"))
	l.Add(trace.PropertyFail, "", "safety", trace.Text("message", "b is wrong, as a rule"))
	return l.Run(trace.Meta{Test: "Test</title><b>", Failure: "safety: </script>"})
}

// Nothing of a run stands in the page but in base64 and, escaped, in its title and its runs' names.
func TestPageHoldsNoTextOfTheRun(t *testing.T) {
	var b bytes.Buffer
	if err := Write(&b, Named{`x" onload="`, sample()}); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	for _, no := range []string{"Test</title>", `onload="`, "safety: </script>", "http://", "https://", "{{."} {
		text := strings.ReplaceAll(page, "http://www.w3.org/2000/svg", "")
		if strings.Contains(text, no) {
			t.Errorf("%q stands in the page", no)
		}
	}
	for what, want := range map[string]int{"<script": 2, "</script>": 2, "<style": 1} {
		if got := strings.Count(page, what); got != want {
			t.Errorf("%d times %s; want %d", got, what, want)
		}
	}
	if err := Write(&b); err == nil {
		t.Error("a page without a run was written")
	}
}

// A message's words are nodes' names, but the article is not the node called a.
func TestNamedNodes(t *testing.T) {
	for message, want := range map[string]string{
		"two leaders, a (start 2) and b": "map[a:true b:true]",
		"b is wrong, as a rule":          "map[b:true]",
		"a and b":                        "map[a:true b:true]",
		"a":                              "map[a:true]",
		"none of them, abba":             "map[]",
	} {
		r := sample()
		e := &r.Events[len(r.Events)-1]
		e.Subject, e.Detail[0].Text = "safety", message
		if got := fmt.Sprint(namedNodes(r, e)); got != want {
			t.Errorf("%q names %s; want %s", message, got, want)
		}
	}
}

func TestPathOfADamagedLog(t *testing.T) {
	r := sample()
	r.Events = r.Events[2:] // the send is lost
	path := Path(r, 3)
	if len(path) != 2 || path[0].Number != 2 {
		t.Errorf("got %v", path)
	}
	if Path(r, 0) != nil {
		t.Error("a path leads to what is not there")
	}
}

func TestFilterByOperation(t *testing.T) {
	l := trace.NewLog(trace.KeepAll, nil)
	l.Add(trace.Start, "a", "a")
	call := l.Add(trace.Call, "a", "operation 1")
	l.Add(trace.Send, "a", "x")
	l.AddCaused(call, trace.Return, "a", "operation 1")
	l.Add(trace.Send, "a", "y")
	if got := len(Select(l.Run(trace.Meta{}), Filter{Op: "operation 1"})); got != 3 {
		t.Errorf("%d events; want 3", got)
	}
	if got := len(Select(l.Run(trace.Meta{}), Filter{Op: "operation 2"})); got != 0 {
		t.Errorf("%d events of an operation that is not there", got)
	}
}

func ExampleWriteGrid() {
	l := trace.NewLog(trace.KeepAll, func(e *trace.Event) { e.At = 1500 * time.Microsecond })
	l.Add(trace.Start, "a", "a")
	l.Add(trace.Start, "b", "b")
	sent := l.Add(trace.Send, "a", "udp a:9->b:9/1", trace.Text("packet", "datagram"))
	l.AddCaused(sent, trace.Drop, "b", "udp a:9->b:9/1", trace.Text("reason", "loss"))
	l.Add(trace.Crash, "b", "b", trace.Text("how", "killed"))
	l.Add(trace.LogLine, "a", "b does not answer\x1b[2J")
	r := l.Run(trace.Meta{})
	WriteGrid(os.Stdout, r, Select(r, Filter{}), 70)
	// Output:
	// event   time          a                       b
	// #0      1.5ms         ▶ start 1               │
	// #1      1.5ms         │                       ▶ start 1
	// #2      1.5ms         → b datagram            │
	// #3      1.5ms         │                       ✕ a loss
	// #4      1.5ms         │                       ✕✕ crash killed
	// #5      1.5ms         “b does not answer·[2J  :
}

// What led to a failure: the way of each operation that was found wrong, the trouble, and nothing else.
func TestLedTo(t *testing.T) {
	l := trace.NewLog(trace.KeepAll, nil)
	add := func(cause uint64, kind trace.Kind, node, subject string, detail ...trace.Attr) uint64 {
		return l.AddCaused(cause, kind, node, subject, detail...)
	}
	packet := func(text string) trace.Attr { return trace.Text("packet", text) }
	add(trace.None, trace.Start, "b", "b")
	call := add(trace.None, trace.Call, "c", "operation 0")
	ask := add(trace.None, trace.Send, "c", "tcp 1", packet("data"))
	heard := add(ask, trace.Deliver, "b", "tcp 1", packet("data"))
	add(trace.None, trace.Send, "c", "tcp 2", packet("data")) // to somebody who does not answer
	answer := add(trace.None, trace.Send, "b", "tcp 3", packet("data"))
	got := add(answer, trace.Deliver, "c", "tcp 3", packet("data"))
	end := add(trace.None, trace.Send, "b", "tcp 4", packet("fin"))
	add(end, trace.Deliver, "c", "tcp 4", packet("fin"))
	returned := add(call, trace.Return, "c", "operation 0")
	fault := add(trace.None, trace.FaultBegin, "", "crash b")
	crash := add(fault, trace.Crash, "b", "b")
	other := add(trace.None, trace.Call, "c", "operation 1")
	add(other, trace.Return, "c", "operation 1")
	failed := add(trace.None, trace.PropertyFail, "", "wrong\nin detail", trace.Text("message", "wrong\nin detail"))
	run := l.Run(trace.Meta{})
	run.Attachments = append(run.Attachments, trace.Attachment{Event: failed, Key: trace.AttachedFinding, Data: fmt.Appendf(nil, `{"suspects":[%d]}`, call)})

	var numbers []uint64
	for _, e := range LedTo(run) {
		numbers = append(numbers, e.Number)
	}
	if want := []uint64{call, ask, heard, answer, got, returned, fault, crash, failed}; !slices.Equal(numbers, want) {
		t.Errorf("got %v, want %v", numbers, want)
	}
	var b strings.Builder
	if err := WriteBrief(&b, LedTo(run)); err != nil || !strings.HasSuffix(b.String(), " property failed wrong …\n") {
		t.Errorf("%v: %s", err, b.String())
	}
	run.Events = run.Events[:failed] // no check failed
	run.Attachments = nil
	if n := len(LedTo(run)); n != int(failed) {
		t.Errorf("%d events of a run without a check that failed; want the last, all %d", n, failed)
	}
}
