//go:build ignore

package reflect

import _ "unsafe" // for linkname

// Types that are made while the program runs are kept for the life of the process, behind locks that are taken by who makes them.

//go:linkname runtime_simUnmarked runtime.simUnmarked
func runtime_simUnmarked(rand uint64) (outer uint64)

//go:linkname runtime_simMarked runtime.simMarked
func runtime_simMarked(outer uint64)
