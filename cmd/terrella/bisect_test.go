package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terrella-go/terrella/internal/plan"
)

// A history is a git repository made for a test. Its module lies in the folder svc and finds this one by a replacement
// that leads out of the repository.
type history struct {
	t   *testing.T
	dir string
}

func newHistory(t *testing.T) *history {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Fatal("the tests need git: ", err)
	}
	h := &history{t, filepath.Join(t.TempDir(), "repository")}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	svc := filepath.Join(h.dir, "svc")
	if err := os.MkdirAll(filepath.Join(svc, "store"), 0o777); err != nil {
		t.Fatal(err)
	}
	to, err := filepath.Rel(svc, root)
	if err != nil {
		t.Fatal(err)
	}
	mod, err := os.ReadFile(filepath.Join(root, "examples", "register", "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	sum, err := os.ReadFile(filepath.Join(root, "examples", "register", "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(mod), "module github.com/terrella-go/terrella/examples/register", "module example.com/svc")
	h.write("svc/go.mod", strings.ReplaceAll(text, "=> ../..", "=> "+filepath.ToSlash(to)))
	h.write("svc/go.sum", string(sum))
	h.git("init", "--quiet", "--initial-branch=main")
	return h
}

func (h *history) write(name, text string) {
	h.t.Helper()
	if err := os.WriteFile(filepath.Join(h.dir, filepath.FromSlash(name)), []byte(text), 0o666); err != nil {
		h.t.Fatal(err)
	}
}

func (h *history) git(args ...string) string {
	h.t.Helper()
	cmd := exec.Command("git", append([]string{"-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"}, args...)...)
	cmd.Dir = h.dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		h.t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// storeTest is the test of the package; the function literals before it change the name of the one that fails.
const storeTest = `package store

import (
	"testing"

	"github.com/terrella-go/terrella/sim"
	"github.com/terrella-go/terrella/sim/prop"
)

func TestStore(t *testing.T) {
	%s
	sim.Test(t, func(w *sim.World) {
		prop.Always(Kind() == "store", "it is a store")
		prop.Always(Sum() == 3, "the sum is three")
	})
}
`

const goodStore = `package store

func Sum() int { return 1 + 2 }

func Kind() string { return "store" }
`

// commit writes the package and commits it.
func (h *history) commit(subject, store, before string) string {
	h.t.Helper()
	h.write("svc/store/store.go", store)
	h.write("svc/store/store_test.go", fmt.Sprintf(storeTest, before))
	h.git("add", ".")
	h.git("commit", "--quiet", "--allow-empty", "--message", subject)
	return h.git("rev-parse", "HEAD")
}

// failure writes a failure of the sum outside of the repository.
func (h *history) failure() string {
	h.t.Helper()
	name := filepath.Join(filepath.Dir(h.dir), "failure.json")
	err := (&plan.File{
		Test: "TestStore", Package: "example.com/svc/store", Property: "the sum is three",
		Site: plan.Site{Func: "example.com/svc/store.TestStore.func1", File: "store/store_test.go", Line: 14},
		Plan: plan.Plan{Seed: 1, Faults: &[]string{}},
	}).WriteFile(name)
	if err != nil {
		h.t.Fatal(err)
	}
	return name
}

func (h *history) bisect(good, bad string) answer {
	h.t.Helper()
	return call{dir: filepath.Join(h.dir, "svc"), args: []string{"bisect", h.failure(), good, bad}}.run(h.t)
}

func TestBisect(t *testing.T) {
	h := newHistory(t)
	badStore := strings.Replace(goodStore, "1 + 2", "1 + 1", 1)
	first := h.commit("begin", goodStore, "")
	h.commit("something else", goodStore, "// nothing")
	h.commit("does not build", goodStore+"\nvar x int = \"\"\n", "")
	h.commit("builds again", goodStore, "")
	h.commit("fails in another way", strings.Replace(badStore, `"store"`, `"shop"`, 1), "")
	h.commit("fails no more in another way", goodStore, "")
	bug := h.commit("a faster sum", badStore, "")
	h.commit("something else", badStore, "// nothing")
	h.commit("a function more", badStore, "func() {}()") // the one that fails has another name
	h.write("svc/store/notes.txt", "not committed")
	h.write("svc/store/store.go", "package store // being edited")
	before := h.git("status", "--porcelain=v1", "--branch") + h.git("worktree", "list") + h.git("for-each-ref")

	// Both ends, and what git chooses between them: some of those above.
	h.bisect(first, "HEAD").want(t, 0, "a function more: still fails", "begin: no longer fails", "a faster sum: still fails",
		"the first bad commit is\n"+bug+"  a faster sum")
	if after := h.git("status", "--porcelain=v1", "--branch") + h.git("worktree", "list") + h.git("for-each-ref"); after != before {
		t.Errorf("the repository was\n%s\nand is\n%s", before, after)
	}

	h.bisect("HEAD", first).want(t, 2, "GOOD is the older one")
	h.bisect(first, "HEAD~5").want(t, 2, "builds again: no longer fails", "HEAD~5 is said to be bad, but there the failure no longer fails")
	h.bisect("HEAD~6", "HEAD").want(t, 2, "HEAD~6 can't be judged: cannot build the tests of example.com/svc/store", "store.go:7")
	h.bisect("nosuch", "HEAD").want(t, 2, "nosuch is no commit of ", "fetch the rest first")
	h.bisect("HEAD", "main").want(t, 2, "are the same commit")
}

// Where commits can't be judged the answer is not one commit.
func TestBisectUndecided(t *testing.T) {
	h := newHistory(t)
	badStore := strings.Replace(goodStore, "1 + 2", "1 + 1", 1)
	h.commit("begin", goodStore, "")
	odd := h.commit("fails in another way", strings.Replace(goodStore, `"store"`, `"shop"`, 1), "")
	bug := h.commit("a faster sum", badStore, "")
	h.bisect("HEAD~2", "HEAD").want(t, 1, "fails in another way: skipped: fails in another way", "the first bad commit is one of\n", odd+"  fails in another way", bug+"  a faster sum")
}

func TestBisectLacks(t *testing.T) {
	name := filepath.Join(t.TempDir(), "x.json")
	if err := os.WriteFile(name, []byte(failureOf(t, "TestSteady", "x")), 0o666); err != nil {
		t.Fatal(err)
	}
	args := []string{"bisect", name, "a", "b"}
	call{dir: t.TempDir(), args: args}.run(t).want(t, 3, "needs the history of a git repository")
	call{dir: t.TempDir(), env: []string{"PATH="}, args: args}.run(t).want(t, 3, "there is no git command on the path")
	call{args: []string{"bisect", "nosuch.json", "a", "b"}}.run(t).want(t, 2, "nosuch.json")
	call{args: []string{"bisect", name, "a"}}.run(t).want(t, 2, "accepts 3 arg(s)")
}
