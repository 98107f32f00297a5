package viewer

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/terrella-go/terrella/internal/trace"
)

// WriteText writes events as text, one a line.
func WriteText(to io.Writer, r *trace.Run, events []*trace.Event) error {
	b := bufio.NewWriter(to)
	for _, e := range events {
		fmt.Fprintf(b, "%s\n", printable(e.String()))
	}
	return b.Flush()
}

// printable makes what a program may have put into an event harmless to a terminal.
func printable(s string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f || c >= 0x80 && c < 0xa0 {
			return '·'
		}
		return c
	}, s)
}

// WriteGrid writes events as a grid of text: a column for each node, a row for each event, in width characters.
func WriteGrid(to io.Writer, r *trace.Run, events []*trace.Event, width int) error {
	const margin = 22 // for number and time
	var names []string
	for _, e := range events {
		if !slices.Contains(names, place(e)) {
			names = append(names, place(e))
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		if a == World || b == World {
			return map[bool]int{true: -1, false: 1}[a == World]
		}
		return compareNames(a, b)
	})
	column := max(10, (width-margin)/max(1, len(names)))
	b := bufio.NewWriter(to)
	row := func(left string, cells []string) {
		line := pad(left, margin)
		for _, c := range cells {
			line += pad(c, column)
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	row("event   time", names)
	down := make(map[string]bool)
	for _, e := range events {
		cells := make([]string, len(names))
		for i, n := range names {
			cells[i] = "│"
			if n == World {
				cells[i] = ""
			}
			if down[n] {
				cells[i] = ":"
			}
		}
		at := slices.Index(names, place(e))
		cells[at] = cell(e)
		switch e.Kind {
		case trace.Crash, trace.Exit:
			down[e.Node] = true
		case trace.Restart, trace.Start:
			down[e.Node] = false
		}
		row(fmt.Sprintf("#%-7d%s", e.Number, shortTime(e.At)), cells)
	}
	return b.Flush()
}

// compareNames orders names as people do: n2 before n10.
func compareNames(a, b string) int {
	if x, y := strings.TrimRight(a, "0123456789"), strings.TrimRight(b, "0123456789"); x == y && len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}

func shortTime(d time.Duration) string {
	switch {
	case d >= time.Hour:
		return d.Round(time.Second).String()
	case d >= time.Second:
		return d.Round(10 * time.Microsecond).String()
	}
	return d.Round(100 * time.Nanosecond).String()
}

// pad cuts or fills s to a width in characters; one of them stays blank.
func pad(s string, width int) string {
	n := utf8.RuneCountInString(s)
	if n >= width {
		r := []rune(s)
		return string(r[:width-2]) + "… "
	}
	return s + strings.Repeat(" ", width-n)
}

// cell is an event in a few words, the most telling first.
func cell(e *trace.Event) string {
	from, dest := ends(e.Subject)
	packet := attr(e, "packet")
	switch e.Kind {
	case trace.Send:
		return printable("→ " + dest + " " + packet)
	case trace.Deliver:
		return printable("← " + from + " " + packet)
	case trace.Drop:
		return printable("✕ " + from + " " + attr(e, "reason"))
	case trace.Crash:
		return printable("✕✕ crash " + attr(e, "how"))
	case trace.PropertyFail:
		return printable("✕✕ " + e.Subject + " " + attr(e, "message"))
	case trace.PropertyHeld:
		return printable("✓ " + e.Subject)
	case trace.Start, trace.Restart:
		return fmt.Sprintf("▶ start %d", e.Incarnation+1)
	case trace.LogLine:
		return printable("“" + e.Subject)
	case trace.FaultBegin:
		return printable("[ " + e.Subject)
	case trace.FaultEnd:
		return printable("] " + e.Subject)
	}
	if e.Subject == e.Node {
		return e.Kind.String()
	}
	return printable(e.Kind.String() + " " + e.Subject)
}

func attr(e *trace.Event, key string) string {
	for i := range e.Detail {
		if e.Detail[i].Key == key {
			return e.Detail[i].Text
		}
	}
	return ""
}

// ends returns the hosts in the name of a packet.
func ends(subject string) (from, to string) {
	_, rest, ok := strings.Cut(subject, " ")
	if !ok {
		return "", ""
	}
	from, to, ok = strings.Cut(rest, "->")
	if !ok {
		return "", ""
	}
	return host(from), host(to)
}

func host(s string) string {
	if i := strings.LastIndexByte(s, ':'); i >= 0 {
		s = s[:i]
	}
	return strings.Trim(s, "[]")
}

// WriteMermaid writes events as a Mermaid sequence diagram.
func WriteMermaid(to io.Writer, r *trace.Run, events []*trace.Event) error {
	b := bufio.NewWriter(to)
	b.WriteString("sequenceDiagram\n")
	chosen := make(map[uint64]bool, len(events))
	answered := make(map[uint64]bool)
	ids := make(map[string]string)
	for _, e := range events {
		chosen[e.Number] = true
	}
	for _, e := range events {
		if e.Cause != trace.None && chosen[e.Cause] {
			answered[e.Cause] = true
		}
		if _, ok := ids[place(e)]; !ok {
			ids[place(e)] = fmt.Sprintf("n%d", len(ids))
			fmt.Fprintf(b, "  participant %s as %s\n", ids[place(e)], mermaid(place(e)))
		}
	}
	for _, e := range events {
		cause := r.At(e.Cause)
		switch {
		case e.Kind == trace.Send && answered[e.Number]:
		case cause != nil && chosen[e.Cause] && place(cause) != place(e):
			arrow := "->>"
			if e.Kind == trace.Drop {
				arrow = "-x"
			}
			fmt.Fprintf(b, "  %s%s%s: %s\n", ids[place(cause)], arrow, ids[place(e)], mermaid(cell(e)))
		default:
			fmt.Fprintf(b, "  Note over %s: %s\n", ids[place(e)], mermaid(cell(e)))
		}
	}
	return b.Flush()
}

// mermaid writes what has a meaning in a diagram as Mermaid's entity codes.
func mermaid(s string) string {
	var b strings.Builder
	for _, c := range s {
		if strings.ContainsRune(`;#<>%{}\"`, c) || c < ' ' {
			fmt.Fprintf(&b, "#%d;", c)
		} else {
			b.WriteRune(c)
		}
	}
	return b.String()
}

// A chromeEvent is one of Chrome's trace-event format. Times are in microseconds.
type chromeEvent struct {
	Name  string         `json:"name"`
	Cat   string         `json:"cat,omitempty"`
	Phase string         `json:"ph"`
	Time  json.Number    `json:"ts"`
	Dur   json.Number    `json:"dur,omitempty"`
	Pid   int            `json:"pid"`
	Tid   uint64         `json:"tid"`
	ID    string         `json:"id,omitempty"`
	Bind  string         `json:"bp,omitempty"`
	Scope string         `json:"s,omitempty"`
	Args  map[string]any `json:"args,omitempty"`
}

func micros(d time.Duration) json.Number {
	return json.Number(fmt.Sprintf("%d.%03d", d/1000, d%1000))
}

// WriteChrome writes events in Chrome's trace-event format, which Perfetto opens: a process for each node, a
// thread for each goroutine, flows for messages, slices for operations.
func WriteChrome(to io.Writer, r *trace.Run, events []*trace.Event) error {
	b := bufio.NewWriter(to)
	var failed error
	first := true
	put := func(e chromeEvent) {
		text, err := json.Marshal(e)
		if err != nil && failed == nil {
			failed = err
		}
		if !first {
			b.WriteString(",\n")
		}
		first = false
		b.Write(text)
	}
	b.WriteString("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n")
	chosen := make(map[uint64]bool, len(events))
	pids := make(map[string]int)
	ends := make(map[uint64]*trace.Event)
	for _, e := range events {
		chosen[e.Number] = true
		if _, ok := pids[place(e)]; !ok {
			pids[place(e)] = len(pids) + 1
			put(chromeEvent{Name: "process_name", Phase: "M", Time: "0", Pid: pids[place(e)], Args: map[string]any{"name": place(e)}})
		}
		if e.Kind == trace.Return {
			ends[e.Cause] = e
		}
	}
	for _, e := range events {
		c := chromeEvent{Name: strings.ToValidUTF8(e.Kind.String()+" "+e.Subject, "\ufffd"), Cat: e.Kind.String(), Phase: "X", Time: micros(e.At), Dur: "0.000", Pid: pids[place(e)], Tid: e.Goroutine,
			Args: map[string]any{"event": e.Number, "step": e.Step, "start": e.Incarnation + 1}}
		for _, a := range e.Detail {
			if a.Text != "" {
				c.Args[a.Key] = strings.ToValidUTF8(a.Text, "\ufffd")
			} else {
				c.Args[a.Key] = a.Number
			}
		}
		switch {
		case e.Kind == trace.Call && ends[e.Number] != nil:
			c.Dur = micros(ends[e.Number].At - e.At)
		case e.Kind == trace.PropertyFail || e.Kind == trace.Crash || e.Kind == trace.FaultBegin || e.Kind == trace.FaultEnd:
			c.Phase, c.Dur, c.Scope = "i", "", "g"
		}
		put(c)
		if cause := r.At(e.Cause); cause != nil && chosen[e.Cause] {
			id := fmt.Sprint(e.Number)
			put(chromeEvent{Name: "cause", Cat: "cause", Phase: "s", Time: micros(cause.At), Pid: pids[place(cause)], Tid: cause.Goroutine, ID: id})
			put(chromeEvent{Name: "cause", Cat: "cause", Phase: "f", Bind: "e", Time: micros(e.At), Pid: pids[place(e)], Tid: e.Goroutine, ID: id})
		}
	}
	b.WriteString("\n]}\n")
	if failed != nil {
		return failed
	}
	return b.Flush()
}
