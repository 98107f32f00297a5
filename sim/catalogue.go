package sim

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/terrella-go/terrella/sim/internal/hook"
)

// A catalogued check is a call of package prop, or of Antithesis' assert, in the source.
type catalogued struct {
	checkID
	where string
}

// propPackages are the packages whose calls are checks.
var propPackages = []string{"github.com/terrella-go/terrella/sim/prop", "github.com/antithesishq/antithesis-sdk-go/assert"}

// checkCalls are their functions: the kind of check, and which argument is its name.
var checkCalls = map[string]struct {
	kind hook.Kind
	name int
}{
	"Always": {hook.Always, 1}, "AlwaysOrUnreachable": {hook.Unreachable, 1}, "Sometimes": {hook.Sometimes, 1},
	"Reachable": {hook.Reachable, 0}, "Unreachable": {hook.Unreachable, 0},
	"AlwaysGreaterThan": {hook.Always, 2}, "AlwaysGreaterThanOrEqualTo": {hook.Always, 2},
	"AlwaysLessThan": {hook.Always, 2}, "AlwaysLessThanOrEqualTo": {hook.Always, 2},
	"SometimesGreaterThan": {hook.Sometimes, 2}, "SometimesGreaterThanOrEqualTo": {hook.Sometimes, 2},
	"SometimesLessThan": {hook.Sometimes, 2}, "SometimesLessThanOrEqualTo": {hook.Sometimes, 2},
	"AlwaysSome": {hook.Always, 1}, "SometimesAll": {hook.Sometimes, 1},
}

// catalogue returns the checks in the package under test and all that it imports of its module, by
// their place in the source. They are found once in a process.
var catalogue = sync.OnceValues(func() (*cataloguer, error) {
	dir, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	root, module, err := moduleOf(dir)
	if err != nil {
		return nil, err
	}
	c := &cataloguer{root: root, module: module, seen: make(map[string]bool)}
	if err := c.folder(dir, true); err != nil {
		return nil, err
	}
	return c, nil
})

// moduleOf returns the root folder of the module that a folder is in, and its path.
func moduleOf(dir string) (root, module string, err error) {
	for root = dir; ; root = filepath.Dir(root) {
		data, err := os.ReadFile(filepath.Join(root, "go.mod"))
		if err == nil {
			for line := range strings.Lines(string(data)) {
				if path, ok := strings.CutPrefix(strings.TrimSpace(line), "module "); ok {
					path = strings.TrimSpace(path)
					if unquoted, err := strconv.Unquote(path); err == nil {
						path = unquoted
					}
					return root, path, nil
				}
			}
		}
		if root == filepath.Dir(root) {
			return "", "", fmt.Errorf("no go.mod in %s or above", dir)
		}
	}
}

type cataloguer struct {
	root, module string
	seen         map[string]bool // folders
	checks       []catalogued
	points       []markedPoint
}

// A markedPoint is a call of prop.Mutate.
type markedPoint struct{ name, where string }

// folder catalogues the files of a package and of those that it imports.
func (c *cataloguer) folder(dir string, tests bool) error {
	if c.seen[dir] {
		return nil
	}
	c.seen[dir] = true
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := e.Name()
		if e.IsDir() || filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") && !tests {
			continue
		}
		if ok, err := build.Default.MatchFile(dir, name); err != nil || !ok {
			continue
		}
		if err := c.file(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return nil
}

// file catalogues one file.
func (c *cataloguer) file(name string) error {
	files := token.NewFileSet()
	parsed, err := parser.ParseFile(files, name, nil, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	var names []string // that the file has for the packages of checks
	for _, imp := range parsed.Imports {
		path, err := strconv.Unquote(imp.Path.Value)
		if err != nil {
			continue
		}
		if slices.Contains(propPackages, path) {
			local := filepath.Base(path)
			if imp.Name != nil {
				local = imp.Name.Name
			}
			names = append(names, local)
		}
		if below, ok := strings.CutPrefix(path, c.module); ok && (below == "" || below[0] == '/') {
			dir := filepath.Join(c.root, filepath.FromSlash(below))
			if _, err := os.Stat(dir); err == nil { // else it is in a module of its own
				if err := c.folder(dir, false); err != nil {
					return err
				}
			}
		}
	}
	if len(names) == 0 {
		return nil
	}
	short, err := filepath.Rel(c.root, name)
	if err != nil {
		short = name
	}
	ast.Inspect(parsed, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		fn, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		pkg, ok := fn.X.(*ast.Ident)
		if !ok || !slices.Contains(names, pkg.Name) {
			return true
		}
		where := fmt.Sprintf("%s:%d", filepath.ToSlash(short), files.Position(call.Pos()).Line)
		if what, ok := checkCalls[fn.Sel.Name]; ok {
			if text, ok := literal(call, what.name); ok {
				c.checks = append(c.checks, catalogued{checkID{what.kind, text}, where})
			}
		} else if text, ok := literal(call, 0); ok && fn.Sel.Name == "Mutate" {
			c.points = append(c.points, markedPoint{text, where})
		}
		return true
	})
	return nil
}

// literal returns an argument that is a constant string.
func literal(call *ast.CallExpr, n int) (string, bool) {
	if len(call.Args) <= n {
		return "", false
	}
	lit, ok := call.Args[n].(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}
