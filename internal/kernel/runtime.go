//go:build terrella

package kernel

import "unsafe"

// Patched reports whether this program was built with the patched runtime.
const Patched = true

// The functions are in the patched package runtime; see internal/overlay/inserts/runtime.

//go:linkname simNew runtime.simNew
func simNew(c *config) unsafe.Pointer

//go:linkname simRun runtime.simRun
func simRun(world unsafe.Pointer, f func(), res *result)

//go:linkname simEnd runtime.simEnd
func simEnd(world unsafe.Pointer)

//go:linkname simStacks runtime.simStacks
func simStacks(world unsafe.Pointer, buf []byte) int

//go:linkname simLocks runtime.simLocks
func simLocks(world unsafe.Pointer) []lockInfo

//go:linkname simProgress runtime.simProgress
func simProgress(world unsafe.Pointer) uint64

//go:linkname simInterrupt runtime.simInterrupt
func simInterrupt(world unsafe.Pointer, why Outcome)

//go:linkname simTurnOf runtime.simTurnOf
func simTurnOf(world unsafe.Pointer, buf []byte) int

//go:linkname simValue runtime.simValue
func simValue() any

//go:linkname simCurrent runtime.simCurrent
func simCurrent() unsafe.Pointer

//go:linkname simGroupSize runtime.simGroupSize
func simGroupSize(group uint32) int

//go:linkname simWaitIdle runtime.simWaitIdle
func simWaitIdle()

//go:linkname simStatus runtime.simStatus
func simStatus() (step uint64, now int64, num uint64, group uint32, ok bool)

//go:linkname simStop runtime.simStop
func simStop()

//go:linkname simUnmarked runtime.simUnmarked
func simUnmarked(rand uint64) (outer uint64)

//go:linkname simMarked runtime.simMarked
func simMarked(outer uint64)

//go:linkname simNewGroup runtime.simNewGroup
func simNewGroup() uint32

//go:linkname simGo runtime.simGo
func simGo(group uint32, key uint64, f func())

//go:linkname simKill runtime.simKill
func simKill(group uint32)

//go:linkname simFreeze runtime.simFreeze
func simFreeze(group uint32)

//go:linkname simThaw runtime.simThaw
func simThaw(group uint32)

//go:linkname simSetClock runtime.simSetClock
func simSetClock(group uint32, c *Clock)

//go:linkname simSpan runtime.simSpan
func simSpan(d int64) int64

//go:linkname simWorldTime runtime.simWorldTime
func simWorldTime(on bool)
