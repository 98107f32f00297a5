//go:build ignore

package maps

import _ "unsafe" // for linkname

// simSeed is the seed of all maps. A map that outlives a world, as caches do, then has the same
// layout whichever world has made it. The order of iteration still varies: where
// an iteration begins is drawn each time, inside a world from its seed.
const simSeed = 0x243f6a88

// simHashKey returns the i-th of the keys that all hashes begin with.
//
//go:linkname simHashKey
func simHashKey(i int) uintptr
