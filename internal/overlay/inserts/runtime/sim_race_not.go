//go:build ignore && !race

package runtime

import "unsafe"

func simRaceRelease(*g, unsafe.Pointer) { throw("race") }
func simRaceAcquire(*g, unsafe.Pointer) { throw("race") }
