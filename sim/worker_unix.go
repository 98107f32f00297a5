//go:build unix

package sim

import "syscall"

// closeOnExec keeps a file from processes that the tests start.
func closeOnExec(fd uintptr) { syscall.CloseOnExec(int(fd)) }
