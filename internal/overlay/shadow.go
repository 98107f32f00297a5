package overlay

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"runtime"
)

// exeSuffix is what names of programs end in.
var exeSuffix = map[string]string{"windows": ".exe"}[runtime.GOOS]

// shadow makes a GOROOT in dir that is root but for files, named from its src folder. Folders that
// none of the files lie in are symbolic links. The packages that they do lie in are copied: the go command
// does not embed through links to files.
func shadow(dir, root string, files map[string][]byte) error {
	s := shadowing{dir: dir, root: root, open: map[string]bool{".": true, "src": true}, patched: make(map[string]bool)}
	for name := range files {
		at := path.Dir(path.Join("src", name))
		s.patched[at] = true
		for ; at != "."; at = path.Dir(at) {
			s.open[at] = true
		}
	}
	if err := s.folder("."); err != nil {
		return err
	}
	if err := writeFile(filepath.Join(dir, shadowMark), []byte(root)); err != nil {
		return err
	}
	for name, data := range files {
		if err := writeFile(filepath.Join(dir, "src", filepath.FromSlash(name)), data); err != nil {
			return err
		}
	}
	return nil
}

// shadowMark is the file of a shadow that holds the name of the GOROOT that it was made from.
const shadowMark = "terrella-shadow-of"

// shadowed returns what root is a shadow of.
func shadowed(root string) (original string, ok bool) {
	data, err := os.ReadFile(filepath.Join(root, shadowMark))
	return string(data), err == nil
}

type shadowing struct {
	dir, root string
	open      map[string]bool // folders that are not linked as a whole
	patched   map[string]bool // those of them whose files are copied
}

// folder makes one folder that is open.
func (s *shadowing) folder(name string) error {
	if err := os.MkdirAll(filepath.Join(s.dir, name), 0o777); err != nil {
		return err
	}
	entries, err := os.ReadDir(filepath.Join(s.root, name))
	if err != nil {
		return err
	}
	for _, e := range entries {
		child := path.Join(name, e.Name())
		switch {
		case s.open[child]:
			err = s.folder(child)
		case s.patched[name] && e.Type().IsRegular():
			err = s.copy(child)
		default:
			err = s.link(child)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *shadowing) copy(name string) error {
	data, err := os.ReadFile(filepath.Join(s.root, name))
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(s.dir, name), data)
}

func (s *shadowing) link(name string) error {
	err := os.Symlink(filepath.Join(s.root, name), filepath.Join(s.dir, name))
	if err != nil && runtime.GOOS == "windows" {
		return fmt.Errorf("a toolchain in the module cache is patched through symbolic links, and Windows refused one: %w; allow them (developer mode), or install the Go release apart from the module cache", err)
	}
	return err
}
