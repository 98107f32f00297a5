package plan

import (
	"regexp"
	"strings"
)

// inner matches what the compiler puts into a function's name for a function inside of it. The numbers count
// such functions, and change when one is added before. A dot in the last part of a package's path is written %2e, so none of them is taken for one.
var inner = regexp.MustCompile(`(\.(func|gowrap|deferwrap)?\d+|-range\d+|-fm)\b|\[\.\.\.\]`)

// Declared returns the name of the declared function that the site's function is in. Edits elsewhere do not change it.
func (s Site) Declared() string {
	last := strings.LastIndexByte(s.Func, '/') + 1
	return s.Func[:last] + inner.ReplaceAllString(s.Func[last:], "")
}
