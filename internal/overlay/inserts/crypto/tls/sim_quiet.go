//go:build ignore

package tls

import _ "unsafe" // for linkname

// Parsed certificates are kept for as long as anybody has them, in whichever world, and the collector has not noticed that nobody does.

//go:linkname runtime_simUnmarked runtime.simUnmarked
func runtime_simUnmarked(rand uint64) (outer uint64)

//go:linkname runtime_simMarked runtime.simMarked
func runtime_simMarked(outer uint64)
