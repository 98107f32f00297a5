package main

import (
	"path/filepath"
	"slices"
	"strings"
)

// goTestFlags are the flags that go test knows, and whether they take a value. What
// it does not know it passes on to the test, and takes no package names after.
var goTestFlags = flagTable(
	"a asan buildvcs linkshared modcacherw msan n race trimpath work x "+
		"artifacts benchmem c cover failfast fullpath json short v",
	"C asmflags buildmode compiler covermode coverpkg coverprofile debug-actiongraph debug-runtime-trace debug-trace "+
		"gccgoflags gcflags installsuffix ldflags mod modfile o overlay p pgo pkgdir tags toolexec "+
		"bench benchtime blockprofile blockprofilerate count cpu cpuprofile exec fuzz fuzzminimizetime fuzztime list "+
		"memprofile memprofilerate mutexprofile mutexprofilefraction outputdir parallel run shuffle skip timeout trace vet")

func flagTable(boolean, valued string) map[string]bool {
	table := make(map[string]bool)
	for _, name := range strings.Fields(boolean) {
		table[name] = false
	}
	for _, name := range strings.Fields(valued) {
		table[name] = true
	}
	return table
}

// pathFlags are flags whose value names a file or folder from where go test runs.
var pathFlags = []string{"modfile", "o", "outputdir", "pgo", "pkgdir"}

// profiles are the flags that name a file which go test writes into -outputdir.
var profiles = []string{"blockprofile", "coverprofile", "cpuprofile", "memprofile", "mutexprofile", "trace"}

// testArgs is a command line of go test, taken apart as go test does.
type testArgs struct {
	chdir    string            // value of a leading -C
	values   map[string]string // of the flags that go test knows; the last one counts
	before   []string          // flags in front of the package list, but for those that are lifted
	packages []string
	after    []string // what is behind the package list, but for flags that are lifted
	sim      []string // flags of package sim, which tests get in their environment
	help     bool
}

// lifted reports whether a flag is taken from its place, to be put in front by goFlags.
func lifted(name string) bool {
	return name == "tags" || name == "overlay" || slices.Contains(pathFlags, name)
}

// parseTestArgs takes apart the arguments of terrella test.
func parseTestArgs(args []string) (*testArgs, error) {
	a := &testArgs{values: make(map[string]string)}
	args, err := a.parseChdir(args)
	if err != nil {
		return nil, err
	}
	complete := false // no more packages can follow
	dangling := false // the argument before was a flag that go test does not know, and had no value
	for len(args) > 0 && args[0] != "--" && !a.help {
		if isFlag := len(args[0]) > 1 && args[0][0] == '-'; !isFlag {
			switch {
			case !complete:
				a.packages = append(a.packages, args[0])
			case dangling: // taken for the flag's value
				a.after = append(a.after, args[0])
			default:
				a.after = append(a.after, args...)
				return a, nil
			}
			dangling = false
			args = args[1:]
			continue
		}
		complete = complete || a.packages != nil && !isSimFlag(args)
		name, _, hasValue := strings.Cut(flagName(args[0]), "=")
		if name == "args" {
			break
		}
		if isSimFlag(args) {
			a.sim = append(a.sim, "-"+flagName(args[0]))
			dangling = false
			args = args[1:]
			continue
		}
		width, known, err := a.parseFlag(args)
		if err != nil {
			return nil, err
		}
		complete = complete || !known
		dangling = !known && !hasValue
		if !known || !lifted(name) {
			a.keep(complete, args[:width])
		}
		args = args[width:]
	}
	a.after = append(a.after, args...)
	return a, nil
}

// simFlagsEnv holds flags for package sim, one a line.
const simFlagsEnv = "TERRELLA_FLAGS"

// isSimFlag reports whether args begin with a flag of package sim that is whole in itself. One that
// may have the next argument for its value is left to the test, as go test does.
func isSimFlag(args []string) bool {
	if !strings.HasPrefix(flagName(args[0]), "sim.") {
		return false
	}
	return strings.Contains(args[0], "=") || len(args) == 1 || strings.HasPrefix(args[1], "-")
}

// parseFlag notes the flag at the beginning of args. It returns how many arguments it takes
// up, and whether go test knows it.
func (a *testArgs) parseFlag(args []string) (width int, known bool, err error) {
	name, value, hasValue := strings.Cut(flagName(args[0]), "=")
	name = strings.TrimPrefix(name, "test.")
	valued, known := goTestFlags[name]
	width = 1
	switch {
	case name == "h" || name == "help":
		a.help = true
	case !known:
	case !valued && !hasValue:
		a.values[name] = "true"
	case hasValue:
		a.values[name] = value
	case len(args) > 1:
		a.values[name] = args[1]
		width = 2
	default:
		return 0, true, usage("flag needs an argument: -%s", name)
	}
	if file, ok := a.values["overlay"]; ok {
		return 0, true, usage("-overlay=%s can't be used with terrella test: the go command takes one overlay, and the patched runtime is it", file)
	}
	return width, known, nil
}

// keep puts a flag on its side of the package list.
func (a *testArgs) keep(behind bool, flag []string) {
	if behind {
		a.after = append(a.after, flag...)
	} else {
		a.before = append(a.before, flag...)
	}
}

// parseChdir takes off -C, which is the first flag or none.
func (a *testArgs) parseChdir(args []string) ([]string, error) {
	if len(args) == 0 {
		return args, nil
	}
	name, value, hasValue := strings.Cut(flagName(args[0]), "=")
	switch {
	case name != "C":
		return args, nil
	case hasValue:
		a.chdir = value
		return args[1:], nil
	case len(args) == 1:
		return nil, usage("flag needs an argument: -C")
	}
	a.chdir = args[1]
	return args[2:], nil
}

// on reports whether a boolean flag is set.
func (a *testArgs) on(name string) bool {
	value, ok := a.values[name]
	return ok && value != "false" && value != "0"
}

// writes returns the flag that makes go test write a file, "" if there is none.
func (a *testArgs) writes() string {
	for _, name := range append([]string{"o", "c"}, profiles...) {
		if _, ok := a.values[name]; ok {
			return "-" + name
		}
	}
	return ""
}

// goFlags returns the flags that name files, for a go test that runs in dir but is to find and write them where
// it would if it ran in home. Both are absolute.
func (a *testArgs) goFlags(home, dir string) []string {
	values := make(map[string]string)
	for _, name := range pathFlags {
		if v, ok := a.values[name]; ok {
			values[name] = v
		}
	}
	if dir != home {
		if _, ok := values["o"]; !ok && a.on("c") {
			values["o"] = "."
		}
		if _, ok := values["outputdir"]; !ok && a.writes() != "" {
			values["outputdir"] = "."
		}
		for name, v := range values {
			if !filepath.IsAbs(v) && !(name == "pgo" && (v == "auto" || v == "off")) {
				values[name] = filepath.Join(home, v)
			}
		}
	}
	var flags []string
	for _, name := range pathFlags {
		if v, ok := values[name]; ok {
			flags = append(flags, "-"+name+"="+v)
		}
	}
	return flags
}
