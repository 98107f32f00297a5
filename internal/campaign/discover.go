package campaign

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// A Package is a package with tests that may have worlds.
type Package struct {
	Path   string // import path
	Dir    string
	Binary string   // its test binary on the patched runtime
	Race   bool     // that has the race detector
	Tests  []string // top-level tests, in order
}

// simPath is the package whose importers have worlds.
const simPath = "github.com/terrella-go/terrella/sim"

// listed is what go list tells of a package.
type listed struct {
	ImportPath, Name          string
	Dir                       string
	ForTest                   string
	DepOnly                   bool
	Imports                   []string
	TestGoFiles, XTestGoFiles []string
	Error                     *struct{ Err string }
}

// Discover asks the go command for packages, and returns those that have tests which may have worlds and whose name match accepts: those from which a
// function of a package can be reached that imports sim. goCommand returns a go command to be run in the folder that the patterns are
// relative to.
func Discover(goCommand func(args ...string) *exec.Cmd, flags, patterns []string, match func(test string) bool) ([]*Package, error) {
	args := append([]string{"list", "-test", "-deps", "-json=ImportPath,Name,Dir,ForTest,DepOnly,Imports,TestGoFiles,XTestGoFiles,Error"}, flags...)
	cmd := goCommand(append(args, patterns...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w\n%s", err, bytes.TrimSpace(stderr.Bytes()))
	}
	all, err := decodeList(out)
	if err != nil {
		return nil, err
	}
	reaches := reaching(all)
	var packages []*Package
	for _, l := range all {
		if l.DepOnly || l.ForTest != "" || strings.HasSuffix(l.ImportPath, ".test") {
			continue
		}
		var files []string
		for _, f := range slices.Concat(l.TestGoFiles, l.XTestGoFiles) {
			files = append(files, filepath.Join(l.Dir, f))
		}
		tests, err := testsOf(files, reaches)
		if err != nil {
			return nil, err
		}
		if tests = slices.DeleteFunc(tests, func(t string) bool { return !match(t) }); len(tests) > 0 {
			packages = append(packages, &Package{Path: l.ImportPath, Dir: l.Dir, Tests: tests})
		}
	}
	return packages, nil
}

func decodeList(out []byte) ([]*listed, error) {
	var all []*listed
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		l := new(listed)
		switch err := d.Decode(l); {
		case errors.Is(err, io.EOF):
			return all, nil
		case err != nil:
			return nil, fmt.Errorf("go list: %w", err)
		case l.Error != nil:
			return nil, fmt.Errorf("go list: %s", l.Error.Err)
		}
		all = append(all, l)
	}
}

// reaching returns the packages that are sim, or import it, themselves or through others: their names by their import
// paths. A package that is built anew for a test counts under its plain path.
func reaching(all []*listed) map[string]string {
	importers, names := make(map[string][]string), make(map[string]string)
	for _, l := range all {
		names[l.ImportPath] = l.Name
		for _, imp := range l.Imports {
			importers[imp] = append(importers[imp], l.ImportPath)
		}
	}
	reaches := make(map[string]string)
	seen := make(map[string]bool)
	for queue := []string{simPath}; len(queue) > 0; {
		p := queue[0]
		queue = queue[1:]
		if seen[p] {
			continue
		}
		seen[p] = true
		plain, _, _ := strings.Cut(p, " ")
		reaches[plain] = names[p]
		queue = append(queue, importers[p]...)
	}
	return reaches
}

// testsOf returns the top-level tests in files of a package from which, by the names that are used, a package that reaches worlds can be reached.
// It may return too many: a name stands for all that is called so.
func testsOf(files []string, reaches map[string]string) ([]string, error) {
	uses := make(map[string][]string) // names that a declaration uses, by the declaration's name
	var tests []string
	world := make(map[string]bool) // declarations that may make worlds
	fset := token.NewFileSet()
	for _, name := range files {
		f, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		imported := make(map[string]bool) // names by which this file knows packages that reach worlds
		dot := false
		for _, imp := range f.Imports {
			path := strings.Trim(imp.Path.Value, `"`)
			if reaches[path] == "" {
				continue
			}
			switch {
			case imp.Name == nil:
				imported[reaches[path]] = true
			case imp.Name.Name == ".":
				dot = true
			default:
				imported[imp.Name.Name] = true
			}
		}
		for _, d := range f.Decls {
			for _, name := range declared(d) {
				if fn, ok := d.(*ast.FuncDecl); ok && isTest(fn) {
					tests = append(tests, name)
				}
				ast.Inspect(d, func(n ast.Node) bool {
					switch n := n.(type) {
					case *ast.Ident:
						uses[name] = append(uses[name], n.Name)
						world[name] = world[name] || imported[n.Name]
					case *ast.AssignStmt: // who uses the variable uses what is put there, by an init function say
						for _, to := range n.Lhs {
							if v := variableOf(to); v != "" && n.Tok == token.ASSIGN {
								uses[v] = append(uses[v], name)
							}
						}
					}
					return true
				})
				world[name] = world[name] || dot
			}
		}
	}
	return slices.DeleteFunc(tests, func(t string) bool { return !reachesWorld(t, uses, world) }), nil
}

// variableOf returns the name of the variable, or of its package, that an assignment changes, the whole or a part of it.
func variableOf(e ast.Expr) string {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return x.Name
		case *ast.SelectorExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		default:
			return ""
		}
	}
}

func reachesWorld(from string, uses map[string][]string, world map[string]bool) bool {
	seen := make(map[string]bool)
	for queue := []string{from}; len(queue) > 0; {
		name := queue[0]
		queue = queue[1:]
		if seen[name] {
			continue
		}
		seen[name] = true
		if world[name] {
			return true
		}
		queue = append(queue, uses[name]...)
	}
	return false
}

// declared returns the names that a declaration declares. A method is called as it is named, whatever it is a method of.
func declared(d ast.Decl) []string {
	switch d := d.(type) {
	case *ast.FuncDecl:
		return []string{d.Name.Name}
	case *ast.GenDecl:
		var names []string
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.ValueSpec:
				for _, n := range s.Names {
					names = append(names, n.Name)
				}
			case *ast.TypeSpec:
				names = append(names, s.Name.Name)
			}
		}
		return names
	}
	return nil
}

// isTest reports whether the go command takes a function for a test.
func isTest(fn *ast.FuncDecl) bool {
	rest, ok := strings.CutPrefix(fn.Name.Name, "Test")
	return ok && fn.Recv == nil && fn.Type.Params.NumFields() == 1 && fn.Name.Name != "TestMain" && (rest == "" || rest[0] < 'a' || rest[0] > 'z')
}
