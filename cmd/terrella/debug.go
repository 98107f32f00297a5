package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// openDebugger runs the case under Delve, which stops at the step: with the world standing still, and then alive.
func (r *replay) openDebugger(c *oneCase, dir string) error {
	step := r.step
	switch {
	case r.stepped:
	case c.file != nil && c.file.Found.Step > 0:
		step = c.file.Found.Step
	default:
		return usage("--debug needs a --step: %s does not tell at which step it fails", c.name)
	}
	dlv, err := exec.LookPath("dlv")
	if err != nil {
		return environment(errors.New("--debug needs Delve, and there is no dlv on the path: install it with\n  go install github.com/go-delve/delve/cmd/dlv@latest\nand put the folder bin of $(go env GOPATH) on the path"))
	}
	_, module, ok := c.tree.find(c.pkg)
	if !ok {
		return usage("there is no package %s in %s", c.pkg, c.tree.root)
	}
	// What the user steps through is not optimised: the module's own code, and the two functions for breakpoints. All else is as it was.
	more := append(r.build.args(), "-gcflags="+module.path+"/...=-N -l", "-gcflags="+modulePath+"/sim=-N -l")
	b, err := c.buildTest(dir, r.err, more...)
	if err != nil {
		return err
	}
	script := filepath.Join(dir, "stops")
	if err := os.WriteFile(script, []byte(stops), 0o666); err != nil {
		return environment(err)
	}
	args := []string{"exec", b.file, "--init", script, "--wd", b.dir}
	if info, err := os.Stdin.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		args = append(args, "--allow-non-terminal-interactive=true")
	}
	cmd := b.command()
	cmd.Path, cmd.Args = dlv, append([]string{dlv}, args...)
	cmd.Args = append(append(cmd.Args, "--"), append(c.arguments(), fmt.Sprint("-sim.debug=", step))...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, r.out, r.err
	fmt.Fprintf(r.out, debugHelp, c.test, step)
	if err := cmd.Run(); err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			return environment(fmt.Errorf("dlv: %w; if it does not know this release of Go, install a newer one", err))
		}
		return environment(err)
	}
	return nil
}

// stops are the commands with which Delve begins.
var stops = strings.Join([]string{
	"break frozen " + modulePath + "/sim.frozen",
	"break alive " + modulePath + "/sim.alive",
	"continue",
	"",
}, "\n")

const debugHelp = `%s stops in Delve twice:
  before step %d, the whole world standing still: "goroutines -l" lists who does what, "goroutine N stack" one of them;
  after "continue", in another run of it, in the goroutine of the first event from that step on: "stack", "up", "next".
`
