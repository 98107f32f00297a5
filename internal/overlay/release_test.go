package overlay

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// available returns the toolchains on this machine: the one that runs the tests, and those that the go
// command has fetched into the module cache.
func available(t *testing.T) []Toolchain {
	t.Helper()
	running := toolchain(t)
	list := []Toolchain{running}
	out, err := exec.Command("go", "env", "GOMODCACHE", "GOHOSTOS", "GOHOSTARCH").Output()
	if err != nil {
		t.Fatal(err)
	}
	env := strings.Fields(string(out))
	prefix := filepath.Join(env[0], "golang.org", "toolchain@v0.0.1-")
	suffix := "." + env[1] + "-" + env[2]
	roots, err := filepath.Glob(prefix + "*" + suffix)
	if err != nil {
		t.Fatal(err)
	}
	for _, root := range roots {
		tc := Toolchain{
			Command: filepath.Join(root, "bin", "go"+exeSuffix),
			Release: strings.TrimSuffix(strings.TrimPrefix(root, prefix), suffix),
			Root:    root,
			Sealed:  true,
		}
		if _, err := supported(tc.Release); err == nil && root != running.Root {
			list = append(list, tc)
		}
	}
	return list
}

// This is the test to begin with for a new Go release: run by its go command, it names each place
// that has moved. See CONTRIBUTING.md.
func TestEditsApply(t *testing.T) {
	for _, tc := range available(t) {
		t.Run(tc.Release, func(t *testing.T) {
			n, ok := minor(tc.Release)
			if !ok {
				t.Fatalf("%s is no release", tc.Release)
			}
			files, err := edited(tc, n)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := supported(tc.Release); err != nil {
				t.Errorf("all edits apply, but %v: widen oldest and newest in overlay.go", err)
			}
			if len(files) < 10 {
				t.Errorf("%d files of the standard library are changed; the table names more", len(files))
			}
			for name, data := range files {
				source, err := os.ReadFile(filepath.Join(tc.Root, "src", name))
				if err != nil {
					t.Fatal(err)
				}
				if bytes.Equal(data, source) {
					t.Errorf("%s is not changed", name)
				}
				if a, b := bytes.Count(source, []byte("\n")), bytes.Count(data, []byte("\n")); a != b {
					t.Errorf("%s had %d lines and has %d", name, a, b)
				}
			}
		})
	}
}

// An edit that no supported release takes is left over from one that was.
func TestEditsAreOfSupportedReleases(t *testing.T) {
	for _, e := range edits {
		if e.from > newest || e.to != 0 && (e.to < oldest || e.to < e.from) {
			t.Errorf("the edit of %s in %s is for releases 1.%d to 1.%d", e.decl, e.file, e.from, e.to)
		}
		if e.from != 0 && e.from <= oldest || e.to >= newest {
			t.Errorf("the edit of %s in %s bounds releases, 1.%d to 1.%d, where no supported one is", e.decl, e.file, e.from, e.to)
		}
	}
}

// compiles builds the packages that a patched runtime changes, and those that they need.
func compiles(o *Overlay, files map[string][]byte) error {
	args := append([]string{"build", "-tags=" + Tag}, o.Flags()...)
	seen := make(map[string]bool)
	for name := range files {
		if dir := filepath.ToSlash(filepath.Dir(name)); !seen[dir] {
			seen[dir] = true
			args = append(args, dir)
		}
	}
	cmd := exec.Command(o.Command, args...)
	cmd.Env = append(cmd.Environ(), append(o.Env(), "GOTOOLCHAIN=local", "GOFLAGS=")...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return errors.New(strings.TrimSpace(string(out)))
	}
	return nil
}

// What the edits and inserts come to is compiled, for one toolchain of each release.
func TestPatchedRuntimesCompile(t *testing.T) {
	done := make(map[int]bool)
	for _, tc := range available(t) {
		n, _ := minor(tc.Release)
		if done[n] {
			continue
		}
		done[n] = true
		t.Run(tc.Release, func(t *testing.T) {
			o, err := Make(tc)
			if err != nil {
				t.Fatal(err)
			}
			files, err := patch(tc)
			if err != nil {
				t.Fatal(err)
			}
			if err := compiles(o, files); err != nil {
				t.Error(err)
			}
		})
	}
}
