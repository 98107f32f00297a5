package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/terrella-go/terrella/internal/trace"
	"github.com/terrella-go/terrella/internal/viewer"
)

func newReplay() *cobra.Command {
	var r replay
	cmd := &cobra.Command{
		Use:   "replay FILE|SEED [package]",
		Short: "Run a failure again, and tell how it came about",
		Long: `Replay runs the world of a failure file again (from testdata/sim, or left by terrella fuzz), or that of
a seed, and tells the story: what was asked for and what went wrong when, the property that failed, at
which step and virtual time, whether the run is the same as when it was found, and the events that
led there, from cause to cause.

The file tells its package and test. With a seed both have to be given: the package as a folder
or an import path, "." if it is left out, and the test by --test.

With --step it stops before that step and shows the world: the faults in force, how each node is, who
runs next, what all goroutines are doing, and the last events. With --debug it opens Delve there. First the whole
world stands still before the step: goroutines carry their node's name (goroutines -l). Then, after
"continue", it is run again and stops in the goroutine that brings about the first event from that step on, to be followed
from there. Without --step that is where the failure is.

Exit codes: 0, it passes now, or the world was shown; 1, it fails again; 2, wrong arguments; 3, the tests
can't be built or do not run the world; 4, two runs of it differ.`,
		Example: `  terrella replay testdata/sim/TestRegister/failure-c318ecdbe88f0812.json
  terrella replay failure.json --step 116
  terrella replay failure.json --debug
  terrella replay 0x5eed ./register --test TestRegister --trace run.html`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			r.out, r.err = cmd.OutOrStdout(), cmd.ErrOrStderr()
			r.stepped = cmd.Flags().Changed("step")
			return r.run(args)
		},
	}
	f := cmd.Flags()
	f.StringVar(&r.test, "test", "", "the `name` of the test; a failure file tells it")
	f.Uint64Var(&r.step, "step", 0, "show the world as it stands before this `step`")
	f.BoolVar(&r.debug, "debug", false, "open Delve where the failure is, or at --step")
	f.StringVar(&r.trace, "trace", "", "write the run to this `file`: a page if its name ends in .html, a compact trace for .trace, JSON lines else")
	r.build.flags(cmd)
	cmd.MarkFlagsMutuallyExclusive("step", "trace")
	cmd.MarkFlagsMutuallyExclusive("debug", "trace")
	return cmd
}

// A replay is what the flags of the verb say.
type replay struct {
	test    string
	step    uint64
	stepped bool
	debug   bool
	trace   string
	build   buildOptions

	out, err io.Writer
}

func (r *replay) run(args []string) error {
	c, err := openCase(args, r.test)
	if err != nil {
		return err
	}
	if r.stepped && r.step == 0 {
		return usage("--step is 0; steps are counted from 1")
	}
	dir, err := temporary("replay")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if r.debug {
		return r.openDebugger(c, dir)
	}
	b, err := c.buildTest(dir, r.err, r.build.args()...)
	if err != nil {
		return err
	}
	if r.stepped {
		return r.show(c, b)
	}
	out, v, err := b.runOne(c.test, c.flags...)
	if err != nil {
		return environment(err)
	}
	fmt.Fprintln(r.out, report(out))
	if err := r.follow(c, b, dir, v.fails() || v == otherwise); err != nil {
		return err
	}
	switch v {
	case passes:
		return nil
	case differs:
		return &exitError{code: exitNondeterministic}
	}
	fmt.Fprintf(r.out, "\nto look closer:\n  terrella replay %s --step STEP\n  terrella replay %[1]s --debug\n", c.again())
	return &exitError{code: exitFailed}
}

// show prints the world as it stands before a step.
func (r *replay) show(c *oneCase, b *testBinary) error {
	out, err := b.command(append(c.arguments(), fmt.Sprint("-sim.stop=", r.step))...).CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte(" stands before step ")) {
		return c.unclear(out, err)
	}
	fmt.Fprintln(r.out, report(out))
	return nil
}

// follow records the run, prints what led to the failure, and keeps the trace if that is wanted. It is another run than the one that was
// judged: to keep all events may move the schedule hash.
func (r *replay) follow(c *oneCase, b *testBinary, dir string, failed bool) error {
	if r.trace == "" && !failed {
		return nil
	}
	name := filepath.Join(dir, "run.trace")
	if _, _, err := b.runOne(c.test, append(slices.Clone(c.flags), "-sim.trace="+name)...); err != nil {
		return environment(err)
	}
	run, err := readTrace(name)
	if err != nil {
		return environment(err)
	}
	if failed {
		fmt.Fprintln(r.out, "\nwhat led there:")
		if err := viewer.WriteBrief(r.out, viewer.LedTo(run)); err != nil {
			return outputError(err)
		}
	}
	if r.trace == "" {
		return nil
	}
	if err := writeReport(r.trace, func(to io.Writer) error { return writeRun(to, r.trace, run) }); err != nil {
		return environment(err)
	}
	fmt.Fprintf(r.out, "\nthe run is in %s\n", r.trace)
	return nil
}

// writeRun writes a run in the form that the file's name asks for, as -sim.trace does.
func writeRun(to io.Writer, name string, run *trace.Run) error {
	switch filepath.Ext(name) {
	case ".trace":
		return run.WriteColumns(to)
	case ".html":
		return viewer.Write(to, viewer.Named{Name: run.Test, Run: run})
	}
	return run.WriteLines(to)
}

var (
	framing = regexp.MustCompile(`^(=== (RUN|PAUSE|CONT|NAME) .*|\s*--- (PASS|FAIL|SKIP): .*|PASS|FAIL|exit status \d+|coverage: .*)$`)
	sum     = regexp.MustCompile(`^\s*sim: \S+: `)
	logged  = regexp.MustCompile(`^\s+\S+\.go:\d+: (sim: .*)$`)
)

// report takes what package testing adds out of a test's output, and what package sim says back to the left; sums come last.
func report(out []byte) string {
	var lines []string
	indent := "" // of the lines that belong to sim's
	for line := range strings.Lines(string(out)) {
		line = strings.TrimRight(line, "\n")
		switch m := logged.FindStringSubmatch(line); {
		case m != nil:
			indent = line[:len(line)-len(strings.TrimLeft(line, " "))] + "    "
			lines = append(lines, m[1])
		case framing.MatchString(line):
			indent = ""
		case indent != "" && (strings.HasPrefix(line, indent) || strings.TrimSpace(line) == ""):
			lines = append(lines, strings.TrimPrefix(line, indent))
		default:
			lines = append(lines, line)
		}
	}
	var first, sums []string
	for _, l := range lines {
		switch l = strings.TrimRight(l, " "); {
		case strings.HasPrefix(l, "to see it as a picture, add "):
		case sum.MatchString(l):
			sums = append(sums, strings.TrimSpace(l))
		default:
			first = append(first, l)
		}
	}
	return strings.TrimSpace(blankLines.ReplaceAllString(strings.Join(slices.Concat(first, []string{""}, sums), "\n"), "\n\n"))
}

var blankLines = regexp.MustCompile(`\n{3,}`)
