package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

func newTest() *cobra.Command {
	return &cobra.Command{
		Use:   "test [arguments of go test]",
		Short: "Run go test with the patched runtime",
		Long: `Test runs go test with the patched runtime. All arguments are go test's: its own
flags, packages, and flags of the tests such as -sim.runs=200. Plain go test runs the
same worlds; it builds each test a second time to do so.

Flags that begin with -sim. reach the tests that import package sim, and no others: so they can
be given for ./... too, where plain go test hands them to tests that don't know
them. Write them with "=": -sim.runs=200.

Packages may lie in several modules. Those named by path that are in another
module than the current one are run there, module after module. Build tags, from -tags
or from GOFLAGS, are kept; an -overlay is refused, for the patched runtime is one.

Exit codes: 0, all tests passed; 1, a test or property failed; 2, wrong flags; 3, a
package could not be built, or there is no Go release that can be patched; 4, a
test reported that two runs of one seed differed. If several apply, then 2 and 3, which
keep tests from being run, are given before 4, and 4 before 1.`,
		Example: `  terrella test ./...
  terrella test -race ./register -run '^TestRegister$' -sim.runs=200 -v
  terrella test ./examples/hashiraft -sim.seed=0x5eed -sim.verify`,
		DisableFlagParsing: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			a, err := parseTestArgs(args)
			if err != nil {
				return err
			}
			if a.help {
				return cmd.Help()
			}
			return runTest(a)
		},
	}
}

// runTest runs go test once for each module that packages are named of.
func runTest(a *testArgs) error {
	home, err := filepath.Abs(a.chdir)
	if err != nil {
		return environment(err)
	}
	known := make(toolchains)
	runs, err := known.plan(home, a.packages)
	if err != nil {
		return err
	}
	if flag := a.writes(); flag != "" && len(runs) > 1 {
		return usage("%s can't be used for packages of several modules: each would write over the one before; name those of one module at a time", flag)
	}
	worst := exitClean
	for _, r := range runs {
		if len(runs) > 1 {
			fmt.Fprintf(os.Stderr, "terrella: in %s: go test %s\n", r.dir, strings.Join(r.packages, " "))
		}
		tc, err := known.in(r.dir)
		if err != nil {
			return err
		}
		code, err := a.run(tc, home, r.packages)
		if err != nil {
			return err
		}
		if weight(code) > weight(worst) {
			worst = code
		}
		if code > exitSignal {
			break
		}
	}
	if worst != exitClean {
		return &exitError{code: worst}
	}
	return nil
}

// run runs go test once in the toolchain's folder, and returns the command's exit code for it.
func (a *testArgs) run(tc *toolchain, home string, packages []string) (int, error) {
	tags, ok := a.values["tags"]
	if !ok {
		tags, _ = tc.flags.value("tags")
	}
	args := append([]string{"test"}, tc.buildFlags(tags)...)
	args = append(args, a.goFlags(home, tc.dir)...)
	args = append(args, a.symbolFlags(tc)...)
	args = append(args, a.before...)
	args = append(args, packages...)
	args = append(args, a.after...)
	cmd := tc.command(args...)
	if a.sim != nil {
		cmd.Env = append(cmd.Env, simFlagsEnv+"="+strings.Join(a.sim, "\n"))
	}
	result, err := runGoTest(cmd, a.on("json") || tc.flags.on("json"))
	if err != nil {
		return 0, err
	}
	result.report()
	return result.code(), nil
}

// symbolFlags returns the flag that keeps the symbol table, from which package sim takes the names of variables, in binaries
// that the go command builds only to run them. Linker flags of the user's own are kept.
func (a *testArgs) symbolFlags(tc *toolchain) []string {
	if _, ok := a.values["ldflags"]; ok {
		return nil
	}
	if _, ok := tc.flags.value("ldflags"); ok {
		return nil
	}
	return []string{"-ldflags=-s=false"}
}

// members returns the folders of the modules of the workspace in use, if there is one.
func (t *toolchain) members() ([]string, error) {
	if t.work == "" {
		return nil, nil
	}
	out, err := output(t.command("list", "-m", "-f", "{{.Dir}}"))
	if err != nil {
		return nil, environment(fmt.Errorf("cannot read the workspace %s: %w", t.work, err))
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n"), nil
}
