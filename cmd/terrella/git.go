package main

import (
	"bytes"
	"fmt"
	"os/exec"
	"slices"
	"strings"
)

// A gitRepo is a folder in which git commands are run.
type gitRepo struct{ dir string }

// A gitError is a git command that failed.
type gitError struct {
	args []string
	out  string // all that it printed
	err  error
}

func (e *gitError) Error() string {
	return fmt.Sprintf("git %s: %v\n%s", e.args[0], e.err, strings.TrimSpace(e.out))
}

func (e *gitError) Unwrap() error { return e.err }

// check tells what is missing for git commands in the folder.
func (g gitRepo) check() error {
	if _, err := exec.LookPath("git"); err != nil {
		return fmt.Errorf("this needs git, and there is no git command on the path: %w", err)
	}
	if _, err := g.output("rev-parse", "--git-dir"); err != nil {
		return fmt.Errorf("this needs the history of a git repository: %w", err)
	}
	return nil
}

// output runs a git command and returns what it printed, without space around it.
func (g gitRepo) output(args ...string) (string, error) {
	// What is said is read, so it has to be in one language; and hooks of the user's have no business in a clone.
	cmd := exec.Command("git", append([]string{"-c", "core.hooksPath=/dev/null", "-c", "advice.detachedHead=false"}, args...)...)
	cmd.Dir = g.dir
	cmd.Env = append(slices.DeleteFunc(cmd.Environ(), func(v string) bool {
		// A command that runs in a hook of git's is told of another repository.
		return strings.HasPrefix(v, "GIT_DIR=") || strings.HasPrefix(v, "GIT_WORK_TREE=") || strings.HasPrefix(v, "GIT_INDEX_FILE=")
	}), "LC_ALL=C", "GIT_TERMINAL_PROMPT=0")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return "", &gitError{args, stdout.String() + stderr.String(), err}
	}
	return strings.TrimSpace(stdout.String()), nil
}

// ok reports whether a git command exits with 0.
func (g gitRepo) ok(args ...string) bool {
	_, err := g.output(args...)
	return err == nil
}
