package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/terrella-go/terrella/internal/campaign"
	"github.com/terrella-go/terrella/internal/shell"
)

func newMutate() *cobra.Command {
	var m mutation
	cmd := &cobra.Command{
		Use:   "mutate [packages]",
		Short: "Break what the platform promises, and tell what no property notices",
		Long: `Mutate tests the tests. It runs them in worlds that do not keep a promise, one after the
other, and tells which property notices. What none notices is a hole: the program does not
need the promise, or nothing checks what it is needed for.

The promises:
  sync       a sync of a file makes its contents survive a crash; weakened, it does nothing
  dirsync    a sync of a directory makes its names survive; weakened, it does nothing
  rename     a rename that replaces a file is one change; weakened, a crash may leave neither
  partition  what is cut off is reached again; weakened, it never is, not even by World.Heal
  clock      clocks are right; weakened, those of every second node are an hour ahead
  point:NAME a call of prop.Mutate("NAME") in the program is false; weakened, it is true

Marked points are found in the source of the package and of what it imports of its module.

A promise that the tests never ask for, such as a sync where no file is used, is listed as not used, and
is no hole; a marked point that they never come to is one. More seeds (--runs) notice more. Failures in
weakened worlds are not kept in testdata/sim; the lines that are printed show them again.

Exit codes: 0, all that was weakened was noticed; 1, something was not, or tests fail without being
weakened; 2, wrong arguments; 3, a package could not be built, or there is no Go release that can be
patched.`,
		Example: `  terrella mutate ./register
  terrella mutate ./... --run '^TestRegister$' --runs 500
  terrella mutate ./register --weaken sync,dirsync,'point:ack before sync'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			m.out = cmd.OutOrStdout()
			return m.all(args)
		},
	}
	f := cmd.Flags()
	f.StringVar(&m.pattern, "run", "", "run only tests that match this regular `expression`, as of go test -run")
	f.IntVar(&m.runs, "runs", 200, "run `N` worlds of each test for each weakening")
	f.StringSliceVar(&m.only, "weaken", nil, "break only these `promises` (default: all, and all marked points)")
	return cmd
}

// promises are the weakenings that package sim knows, but for marked points.
var promises = []string{"sync", "dirsync", "rename", "partition", "clock"}

// markedPoint begins the names of weakenings that are marked points.
const markedPoint = "point:"

// A mutation is what the flags of the verb say.
type mutation struct {
	out     io.Writer
	pattern string
	runs    int
	only    []string
	dir     string
}

// all mutates all packages that are named.
func (m *mutation) all(packages []string) error {
	if m.runs < 1 {
		return usage("--runs=%d: want at least 1", m.runs)
	}
	for _, name := range m.only {
		if !slices.Contains(promises, name) && !(strings.HasPrefix(name, markedPoint) && name != markedPoint) {
			return usage("--weaken: %q is no promise; there are %s and %sNAME", name, strings.Join(promises, ", "), markedPoint)
		}
	}
	match, err := matcher(m.pattern)
	if err != nil {
		return err
	}
	home, err := filepath.Abs(".")
	if err != nil {
		return environment(err)
	}
	if len(packages) == 0 {
		packages = []string{"."}
	}
	if packages, err = withModulesBelow(home, packages); err != nil {
		return environment(err)
	}
	known := make(toolchains)
	runs, err := known.plan(home, packages)
	if err != nil {
		return err
	}
	if m.dir, err = os.MkdirTemp("", "terrella-mutate-"); err != nil {
		return environment(fmt.Errorf("no place to build tests: %w; set TMPDIR to a folder that is writable", err))
	}
	defer os.RemoveAll(m.dir)
	tested, holes, failed := 0, 0, 0
	for _, r := range runs {
		tc, err := known.in(r.dir)
		if err != nil {
			return err
		}
		tags, _ := tc.flags.value("tags")
		found, err := campaign.Discover(tc.command, tc.buildFlags(tags), r.packages, match)
		if err != nil {
			return environment(err)
		}
		for _, p := range found {
			res, err := m.one(tc, p)
			if err != nil {
				return err
			}
			if len(res.rows) == 0 && !res.failed {
				continue // no test that matches runs worlds
			}
			tested++
			holes += res.holes()
			if res.failed {
				failed++
			}
			if err := res.write(m.out); err != nil {
				return outputError(err)
			}
		}
	}
	switch {
	case tested == 0:
		return usage("no test was found that runs worlds; name packages, and tests by --run")
	case holes+failed > 0:
		return &exitError{code: exitFailed}
	}
	return nil
}

// one mutates one package.
func (m *mutation) one(tc *toolchain, p *campaign.Package) (*mutated, error) {
	b := &testBinary{pkg: p.Path, file: filepath.Join(m.dir, "mutate.test.exe"), dir: p.Dir}
	if err := b.build(tc, p.Path); err != nil {
		return nil, err
	}
	res := &mutated{pkg: p.Path, pattern: m.pattern}
	plain, err := m.weaken(b, p.Tests, "none")
	if err != nil {
		return nil, err
	}
	if plain.failed {
		res.failed, res.said = true, plain.said
		return res, nil
	}
	if len(plain.tests) == 0 {
		return res, nil
	}
	for _, name := range append(slices.Clone(promises), plain.points()...) {
		if len(m.only) > 0 && !slices.Contains(m.only, name) {
			continue
		}
		row := mutatedRow{name: name, where: plain.where[name]}
		if n, isPoint := plain.uses[name]; isPoint && n == 0 {
			row.unreached = true // to run it would show the same
			res.rows = append(res.rows, row)
			continue
		}
		w, err := m.weaken(b, p.Tests, name)
		if err != nil {
			return nil, err
		}
		row.used, row.noticed = w.uses[name], w.noticed
		if w.failed && len(w.noticed) == 0 {
			row.noticed = []string{"the tests failed: " + w.said}
		}
		res.rows = append(res.rows, row)
	}
	for _, name := range m.only {
		if strings.HasPrefix(name, markedPoint) && !slices.ContainsFunc(res.rows, func(r mutatedRow) bool { return r.name == name }) {
			res.rows = append(res.rows, mutatedRow{name: name, unreached: true})
		}
	}
	return res, nil
}

// Mutated is what came of a package.
type mutated struct {
	pkg, pattern string
	rows         []mutatedRow
	failed       bool   // without being weakened
	said         string // how
}

// A mutatedRow is what came of one weakening.
type mutatedRow struct {
	name, where string
	used        uint64
	unreached   bool     // a marked point that no test comes to
	noticed     []string // test, property and seed
}

// hole reports whether nothing noticed.
func (r *mutatedRow) hole() bool { return r.unreached || r.used > 0 && len(r.noticed) == 0 }

func (r *mutated) holes() int {
	n := 0
	for i := range r.rows {
		if r.rows[i].hole() {
			n++
		}
	}
	return n
}

// write prints the table of a package.
func (r *mutated) write(to io.Writer) error {
	fmt.Fprintf(to, "%s\n", r.pkg)
	if r.failed {
		_, err := fmt.Fprintf(to, "fails without being weakened: %s\n\n", r.said)
		return err
	}
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "WEAKENED\tUSED\tNOTICED BY")
	for i := range r.rows {
		row := &r.rows[i]
		used, by := fmt.Sprint(row.used), strings.Join(row.noticed, "; ")
		switch {
		case row.unreached:
			used, by = "0", "NOT NOTICED: no test comes to it"
		case len(row.noticed) > 0:
			used = "–" // a test that fails does not tell
		case row.used == 0:
			by = "not used by the tests"
		default:
			by = "NOT NOTICED"
		}
		if row.where != "" {
			by += " (" + row.where + ")"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", row.name, used, by)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	var lines strings.Builder
	for i := range r.rows {
		if row := &r.rows[i]; row.hole() && !row.unreached {
			fmt.Fprintf(&lines, "to look into %s: go test %s", row.name, r.pkg)
			if r.pattern != "" {
				fmt.Fprintf(&lines, " -run %s", shell.Quote(r.pattern))
			}
			fmt.Fprintf(&lines, " -sim.mutate=%s\n", shell.Quote(row.name))
		}
	}
	_, err := fmt.Fprintf(to, "%s\n", lines.String())
	return err
}
