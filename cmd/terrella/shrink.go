package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/terrella-go/terrella/internal/plan"
	"github.com/terrella-go/terrella/internal/shell"
)

func newShrink() *cobra.Command {
	var s shrinking
	cmd := &cobra.Command{
		Use:   "shrink FILE [package]",
		Short: "Make a failure smaller, with more work than the test did",
		Long: `Shrink takes the failure of a file up where it was left: it takes faults and operations away, makes them weaker,
shorter and simpler, as long as the same property fails, found at the same place.

The work of --for is counted in steps of worlds, not measured: the result is the same on every machine, and it may
take more or less time. What comes of it is written beside FILE, as FILE-smaller.json, or to --output. FILE
stays as it is.

Exit codes: 0, a smaller failure was written, or there is none; 1, it does not fail any more, or fails in another way; 2,
wrong arguments; 3, the tests can't be built, or the file can't be written; 4, two runs of it differ.`,
		Example: `  terrella shrink testdata/sim/TestRegister/failure-c318ecdbe88f0812.json
  terrella shrink failure.json --for 10m --output small.json`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			s.out, s.err = cmd.OutOrStdout(), cmd.ErrOrStderr()
			return s.run(args)
		},
	}
	cmd.Flags().DurationVar(&s.work, "for", 5*time.Minute, "put so much `work` into it; a test puts 30s")
	cmd.Flags().StringVarP(&s.output, "output", "o", "", "write the smaller failure to this `file`")
	s.build.flags(cmd)
	return cmd
}

// A shrinking is what the flags of the verb say.
type shrinking struct {
	work   time.Duration
	output string
	build  buildOptions

	out, err io.Writer
}

func (s *shrinking) run(args []string) error {
	if s.work <= 0 {
		return usage("--for is %v; want more than that", s.work)
	}
	c, err := openCase(args, "*") // a seed of any test is refused below
	if err != nil {
		return err
	}
	if c.file == nil {
		return usage("%s is a seed: run its test, which shrinks what fails and writes a failure file", c.name)
	}
	c.test = c.file.Test
	output, err := s.target(c.name)
	if err != nil {
		return err
	}
	dir, err := temporary("shrink")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b, err := c.buildTest(dir, s.err, s.build.args()...)
	if err != nil {
		return err
	}
	cmd := b.command(append(c.arguments(), "-sim.again", "-sim.dir="+dir, "-sim.shrinktime="+s.work.String())...)
	text := &progressFilter{to: s.err}
	cmd.Stdout, cmd.Stderr = text, text
	if err := cmd.Run(); err != nil {
		return s.refused(c, text.rest.Bytes(), err)
	}
	out := text.rest.Bytes()
	switch {
	case bytes.Contains(out, []byte(" no longer fails: ")):
		fmt.Fprintln(s.out, report(out))
		return &exitError{code: exitFailed}
	case !bytes.Contains(out, []byte(" is shrunk\n")):
		return c.unclear(out, nil)
	}
	fmt.Fprintln(s.out, report(out))
	return s.keep(c, dir, output)
}

// target returns the name of the file to be written, which must not be the one that is read, or another failure.
func (s *shrinking) target(name string) (string, error) {
	if s.output == "" {
		base := strings.TrimSuffix(name, ".json") + "-smaller"
		for i, free := 2, base; ; i++ {
			if _, err := os.Stat(free + ".json"); err != nil {
				return free + ".json", nil
			}
			free = fmt.Sprintf("%s-%d", base, i)
		}
	}
	a, errA := os.Stat(name)
	b, errB := os.Stat(s.output)
	switch {
	case errA == nil && errB == nil && os.SameFile(a, b):
		return "", usage("--output is %s itself, which is kept: name another file", name)
	case errB == nil:
		return "", usage("--output: there is a %s already: name another file, or take it away", s.output)
	case !errors.Is(errB, fs.ErrNotExist):
		return "", usage("--output: %w", errB)
	}
	return s.output, nil
}

// refused tells why the tests did not come to shrink.
func (s *shrinking) refused(c *oneCase, out []byte, err error) error {
	switch {
	case bytes.Contains(out, []byte("fails in another way: it was ")):
		fmt.Fprintln(s.out, report(out))
		return &exitError{code: exitFailed}
	case bytes.Contains(out, []byte(" is not deterministic: ")):
		fmt.Fprintln(s.out, report(out))
		return &exitError{code: exitNondeterministic}
	}
	return c.unclear(out, err)
}

// keep writes what was found, if it is smaller.
func (s *shrinking) keep(c *oneCase, dir, output string) error {
	found, err := filepath.Glob(filepath.Join(dir, filepath.FromSlash(c.file.Test), "*.json"))
	if err != nil || len(found) != 1 {
		return environment(fmt.Errorf("%d failure files were left where one should be; this is a bug of terrella", len(found)))
	}
	small, err := plan.ReadFile(found[0])
	if err != nil {
		return environment(err)
	}
	if !smaller(&small.Plan, &c.file.Plan) {
		fmt.Fprintf(s.out, "\nnothing smaller was found: %s stays as it is\n", c.name)
		return nil
	}
	if small.Original = c.file.Original; small.Original == nil {
		small.Original = &plan.Original{Message: c.file.Message, Found: c.file.Found, Plan: c.file.Plan}
	}
	if was := c.file.Shrunk; was != nil && small.Shrunk != nil {
		small.Shrunk.Faults[0], small.Shrunk.Operations[0] = was.Faults[0], was.Operations[0]
		small.Shrunk.Runs += was.Runs
	}
	if err := small.WriteFile(output); err != nil {
		return environment(err)
	}
	fmt.Fprintf(s.out, "\nthe smaller failure is in %s\nto see it again:\n  terrella replay %s\n", output, shell.Quote(output))
	return nil
}

// smaller reports whether a plan is another, and so a simpler, one than it was: a search ends with what it began with if it finds nothing.
func smaller(now, was *plan.Plan) bool {
	a, errA := now.Case()
	b, errB := was.Case()
	if errA != nil || errB != nil {
		return false
	}
	if len(a.Faults) != len(b.Faults) || len(a.Ops) != len(b.Ops) || b.Given != a.Given || b.Chosen != a.Chosen {
		return true
	}
	x, _ := (&plan.File{Plan: plan.PlanOf(a)}).Encode()
	y, _ := (&plan.File{Plan: plan.PlanOf(b)}).Encode()
	return !bytes.Equal(x, y)
}

// A progressFilter passes on what tells how far a search has come, and keeps the rest.
type progressFilter struct {
	to   io.Writer
	line []byte
	rest bytes.Buffer
}

func (p *progressFilter) Write(text []byte) (int, error) {
	p.line = append(p.line, text...)
	for {
		i := bytes.IndexByte(p.line, '\n')
		if i < 0 {
			return len(text), nil
		}
		line := string(p.line[:i+1])
		p.line = p.line[i+1:]
		if _, step, ok := strings.Cut(line, ": shrinking: "); ok {
			fmt.Fprintf(p.to, "terrella: %s", step)
			continue
		}
		p.rest.WriteString(line)
	}
}
