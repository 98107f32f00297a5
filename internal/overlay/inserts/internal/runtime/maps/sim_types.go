//go:build ignore && go1.26

package maps

import "internal/abi"

type simMapType = abi.MapType

// simDirect reports whether an interface holds a value of type t itself, and not a pointer to it.
func simDirect(t *abi.Type) bool { return t.IsDirectIface() }
