// Command ci runs everything that must pass before a change lands: in the library and in each
// module below it. Run it from the module's root:
//
//	go run ./internal/ci
//
// One more step needs an emulator of the other processor: -emulator=qemu-aarch64 compares worlds on arm64 with
// those on amd64.
//
// Beyond `go vet` and `go test` it checks that what is said of seeds is true: that
// the same worlds come out of processes with other numbers of cores and another pace of the collector.
package main

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

func main() {
	only := flag.String("only", "", "run the steps whose name holds this `text`")
	emulator := flag.String("emulator", "", "compare worlds on linux/amd64 and linux/arm64, with this `command` to run what this machine is not")
	flag.Parse()
	if err := run(*only, *emulator); err != nil {
		fmt.Fprintf(os.Stderr, "ci: %v\n", err)
		os.Exit(1)
	}
	fmt.Println("ci: all steps passed")
}

// A step is one thing to pass.
type step struct {
	name string
	run  func() error
}

func run(only, emulator string) error {
	modules, err := findModules(".")
	if err != nil {
		return err
	}
	steps := []step{{"format", checkFormat}}
	for _, release := range releases {
		steps = append(steps, step{"fetch " + release, func() error { return command(".", []string{"GOTOOLCHAIN=" + release}, "go", "version") }})
	}
	for _, dir := range modules {
		if filepath.ToSlash(dir) == browserModule {
			steps = append(steps, step{"browser", needBrowser})
		}
		steps = append(steps,
			step{"vet " + dir, func() error { return command(dir, nil, "go", "vet", "./...") }},
			step{"test " + dir, func() error { return command(dir, nil, "go", append([]string{"test"}, testFlags(dir)...)...) }})
	}
	steps = append(steps, step{"doctor", doctor})
	steps = append(steps, step{"kernel under the race detector", func() error { return command(".", nil, "go", "test", "-race", "./internal/kernel") }})
	steps = append(steps, step{"kernel on " + releases[0], func() error { return kernelOn(releases[0]) }})
	steps = append(steps, step{"same worlds in two processes", func() error { return command(".", nil, "go", "run", "./internal/exact", "-runs=25") }})
	for _, system := range systems {
		steps = append(steps, step{"build " + system, func() error { return buildFor(system) }})
	}
	if emulator != "" {
		steps = append(steps, step{"same worlds on arm64", func() error { return compareArm64(emulator) }})
	}
	for i, s := range steps {
		if !strings.Contains(s.name, only) {
			continue
		}
		fmt.Printf("ci: [%d/%d] %s\n", i+1, len(steps), s.name)
		began := time.Now()
		if err := s.run(); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		fmt.Printf("ci: [%d/%d] %s took %v\n", i+1, len(steps), s.name, time.Since(began).Round(time.Second))
	}
	return nil
}

// uncached are modules whose tests look at what belongs to another module: the command, the workflow files. The go command would not see
// that it has changed, and repeat results from its cache.
var uncached = []string{"cmd/terrella/e2e", "internal/ci/lint"}

// testFlags returns the arguments of go test for a module.
func testFlags(dir string) []string {
	if slices.Contains(uncached, filepath.ToSlash(dir)) {
		return []string{"-count=1", "./..."}
	}
	return []string{"./..."}
}

// findModules returns the folders that hold a module, the root first.
func findModules(root string) ([]string, error) {
	var dirs []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && path != root) {
			return filepath.SkipDir
		}
		if d.Name() == "go.mod" {
			dirs = append(dirs, filepath.Dir(path))
		}
		return nil
	})
	slices.SortFunc(dirs, func(a, b string) int {
		return cmp.Or(strings.Count(a, "/")-strings.Count(b, "/"), strings.Compare(a, b))
	})
	return dirs, err
}

// command runs a command with its output shown.
func command(dir string, env []string, name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	return cmd.Run()
}

func checkFormat() error {
	files, err := exec.Command("git", "ls-files", "*.go").Output()
	if err != nil {
		return fmt.Errorf("git ls-files: %w", err)
	}
	out, err := exec.Command("gofmt", append([]string{"-l"}, strings.Fields(string(files))...)...).CombinedOutput()
	if err != nil || len(out) > 0 {
		return fmt.Errorf("gofmt would change these files, or failed (%v):\n%s", err, out)
	}
	return nil
}

var summary = regexp.MustCompile(`sim: \S+: .* seeds?, .* steps?, virtual \S+|schedule hash \S+, event hash \S+`)

// summaryOf returns the parts of a test's summary that no process may change.
func summaryOf(out []byte) (string, error) {
	found := summary.FindAll(out, -1)
	if len(found) < 2 {
		return "", fmt.Errorf("no summary in\n%s", out)
	}
	return string(bytes.Join(found, []byte(", "))), nil
}
