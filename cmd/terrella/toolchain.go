package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"

	"github.com/terrella-go/terrella/internal/overlay"
)

// A toolchain is the go command that is used in a folder, and the patched runtime made for it.
type toolchain struct {
	*overlay.Overlay
	dir   string
	flags goFlags // from the environment or go env -w
	work  string  // go.work file in use
}

// toolchains holds what was prepared, by folder.
type toolchains map[string]*toolchain

// in returns the toolchain of a folder, and prepares it if that was not done before.
func (ts toolchains) in(dir string) (*toolchain, error) {
	if ts[dir] == nil {
		t, err := prepare(dir)
		if err != nil {
			return nil, err
		}
		ts[dir] = t
	}
	return ts[dir], nil
}

// plan distributes packages over the modules that they are in, as planRuns does.
func (ts toolchains) plan(home string, packages []string) ([]testRun, error) {
	return planRuns(home, packages, func() ([]string, error) {
		t, err := ts.in(home)
		if err != nil {
			return nil, err
		}
		return t.members()
	})
}

// prepare finds the go command that is used in dir and makes its patched runtime, if need be.
func prepare(dir string) (*toolchain, error) {
	if info, err := os.Stat(dir); err != nil {
		return nil, usage("%w", err)
	} else if !info.IsDir() {
		return nil, usage("%s is not a folder", dir)
	}
	tc, err := overlay.Find(dir)
	if err != nil {
		return nil, environment(err)
	}
	o, err := overlay.Make(tc)
	if err != nil {
		return nil, environment(err)
	}
	t := &toolchain{Overlay: o, dir: dir}
	if err := t.readEnv(); err != nil {
		return nil, err
	}
	file, _ := t.flags.value("overlay")
	if err := checkOverlay(o, "GOFLAGS", file); err != nil {
		return nil, err
	}
	return t, nil
}

func (t *toolchain) readEnv() error {
	out, err := output(t.command("env", "-json", "GOFLAGS", "GOWORK"))
	if err != nil {
		return environment(err)
	}
	var env struct{ GOFLAGS, GOWORK string }
	if err := json.Unmarshal(out, &env); err != nil {
		return environment(fmt.Errorf("go env: %w", err))
	}
	if t.flags, err = parseGoFlags(env.GOFLAGS); err != nil {
		return environment(err)
	}
	if env.GOWORK != "off" {
		t.work = env.GOWORK
	}
	return nil
}

// command returns a go command to be run in the toolchain's folder.
func (t *toolchain) command(args ...string) *exec.Cmd {
	cmd := exec.Command(t.Command, args...)
	cmd.Dir = t.dir
	cmd.Env = append(cmd.Environ(), t.Env()...)
	return cmd
}

// buildFlags returns the flags with which the go command builds on the patched runtime, beside the variables that
// command sets. They take the place of the -overlay and -tags of GOFLAGS.
func (t *toolchain) buildFlags(tags string) []string {
	return append(t.Flags(), "-tags="+withTag(tags))
}

// output runs a command and returns what it printed to its standard output; what it printed to
// its standard error is in the error.
func output(cmd *exec.Cmd) ([]byte, error) {
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return out, fmt.Errorf("%w\n%s", err, bytes.TrimSpace(stderr.Bytes()))
	}
	return out, nil
}
