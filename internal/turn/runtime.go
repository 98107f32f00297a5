//go:build terrella

package turn

import _ "unsafe" // for linkname

// The functions are in the patched package runtime; see internal/overlay/inserts/runtime.

//go:linkname hold runtime.simHold
func hold()

//go:linkname release runtime.simRelease
func release()

//go:linkname apart runtime.simApart
func apart() (group uint32)

//go:linkname together runtime.simTogether
func together(group uint32)
