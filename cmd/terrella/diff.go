package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/terrella-go/terrella/internal/plan"
	"github.com/terrella-go/terrella/internal/trace"
	"github.com/terrella-go/terrella/internal/viewer"
)

func newDiff() *cobra.Command {
	var d diff
	cmd := &cobra.Command{
		Use:   "diff A B [package]",
		Short: "Show where two runs part",
		Long: `Diff compares two runs, event by event, and shows the first in which they differ, with what was before
and what comes after it in each. A and B are traces (what -sim.trace=FILE writes), failure files, or seeds of a test (with --test, and its
package; "." if it is left out). The worlds of failure files and seeds are run for it.

Exit codes: 0, the runs are the same; 1, they differ; 2, wrong arguments; 3, the tests can't be built or do not
run the world.`,
		Example: `  terrella diff passing.trace failing.trace
  terrella diff failure.json failure-smaller.json --loose
  terrella diff 7 8 ./register --test TestRegister --window 30`,
		Args: cobra.RangeArgs(2, 3),
		RunE: func(cmd *cobra.Command, args []string) error {
			d.out, d.err = cmd.OutOrStdout(), cmd.ErrOrStderr()
			return d.run(args)
		},
	}
	f := cmd.Flags()
	f.StringVar(&d.test, "test", "", "the `name` of the test, for seeds")
	f.IntVar(&d.window, "window", 10, "show so many `events` of each run from where they part on, and half as many before")
	f.BoolVar(&d.loose, "loose", false, "let steps and goroutines differ: compare what happened where and when")
	d.build.flags(cmd)
	return cmd
}

// A diff is what the flags of the verb say.
type diff struct {
	test   string
	window int
	loose  bool
	build  buildOptions

	out, err io.Writer
	dir      string
	binaries map[string]*testBinary // by package
}

func (d *diff) run(args []string) error {
	if d.window < 1 {
		return usage("--window is %d; want how many events are shown, 1 at least", d.window)
	}
	var err error
	if d.dir, err = temporary("diff"); err != nil {
		return err
	}
	defer os.RemoveAll(d.dir)
	d.binaries = make(map[string]*testBinary)
	var runs [2]*trace.Run
	for i, name := range args[:2] {
		if runs[i], err = d.record(name, args[2:]); err != nil {
			return err
		}
	}
	same, err := d.compare(runs, args)
	if err != nil {
		return outputError(err)
	}
	if !same {
		return &exitError{code: exitFailed}
	}
	return nil
}

// record returns the run that an argument means.
func (d *diff) record(name string, pkg []string) (*trace.Run, error) {
	_, notFailure := plan.ReadFile(name)
	_, notSeed := strconv.ParseUint(name, 0, 64)
	if _, err := os.Stat(name); err == nil && notFailure != nil {
		if filepath.Ext(name) == ".json" {
			return nil, usage("%w", notFailure)
		}
		return readTrace(name)
	} else if err != nil && notSeed != nil {
		return nil, usage("there is no file %s, and it is no seed: want a trace, a failure file, or a number such as 7 or 0x5eed", name)
	}
	c, err := openCase(append([]string{name}, pkg...), d.test)
	if err != nil {
		return nil, err
	}
	b := d.binaries[c.pkg]
	if b == nil {
		if b, err = c.buildTest(d.dir, d.err, d.build.args()...); err != nil {
			return nil, err
		}
		d.binaries[c.pkg] = b
	}
	file := filepath.Join(d.dir, "run.trace")
	if _, _, err := b.runOne(c.test, append(c.flags[:len(c.flags):len(c.flags)], "-sim.trace="+file)...); err != nil {
		return nil, environment(err)
	}
	defer os.Remove(file)
	return readTrace(file)
}

// compare prints where the runs part, and reports whether they do not.
func (d *diff) compare(runs [2]*trace.Run, names []string) (same bool, err error) {
	a, b := runs[0].Events, runs[1].Events
	at := 0
	for at < len(a) && at < len(b) && len(d.differing(&a[at], &b[at])) == 0 {
		at++
	}
	if at == len(a) && at == len(b) {
		_, err := fmt.Fprintf(d.out, "the runs are the same: %s\n", countOf(at, "event"))
		return true, err
	}
	var errs []error
	say := func(format string, args ...any) {
		_, err := fmt.Fprintf(d.out, format, args...)
		errs = append(errs, err)
	}
	say("the runs part after %s; %s has %s, %s has %s\n\n", countOf(at, "event"), names[0], countOf(len(a), "event"), names[1], countOf(len(b), "event"))
	from := max(0, at-(d.window+1)/2)
	for i := from; i < at; i++ {
		say("  %s\n", brief(&a[i]))
	}
	for i, events := range [][]trace.Event{a, b} {
		mark := "-+"[i : i+1]
		say("%s%s %s\n", mark, mark, names[i])
		for j := at; j < min(at+d.window, len(events)); j++ {
			say("%s %s\n", mark, brief(&events[j]))
		}
		if at == len(events) {
			say("%s (it ends here)\n", mark)
		}
	}
	if at < len(a) && at < len(b) {
		say("\nthe first that differ, in: %s\n", strings.Join(d.differing(&a[at], &b[at]), ", "))
	}
	return false, errors.Join(errs...)
}

// brief returns an event as one line.
func brief(e *trace.Event) string {
	var b strings.Builder
	if err := viewer.WriteBrief(&b, []*trace.Event{e}); err != nil {
		panic(err) // a builder takes all
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// differing names what is not the same in two events.
func (d *diff) differing(a, b *trace.Event) []string {
	var names []string
	note := func(what string, same bool) {
		if !same {
			names = append(names, what)
		}
	}
	note("step", d.loose || a.Step == b.Step)
	note("time", a.At == b.At)
	note("the node's clock", a.Skew == b.Skew)
	note("node", a.Node == b.Node)
	note("start", a.Incarnation == b.Incarnation)
	note("goroutine", d.loose || a.Goroutine == b.Goroutine)
	note("kind", a.Kind == b.Kind)
	note("subject", a.Subject == b.Subject)
	note("cause", a.Cause == b.Cause)
	same := len(a.Detail) == len(b.Detail)
	for i := 0; same && i < len(a.Detail); i++ {
		same = a.Detail[i] == b.Detail[i]
	}
	note("detail", same)
	return names
}
