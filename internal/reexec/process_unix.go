//go:build unix

package reexec

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

// replaceProcess makes this process run another binary. It returns only in failure.
func replaceProcess(binary string, args, env []string) error {
	return syscall.Exec(binary, append([]string{binary}, args[1:]...), env)
}

// parentArgs returns the command line of the parent process, nil if it can't be had.
func parentArgs() []string {
	pid := strconv.Itoa(os.Getppid())
	if data, err := os.ReadFile("/proc/" + pid + "/cmdline"); err == nil {
		return strings.Split(strings.TrimSuffix(string(data), "\x00"), "\x00")
	}
	// ps does not tell where arguments with spaces end; those are not among the ones looked for.
	out, err := exec.Command("ps", "-ww", "-o", "args=", "-p", pid).Output()
	if err != nil {
		return nil
	}
	return strings.Fields(string(out))
}
