package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// fakeGo is set in the environment of this binary where it stands in for a go command: to the
// answer of go env.
const fakeGo = "TERRELLA_TEST_FAKE_GO"

var (
	terrella string // the command, built once
	host     struct {
		root, release string
		sealed        bool // it lies in the module cache
	} // the Go installation that the tests run with
)

func TestMain(m *testing.M) {
	if answer := os.Getenv(fakeGo); answer != "" {
		fmt.Println(answer)
		return
	}
	dir, err := os.MkdirTemp("", "terrella-command-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := 1
	if err := build(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
	} else {
		code = m.Run()
	}
	os.RemoveAll(dir)
	os.Exit(code)
}

// build builds the command, and fixes where the go command has its cache: tests that move the
// user's cache folder still want what is built in it.
func build(dir string) error {
	terrella = filepath.Join(dir, "terrella.exe")
	if out, err := exec.Command("go", "build", "-o", terrella, ".").CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	out, err := exec.Command("go", "env", "-json", "GOCACHE", "GOMODCACHE", "GOROOT", "GOVERSION").Output()
	if err != nil {
		return fmt.Errorf("go env: %w", err)
	}
	var env struct{ GOCACHE, GOMODCACHE, GOROOT, GOVERSION string }
	if err := json.Unmarshal(out, &env); err != nil {
		return err
	}
	host.root, host.release = env.GOROOT, env.GOVERSION
	host.sealed = strings.HasPrefix(env.GOROOT, env.GOMODCACHE+string(filepath.Separator))
	os.Setenv("GOCACHE", env.GOCACHE)
	os.Setenv("GOMODCACHE", env.GOMODCACHE)
	os.Setenv("GOWORK", "off")
	return nil
}

// A call is one run of the command.
type call struct {
	dir  string
	env  []string
	args []string
}

// An answer is what the command did.
type answer struct {
	code           int
	stdout, stderr string
}

func (c call) cmd() *exec.Cmd {
	cmd := exec.Command(terrella, c.args...)
	cmd.Dir = c.dir
	cmd.Env = append(cmd.Environ(), c.env...)
	return cmd
}

func (c call) run(t *testing.T) answer {
	t.Helper()
	cmd := c.cmd()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return answer{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// want fails the test unless the command exited with code and printed each of the words. A
// word that begins with "!" must not be there.
func (a answer) want(t *testing.T, code int, words ...string) {
	t.Helper()
	if a.code != code {
		t.Errorf("exit code %d, want %d", a.code, code)
	}
	for _, w := range words {
		absent, not := strings.CutPrefix(w, "!")
		if strings.Contains(a.stdout+a.stderr, absent) == not {
			t.Errorf("printed %q: %t, want %t", absent, not, !not)
		}
	}
	if t.Failed() {
		t.Logf("standard output:\n%s\nstandard error:\n%s", a.stdout, a.stderr)
	}
}

// tree writes files, by their slash-separated names, into a new folder.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// goMod returns the go.mod file of a module without requirements.
func goMod(path string) string { return "module " + path + "\n\ngo 1.25.0\n" }
