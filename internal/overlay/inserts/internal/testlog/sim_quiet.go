//go:build ignore

package testlog

import _ "unsafe" // for linkname

// What a program reads of its surroundings is noted, behind a lock, where the go command may keep a test's result, and nowhere else: no
// scheduling point may lie in it.

//go:linkname runtime_simHold
func runtime_simHold()

//go:linkname runtime_simRelease
func runtime_simRelease()
