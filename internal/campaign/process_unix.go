//go:build unix

package campaign

import (
	"os"
	"os/exec"
	"syscall"
)

// detach makes cmd run in a process group of its own, which signals from a terminal don't reach.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// killGroup ends a process and all of its group.
func killGroup(p *os.Process) {
	_ = syscall.Kill(-p.Pid, syscall.SIGKILL) // fails only if all have ended
}
