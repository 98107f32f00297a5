//go:build !terrella

package kernel

import "unsafe"

// Patched reports whether this program was built with the patched runtime.
const Patched = false

func needPatch() {
	panic("terrella: this needs the patched runtime: run the test with `go test` or `terrella test`")
}

func simNew(*config) unsafe.Pointer                    { needPatch(); return nil }
func simRun(unsafe.Pointer, func(), *result)           {}
func simEnd(unsafe.Pointer)                            {}
func simStacks(unsafe.Pointer, []byte) int             { return 0 }
func simWaitIdle()                                     { needPatch() }
func simStop()                                         { needPatch() }
func simUnmarked(uint64) uint64                        { return 0 }
func simMarked(uint64)                                 {}
func simNewGroup() uint32                              { needPatch(); return 0 }
func simGo(uint32, uint64, func())                     { needPatch() }
func simKill(uint32)                                   { needPatch() }
func simFreeze(uint32)                                 { needPatch() }
func simThaw(uint32)                                   { needPatch() }
func simLocks(unsafe.Pointer) []lockInfo               { return nil }
func simProgress(unsafe.Pointer) uint64                { return 0 }
func simInterrupt(unsafe.Pointer, Outcome)             {}
func simTurnOf(unsafe.Pointer, []byte) int             { return 0 }
func simValue() any                                    { return nil }
func simCurrent() unsafe.Pointer                       { needPatch(); return nil }
func simGroupSize(uint32) int                          { return 0 }
func simStatus() (uint64, int64, uint64, uint32, bool) { return 0, 0, 0, 0, false }
func simSetClock(uint32, *Clock)                       { needPatch() }
func simSpan(d int64) int64                            { return d }
func simWorldTime(bool)                                {}
