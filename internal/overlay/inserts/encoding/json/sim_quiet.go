//go:build ignore

package json

import _ "unsafe" // for linkname

// What is worked out of a type is kept for the life of the process.

//go:linkname runtime_simUnmarked runtime.simUnmarked
func runtime_simUnmarked(rand uint64) (outer uint64)

//go:linkname runtime_simMarked runtime.simMarked
func runtime_simMarked(outer uint64)
