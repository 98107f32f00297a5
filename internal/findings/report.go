package findings

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// A Report is what the writers write: what one run found, and how it stands across runs if there is a record.
type Report struct {
	// Found is what was found; nil is nothing.
	Found *Set
	// Record is the record after the run was entered; nil if there is none.
	Record *Record
	// Ran are the tests that were run with new seeds, as far as it is known.
	Ran []Ran
}

// A Row is a bucket of a report: found now, or open in the record, or resolved by this run.
type Row struct {
	ID    string
	State State // empty without a record
	Count int   // in this run
	// Smallest is the smallest failure: of this run, or the one that is kept.
	Smallest *Finding
	// Bucket is nil if this run did not find it, and Entry if there is no record.
	Bucket *Bucket
	Entry  *Entry
}

// Rows returns what the report is about: what is new first, then what came back, what goes on, and what is resolved. Within these the order
// is that of the keys.
func (r *Report) Rows() []Row {
	var rows []Row
	listed := make(map[string]bool)
	if r.Found != nil {
		for _, b := range r.Found.Buckets() {
			row := Row{ID: b.Key.ID, Count: b.Count, Smallest: b.Smallest[0], Bucket: b}
			if r.Record != nil {
				if row.Entry = r.Record.Entry(b.Key); row.Entry != nil {
					row.State = row.Entry.State
				}
			}
			rows = append(rows, row)
			listed[b.Key.Text] = true
		}
	}
	if r.Record != nil {
		for _, e := range r.Record.Entries {
			if !listed[e.Key] && (e.Open() || e.Resolved == r.Record.Last) {
				rows = append(rows, Row{ID: e.ID, State: e.State, Smallest: e.finding(), Entry: e})
			}
		}
	}
	order := []State{New, Regressed, "", Ongoing, Resolved}
	slices.SortStableFunc(rows, func(a, b Row) int { return slices.Index(order, a.State) - slices.Index(order, b.State) })
	return rows
}

// finding returns the smallest failure of an entry.
func (e *Entry) finding() *Finding {
	if e.Smallest != nil {
		return e.Smallest
	}
	return &Finding{Kind: e.Kind, Package: e.Package, Test: e.Test, Property: e.Property, Site: e.Site, Path: e.Path}
}

// Open reports whether the report has a bucket that is not resolved.
func (r *Report) Open() bool {
	return slices.ContainsFunc(r.Rows(), func(row Row) bool { return row.State != Resolved })
}

// Where returns the place of a row's failure, as file:line where that is known.
func (f *Finding) Where() string {
	file := f.Path
	if file == "" {
		file = f.Site.File
	}
	switch {
	case file == "":
		return ""
	case f.Site.Line > 0:
		return fmt.Sprintf("%s:%d", file, f.Site.Line)
	}
	return file
}

// hasPlan reports whether the failure is of one world, whose plan has a size.
func (f *Finding) hasPlan() bool { return f.Kind != Nondeterminism && f.Kind != Unreached }

// faultText returns the kinds of faults for a reader.
func (f *Finding) faultText() string {
	switch {
	case !f.hasPlan():
		return "–"
	case !f.Shrunk && f.Faults > 0:
		return fmt.Sprintf("%d, not shrunk", f.Faults)
	case len(f.FaultKinds) == 0:
		return "none"
	}
	return strings.Join(f.FaultKinds, ", ")
}

// summary returns what the report comes to, in one line.
func (r *Report) summary() string {
	rows := r.Rows()
	if len(rows) == 0 {
		return "no failures"
	}
	counts := make(map[State]int)
	found := 0
	for _, row := range rows {
		counts[row.State]++
		found += row.Count
	}
	text := fmt.Sprintf("%s in %s", count(found, "failure"), count(len(rows), "bucket"))
	if r.Record == nil {
		return text
	}
	var parts []string
	for _, s := range []State{New, Regressed, Ongoing, Resolved} {
		if counts[s] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", counts[s], s))
		}
	}
	return text + ": " + strings.Join(parts, ", ")
}

// history returns what the record knows of a row, in words.
func (row *Row) history() string {
	e := row.Entry
	if e == nil {
		return ""
	}
	switch {
	case e.State == New:
		return "first seen in " + e.First
	case e.State == Regressed:
		return fmt.Sprintf("first seen in %s, was resolved, came back in %s", e.First, e.Seen)
	case e.State == Resolved:
		return fmt.Sprintf("first seen in %s, last seen in %s, resolved in %s", e.First, e.Seen, e.Resolved)
	case e.Quiet > 0:
		return fmt.Sprintf("first seen in %s, last seen in %s, quiet for %d seeds of %d", e.First, e.Seen, e.Quiet, e.Enough())
	}
	return fmt.Sprintf("first seen in %s, last seen in %s", e.First, e.Seen)
}

// WriteTable writes the report for a terminal: a line a bucket, then how each is seen again.
func (r *Report) WriteTable(to io.Writer) error {
	rows := r.Rows()
	var b strings.Builder
	if len(rows) > 0 {
		w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
		if r.Record != nil {
			fmt.Fprint(w, "STATE\t")
		}
		fmt.Fprintln(w, "BUCKET\tCOUNT\tTEST\tFAILURE\tFAULTS\tWHERE")
		for _, row := range rows {
			f := row.Smallest
			if r.Record != nil {
				fmt.Fprintf(w, "%s\t", row.State)
			}
			fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\t%s\n", row.ID, row.Count, f.Test, f.label(), f.faultText(), f.Where())
		}
		if err := w.Flush(); err != nil {
			return err
		}
	}
	fmt.Fprintf(&b, "%s\n", r.summary())
	for _, row := range rows {
		if row.State == Resolved {
			continue
		}
		f := row.Smallest
		fmt.Fprintf(&b, "\n%s  %s: %s\n", row.ID, f.Test, f.label())
		if f.hasPlan() {
			fmt.Fprintf(&b, "    %s\n", f.Size())
		}
		if text := row.history(); text != "" {
			fmt.Fprintf(&b, "    %s\n", text)
		}
		fmt.Fprintf(&b, "    %s\n", f.Replay())
	}
	_, err := io.WriteString(to, b.String())
	return err
}

// label returns the title, with the kind in front where the title does not tell it.
func (f *Finding) label() string {
	switch f.Kind {
	case Property, Nondeterminism:
		return f.Title()
	}
	return string(f.Kind) + ": " + f.Title()
}
