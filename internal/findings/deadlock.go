package findings

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/terrella-go/terrella/internal/plan"
)

// A deadlock is found by the kernel, at no place of the program. Its message holds the stacks, as package sim prints them, and those
// goroutines that wait for a lock that another has stand where the program went wrong.
var (
	stackBegins = regexp.MustCompile(`(?m)^goroutine \d+ \[`)
	waitsFor    = regexp.MustCompile(`(?m)^ +waits for a lock of goroutine \d+$`)
	stackFrame  = regexp.MustCompile(`(?m)^    (\S.*)\n        (.+):(\d+)$`)
)

// deadlockSite returns the place of the first function, by its name, in which a goroutine waits for another one's lock; nothing if none
// does. So it does not matter which of them is printed first.
func deadlockSite(f *plan.File) plan.Site {
	var best plan.Site
	for i := stackBegins.FindStringIndex(f.Message); i != nil; {
		stack := f.Message[i[0]:]
		next := stackBegins.FindStringIndex(stack[1:])
		if next != nil {
			i = []int{i[0] + 1 + next[0]}
			stack = stack[:1+next[0]]
		} else {
			i = nil
		}
		if !waitsFor.MatchString(stack) {
			continue
		}
		for _, m := range stackFrame.FindAllStringSubmatch(stack, -1) {
			if !programs(m[1], f.Package) {
				continue
			}
			line, err := strconv.Atoi(m[3])
			if s := (plan.Site{Func: m[1], File: shortFile(m[2]), Line: line}); err == nil && (best.Func == "" || s.Func < best.Func) {
				best = s
			}
			break
		}
	}
	return best
}

// programs reports whether a function is the program's, and not Go's or the simulator's: its package has a domain's name in
// front, or begins as that of the test does.
func programs(fn, pkg string) bool {
	if own, ok := strings.CutPrefix(fn, "github.com/terrella-go/terrella/"); ok {
		for _, p := range []string{"sim.", "sim/", "net.", "disk.", "clock.", "checker.", "internal/"} {
			if strings.HasPrefix(own, p) {
				return false
			}
		}
	}
	first, _, _ := strings.Cut(fn, "/")
	home, _, _ := strings.Cut(pkg, "/")
	return first != fn && strings.Contains(first, ".") || pkg != "" && (first == home || strings.HasPrefix(first, home+"."))
}

// shortFile returns the last two parts of a file's name, as sites have it.
func shortFile(name string) string {
	parts := strings.Split(name, "/")
	return strings.Join(parts[max(0, len(parts)-2):], "/")
}
