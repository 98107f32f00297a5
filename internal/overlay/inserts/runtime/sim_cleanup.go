//go:build ignore

package runtime

import "unsafe"

// As far as a program can see, no garbage is collected while its world lasts: its finalizers and cleanups do not run,
// and its weak pointers keep their values. When they would is up to the collector. Those of the standard
// library, which nobody sees, are as ever.

// simNoCleanup reports whether a finalizer or a cleanup is not to be set.
//
//go:noinline
func simNoCleanup() bool {
	w := simWorldOf(getg())
	if w == nil {
		return false
	}
	fp := getfp()
	return fp != 0 && simCallerIsOwn(w, fp)
}

// simPin keeps what a weak pointer is made for until the end of the world.
func simPin(p unsafe.Pointer) {
	if w := simWorldOf(getg()); w != nil {
		w.pinned = append(w.pinned, p)
	}
}
