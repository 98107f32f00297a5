//go:build !unix

package campaign

import (
	"os"
	"os/exec"
)

func detach(*exec.Cmd) {}

func killGroup(p *os.Process) { _ = p.Kill() }
