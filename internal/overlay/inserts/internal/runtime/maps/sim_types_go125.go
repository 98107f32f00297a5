//go:build ignore && !go1.26

package maps

import "internal/abi"

type simMapType = abi.SwissMapType

func simDirect(t *abi.Type) bool { return !t.IfaceIndir() }
