//go:build unix

package main

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A signal that is sent to the command alone ends the tests too.
func TestSignal(t *testing.T) {
	dir := tree(t, map[string]string{
		"go.mod": goMod("example.com/slow"),
		"slow_test.go": `package slow

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"testing"
)

func TestSlow(t *testing.T) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	fmt.Println("waiting")
	fmt.Println("the test got", <-signals)
	os.Exit(1)
}
`})
	for _, tt := range []struct {
		signal syscall.Signal
		code   int
	}{{syscall.SIGINT, 130}, {syscall.SIGTERM, 143}} {
		t.Run(tt.signal.String(), func(t *testing.T) {
			cmd := call{dir, nil, []string{"test"}}.cmd()
			cmd.Stderr = os.Stderr
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			got := false
			for s := bufio.NewScanner(out); s.Scan(); {
				if s.Text() == "waiting" {
					if err := cmd.Process.Signal(tt.signal); err != nil {
						t.Fatal(err)
					}
				}
				got = got || s.Text() == "the test got "+tt.signal.String()
			}
			_ = cmd.Wait() // its exit code is what counts
			if code := cmd.ProcessState.ExitCode(); code != tt.code {
				t.Errorf("exit code %d, want %d", code, tt.code)
			}
			if !got {
				t.Error("the signal did not reach the test")
			}
		})
	}
}

// A Go installation that can't be patched is refused, with what is wrong with it.
func TestUnknownGo(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	if err := os.Symlink(self, filepath.Join(bin, "go")); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, release, root string
		want                []string
	}{
		{"release", "go1.99.1", host.root, []string{"go1.99.1 is not supported"}},
		{"development", "devel go1.99-abcdef", host.root, []string{"is not supported"}},
		{"sources gone", host.release, t.TempDir(), []string{"cannot patch the runtime of " + host.release, "no such file"}},
		{"sources changed", host.release, changedRoot(t), []string{"cannot patch the runtime of " + host.release, "occurs 0 times"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			answer, err := json.Marshal(map[string]string{"GOVERSION": tt.release, "GOROOT": tt.root})
			if err != nil {
				t.Fatal(err)
			}
			env := []string{"PATH=" + bin, fakeGo + "=" + string(answer)}
			for _, verb := range []string{"test", "env"} {
				call{env: env, args: []string{verb}}.run(t).want(t, 3, append(tt.want, "!export")...)
			}
			call{env: env, args: []string{"doctor"}}.run(t).want(t, 3, append(tt.want, "ok    go command", "FAIL  patched runtime")...)
		})
	}
}

// changedRoot returns a GOROOT in which one function that is patched has gone.
func changedRoot(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	from, to := filepath.Join(host.root, "src"), filepath.Join(root, "src")
	entries, err := os.ReadDir(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(to, "runtime"), os.DirFS(filepath.Join(from, "runtime"))); err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() == "runtime" {
			continue
		}
		if err := os.Symlink(filepath.Join(from, e.Name()), filepath.Join(to, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(root, "src/runtime/coro.go")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(data), "func coroswitch_m(", "func coroswitched(", 1)
	if changed == string(data) {
		t.Fatal("no coroswitch_m to rename")
	}
	if err := os.WriteFile(file, []byte(changed), 0o666); err != nil {
		t.Fatal(err)
	}
	return root
}

// The first interrupt of a campaign waits for what goes on, here a build that never ends. The second ends the command at once.
func TestSecondInterrupt(t *testing.T) {
	dir := t.TempDir()
	hang, hanging := filepath.Join(dir, "hang"), filepath.Join(dir, "hanging")
	if err := os.WriteFile(hang, []byte("#!/bin/sh\n: >\"$HANGING\"\nexec sleep 3600\n"), 0o777); err != nil {
		t.Fatal(err)
	}
	cmd := call{"", []string{"GOFLAGS=-toolexec=" + hang, "HANGING=" + hanging}, []string{"fuzz", "--for", "1h", "--out", dir, "./testdata/worlds"}}.cmd()
	detach(cmd) // what hangs is in its group, to be ended with it
	said, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	defer forward(cmd.Process, syscall.SIGKILL)
	lines := make(chan string)
	go func() {
		defer close(lines)
		for s := bufio.NewScanner(said); s.Scan(); {
			lines <- s.Text()
		}
	}()
	for waiting := true; waiting; {
		select {
		case line, ok := <-lines:
			if !ok {
				t.Fatal("it has ended before it was interrupted")
			}
			t.Log(line)
		case <-time.After(10 * time.Millisecond):
			_, err := os.Stat(hanging)
			waiting = err != nil
		}
	}
	interrupt := func() {
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Error(err)
		}
	}
	interrupt()
	for line := range lines {
		if t.Log(line); strings.Contains(line, "interrupt again to end at once") {
			interrupt()
			break
		}
	}
	state, err := cmd.Process.Wait()
	if err != nil || state.ExitCode() != 130 {
		t.Errorf("%v, %v; want exit code 130", state, err)
	}
}
