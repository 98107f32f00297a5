package sim

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime/debug"
	"strings"

	"github.com/terrella-go/terrella/internal/kernel"
)

// reportFailure prints how a world failed and the line that shows it again, and fails the test.
func (r *runner) reportFailure(i int, o *outcome) {
	r.t.Helper()
	var b strings.Builder
	f := o.failure
	fmt.Fprintf(&b, "sim: %s failed at seed %s (%d of %d)\n", r.t.Name(), formatSeed(o.seed), i+1, len(r.seeds))
	if f.property != "" {
		fmt.Fprintf(&b, "%s: ", f.property)
	}
	fmt.Fprintf(&b, "%s\n", f.message)
	fmt.Fprintf(&b, "at step %d, virtual time %v", f.step, f.at)
	if f.where != "" {
		fmt.Fprintf(&b, ", on node %s", f.where)
	}
	fmt.Fprintf(&b, "\n")
	if f.stack != nil {
		fmt.Fprintf(&b, "\n%s\n", f.stack)
	}
	if len(o.world.lines) > 0 {
		fmt.Fprintf(&b, "\nlogged, by virtual time:\n%s\n", strings.Join(o.world.lines, "\n"))
	}
	if again := r.world(o.seed, nil, nil); !sameFailure(o, again) {
		fmt.Fprintf(&b, "\nA second run of the seed in this process did not fail in the same way. Something outlives the worlds, a package-level variable perhaps: -sim.verify shows the first step that differs.\n")
	}
	fmt.Fprintf(&b, "\nto see it again:\n%s", r.replay(o.seed))
	finding(r.t.Name(), "property", o.seed)
	r.t.Fatal(b.String())
}

// sameFailure reports whether two runs of a seed failed at the same step in the same way.
func sameFailure(a, b *outcome) bool {
	return b.failure != nil && a.failure.property == b.failure.property &&
		a.failure.step == b.failure.step && a.failure.at == b.failure.at && a.result.Hash == b.result.Hash
}

// replay returns the line that runs one seed of this test again.
func (r *runner) replay(seed uint64) string {
	pkg, flags := ".", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		if p := strings.TrimSuffix(info.Path, ".test"); p != "" && !strings.HasPrefix(p, "command-line-arguments") {
			pkg = p
		}
		for _, s := range info.Settings {
			switch {
			case s.Key == "-race" && s.Value == "true":
				flags += " -race"
			case s.Key == "-tags":
				if tags := userTags(s.Value); tags != "" {
					flags += " -tags=" + tags
				}
			}
		}
	}
	return fmt.Sprintf("go test %s%s -run '%s' -sim.seed=%s", pkg, flags, runPattern(r.t.Name()), formatSeed(seed))
}

// userTags takes the tag of the patched runtime out of a list.
func userTags(list string) string {
	var tags []string
	for _, tag := range strings.Split(list, ",") {
		if tag != "terrella" {
			tags = append(tags, tag)
		}
	}
	return strings.Join(tags, ",")
}

// runPattern returns the argument of -run that selects one test or subtest.
func runPattern(name string) string {
	parts := strings.Split(name, "/")
	for i, p := range parts {
		parts[i] = "^" + regexpQuote(p) + "$"
	}
	return strings.Join(parts, "/")
}

// regexpQuote quotes what is special in a regular expression; a quote would end the shell's argument.
func regexpQuote(s string) string {
	var b strings.Builder
	for _, c := range s {
		switch {
		case c == '\'':
			b.WriteByte('.')
		case strings.ContainsRune(`\.+*?()|[]{}^$`, c):
			b.WriteByte('\\')
			b.WriteRune(c)
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}

// formatStacks prints the goroutines that were there when a world ended.
func (r *runner) formatStacks(o *outcome) string {
	var b strings.Builder
	for _, s := range o.result.Stacks {
		if ours(s) {
			continue
		}
		b.WriteString(formatStack(o.world, s))
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// formatStack prints a goroutine, its node, and the calls that are the program's own.
func formatStack(w *World, s kernel.Stack) string {
	var b strings.Builder
	who, incarnation := w.dir.owner(s.Group)
	switch {
	case who == "":
		who = "world"
	case incarnation > 0:
		who = fmt.Sprintf("node %s, start %d", who, incarnation+1)
	default:
		who = "node " + who
	}
	fmt.Fprintf(&b, "goroutine %d [%s] (%s)\n", s.Goroutine, s.State, who)
	for _, f := range s.Frames {
		if !machinery(f.Func) {
			fmt.Fprintf(&b, "    %s\n        %s:%d\n", f.Func, f.File, f.Line)
		}
	}
	return b.String()
}

// ours reports whether a goroutine is the simulator's own, with no call of the program in it.
func ours(s kernel.Stack) bool {
	for _, f := range s.Frames {
		if !machinery(f.Func) {
			return false
		}
	}
	return len(s.Frames) > 0
}

// machinery reports whether a function belongs to the simulator or to the runtime below the program.
func machinery(fn string) bool {
	if own, ok := strings.CutPrefix(fn, "github.com/terrella-go/terrella/"); ok {
		for _, p := range []string{"sim.", "net.", "disk.", "clock.", "internal/kernel."} {
			if strings.HasPrefix(own, p) {
				return true
			}
		}
	}
	return strings.HasPrefix(fn, "runtime.") || strings.HasPrefix(fn, "internal/sync.") || strings.HasPrefix(fn, "sync.runtime_")
}

// finding tells the command, which reads the file when the tests are over, what was found.
func finding(test, kind string, seed uint64) {
	name := os.Getenv("TERRELLA_FINDINGS")
	if name == "" {
		return
	}
	pkg := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		pkg = strings.TrimSuffix(info.Path, ".test")
	}
	line, _ := json.Marshal(struct {
		Test    string `json:"test"`
		Package string `json:"package"`
		Kind    string `json:"kind"`
		Seed    string `json:"seed"`
	}{test, pkg, kind, formatSeed(seed)})
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		fmt.Fprintf(os.Stderr, "sim: cannot record a finding: %v\n", err)
		return
	}
	defer f.Close()
	if _, err := f.Write(append(line, '\n')); err != nil {
		fmt.Fprintf(os.Stderr, "sim: cannot record a finding: %v\n", err)
	}
}
