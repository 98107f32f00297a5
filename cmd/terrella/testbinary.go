package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/terrella-go/terrella/internal/shell"
)

// A testBinary is the tests of one package, built on the patched runtime.
type testBinary struct {
	pkg  string // import path
	file string
	dir  string // of the package, where its tests run
}

// buildTest builds the tests of a package of the tree into a file, with more flags for the go command than its usual ones.
func (ts toolchains) buildTest(tree *sourceTree, pkg, file string, more ...string) (*testBinary, error) {
	if pkg == "" {
		return nil, usage("the failure file does not tell its package")
	}
	dir, module, ok := tree.find(pkg)
	if !ok {
		return nil, usage("there is no package %s in %s", pkg, tree.root)
	}
	tc, err := ts.in(module.dir)
	if err != nil {
		return nil, err
	}
	rel, err := filepath.Rel(module.dir, dir)
	if err != nil {
		return nil, environment(err)
	}
	b := &testBinary{pkg, file, dir}
	return b, b.build(tc, "./"+filepath.ToSlash(rel), more...)
}

// build builds the tests of the package that the go command knows by a pattern.
func (b *testBinary) build(tc *toolchain, pattern string, more ...string) error {
	tags, _ := tc.flags.value("tags")
	if given, ok := goFlags(more).value("tags"); ok {
		tags = given
	}
	args := append([]string{"test", "-c", "-o", b.file}, tc.buildFlags(tags)...)
	args = append(args, new(testArgs).symbolFlags(tc)...)
	args = append(args, goFlags(more).without("tags")...)
	if out, err := tc.command(append(args, pattern)...).CombinedOutput(); err != nil {
		return environment(fmt.Errorf("cannot build the tests of %s: %w\n%s", b.pkg, err, bytes.TrimSpace(out)))
	}
	if _, err := os.Stat(b.file); err != nil {
		return environment(fmt.Errorf("%s has no tests", b.pkg))
	}
	return nil
}

// command returns a command that runs the tests, with nothing in its environment that is meant for another run.
func (b *testBinary) command(args ...string) *exec.Cmd {
	cmd := exec.Command(b.file, args...)
	cmd.Dir = b.dir
	cmd.Env = slices.DeleteFunc(cmd.Environ(), func(v string) bool { return strings.HasPrefix(v, "TERRELLA_") })
	return cmd
}

// A verdict is what came of replaying a failure.
type verdict int

const (
	unclear   verdict = iota // it could not be replayed
	passes                   // it no longer fails
	same                     // it fails in the same run
	still                    // it fails in the same way in another run: the program has changed
	otherwise                // it fails in another way
	differs                  // two runs of it differ
)

func (v verdict) String() string {
	return [...]string{"could not be replayed", "no longer fails", "fails, the run is the same", "still fails, the program has changed", "fails in another way", "is not deterministic"}[v]
}

// fails reports whether the failure is still there.
func (v verdict) fails() bool { return v == same || v == still || v == differs }

// replay replays a failure file of a test. The error, of an unclear verdict, tells why it is that.
func (b *testBinary) replay(file, test string, more ...string) (verdict, error) {
	file, err := filepath.Abs(file)
	if err != nil {
		return unclear, err
	}
	_, v, err := b.runOne(test, append([]string{"-sim.replay=" + file}, more...)...)
	return v, err
}

// runOne runs one world of a test, and returns what the test printed as well.
func (b *testBinary) runOne(test string, more ...string) ([]byte, verdict, error) {
	args := append([]string{"-test.v", "-test.run=" + shell.RunPattern(test), "-sim.dir=none"}, more...)
	out, err := b.command(args...).CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return out, unclear, fmt.Errorf("cannot run the tests of %s: %w", b.pkg, err)
	}
	v, err := b.judge(test, out, err)
	return out, v, err
}

// judge returns the verdict in what a test printed.
func (b *testBinary) judge(test string, out []byte, err error) (verdict, error) {
	says := func(text string) bool { return bytes.Contains(out, []byte(text)) }
	switch {
	case err == nil && (says(" no longer fails: ") || says("sim: "+test+": 1 seed, ")):
		return passes, nil
	case err == nil:
		return unclear, fmt.Errorf("%s has no test %s that runs worlds", b.pkg, test)
	case says("the run is the same as when it was found"):
		return same, nil
	case says("fails in another way: it was "):
		return otherwise, nil
	case says(" failed again, as kept in "), says(" failed at seed "):
		return still, nil
	case says(" is not deterministic: two runs of seed "):
		return differs, nil
	}
	return unclear, fmt.Errorf("the tests of %s ended before the failure was replayed: %w\n%s", b.pkg, err, lastLines(out, 20))
}

// lastLines returns the end of a text.
func lastLines(text []byte, n int) []byte {
	text = bytes.TrimSpace(text)
	lines := bytes.Split(text, []byte("\n"))
	return bytes.Join(lines[max(0, len(lines)-n):], []byte("\n"))
}
