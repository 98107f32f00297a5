package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A testRun is one go test: the folder in which it runs, and the packages that it names.
type testRun struct {
	dir      string
	packages []string
}

// planRuns distributes packages, as they were named in home, over the modules that they are in.
// The go command looks into one module at a time, so what lies in
// another than home's is run there, under another name. Runs are in the order in which their
// first package was named. The function members returns the folders of the modules of home's workspace; it
// is asked only if need be.
func planRuns(home string, packages []string, members func() ([]string, error)) ([]testRun, error) {
	if len(packages) == 0 {
		return []testRun{{dir: home}}, nil
	}
	p := planner{home: home, members: members}
	if root := moduleRoot(home); root != "" {
		p.here = []string{root}
	}
	for _, pattern := range packages {
		dir, rest, ok := splitPattern(home, pattern)
		if !ok {
			p.add(home, pattern)
			continue
		}
		if filepath.Dir(dir) == dir && rest == "" {
			p.add(dir, ".") // overlays are not for the root folder, named or current; see package overlay
			continue
		}
		root, err := p.elsewhere(dir)
		if err != nil {
			return nil, err
		}
		if root == "" {
			p.add(home, pattern)
			continue
		}
		name, err := filepath.Rel(root, filepath.Join(dir, rest))
		if err != nil {
			return nil, usage("%w", err)
		}
		if name != "." {
			name = "./" + filepath.ToSlash(name)
		}
		p.add(root, name)
	}
	return p.runs, nil
}

// A planner is what planRuns knows so far.
type planner struct {
	home    string
	here    []string // modules that go test finds from home
	members func() ([]string, error)
	asked   bool
	runs    []testRun
}

// elsewhere returns the module that dir is in, "" if go test finds it from home or there is none.
func (p *planner) elsewhere(dir string) (string, error) {
	root := moduleRoot(dir)
	if root == "" || slices.Contains(p.here, root) {
		return "", nil
	}
	if !p.asked {
		p.asked = true
		members, err := p.members()
		if err != nil {
			return "", err
		}
		p.here = append(p.here, members...)
		if slices.Contains(p.here, root) {
			return "", nil
		}
	}
	return root, nil
}

func (p *planner) add(dir, pattern string) {
	i := slices.IndexFunc(p.runs, func(r testRun) bool { return r.dir == dir })
	if i < 0 {
		i = len(p.runs)
		p.runs = append(p.runs, testRun{dir: dir})
	}
	p.runs[i].packages = append(p.runs[i].packages, pattern)
}

// splitPattern returns the folder that a package pattern begins at and what follows: the part with the
// dots, or the name of a file. It reports false for an import path.
func splitPattern(home, pattern string) (dir, rest string, ok bool) {
	path := filepath.FromSlash(pattern)
	isFile := strings.HasSuffix(path, ".go")
	switch first, _, _ := strings.Cut(filepath.ToSlash(pattern), "/"); {
	case first == ".", first == "..", filepath.IsAbs(path), isFile:
	default:
		return "", "", false
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(home, path)
	}
	for at := path; strings.Contains(at, "...") || isFile; {
		isFile = false
		rest = filepath.Join(filepath.Base(at), rest)
		at = filepath.Dir(at)
		path = at
	}
	return path, rest, true
}

// moduleRoot returns the folder of the module that dir is in, "" if there is none.
func moduleRoot(dir string) string {
	for {
		if info, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil && !info.IsDir() {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return ""
		}
		dir = parent
	}
}
