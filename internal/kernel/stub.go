//go:build !terrella

package kernel

// Patched reports whether this program was built with the patched runtime.
const Patched = false

func holdTurn()    {}
func releaseTurn() {}
