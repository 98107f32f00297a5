package sim

import (
	"fmt"
	"runtime"
	"strings"
)

// A site is a place in the program, where a failure was found.
type site struct {
	Func string `json:"func,omitempty"`
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"`
}

func (s site) String() string {
	if s.Func == "" {
		return ""
	}
	return fmt.Sprintf("%s:%d", s.File, s.Line)
}

// callSite returns the innermost call on the stack that is the program's own. In a deferred function that
// recovers from a panic it is the call that panicked.
func callSite() site {
	var pcs [64]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	for {
		f, more := frames.Next()
		if f.Function != "" && !notTheProgram(f.Function) {
			return site{Func: f.Function, File: shortFile(f.File), Line: f.Line}
		}
		if !more {
			return site{}
		}
	}
}

// notTheProgram reports whether a function belongs to the simulator, the checks or Go itself.
func notTheProgram(fn string) bool {
	own, ok := strings.CutPrefix(fn, "github.com/terrella-go/terrella/")
	if ok {
		for _, p := range []string{"checker.", "sim/prop."} {
			if strings.HasPrefix(own, p) {
				return true
			}
		}
	}
	return machinery(fn) || strings.HasPrefix(fn, "internal/") || strings.HasPrefix(fn, "sync.") || strings.HasPrefix(fn, "testing.")
}

// shortFile returns the last two parts of a file's name.
func shortFile(name string) string {
	parts := strings.Split(name, "/")
	return strings.Join(parts[max(0, len(parts)-2):], "/")
}
