//go:build ignore

package unique

import _ "unsafe" // for linkname

// Whether a value has to be entered depends on who else has it, in other worlds, and on the collector, which takes out what nobody has: no
// scheduling point may lie in it.

//go:linkname runtime_simHold
func runtime_simHold()

//go:linkname runtime_simRelease
func runtime_simRelease()
