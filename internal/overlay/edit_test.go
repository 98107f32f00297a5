package overlay

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

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
	tc := toolchain(t)
	n, err := supported(tc.Release)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			source, err := os.ReadFile(filepath.Join(tc.Root, "src", test.file))
			if err != nil {
				t.Fatal(err)
			}
			if n := bytes.Count(source, []byte(test.old)); n != 1 {
				t.Fatalf("%q occurs %d times; the test is out of date", test.old, n)
			}
			source = bytes.Replace(source, []byte(test.old), []byte(test.new), 1)
			_, err = apply(tc.Release, test.file, source, editsOf(n)[test.file])
			var got *AnchorError
			if !errors.As(err, &got) {
				t.Fatalf("got %v; want an AnchorError", err)
			}
			if *got != test.want {
				t.Errorf("got %+v; want %+v", *got, test.want)
			}
			if s := err.Error(); !strings.Contains(s, test.file) || !strings.Contains(s, test.want.Decl) || !strings.Contains(s, tc.Release) {
				t.Errorf("the message does not say where: %s", s)
			}
		})
	}
}

// Whoever brings the edits to a new release sees all that is to do at once.
func TestAllMovedAnchorsAreNamed(t *testing.T) {
	tc := toolchain(t)
	n, err := supported(tc.Release)
	if err != nil {
		t.Fatal(err)
	}
	tc.Root = movedRoot(t, tc)
	_, err = edited(tc, n)
	var got *MovedError
	if !errors.As(err, &got) {
		t.Fatalf("got %v; want a MovedError", err)
	}
	want := []AnchorError{
		{File: "runtime/proc.go", Decl: "preemptPark", Count: 0},
		{File: "runtime/proc.go", Decl: "goexit0", Anchor: "gdestroy(gp)", Count: 2},
		{File: "runtime/select.go", Decl: "selectgo", Anchor: "cheaprandn(uint32(norder + 1))", Count: 0},
		{File: "sync/pool.go"},
	}
	if len(got.Moved) != len(want) {
		t.Fatalf("got\n%v\nwant %d places", err, len(want))
	}
	for i, a := range got.Moved {
		if *a != want[i] {
			t.Errorf("got %+v; want %+v", *a, want[i])
		}
		if !strings.Contains(err.Error(), a.Error()) {
			t.Errorf("%q is not in the message:\n%v", a, err)
		}
	}
}

// movedRoot returns a copy of the files that edits change, in which four places have moved.
func movedRoot(t *testing.T, tc Toolchain) string {
	root := t.TempDir()
	n, err := supported(tc.Release)
	if err != nil {
		t.Fatal(err)
	}
	for file := range editsOf(n) {
		source, err := os.ReadFile(filepath.Join(tc.Root, "src", file))
		if err != nil {
			t.Fatal(err)
		}
		source = bytes.ReplaceAll(source, []byte("cheaprandn(uint32(norder + 1))"), []byte("cheaprandn(uint32(norder+1))"))
		source = bytes.ReplaceAll(source, []byte("func preemptPark(gp *g) {"), []byte("func preemptParked(gp *g) {"))
		source = bytes.ReplaceAll(source, []byte("func goexit0(gp *g) {"), []byte("func goexit0(gp *g) { gdestroy(gp)"))
		if file == "sync/pool.go" {
			continue
		}
		if err := writeFile(filepath.Join(root, "src", file), source); err != nil {
			t.Fatal(err)
		}
	}
	return root
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

func TestInsertsAreFreed(t *testing.T) {
	for _, test := range []struct{ insert, want string }{
		{"//go:build ignore\n\npackage p\n", "package p\n"},
		{"//go:build ignore && go1.27\n\npackage p\n", "//go:build go1.27\n\npackage p\n"},
		{"//go:build ignore && !go1.26\n\npackage p\n", "//go:build !go1.26\n\npackage p\n"},
	} {
		got, err := unignore("p.go", []byte(test.insert))
		if err != nil || string(got) != test.want {
			t.Errorf("%q became %q, %v; want %q", test.insert, got, err, test.want)
		}
	}
	for _, bad := range []string{"package p\n", "//go:build ignore || go1.27\n\npackage p\n", "//go:build go1.27\n\npackage p\n"} {
		if got, err := unignore("p.go", []byte(bad)); err == nil {
			t.Errorf("%q became %q; want an error", bad, got)
		}
	}
}
