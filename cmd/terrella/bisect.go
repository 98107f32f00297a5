package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/terrella-go/terrella/internal/plan"
)

func newBisect() *cobra.Command {
	return &cobra.Command{
		Use:   "bisect FILE GOOD BAD",
		Short: "Find the commit that brought a failure in",
		Long: `Bisect replays a failure file on commits between GOOD, where it passes, and BAD, where it
fails, and names the first that fails. Commits are written as git has them: v1.2.0, HEAD~20, a hash.

All happens in a clone in a temporary folder, which borrows the repository's objects: the repository
and its checkout are not touched. Modules that go.mod replaces by folders outside of the repository
are used as they are now.

A commit is bad if the failure is there by the same property, found by the same function, and good if
it passes. It is skipped if the tests can't be built, or fail in another way, or are not deterministic: the
reason is printed.

Exit codes: 0, the commit was found; 1, commits had to be skipped and it is one of several; 2, wrong
arguments, such as a GOOD where it fails; 3, no git, no repository, or a clone that can't be made.`,
		Example: `  terrella bisect testdata/sim/TestRegister/linearizable-cbe83729.json v1.4.0 HEAD
  terrella bisect failure.json HEAD~50 HEAD`,
		Args: cobra.ExactArgs(3),
		RunE: func(cmd *cobra.Command, args []string) error {
			b, err := newBisection(cmd.OutOrStdout(), args[0])
			if err != nil {
				return err
			}
			defer b.close()
			return b.find(args[1], args[2])
		},
	}
}

// A bisection looks for the first bad commit in a clone of its own.
type bisection struct {
	out   io.Writer
	file  *plan.File
	name  string // of a copy of the failure file
	temp  string
	clone gitRepo
	real  string // root of the user's repository
}

func newBisection(out io.Writer, name string) (*bisection, error) {
	file, err := plan.ReadFile(name)
	if err != nil {
		return nil, usage("%w", err)
	}
	if file.Package == "" {
		return nil, usage("%s does not tell its package: add \"package\"", name)
	}
	user := gitRepo{"."}
	if err := user.check(); err != nil {
		return nil, environment(err)
	}
	root, err := user.output("rev-parse", "--show-toplevel")
	if err != nil {
		return nil, environment(err)
	}
	temp, err := os.MkdirTemp("", "terrella-bisect-")
	if err != nil {
		return nil, environment(fmt.Errorf("no place for a clone: %w; set TMPDIR to a folder that is writable", err))
	}
	b := &bisection{out: out, file: file, temp: temp, real: root, clone: gitRepo{filepath.Join(temp, "clone")}, name: filepath.Join(temp, "failure.json")}
	b.removeWhenInterrupted()
	if err := b.prepare(name); err != nil {
		b.close()
		return nil, environment(err)
	}
	return b, nil
}

// prepare makes the clone and the copy of the failure file.
func (b *bisection) prepare(name string) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	if err := os.WriteFile(b.name, data, 0o666); err != nil {
		return err
	}
	_, err = gitRepo{b.temp}.output("clone", "--quiet", "--shared", "--no-checkout", b.real, b.clone.dir)
	return err
}

// close removes the clone.
func (b *bisection) close() { os.RemoveAll(b.temp) }

// removeWhenInterrupted removes the clone when a signal ends the command.
func (b *bisection) removeWhenInterrupted() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, forwarded...)
	go func() {
		s := <-signals
		b.close()
		os.Exit(exitSignal + signalNumber(s))
	}()
}

// A trial is what came of a commit.
type trial struct {
	verdict verdict
	why     string // of what is neither good nor bad
}

func (t trial) String() string {
	if t.why != "" {
		return "skipped: " + t.why
	}
	return t.verdict.String()
}

// good, bad and skip are what git bisect calls it.
func (t trial) word() string {
	switch t.verdict {
	case same, still:
		return "bad"
	case passes:
		return "good"
	}
	return "skip"
}

// find looks for the first bad commit.
func (b *bisection) find(goodName, badName string) error {
	good, err := b.commit(goodName)
	if err != nil {
		return err
	}
	bad, err := b.commit(badName)
	if err != nil {
		return err
	}
	if good == bad {
		return usage("%s and %s are the same commit", goodName, badName)
	}
	if !b.clone.ok("merge-base", "--is-ancestor", good, bad) {
		hint := ""
		if b.clone.ok("merge-base", "--is-ancestor", bad, good) {
			hint = "; it comes after it: GOOD is the older one"
		}
		return usage("%s is no ancestor of %s%s", goodName, badName, hint)
	}
	for _, end := range []struct{ name, commit, want string }{{badName, bad, "bad"}, {goodName, good, "good"}} {
		t, err := b.try(end.commit)
		if err != nil {
			return err
		}
		switch got := t.word(); {
		case got == "skip":
			return usage("%s can't be judged: %v", end.name, t.why)
		case got != end.want:
			return usage("%s is said to be %s, but there the failure %v", end.name, end.want, t.verdict)
		}
	}
	return b.search(good, bad)
}

// commit returns the commit of a name.
func (b *bisection) commit(name string) (string, error) {
	// The user's repository knows names that a clone does not: of remotes, and of HEAD's past.
	commit, err := gitRepo{b.real}.output("rev-parse", "--verify", "--quiet", "--end-of-options", name+"^{commit}")
	if err != nil {
		return "", usage("%s is no commit of %s; where only a part of the history was fetched, as CI systems do, fetch the rest first", name, b.real)
	}
	return commit, nil
}

// search has git choose the commits.
func (b *bisection) search(good, bad string) error {
	said, err := b.clone.output("bisect", "start", "--no-checkout", bad, good)
	if err != nil {
		return environment(err)
	}
	for {
		if strings.Contains(said, " is the first bad commit") {
			first, err := b.clone.output("rev-parse", "refs/bisect/bad")
			if err != nil {
				return environment(err)
			}
			_, err = fmt.Fprintf(b.out, "\nthe first bad commit is\n%s\n", b.describe(first, "%H  %s%n    %an, %ad"))
			return err
		}
		next, err := b.clone.output("rev-parse", "BISECT_HEAD")
		if err != nil {
			return environment(err)
		}
		t, err := b.try(next)
		if err != nil {
			return err
		}
		said, err = b.clone.output("bisect", t.word())
		var failed *gitError
		if errors.As(err, &failed) && strings.Contains(failed.out, "There are only 'skip'ped commits left to test.") {
			return b.undecided(failed.out)
		}
		if err != nil {
			return environment(err)
		}
	}
}

// undecided tells which commits are left when all others are known and these can't be judged.
func (b *bisection) undecided(said string) error {
	_, list, _ := strings.Cut(said, "could be any of:\n")
	fmt.Fprintf(b.out, "\nthe first bad commit is one of\n")
	for line := range strings.Lines(list) {
		if id := strings.TrimSpace(line); b.clone.ok("rev-parse", "--verify", "--quiet", id+"^{commit}") {
			fmt.Fprintln(b.out, b.describe(id, "%H  %s"))
		}
	}
	return &exitError{exitFailed, errors.New("commits between the last good and the first bad one could not be judged")}
}

func (b *bisection) describe(commit, format string) string {
	text, err := b.clone.output("log", "-1", "--date=short", "--format="+format, commit)
	if err != nil {
		return commit
	}
	return text
}

// try judges a commit.
func (b *bisection) try(commit string) (trial, error) {
	if _, err := b.clone.output("checkout", "--quiet", "--force", "--detach", commit); err != nil {
		return trial{}, environment(err)
	}
	t := b.replay()
	_, err := fmt.Fprintf(b.out, "%s: %v\n", b.describe(commit, "%h %s"), t)
	return t, err
}

// replay replays the failure on what is checked out.
func (b *bisection) replay() trial {
	tree, err := openTree(b.clone.dir)
	if err != nil {
		return trial{why: err.Error()}
	}
	_, module, ok := tree.find(b.file.Package)
	if !ok {
		return trial{why: "there is no package " + b.file.Package}
	}
	if err := b.keepOutside(module.dir); err != nil {
		return trial{why: err.Error()}
	}
	// Another commit may want another toolchain, so nothing is kept of the last one.
	binary, err := make(toolchains).buildTest(tree, b.file.Package, filepath.Join(b.temp, "test.exe"), raceFlag(b.file.Versions.Race)...)
	if err != nil {
		return trial{why: firstLineOf(err)}
	}
	v, err := binary.replay(b.name, b.file.Test)
	switch {
	case err != nil:
		return trial{why: firstLineOf(err)}
	case v == passes, v == same, v == still:
		return trial{verdict: v}
	}
	return trial{verdict: v, why: v.String()}
}

// keepOutside makes replacements in the go.mod of a module of the clone that lead out of the repository lead to where they do in
// the user's own.
func (b *bisection) keepOutside(dir string) error {
	rel, err := filepath.Rel(b.clone.dir, dir)
	if err != nil {
		return err
	}
	cmd := exec.Command("go", "mod", "edit", "-json")
	cmd.Dir = dir
	out, err := output(cmd)
	if err != nil {
		return err
	}
	var mod struct {
		Replace []struct {
			Old, New struct{ Path, Version string }
		}
	}
	if err := json.Unmarshal(out, &mod); err != nil {
		return fmt.Errorf("go mod edit: %w", err)
	}
	args := []string{"mod", "edit"}
	for _, r := range mod.Replace {
		if !strings.HasPrefix(r.New.Path, "../") {
			continue
		}
		to := filepath.Join(b.real, rel, filepath.FromSlash(r.New.Path))
		if inside, err := filepath.Rel(b.real, to); err == nil && inside != ".." && !strings.HasPrefix(inside, ".."+string(filepath.Separator)) {
			continue
		}
		old := r.Old.Path
		if r.Old.Version != "" {
			old += "@" + r.Old.Version
		}
		args = append(args, "-replace="+old+"="+filepath.ToSlash(to))
	}
	if len(args) == 2 {
		return nil
	}
	cmd = exec.Command("go", args...)
	cmd.Dir = dir
	_, err = output(cmd)
	return err
}

// firstLineOf returns an error in one line: what it says, and the first that the go command says behind it.
func firstLineOf(err error) string {
	text, rest, _ := strings.Cut(err.Error(), "\n")
	for line := range strings.Lines(rest) {
		if !strings.HasPrefix(line, "#") { // the name of the package
			return text + ": " + strings.TrimSpace(line)
		}
	}
	return text
}
