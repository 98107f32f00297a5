package overlay

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func toolchain(t *testing.T) Toolchain {
	t.Helper()
	tc, err := Find(".")
	if err != nil {
		t.Fatal(err)
	}
	return tc
}

func TestEditsKeepLineNumbers(t *testing.T) {
	tc := toolchain(t)
	files, err := patch(tc)
	if err != nil {
		t.Fatal(err)
	}
	changed := 0
	for name, data := range files {
		source, err := os.ReadFile(filepath.Join(tc.Root, "src", name))
		if errors.Is(err, os.ErrNotExist) {
			continue // one of ours
		}
		if err != nil {
			t.Fatal(err)
		}
		changed++
		if bytes.Equal(data, source) {
			t.Errorf("%s is not changed", name)
		}
		if a, b := bytes.Count(source, []byte("\n")), bytes.Count(data, []byte("\n")); a != b {
			t.Errorf("%s had %d lines and has %d", name, a, b)
		}
	}
	if changed < 10 {
		t.Errorf("%d files of the standard library are changed; the table names more", changed)
	}
}

func TestOverlayFileNamesWhatIsThere(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	tc := toolchain(t)
	o, err := Make(tc)
	if err != nil {
		t.Fatal(err)
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
			if _, err := os.Stat(o.File); err != nil {
				t.Error(err)
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

// A GOROOT in which something has moved is refused by name, never patched by guess.
func TestMovedAnchorIsNamed(t *testing.T) {
	tests := []struct {
		name, file string
		old, new   string
		want       AnchorError
	}{
		{"anchor gone", "runtime/select.go", "cheaprandn(uint32(norder + 1))", "cheaprandn(uint32(norder+1))",
			AnchorError{File: "runtime/select.go", Decl: "selectgo", Anchor: "cheaprandn(uint32(norder + 1))", Count: 0}},
		{"anchor twice", "runtime/proc.go", "func goyield_m(gp *g) {", "func goyield_m(gp *g) { dropg()",
			AnchorError{File: "runtime/proc.go", Decl: "goyield_m", Anchor: "dropg()", Count: 2}},
		{"function gone", "runtime/proc.go", "func preemptPark(gp *g) {", "func preemptParked(gp *g) {",
			AnchorError{File: "runtime/proc.go", Decl: "preemptPark", Count: 0}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			tc := toolchain(t)
			source, err := os.ReadFile(filepath.Join(tc.Root, "src", test.file))
			if err != nil {
				t.Fatal(err)
			}
			if n := bytes.Count(source, []byte(test.old)); n != 1 {
				t.Fatalf("%q occurs %d times; the test is out of date", test.old, n)
			}
			source = bytes.Replace(source, []byte(test.old), []byte(test.new), 1)
			var list []edit
			for _, e := range edits {
				if e.file == test.file {
					list = append(list, e)
				}
			}
			_, err = apply(tc.Release, test.file, source, list)
			var got *AnchorError
			if !errors.As(err, &got) {
				t.Fatalf("got %v; want an AnchorError", err)
			}
			test.want.Go = tc.Release
			if *got != test.want {
				t.Errorf("got %+v; want %+v", *got, test.want)
			}
			if s := got.Error(); !strings.Contains(s, test.file) || !strings.Contains(s, test.want.Decl) || !strings.Contains(s, tc.Release) {
				t.Errorf("the message does not say where: %s", s)
			}
		})
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

func TestApply(t *testing.T) {
	const source = `package p

type t struct {
	a int
}

func (x *t) m() {
	one()
	two()
}

func f() {
	one()
}
`
	got, err := apply("go1.26", "p.go", []byte(source), []edit{
		{decl: "t", op: addField, text: "b int"},
		{decl: "(*t).m", op: after, anchor: "one()", text: "; oneAndAHalf()"},
		{decl: "(*t).m", op: before, anchor: "two()", text: "oneAndThreeQuarters(); "},
		{decl: "(*t).m", op: atExit, text: "three()"},
		{decl: "f", op: atEntry, text: "zero()"},
		{decl: "f", op: replace, anchor: "one()", text: "two()"},
	})
	if err != nil {
		t.Fatal(err)
	}
	const want = `package p

type t struct {
	a int
b int }

func (x *t) m() {
	one(); oneAndAHalf()
	oneAndThreeQuarters(); two()
three() }

func f() { zero();
	two()
}
`
	if string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for name, bad := range map[string][]edit{
		"line break":     {{decl: "f", op: atEntry, text: "a()\nb()"}},
		"does not parse": {{decl: "f", op: atEntry, text: "if {"}},
		"overlap":        {{decl: "f", op: replace, anchor: "one()", text: "a()"}, {decl: "f", op: replace, anchor: "ne()", text: "b()"}},
	} {
		if _, err := apply("go1.26", "p.go", []byte(source), bad); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
