//go:build ignore && !go1.26

package runtime

// Go 1.25 saves all registers on the goroutine's stack.
func simDropRegs(gp *g) { gp.asyncSafePoint = false }
