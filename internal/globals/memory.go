//go:build terrella

package globals

import _ "unsafe" // for go:linkname

// The functions are in the patched packages runtime and sync; see internal/overlay/inserts.

//go:linkname simSegments runtime.simSegments
func simSegments() [10]uintptr

//go:linkname simObject runtime.simObject
func simObject(p uintptr) (base, size uintptr, pointers bool)

//go:linkname simMachinery runtime.simMachinery
func simMachinery(to []uintptr) []uintptr

//go:linkname simPoolsInUse sync.simPoolsInUse
func simPoolsInUse(to []uintptr) (pools []uintptr, size uintptr)
