//go:build ignore && race

package atomic

import _ "unsafe" // for linkname

// simPoint is a scheduling point in a world, if the program's own code calls the method. Without the race detector the
// compiler puts the processor's instructions in place of these methods, and a call would cost more than they do.
//
//go:linkname simPoint
func simPoint()
