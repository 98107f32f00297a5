//go:build ignore

package sysrand

import _ "unsafe" // for linkname

// runtime_simFill fills b from the seed of the current goroutine's world. It reports false outside worlds.
//
//go:linkname runtime_simFill
func runtime_simFill(b []byte) bool
