//go:build ignore

package godebug

import _ "unsafe" // for linkname

// A setting is looked up once in the life of a process by what is then done once
// and for all, the choice of math/rand's generator for one: no scheduling point may lie in it.

//go:linkname runtime_simHold
func runtime_simHold()

//go:linkname runtime_simRelease
func runtime_simRelease()
