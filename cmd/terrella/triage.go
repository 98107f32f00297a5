package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	"github.com/spf13/cobra"

	"github.com/terrella-go/terrella/internal/findings"
	"github.com/terrella-go/terrella/internal/wholefile"
)

func newTriage() *cobra.Command {
	var t triage
	cmd := &cobra.Command{
		Use:   "triage [folders or failure files]",
		Short: "Put failures into buckets, and follow them from run to run",
		Long: `Triage reads failure files (from testdata/sim, and what terrella fuzz leaves; folders are
searched, without arguments the current one), puts those that are probably one bug into one
bucket, and prints a table of buckets, and for each the line that shows its smallest failure again.

A bucket is made of the test, the property, the function of the program that found the
failure, and the kinds of faults in the shrunk plan. Line numbers and messages are left out:
edits elsewhere do not split buckets.

With --findings it keeps a record across runs in one JSON file. A bucket is new when it is first
seen, ongoing while it is known and not resolved, regressed when it comes back. It is resolved when its
kept failure passes (--rerun) and its test was run with enough new seeds without it: three times as
many as it takes to find it once. Which tests ran it learns from campaign.json in the
folders of terrella fuzz, and from --ran. The record holds the failure files too: the
one file is all that CI has to keep. A file that can't be understood is left as it is. Several
at a time may enter their runs into one record: they take turns, by a lock (FILE.lock).

With --rerun each failure is replayed first, also those of the record; what passes is no longer listed.

Exit codes: 0, nothing is open; 1, a bucket is open, found now or known from the record; 2, wrong
arguments; 3, a file could not be read or written, or a test could not be built or
replayed; 4, a test is not deterministic. If several apply, then 3 is given before 4, and 4 before 1.`,
		Example: `  terrella triage
  terrella triage --rerun ./register
  terrella triage out --findings findings.json --run "$CI_PIPELINE_ID" --rerun --junit junit.xml
  terrella triage out --findings findings.json --rerun --github --artifacts artifacts`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return t.run(cmd.OutOrStdout(), cmd.ErrOrStderr(), args)
		},
	}
	f := cmd.Flags()
	f.StringVar(&t.record, "findings", "", "keep the record across runs in this `file`")
	f.StringVar(&t.id, "run", "", "the `id` of this run in the record (default: that of the CI system, and the commit)")
	f.StringArrayVar(&t.ran, "ran", nil, "learn from this `file` which tests ran: a campaign.json, or what go test -json printed; may be repeated")
	f.BoolVar(&t.rerun, "rerun", false, "replay each failure")
	f.StringVar(&t.junit, "junit", "", "write JUnit XML to this `file`")
	f.BoolVar(&t.github, "github", false, "print annotations for GitHub, and append a summary to the file that GITHUB_STEP_SUMMARY names")
	f.StringVar(&t.summary, "summary", "", "append a summary in Markdown to this `file`")
	f.StringVar(&t.artifacts, "artifacts", "", "copy failure files, traces and pages into this `folder`, one folder a bucket")
	return cmd
}

// A triage is what the flags of the verb say.
type triage struct {
	record, id     string
	ran            []string
	rerun, github  bool
	junit, summary string
	artifacts      string
}

func (t *triage) run(stdout, stderr io.Writer, args []string) error {
	var record *findings.Record
	if t.record != "" {
		var err error
		if record, err = findings.ReadRecord(t.record); err != nil {
			return environment(err)
		}
		if t.id == "" {
			if t.id = runID(os.Getenv); t.id == "" {
				return usage("--findings needs the id of this run: give --run, such as --run nightly-17; there is no git commit here, and no CI system that gives one")
			}
		}
	}
	tree, err := openTree(".")
	if err != nil {
		return environment(err)
	}
	g, err := gather(tree, args, t.ran)
	if err != nil {
		return err
	}
	code := exitClean
	worse := func(c int) {
		if weight(c) > weight(code) {
			code = c
		}
	}
	trouble := func(err error) {
		fmt.Fprintf(stderr, "terrella: %v\n", err)
		worse(exitEnvironment)
	}
	for _, err := range g.trouble {
		trouble(err)
	}

	run := findings.Run{ID: t.id, Ran: g.ran}
	if t.rerun {
		r, err := newRerun(tree, stdout, trouble)
		if err != nil {
			return err
		}
		defer r.close()
		r.pictures = t.artifacts != ""
		r.all(g, record)
		run.Passes = r.passes
	}
	run.Found = new(findings.Set)
	for _, f := range g.found {
		tree.locate(f)
		if _, err := run.Found.Add(f); err != nil {
			return environment(err)
		}
	}
	for _, c := range g.counted {
		run.Found.AddCounted(c.Key, c.Failures)
	}
	if t.artifacts != "" {
		if err := run.Found.Collect(t.artifacts); err != nil {
			trouble(fmt.Errorf("artifacts: %w", err))
		}
	}
	if record != nil {
		// Others may have entered runs of theirs while failures were replayed.
		record, err = findings.Enter(t.record, run)
		if record == nil {
			return environment(err)
		}
		if err != nil {
			trouble(fmt.Errorf("the record could not be written: %w", err))
		}
	}
	report := &findings.Report{Found: run.Found, Record: record, Ran: g.ran}
	for _, err := range t.write(stdout, report) {
		trouble(err)
	}
	switch {
	case run.Found.Worst() == findings.Nondeterminism:
		worse(exitNondeterministic)
	case report.Open():
		worse(exitFailed)
	}
	if code != exitClean {
		return &exitError{code: code}
	}
	return nil
}

// write writes the report in all the forms that are wanted, and returns what went wrong.
func (t *triage) write(stdout io.Writer, r *findings.Report) (trouble []error) {
	note := func(what string, err error) {
		if err != nil {
			trouble = append(trouble, fmt.Errorf("%s could not be written: %w", what, err))
		}
	}
	note("the table", r.WriteTable(stdout))
	if t.junit != "" {
		note("JUnit XML", writeReport(t.junit, r.WriteJUnit))
	}
	if t.summary != "" {
		note("the summary", r.AppendSummary(t.summary))
	}
	if t.github {
		note("annotations", r.WriteAnnotations(stdout))
		if name := os.Getenv("GITHUB_STEP_SUMMARY"); name != "" && name != t.summary {
			note("the summary", r.AppendSummary(name))
		}
	}
	return trouble
}

// runID returns an id for this run from what a CI system tells, and the commit; empty if there is neither.
func runID(getenv func(string) string) string {
	var parts []string
	for _, name := range []string{"GITHUB_RUN_ID", "CI_PIPELINE_ID"} {
		if v := getenv(name); v != "" {
			parts = append(parts, v)
			break
		}
	}
	commit := getenv("GITHUB_SHA")
	if commit == "" {
		commit = getenv("CI_COMMIT_SHA")
	}
	if commit == "" {
		if out, err := exec.Command("git", "rev-parse", "HEAD").Output(); err == nil {
			commit = strings.TrimSpace(string(out))
		}
	}
	if commit != "" {
		parts = append(parts, commit[:min(len(commit), 12)])
	}
	return strings.Join(parts, "@")
}

// writeReport writes a report to a file, as a whole or not at all.
func writeReport(name string, write func(io.Writer) error) error {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	return wholefile.Write(name, b.Bytes(), 0o644)
}
