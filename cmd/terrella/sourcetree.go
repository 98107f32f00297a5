package main

import (
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/terrella-go/terrella/internal/findings"
)

// A sourceTree is a repository, or what stands in for one: it knows where packages and functions are without asking
// the go command.
type sourceTree struct {
	root    string
	modules []goModule // those with longer paths first
}

// A goModule is a module of the tree.
type goModule struct{ path, dir string }

// openTree returns the tree that a folder is in: its git repository, or its module, or just the folder.
func openTree(dir string) (*sourceTree, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	t := &sourceTree{root: dir}
	if root := above(dir, ".git"); root != "" {
		t.root = root
	} else if root := moduleRoot(dir); root != "" {
		t.root = root
	}
	err = filepath.WalkDir(t.root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			if d != nil && d.IsDir() && errors.Is(err, fs.ErrPermission) {
				return filepath.SkipDir
			}
			return err
		}
		if d.IsDir() {
			if name != t.root && notSource(d.Name()) {
				return filepath.SkipDir
			}
			return nil
		}
		if d.Name() == "go.mod" {
			if path := declaredPath(name); path != "" {
				t.modules = append(t.modules, goModule{path, filepath.Dir(name)})
			}
		}
		return nil
	})
	slices.SortStableFunc(t.modules, func(a, b goModule) int { return len(b.path) - len(a.path) })
	return t, err
}

// notSource reports whether a folder of that name holds no modules of the repository's own.
func notSource(name string) bool {
	return strings.HasPrefix(name, ".") || name == "testdata" || name == "vendor" || name == "node_modules"
}

// above returns the nearest folder from dir upwards that has an entry of that name, "" if none has.
func above(dir, name string) string {
	for {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return ""
		}
		dir = parent
	}
}

var moduleLine = regexp.MustCompile(`(?m)^module[ \t]+"?([^\s"]+)`)

// declaredPath returns the path that a go.mod file gives its module, "" if it can't be read.
func declaredPath(file string) string {
	data, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	if m := moduleLine.FindSubmatch(data); m != nil {
		return string(m[1])
	}
	return ""
}

// find returns the folder of a package and the module that it is in.
func (t *sourceTree) find(pkg string) (dir string, in goModule, ok bool) {
	for _, m := range t.modules {
		rest, found := strings.CutPrefix(pkg, m.path)
		if !found || rest != "" && rest[0] != '/' {
			continue
		}
		dir = filepath.Join(m.dir, filepath.FromSlash(rest))
		if info, err := os.Stat(dir); err == nil && info.IsDir() {
			return dir, m, true
		}
	}
	return "", goModule{}, false
}

// packageIn returns the import path of the package in a folder, "" if the folder is in no module of the tree.
func (t *sourceTree) packageIn(dir string) string {
	root := moduleRoot(dir)
	for _, m := range t.modules {
		if m.dir != root {
			continue
		}
		if rel, err := filepath.Rel(root, dir); err == nil {
			return path.Join(m.path, filepath.ToSlash(rel))
		}
	}
	return ""
}

// locate enters the file of a finding's site, by its name from the tree's root, if it is there.
func (t *sourceTree) locate(f *findings.Finding) {
	pkg := funcPackage(f.Site.Func)
	dir, _, ok := t.find(pkg)
	if !ok {
		dir, _, ok = t.find(strings.TrimSuffix(pkg, "_test")) // a package of tests beside the one it tests
	}
	if !ok || f.Site.File == "" {
		return
	}
	name := filepath.Join(dir, path.Base(f.Site.File))
	if _, err := os.Stat(name); err != nil {
		return
	}
	if rel, err := filepath.Rel(t.root, name); err == nil {
		f.Path = filepath.ToSlash(rel)
	}
}

// funcPackage returns the import path in the name of a function.
func funcPackage(name string) string {
	last := strings.LastIndexByte(name, '/') + 1
	dot := strings.IndexByte(name[last:], '.')
	if dot < 0 {
		return ""
	}
	pkg, err := url.PathUnescape(name[:last+dot]) // a dot in the last part stands as %2e
	if err != nil {
		return ""
	}
	return pkg
}
