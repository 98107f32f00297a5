package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/terrella-go/terrella/internal/plan"
	"github.com/terrella-go/terrella/internal/shell"
	"github.com/terrella-go/terrella/internal/viewer"
	"github.com/terrella-go/terrella/internal/wholefile"
)

func newDemo() *cobra.Command {
	var d demo
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "See a bug found, made smaller, explained and kept",
		Long: `Demo shows on a replicated register (examples/register) what Terrella does. Its three servers and their clients
run through storms of crashes, partitions, bad links, full disks and wrong clocks, and nothing is wrong. Then the
servers acknowledge a little too early, as in a bug that is easily made. Demo finds it, makes it smaller, tells how it comes
about, and leaves the failure file, the trace and its page in a folder.

It runs in a checkout of Terrella, or in a module that replaces ` + modulePath + `
by one. The first build with the patched runtime takes about a minute, all that follows some seconds.

Exit codes: 0, the bug was found, and what was kept fails again; 2, wrong arguments; 3, no checkout, or something can't be
built or written; 1, it all went otherwise.`,
		Example: `  terrella demo
  terrella demo --out demo`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d.out, d.err = cmd.OutOrStdout(), cmd.ErrOrStderr()
			return d.run()
		},
	}
	cmd.Flags().StringVar(&d.folder, "out", "", "leave everything in this `folder`, which must not be there yet (default: terrella-demo)")
	return cmd
}

// A demo is one run of the verb.
type demo struct {
	folder   string
	out, err io.Writer
}

// The tests of examples/register that the demo runs.
const (
	demoPackage = modulePath + "/examples/register"
	demoCorrect = "TestRegister"
	demoBroken  = "TestEarlyAcknowledgement"
	demoWorlds  = 200
)

func (d *demo) run() error {
	tree, err := demoTree()
	if err != nil {
		return err
	}
	if err := d.makeFolder(); err != nil {
		return err
	}
	defer os.Remove(d.folder) // if nothing came to be in it
	temp, err := temporary("demo")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	began := time.Now()

	d.say("Three servers hold one value on their disks; clients read and write it through a majority (examples/register).")
	d.say("building its tests on the patched runtime; the first time this takes about a minute ...")
	c := &oneCase{pkg: demoPackage, tree: tree}
	b, err := c.buildTest(temp, io.Discard)
	if err != nil {
		return err
	}

	d.say("\nThe register as it should be, in %d worlds, each with a storm of its own ...", demoWorlds)
	out, err := d.test(b, demoCorrect, "-sim.dir=none", fmt.Sprint("-sim.runs=", demoWorlds))
	if err != nil {
		return d.unexpected("the register as it should be has failed", out)
	}
	d.say("%s", summaryLine(out))
	d.say("Clients have always seen one value, changed at one moment by each write.")

	d.say("\nNow the servers acknowledge a write before it is on their disks ...")
	out, err = d.test(b, demoBroken, "-sim.dir=none")
	m := foundAtSeed.FindStringSubmatch(out)
	if err != nil || m == nil {
		return d.unexpected("the bug was not found", out)
	}
	d.say("It took %s worlds to find it: seed %s.", m[2], m[1])
	d.say("\nWhich of its faults and operations matter?")
	out, err = d.test(b, demoBroken, "-sim.dir="+temp, "-sim.shrinktime=10s", "-sim.seed="+m[1])
	kept, _ := filepath.Glob(filepath.Join(temp, demoBroken, "*.json"))
	if err == nil || len(kept) != 1 {
		return d.unexpected("the seed does not fail again", out)
	}

	failure := filepath.Join(d.folder, "failure.json")
	file, err := d.keep(b, kept[0], failure)
	if err != nil {
		return err
	}
	d.say("%d of %s and %d of %s, after %s of the world.", file.Shrunk.Faults[1], countOf(file.Shrunk.Faults[0], "fault"),
		file.Shrunk.Operations[1], countOf(file.Shrunk.Operations[0], "operation"), countOf(file.Shrunk.Runs, "run"))
	d.say("\nWhat happened:\n\n%s\n", indentBy("    ", wrapWords(file.Story, 100)))
	v, err := b.replay(failure, demoBroken)
	if err != nil {
		return environment(err)
	}
	if v != same {
		return d.unexpected("what was kept "+v.String(), "")
	}
	d.say("Run again from the file it went the same way, step by step: schedule hash 0x%016x, event hash 0x%016x.", uint64(file.Found.Schedule), uint64(file.Found.Events))
	d.say("All this took %v. To go on:\n", time.Since(began).Round(100*time.Millisecond))
	self := selfCommand()
	d.say("  %s replay %s", self, shell.Quote(failure))
	d.say("  %s replay %s --step %d", self, shell.Quote(failure), file.Found.Step)
	d.say("  open %s in a browser", filepath.Join(d.folder, "run.html"))
	d.say("  %s init ./yourpackage   writes a first test for a package of your own", self)
	return nil
}

func (d *demo) say(format string, args ...any) { fmt.Fprintf(d.out, format+"\n", args...) }

// unexpected is the end of a demo that went another way than it has to.
func (d *demo) unexpected(what, out string) error {
	return &exitError{exitFailed, fmt.Errorf("%s; this should not happen: has the example been changed?\n%s", what, lastLines([]byte(out), 40))}
}

// test runs a test, and shows how far it has come in making a failure smaller.
func (d *demo) test(b *testBinary, test string, args ...string) (string, error) {
	cmd := b.command(append([]string{"-test.v", "-test.run=^" + test + "$"}, args...)...)
	text := &progressFilter{to: d.err}
	cmd.Stdout, cmd.Stderr = text, text
	err := cmd.Run()
	return text.rest.String(), err
}

var (
	foundAtSeed = regexp.MustCompile(`the planted bug is found at seed (0x[0-9a-f]+) \((\d+) of \d+\)`)
	seedsLine   = regexp.MustCompile(`sim: \S+: (\d+ seeds, .*)`)
)

// summaryLine returns what a test says of its worlds.
func summaryLine(out string) string {
	if m := seedsLine.FindStringSubmatch(out); m != nil {
		return m[1]
	}
	return ""
}

// keep writes the failure file, the trace and the page into the folder.
func (d *demo) keep(b *testBinary, from, failure string) (*plan.File, error) {
	file, err := plan.ReadFile(from)
	if err != nil {
		return nil, environment(err)
	}
	if file.Shrunk == nil {
		return nil, d.unexpected("the failure was not made smaller", "")
	}
	if err := file.WriteFile(failure); err != nil {
		return nil, environment(err)
	}
	abs, err := filepath.Abs(failure)
	if err != nil {
		return nil, environment(err)
	}
	trace, err := filepath.Abs(filepath.Join(d.folder, "run.trace"))
	if err != nil {
		return nil, environment(err)
	}
	if _, _, err := b.runOne(demoBroken, "-sim.replay="+abs, "-sim.trace="+trace); err != nil {
		return nil, environment(err)
	}
	run, err := readTrace(trace)
	if err != nil {
		return nil, environment(err)
	}
	var page strings.Builder
	if err := viewer.Write(&page, viewer.Named{Name: "the smallest that fails", Run: run}); err != nil {
		return nil, environment(err)
	}
	if err := wholefile.Write(filepath.Join(d.folder, "run.html"), []byte(page.String()), 0o644); err != nil {
		return nil, environment(err)
	}
	return file, nil
}

// makeFolder makes a new folder: what an earlier demo left may have been edited.
func (d *demo) makeFolder() error {
	name, n := d.folder, 1
	if name == "" {
		name = "terrella-demo"
	}
	for try := name; ; {
		err := os.Mkdir(try, 0o777)
		switch {
		case err == nil:
			d.folder = try
			return nil
		case errors.Is(err, os.ErrExist) && d.folder == "":
			n++
			try = fmt.Sprintf("%s-%d", name, n)
		case errors.Is(err, os.ErrExist):
			return usage("--out: there is a %s already: name a folder that is to be made", try)
		default:
			return environment(fmt.Errorf("no place for what is left: %w; name another folder by --out", err))
		}
	}
}

// demoTree finds the checkout with the example.
func demoTree() (*sourceTree, error) {
	var dirs []string
	if dir, err := os.Getwd(); err == nil {
		if root := moduleRoot(dir); root != "" {
			dirs = append(dirs, filepath.Dir(root), root)
		}
		if repository := above(dir, ".git"); repository != "" {
			dirs = append(dirs, repository)
		}
	}
	if out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", modulePath).Output(); err == nil {
		dirs = append(dirs, strings.TrimSpace(string(out)))
	}
	for _, dir := range dirs {
		if declaredPath(filepath.Join(dir, "go.mod")) != modulePath {
			continue
		}
		if tree, err := openTree(dir); err == nil {
			if _, _, ok := tree.find(demoPackage); ok {
				return tree, nil
			}
		}
	}
	return nil, environment(fmt.Errorf("demo runs an example of Terrella, and there is no checkout of it here: run it in the folder of a clone, by\n  go run ./cmd/terrella demo\nor in a module whose go.mod replaces %s by a clone", modulePath))
}

// selfCommand returns how this command is called again.
func selfCommand() string {
	self, err := os.Executable()
	if err != nil || !strings.Contains(filepath.ToSlash(self), "/go-build") {
		return "terrella"
	}
	// It was built by go run, and is gone when it ends.
	if dir, err := os.Getwd(); err == nil && declaredPath(filepath.Join(dir, "go.mod")) == modulePath {
		return "go run ./cmd/terrella"
	}
	return "go run " + modulePath + "/cmd/terrella"
}

// wrapWords breaks a paragraph into lines.
func wrapWords(text string, width int) string {
	var b strings.Builder
	column := 0
	for _, word := range strings.Fields(text) {
		switch {
		case column == 0:
		case column+1+len(word) > width:
			b.WriteByte('\n')
			column = 0
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += len(word)
	}
	return b.String()
}

// indentBy puts something before each line.
func indentBy(prefix, text string) string {
	return prefix + strings.ReplaceAll(text, "\n", "\n"+prefix)
}
