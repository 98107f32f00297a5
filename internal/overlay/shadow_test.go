package overlay

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestShadow(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	tc := toolchain(t)
	tc.Sealed = true
	files, err := patch(tc)
	if err != nil {
		t.Fatal(err)
	}
	o, err := Make(tc)
	if err != nil {
		t.Fatal(err)
	}
	if o.File != "" || o.Flags() != nil || !o.Fresh {
		t.Errorf("a sealed toolchain got %+v, with the flags %v", o, o.Flags())
	}

	// The go command takes it for a GOROOT.
	cmd := exec.Command(o.Command, "env", "GOROOT", "GOVERSION")
	cmd.Env = append(cmd.Environ(), append(o.Env(), "GOTOOLCHAIN=local")...)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Fields(string(out)), []string{o.Shadow, tc.Release}; len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("go env with %v says %q; want %q", o.Env(), got, want)
	}

	// The patched packages are files, with the patch.
	src := filepath.Join(o.Shadow, "src")
	for name, want := range files {
		if got, err := os.ReadFile(filepath.Join(src, name)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not patched: %v", name, err)
		}
		entries, err := os.ReadDir(filepath.Dir(filepath.Join(src, name)))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if strings.HasSuffix(e.Name(), ".go") && !e.Type().IsRegular() {
				t.Errorf("%s beside %s is a %v", e.Name(), name, e.Type())
			}
		}
	}
	// All else is there, and is the toolchain's own.
	count := 0
	err = filepath.WalkDir(tc.Root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, _ := filepath.Rel(tc.Root, name)
		if inSrc, ok := strings.CutPrefix(filepath.ToSlash(rel), "src/"); ok && files[inSrc] != nil {
			return nil
		}
		count++
		want, err := os.Stat(name)
		if err != nil {
			return err
		}
		got, err := os.Stat(filepath.Join(o.Shadow, rel))
		if err != nil {
			return err
		}
		if got.Size() != want.Size() {
			t.Errorf("%s has %d bytes; want %d", rel, got.Size(), want.Size())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if count < 1000 {
		t.Errorf("looked at %d files of GOROOT; it has more", count)
	}
	if info, err := os.Lstat(filepath.Join(src, "fmt")); err != nil || info.Mode().Type() != fs.ModeSymlink {
		t.Errorf("src/fmt is not a link: %v", err)
	}

	again, err := Make(tc)
	if err != nil || again.Fresh || again.Dir != o.Dir {
		t.Errorf("the second time it was made again, in %s: %v", again.Dir, err)
	}

	// Whoever runs under it finds the same again, not a shadow of the shadow.
	t.Setenv("GOROOT", o.Shadow)
	t.Setenv("PATH", filepath.Join(o.Shadow, "bin")+string(filepath.ListSeparator)+os.Getenv("PATH"))
	t.Setenv("GOTOOLCHAIN", "local")
	inner, err := Find(".")
	if err != nil {
		t.Fatal(err)
	}
	if inner.Root != tc.Root || !inner.Sealed {
		t.Errorf("under the shadow of %s, %+v is found", tc.Root, inner)
	}
	if again, err := Make(inner); err != nil || again.Dir != o.Dir {
		t.Errorf("under the shadow another is made, in %s: %v", again.Dir, err)
	}
}

// The go command, given an overlay, does not come to an end in the root folder.
func TestRootFolderGetsShadow(t *testing.T) {
	root := filepath.VolumeName(t.TempDir()) + string(filepath.Separator)
	tc, err := Find(root)
	if err != nil || !tc.Sealed {
		t.Errorf("in %s: %+v, %v", root, tc, err)
	}
}
