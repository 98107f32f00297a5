//go:build ignore && race

package runtime

import (
	"internal/goarch"
	"internal/stringslite"
	"unsafe"
)

// atomic_simPoint is a scheduling point if the caller of sync/atomic's method is the program's own. The standard
// library's atomic operations are none: how many there are depends on caches that outlive worlds.
//
//go:linkname atomic_simPoint sync/atomic.simPoint
func atomic_simPoint() {
	gp := getg()
	w := simWorldOf(gp)
	if w == nil || gp.sim.hold > 0 {
		return
	}
	fp := getfp()
	if fp == 0 {
		return
	}
	// The frame above is that of the method, which is too large to be inlined.
	up := *(*uintptr)(unsafe.Pointer(fp))
	if simProgramsOwn(w, *(*uintptr)(unsafe.Pointer(up + goarch.PtrSize))) {
		simPoint()
	}
}

// A simCallers remembers for return addresses whether they are in the program's own code.
type simCallers [256]struct {
	pc  uintptr
	own bool
}

func simProgramsOwn(w *simWorld, pc uintptr) bool {
	c := &w.callers[pc%uintptr(len(w.callers))]
	if c.pc != pc {
		c.pc = pc
		f := findfunc(pc)
		c.own = f.valid() && !simStandard(funcname(f))
	}
	return c.own
}

// simStandard reports whether a function is in the standard library, whose packages are told by the first
// element of their paths.
func simStandard(name string) bool {
	root := name
	for i := 0; i < len(name); i++ {
		if name[i] == '/' || name[i] == '.' {
			root = name[:i]
			break
		}
	}
	if stringslite.HasPrefix(name[len(root):], ".") && stringslite.Index(name, "/") > len(root) {
		return false // the first element has a dot: a domain
	}
	switch root {
	case "archive", "bufio", "bytes", "cmp", "compress", "container", "context", "crypto", "database", "debug", "embed", "encoding",
		"errors", "expvar", "flag", "fmt", "go", "hash", "html", "image", "index", "internal", "io", "iter", "log", "maps", "math", "mime",
		"net", "os", "path", "plugin", "reflect", "regexp", "runtime", "slices", "sort", "strconv", "strings", "structs", "sync",
		"syscall", "testing", "text", "time", "unicode", "unique", "unsafe", "vendor", "weak":
		return true
	}
	return false
}
