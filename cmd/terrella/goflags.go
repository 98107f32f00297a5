package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/terrella-go/terrella/internal/overlay"
)

// goFlags is the value of GOFLAGS, one flag an element.
type goFlags []string

// parseGoFlags splits the value of GOFLAGS by the go command's rules: at white space, but for
// elements that begin with a quote, which last to the next of its kind.
func parseGoFlags(s string) (goFlags, error) {
	var flags goFlags
	for {
		s = strings.TrimLeft(s, " \t\r\n")
		if s == "" {
			return flags, nil
		}
		var flag string
		if q := s[:1]; q == `"` || q == `'` {
			var closed bool
			if flag, s, closed = strings.Cut(s[1:], q); !closed {
				return nil, fmt.Errorf("GOFLAGS: no closing %s", q)
			}
		} else {
			end := strings.IndexAny(s, " \t\r\n")
			if end < 0 {
				end = len(s)
			}
			flag, s = s[:end], s[end:]
		}
		flags = append(flags, flag)
	}
}

// String is the inverse of parseGoFlags, as far as there is one: the go command has no way to write a flag
// that holds both white space and both quotes.
func (f goFlags) String() string {
	quoted := make([]string, len(f))
	for i, flag := range f {
		switch {
		case !strings.ContainsAny(flag, " \t\r\n\"'"):
			quoted[i] = flag
		case !strings.Contains(flag, "'"):
			quoted[i] = "'" + flag + "'"
		default:
			quoted[i] = `"` + flag + `"`
		}
	}
	return strings.Join(quoted, " ")
}

// value returns the value that the go command takes for a flag: the last.
func (f goFlags) value(name string) (string, bool) {
	for _, flag := range slices.Backward(f) {
		if key, value, _ := strings.Cut(flag, "="); flagName(key) == name {
			return value, true
		}
	}
	return "", false
}

// on reports whether a boolean flag is set.
func (f goFlags) on(name string) bool {
	value, ok := f.value(name)
	return ok && value != "false" && value != "0"
}

// without returns the flags that are not called as one of names.
func (f goFlags) without(names ...string) goFlags {
	return slices.DeleteFunc(slices.Clone(f), func(flag string) bool {
		key, _, _ := strings.Cut(flag, "=")
		return slices.Contains(names, flagName(key))
	})
}

// flagName takes the one or two dashes off a flag. It returns "" for what is no flag.
func flagName(s string) string {
	name, ok := strings.CutPrefix(s, "-")
	if !ok {
		return ""
	}
	name = strings.TrimPrefix(name, "-")
	if strings.HasPrefix(name, "-") {
		return ""
	}
	return name
}

// withTag returns a value for the go command's -tags: the user's own and overlay.Tag. The
// user's may be separated in the old way, by spaces.
func withTag(tags string) string {
	list := strings.FieldsFunc(tags, func(r rune) bool { return strings.ContainsRune(", '\"\t", r) })
	list = slices.DeleteFunc(list, func(tag string) bool { return tag == overlay.Tag })
	return strings.Join(append(list, overlay.Tag), ",")
}

// checkOverlay returns an error if file, a value of the -overlay flag that was found in where, is
// not one of Terrella's own.
func checkOverlay(o *overlay.Overlay, where, file string) error {
	if file == "" || filepath.Dir(filepath.Dir(file)) == filepath.Dir(o.Dir) {
		return nil
	}
	return usage("%s holds -overlay=%s: the go command takes one overlay, and the patched runtime is it", where, file)
}
