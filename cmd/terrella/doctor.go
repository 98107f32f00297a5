package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/terrella-go/terrella/internal/overlay"
	"github.com/terrella-go/terrella/internal/selfcheck"
)

func newDoctor() *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Check the toolchain, the patched runtime and its determinism",
		Long: `Doctor checks what the tests need: a go command of a supported release, the patched
runtime made from it, and that worlds built on it are deterministic on this machine. For that
it builds a small program and runs it in several processes, with different numbers of
processors and a collector of different eagerness: all have to agree on the hashes of
all worlds, and have to notice the flaws that are planted in two more.

It takes a minute the first time on a machine, a second or two later. Run it in a module that
requires ` + modulePath + `, for the program is built from there.

Exit codes: 0, all is well; 3, something is missing or could not be built; 4, hashes
disagree, or a planted flaw was not noticed.`,
		Example: "  terrella doctor",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return (&doctor{w: cmd.OutOrStdout()}).examine()
		},
	}
}

const modulePath = "github.com/terrella-go/terrella"

// A doctor prints what it finds line by line, as it goes.
type doctor struct{ w io.Writer }

func (d *doctor) ok(name, format string, args ...any) {
	d.line("ok", name, fmt.Sprintf(format, args...))
}

// fail prints err, and returns it as what ends the command; it was said then.
func (d *doctor) fail(name string, err error) error {
	d.line("FAIL", name, err.Error())
	code := exitEnvironment
	var e *exitError
	if errors.As(err, &e) {
		code = e.code
	}
	return &exitError{code: code}
}

// line prints one finding; its further lines stand under the first.
func (d *doctor) line(mark, name, text string) {
	const indent = "                          "
	text = strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n"+indent)
	fmt.Fprintf(d.w, "%-6s%-20s%s\n", mark, name, text)
}

func (d *doctor) examine() error {
	found, err := overlay.Find(".")
	if err != nil {
		return d.fail("go command", err)
	}
	d.ok("go command", "%s, %s, GOROOT %s", found.Command, found.Release, found.Root)
	tc, err := prepare(".")
	if err != nil {
		return d.fail("patched runtime", err)
	}
	state := "in the cache"
	if tc.Fresh {
		state = "made just now"
	}
	d.ok("supported release", "%s", tc.Release)
	d.ok("patched runtime", "%s, %d files changed or added, in %s, %s", state, tc.Patched, tc.Dir, form(tc.Overlay))
	dir, err := os.MkdirTemp("", "terrella-doctor-")
	if err != nil {
		return d.fail("self-check", fmt.Errorf("no place to build it: %w; set TMPDIR to a folder that is writable", err))
	}
	defer os.RemoveAll(dir)
	d.line("", "self-check", "building (the first time takes a minute) ...")
	begin := time.Now()
	binary, err := buildSelfCheck(tc, dir)
	if err != nil {
		return d.fail("self-check built", err)
	}
	d.ok("self-check built", "in %v", time.Since(begin).Round(time.Millisecond))
	begin = time.Now()
	reports, err := runSelfCheck(binary)
	if err != nil {
		return d.fail("self-check", err)
	}
	if err := d.judge(reports); err != nil {
		return err
	}
	d.ok("time taken", "%v for the self-check's processes", time.Since(begin).Round(time.Millisecond))
	return nil
}

// form tells how the go command is given the patched runtime.
func form(o *overlay.Overlay) string {
	if o.Shadow != "" {
		return "a GOROOT of links"
	}
	return "an overlay"
}

// judge prints what the reports of several processes come to.
func (d *doctor) judge(reports []*selfcheck.Report) error {
	if err := selfcheck.Compare(reports); err != nil {
		return d.fail("self-check", &exitError{exitNondeterministic, err})
	}
	sum := reports[0].Sum()
	d.ok("self-check", "%d seeds agree, each run twice in %d processes: %v", len(reports[0].Worlds), len(reports), sum)
	d.ok("planted flaws", "both noticed: one within a process, one between processes")
	return nil
}

// buildSelfCheck builds the self-check on the patched runtime and returns its path.
func buildSelfCheck(tc *toolchain, dir string) (string, error) {
	if _, err := output(tc.command("list", "-m", modulePath)); err != nil {
		return "", fmt.Errorf("no module here requires %s, from which it is built: run doctor in one that does\n%w", modulePath, err)
	}
	binary := filepath.Join(dir, "selfcheck.exe")
	tags, _ := tc.flags.value("tags")
	args := append([]string{"build", "-o", binary}, tc.buildFlags(tags)...)
	if _, err := output(tc.command(append(args, modulePath+"/internal/selfcheck/run")...)); err != nil {
		return "", fmt.Errorf("go build: %w", err)
	}
	return binary, nil
}
