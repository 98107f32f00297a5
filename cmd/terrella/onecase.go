package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/terrella-go/terrella/internal/plan"
	"github.com/terrella-go/terrella/internal/shell"
)

// A oneCase is one world of one test: that of a failure file, or that of a seed.
type oneCase struct {
	name string     // as it was given
	file *plan.File // nil for a seed
	pkg  string     // import path
	test string
	tree *sourceTree

	flags []string // by which package sim is told
}

// openCase returns what is meant by FILE|SEED [package] and the flag --test.
func openCase(args []string, test string) (*oneCase, error) {
	c := &oneCase{name: args[0], test: test}
	file, err := plan.ReadFile(c.name)
	switch {
	case err == nil:
		abs, err := filepath.Abs(c.name)
		if err != nil {
			return nil, environment(err)
		}
		c.file, c.flags = file, []string{"-sim.replay=" + abs}
		if test == "" {
			c.test = file.Test
		}
	case errors.Is(err, fs.ErrNotExist):
		seed, err := strconv.ParseUint(c.name, 0, 64)
		if err != nil {
			return nil, usage("there is no file %s, and it is no seed: want a failure file, or a number such as 7 or 0x5eed", c.name)
		}
		c.flags = []string{fmt.Sprintf("-sim.seed=0x%x", seed), "-sim.shrinktime=0"}
		if test == "" {
			return nil, usage("a seed is a world of one test: say which, such as --test TestRegister")
		}
	default:
		return nil, usage("%w", err)
	}
	return c, c.findPackage(args[1:])
}

// findPackage finds the package that the world is of, and the tree that it is in.
func (c *oneCase) findPackage(given []string) error {
	named := "."
	if len(given) > 0 {
		named = given[0]
	}
	if info, err := os.Stat(named); err == nil && info.IsDir() && (c.file == nil || c.file.Package == "" || len(given) > 0) {
		dir, err := filepath.Abs(named)
		if err != nil {
			return environment(err)
		}
		if err := c.lookIn(dir); err != nil {
			return err
		}
		if c.tree == nil || c.tree.packageIn(dir) == "" {
			return usage("the folder %s is in no Go module: name the package's folder, or its import path", named)
		}
		c.pkg = c.tree.packageIn(dir)
	} else if c.pkg = named; len(given) == 0 {
		c.pkg = c.file.Package
	}
	if c.file != nil && c.file.Package != "" && c.pkg != c.file.Package {
		return usage("%s is a failure of package %s, not of %s", c.name, c.file.Package, c.pkg)
	}
	// By its import path a package is found from where we are, or from where the failure file lies.
	for _, dir := range []string{".", filepath.Dir(c.name)} {
		if c.tree != nil {
			break
		}
		if err := c.lookIn(dir); err != nil {
			return err
		}
	}
	if c.tree == nil {
		return usage("there is no package %s in the repository or module that we are in, nor in that of %s: run terrella there, or name the package's folder", c.pkg, c.name)
	}
	return nil
}

// lookIn takes the tree that a folder is in, if there is one, and it has the package, as far as that is known.
func (c *oneCase) lookIn(dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return environment(err)
	}
	if above(dir, ".git") == "" && moduleRoot(dir) == "" {
		return nil
	}
	tree, err := openTree(dir)
	if err != nil {
		return environment(err)
	}
	if c.pkg != "" {
		if _, _, ok := tree.find(c.pkg); !ok {
			return nil
		}
	}
	c.tree = tree
	return nil
}

// arguments returns those of the test binary that run the world and keep nothing.
func (c *oneCase) arguments() []string {
	return append([]string{"-test.v", "-test.timeout=0", "-test.run=" + shell.RunPattern(c.test), "-sim.dir=none"}, c.flags...)
}

// again returns the arguments that mean this case, for a shell.
func (c *oneCase) again() string {
	if c.file != nil {
		return shell.Quote(c.name)
	}
	return fmt.Sprintf("%s %s --test %s", c.name, c.pkg, shell.Quote(c.test))
}

// buildTest builds the tests of the case's package.
func (c *oneCase) buildTest(dir string, progress io.Writer, more ...string) (*testBinary, error) {
	const patience = 3 * time.Second
	late := time.AfterFunc(patience, func() {
		fmt.Fprintf(progress, "terrella: building the tests of %s; the first build with the patched runtime takes about a minute\n", c.pkg)
	})
	defer late.Stop()
	if c.file != nil {
		more = append(more, raceFlag(c.file.Versions.Race, more...)...)
	}
	return make(toolchains).buildTest(c.tree, c.pkg, filepath.Join(dir, "tests.exe"), more...)
}

// unclear returns the error of tests that did not come to run the world.
func (c *oneCase) unclear(out []byte, err error) error {
	if err == nil {
		return environment(fmt.Errorf("%s has no test %s that runs worlds", c.pkg, c.test))
	}
	for line := range strings.Lines(string(out)) {
		if text, ok := strings.CutPrefix(line, "sim: "); ok { // package sim has refused its flags
			return usage("%s", strings.TrimSpace(text))
		}
	}
	return environment(fmt.Errorf("the tests of %s ended before the world was run: %w\n%s", c.pkg, err, lastLines(out, 20)))
}

// raceFlag returns the flag for a failure that was found with the race detector, unless it is given.
func raceFlag(race bool, given ...string) []string {
	if _, ok := goFlags(given).value("race"); !race || ok {
		return nil
	}
	return []string{"-race"}
}

// buildOptions are the flags of verbs that build tests.
type buildOptions struct {
	race bool
	tags string
}

func (o *buildOptions) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.BoolVar(&o.race, "race", false, "build with the race detector; failures found with it have that in their files")
	f.StringVar(&o.tags, "tags", "", "build with these `tags`, as go test -tags")
}

func (o *buildOptions) args() []string {
	var args []string
	if o.race {
		args = append(args, "-race")
	}
	if o.tags != "" {
		args = append(args, "-tags="+o.tags)
	}
	return args
}

// temporary makes a folder for what a verb builds.
func temporary(verb string) (string, error) {
	dir, err := os.MkdirTemp("", "terrella-"+verb+"-")
	if err != nil {
		return "", environment(fmt.Errorf("no place to build tests: %w; set TMPDIR to a folder that is writable", err))
	}
	return dir, nil
}
