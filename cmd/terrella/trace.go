package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/terrella-go/terrella/checker"
	"github.com/terrella-go/terrella/internal/trace"
	"github.com/terrella-go/terrella/internal/viewer"
)

func newTrace() *cobra.Command {
	var t traceVerb
	cmd := &cobra.Command{
		Use:   "trace TRACE",
		Short: "Print the events of a run",
		Long: `Trace prints the events of a recorded run (what -sim.trace=FILE writes), all of them or
those that flags select. An event is printed if it meets all flags given.

The forms of --as:
  text      one event a line
  grid      a column for each node; --grid is short for it
  jsonl     JSON lines, the form of -sim.trace=FILE.jsonl
  columns   the compact form of -sim.trace=FILE.trace; not of a selection
  mermaid   a Mermaid sequence diagram, for runs that are small or --path
  chrome    Chrome's trace-event format, which Perfetto opens
  porcupine porcupine's own page of the operations, with the order that the checker found`,
		Example: `  terrella trace run.trace --grid --from 2s --to 2.5s
  terrella trace run.trace --node b,c --kind drop,crash
  terrella trace run.trace --op 'operation 17'
  terrella trace run.trace --path --as mermaid
  terrella trace run.trace --as chrome >run.json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := readTrace(args[0])
			if err != nil {
				return err
			}
			return t.print(cmd.OutOrStdout(), r)
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(&t.filter.Nodes, "node", nil, "only events on these `nodes`; the test and its faults are the node world")
	f.StringSliceVar(&t.filter.Kinds, "kind", nil, "only events of these `kinds`, such as send, drop or 'property failed'")
	f.DurationVar(&t.filter.From, "from", 0, "only events from this virtual `time` on, such as 2.5s")
	f.DurationVar(&t.filter.To, "to", 0, "only events before this virtual `time`")
	f.StringVar(&t.filter.Conn, "conn", "", "only events with this `text` in the name of their connection, packet, file or fault")
	f.StringVar(&t.filter.Op, "op", "", "only events between the call and the return of this `operation`")
	f.StringVar(&t.filter.Text, "text", "", "only events with this `text` in them, in capitals or not")
	f.StringVar(&t.as, "as", "text", "the `form` of the output")
	f.BoolVar(&t.grid, "grid", false, "a column for each node, as --as=grid")
	f.IntVar(&t.width, "width", 0, "the grid's width in `characters` (default: $COLUMNS, or 160)")
	f.BoolVar(&t.path, "path", false, "only what led to --event, or to the failure, step by step")
	f.Int64Var(&t.event, "event", -1, "the event, by its `number`, that --path leads to")
	return cmd
}

// A traceVerb is what the flags of the verb say.
type traceVerb struct {
	filter     viewer.Filter
	as         string
	grid, path bool
	width      int
	event      int64
}

func (t *traceVerb) print(to io.Writer, r *trace.Run) error {
	for _, k := range t.filter.Kinds {
		if _, ok := trace.ParseKind(k); !ok {
			return usage("--kind: there are no events of kind %q; the kinds are %s", k, kindList())
		}
	}
	events := viewer.Select(r, t.filter)
	if t.path {
		chosen, err := t.pathOf(r)
		if err != nil {
			return err
		}
		events = slices.DeleteFunc(events, func(e *trace.Event) bool { return !slices.Contains(chosen, e) })
	}
	if t.grid {
		t.as = "grid"
	}
	switch t.as {
	case "text":
		return outputError(viewer.WriteText(to, r, events))
	case "grid":
		return outputError(viewer.WriteGrid(to, r, events, t.columns()))
	case "jsonl":
		return outputError(writeSelected(to, r, events))
	case "mermaid":
		return outputError(viewer.WriteMermaid(to, r, events))
	case "chrome":
		return outputError(viewer.WriteChrome(to, r, events))
	case "porcupine":
		ops, order := timeline(r, events)
		if len(ops) == 0 {
			return usage("--as=porcupine: there is no operation among these events; a checker.History records them")
		}
		return outputError(checker.WriteTimeline(to, ops, order))
	case "columns":
		if len(events) < len(r.Events) {
			return usage("--as=columns writes whole runs; leave the other flags out")
		}
		return outputError(r.WriteColumns(to))
	}
	return usage("--as: there is no form %q; the forms are text, grid, jsonl, columns, mermaid, chrome and porcupine", t.as)
}

// pathOf returns what led to an event.
func (t *traceVerb) pathOf(r *trace.Run) ([]*trace.Event, error) {
	number := uint64(t.event)
	if t.event < 0 {
		failed := r.Failed()
		if failed == nil {
			return nil, usage("no property failed in this run: name with --event the event whose path is wanted")
		}
		number = failed.Number
	}
	if r.At(number) == nil {
		return nil, usage("there is no event %d: the trace holds %d events", number, len(r.Events))
	}
	return viewer.Path(r, number), nil
}

// writeSelected writes some of the events as JSON lines.
func writeSelected(to io.Writer, r *trace.Run, events []*trace.Event) error {
	if len(events) == len(r.Events) {
		return r.WriteLines(to)
	}
	var b bytes.Buffer
	for _, e := range events {
		line, err := e.MarshalJSON()
		if err != nil {
			return err
		}
		b.Write(append(line, '\n'))
	}
	_, err := to.Write(b.Bytes())
	return err
}

func (t *traceVerb) columns() int {
	if t.width > 0 {
		return t.width
	}
	if n, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && n > 0 {
		return n
	}
	return 160
}

func kindList() string {
	var names []string
	for _, k := range trace.Kinds()[1:] {
		names = append(names, fmt.Sprintf("%q", k.String()))
	}
	return strings.Join(names, ", ")
}
