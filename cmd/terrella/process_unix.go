//go:build unix

package main

import (
	"os"
	"os/exec"
	"syscall"
)

// forwarded are the signals that are handed on to what the command runs.
var forwarded = []os.Signal{syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM}

// detach makes cmd run in a process group of its own.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// forward sends a signal to the process group of p.
func forward(p *os.Process, s os.Signal) {
	_ = syscall.Kill(-p.Pid, s.(syscall.Signal)) // fails only if the group has ended
}

func signalNumber(s os.Signal) int { return int(s.(syscall.Signal)) }

// endings are the signals that end a campaign in order.
var endings = []os.Signal{syscall.SIGINT, syscall.SIGTERM}
