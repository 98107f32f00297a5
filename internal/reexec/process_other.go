//go:build !unix

package reexec

import (
	"errors"
	"os"
	"os/exec"
)

// replaceProcess runs another binary and ends with its exit code: there is no way to
// replace a process here. It returns only in failure.
func replaceProcess(binary string, args, env []string) error {
	cmd := exec.Command(binary, args[1:]...)
	cmd.Env = env
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err == nil || errors.As(err, &exit) {
		os.Exit(cmd.ProcessState.ExitCode())
	}
	return err
}

func parentArgs() []string { return nil }
