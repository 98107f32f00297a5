//go:build ignore

package runtime

import (
	"internal/goarch"
	"internal/stringslite"
	"unsafe"
)

// simCallerIsOwn reports whether a function of the standard library was called by the program's own code. fp is
// the frame of what that function calls here.
func simCallerIsOwn(w *simWorld, fp uintptr) bool {
	up := *(*uintptr)(unsafe.Pointer(fp))
	return simProgramsOwn(w, *(*uintptr)(unsafe.Pointer(up + goarch.PtrSize)))
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
	if i := stringslite.IndexByte(name, '['); i > 0 {
		name = name[:i] // what a generic function is instantiated with may be anybody's
	}
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
