package overlay

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func toolchain(t *testing.T) Toolchain {
	t.Helper()
	tc, err := Find(".")
	if err != nil {
		t.Fatal(err)
	}
	return tc
}

func TestOverlayFileNamesWhatIsThere(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	tc := toolchain(t)
	tc.Sealed = false
	o, err := Make(tc)
	if err != nil {
		t.Fatal(err)
	}
	if o.Shadow != "" || o.Env() != nil || !slices.Equal(o.Flags(), []string{"-overlay=" + o.File}) {
		t.Errorf("a toolchain that can be overlaid is used by %v and %v", o.Flags(), o.Env())
	}
	if !o.Fresh {
		t.Error("made in an empty cache, and not fresh")
	}
	data, err := os.ReadFile(o.File)
	if err != nil {
		t.Fatal(err)
	}
	var overlay struct{ Replace map[string]string }
	if err := json.Unmarshal(data, &overlay); err != nil {
		t.Fatal(err)
	}
	if len(overlay.Replace) != o.Patched {
		t.Errorf("%d files are replaced; want %d", len(overlay.Replace), o.Patched)
	}
	for from, to := range overlay.Replace {
		if !strings.HasPrefix(from, filepath.Join(tc.Root, "src")+string(filepath.Separator)) {
			t.Errorf("%s is not in GOROOT", from)
		}
		if _, err := os.Stat(to); err != nil {
			t.Error(err)
		}
	}
	again, err := Make(tc)
	if err != nil {
		t.Fatal(err)
	}
	if again.Fresh || again.Dir != o.Dir {
		t.Errorf("the second time it was made again, in %s", again.Dir)
	}
}

func TestMakeAtOnce(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", cache)
	tc := toolchain(t)
	var wg sync.WaitGroup
	dirs := make([]string, 8)
	for i := range dirs {
		wg.Go(func() {
			o, err := Make(tc)
			if err != nil {
				t.Error(err)
				return
			}
			dirs[i] = o.Dir
			if !o.complete() {
				t.Errorf("%s is not there", o.Dir)
			}
		})
	}
	wg.Wait()
	left, err := os.ReadDir(filepath.Join(cache, "terrella", "runtime"))
	if err != nil {
		t.Fatal(err)
	}
	if len(left) != 1 || filepath.Base(dirs[0]) != left[0].Name() {
		t.Errorf("%d folders are left; want the one that all eight got", len(left))
	}
}

// A runtime that is used stays in the cache; one that was not for long goes when another is made.
func TestUnusedRuntimesAreRemoved(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", cache)
	old := time.Now().Add(-2 * maxAge)
	age := func(name string) string {
		dir := filepath.Join(cache, "terrella", "runtime", name)
		if err := errors.Join(os.MkdirAll(filepath.Join(dir, "runtime"), 0o777), os.Chtimes(dir, old, old)); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	there := func(dir string) bool { _, err := os.Stat(dir); return err == nil }
	make := func(tc Toolchain) *Overlay {
		o, err := Make(tc)
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	tc := toolchain(t)
	tc.Sealed = false
	unused := age("go1.25.0-0123456789abcdef")
	used := make(tc)
	if there(unused) {
		t.Error("a runtime that nobody used for long is still there")
	}
	age(filepath.Base(used.Dir))
	if make(tc).Fresh {
		t.Error("made anew")
	}
	tc.Sealed = true
	if make(tc); !there(used.File) {
		t.Error("a runtime that was used a moment ago is gone")
	}
}

func TestUnsupportedReleaseIsRefused(t *testing.T) {
	tc := toolchain(t)
	for _, release := range []string{"go1.99.1", "go1.20", "devel go1.27-abcdef", "gccgo"} {
		tc.Release = release
		_, err := Make(tc)
		if err == nil || !strings.Contains(err.Error(), release+" is not supported") || !strings.Contains(err.Error(), "GOTOOLCHAIN") {
			t.Errorf("%s: %v", release, err)
		}
	}
}

func TestCacheThatCantBeWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	t.Setenv("XDG_CACHE_HOME", file)
	_, err := Make(toolchain(t))
	if err == nil || !strings.Contains(err.Error(), "cannot write the patched runtime") || !strings.Contains(err.Error(), "XDG_CACHE_HOME") {
		t.Errorf("got %v", err)
	}
}

func TestNoGoCommand(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := Find(".")
	if !errors.Is(err, ErrNoGo) || !strings.Contains(err.Error(), "PATH") {
		t.Errorf("got %v", err)
	}
}
