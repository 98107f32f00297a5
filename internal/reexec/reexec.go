// Package reexec makes plain `go test` exact: a test binary that was built without the patched runtime
// builds its own package again with it, and becomes that binary.
//
// The process is replaced before flags are parsed and before TestMain runs. All
// that a test binary does (output, exit code, profiles, coverage, caching by the go command)
// is then done by the patched one, under the same arguments and environment. There is
// no fallback: what can't be rebuilt does not run.
package reexec

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/terrella-go/terrella/internal/kernel"
	"github.com/terrella-go/terrella/internal/overlay"
)

// doneEnv is set, to the path of the rebuilt binary, in the environment of its process.
const doneEnv = "TERRELLA_REBUILT"

// Init is called by init functions of packages whose tests need the patched runtime. In a
// test binary without it, Init does not return. Elsewhere it does nothing.
func Init() {
	rebuilt := os.Getenv(doneEnv)
	switch {
	case !testing.Testing():
	case kernel.Patched:
		os.Unsetenv(doneEnv) // for processes that the tests start
	case rebuilt != "":
		fail(errors.New("this binary was built with the patched runtime and does not have it: the build tag \"" + overlay.Tag + "\" is missing; do you set -tags or -overlay in GOFLAGS?"))
	default:
		fail(become(os.Args))
	}
}

func fail(err error) {
	fmt.Fprintf(os.Stderr, "terrella: %v\n", err)
	os.Exit(exitEnvironment)
}

// exitEnvironment is the command's exit code for trouble with the environment.
const exitEnvironment = 3

// become builds the patched binary and turns this process into it. It returns only in failure.
func become(args []string) error {
	dir, err := os.Getwd()
	if err != nil {
		return err
	}
	tc, err := overlay.Find(dir)
	if err != nil {
		return err
	}
	o, err := overlay.Make(tc)
	if err != nil {
		return err
	}
	b, err := describe()
	if err != nil {
		return err
	}
	binary, err := b.build(dir, o, filepath.Base(args[0]))
	if err != nil {
		return err
	}
	err = replaceProcess(binary, args, append(os.Environ(), doneEnv+"="+binary))
	return fmt.Errorf("cannot run the test binary with the patched runtime: %w", err)
}

// patience is how long a build may take before a line says what is going on. It
// affects nothing else.
const patience = 3 * time.Second

// A binary is what is known about how this test binary was built.
type binary struct {
	packages []string // arguments of go test
	flags    []string
	tags     string
}

// describe reads the binary's own build information. What it does not hold (a module file, the packages that
// coverage is measured for) is taken from the command line of the go command that started it.
func describe() (*binary, error) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil, errors.New("this test binary holds no build information to build it again from; run it with `terrella test`")
	}
	b := &binary{packages: []string{"."}}
	parent := parentArgs()
	if strings.HasPrefix(info.Path, "command-line-arguments") {
		if b.packages = goFiles(parent); len(b.packages) == 0 {
			return nil, errors.New("cannot tell from which files this test was built; name a package instead of files, or use `terrella test`")
		}
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "-tags":
			b.tags = s.Value
		case "-race", "-msan", "-asan", "-trimpath":
			if s.Value == "true" {
				b.flags = append(b.flags, s.Key)
			}
		case "-gcflags", "-asmflags", "-ldflags":
			b.flags = append(b.flags, s.Key+"="+s.Value)
		}
	}
	if mode := testing.CoverMode(); mode != "" {
		b.flags = append(b.flags, "-cover", "-covermode="+mode)
	}
	for _, name := range []string{"coverpkg", "mod", "modfile"} {
		if v, ok := flagValue(parent, name); ok {
			b.flags = append(b.flags, "-"+name+"="+v)
		}
	}
	return b, nil
}

// goFiles returns the arguments that name Go files, as seen from the folder in which their test runs.
func goFiles(args []string) []string {
	var files []string
	for _, a := range args {
		if strings.HasSuffix(a, ".go") && !strings.HasPrefix(a, "-") {
			files = append(files, filepath.Base(a))
		}
	}
	return files
}

// flagValue returns the value of a flag in a command line.
func flagValue(args []string, name string) (string, bool) {
	for i, a := range args {
		flag, value, ok := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(a, "-"), "-"), "=")
		if !strings.HasPrefix(a, "-") || flag != name {
			continue
		}
		if ok {
			return value, true
		}
		if i+1 < len(args) {
			return args[i+1], true
		}
	}
	return "", false
}
