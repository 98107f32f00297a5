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

// soonest is no limit: the patched runtime has the fault mended that the stock one has in Go 1.25.
const soonest = 0
