package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// modules is a module with another inside.
var modules = map[string]string{
	"go.mod": goMod("example.com/top"),
	"top_test.go": `package top

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

func TestTags(t *testing.T) { fmt.Println("tags:", strings.Join(tags, " ")) }

// TestFinding appends to the command's file, as package sim does, and fails.
func TestFinding(t *testing.T) {
	kind := os.Getenv("KIND")
	if kind == "" {
		return
	}
	f, err := os.OpenFile(os.Getenv("TERRELLA_FINDINGS"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(f, "{\"test\":%q,\"package\":\"example.com/top\",\"kind\":%q,\"seed\":\"0x7\"}\n", t.Name(), kind)
	f.Close()
	t.Fail()
}

var tags []string
`,
	"patched_test.go": `//go:build terrella

package top

func init() { tags = append(tags, "patched") }
`,
	"mine_test.go": `//go:build mine

package top

func init() { tags = append(tags, "mine") }
`,
	"broken/broken_test.go":   "package broken\n\nfunc f() { undefined() }\n",
	"missing/missing_test.go": "package missing\n\nimport _ \"example.com/nowhere\"\n",
	"sub/go.mod":              goMod("example.com/sub"),
	"sub/pkg/pkg.go":          "package pkg\n\nfunc One() int { return 1 }\n",
	"sub/pkg/pkg_test.go": `package pkg

import "testing"

func TestOne(t *testing.T) {
	if One() != 1 {
		t.Fatal("not one")
	}
}
`,
}

func TestTest(t *testing.T) {
	top := tree(t, modules)
	for _, tt := range []struct {
		name string
		dir  string
		env  []string
		args string
		code int
		want []string
	}{
		{"current folder", "", nil, "-v", 0, []string{"tags: patched\n", "--- PASS: TestTags", "ok  \texample.com/top"}},
		{"tags apart", "", nil, "-v -tags mine .", 0, []string{"tags: mine patched"}},
		{"tags behind", "", nil, ". -v -tags=x,mine", 0, []string{"tags: mine patched"}},
		{"tags in GOFLAGS", "", []string{"GOFLAGS=-v -tags=mine"}, ".", 0, []string{"tags: mine patched"}},
		{"tags override GOFLAGS", "", []string{"GOFLAGS=-tags=mine"}, "-v -tags=x", 0, []string{"tags: patched"}},
		{"arguments of the test", "", nil, ". -v -args x -tags mine", 0, []string{"tags: patched"}},
		{"property", "", []string{"KIND=property"}, ".", 1, []string{"--- FAIL: TestFinding", "!terrella: "}},
		{"nondeterminism", "", []string{"KIND=nondeterminism"}, "-json .", 4,
			[]string{`"Action":"fail"`, "terrella: TestFinding in package example.com/top is not deterministic: two runs of seed 0x7 differ"}},
		{"finding that makes no sense", "", []string{"KIND=\n"}, ".", 1, []string{"--- FAIL: TestFinding"}},
		{"build failure", "", nil, "./broken", 3, []string{"undefined: undefined", "FAIL\texample.com/top/broken [build failed]"}},
		{"build failure before nondeterminism", "", []string{"KIND=nondeterminism"}, "-json . ./broken", 3, []string{"[build failed]"}},
		{"setup failure", "", nil, "./missing", 3, []string{"example.com/nowhere", "[setup failed]"}},
		{"no such folder", "", nil, "./nosuch", 3, []string{"nosuch"}},
		{"no such -C", "", nil, "-C nosuch", 2, []string{"terrella: ", "nosuch"}},
		{"bad flag of go test", "", nil, "-race=maybe", 2, []string{`invalid boolean value "maybe" for -race`}},
		{"flag without value", "", nil, ". -run", 2, []string{"terrella: flag needs an argument: -run"}},
		{"flag that the test does not know", "", nil, ". -sim.runs=3", 0, []string{"ok  \texample.com/top"}},
		{"flag that the test is given", "", nil, ". -sim.runs 3", 2, []string{"flag provided but not defined: -sim.runs", "write -sim.runs=VALUE"}},
		{"overlay", "", nil, "-overlay=x.json .", 2, []string{"terrella: -overlay=x.json can't be used"}},
		{"overlay in GOFLAGS", "", []string{"GOFLAGS=-overlay=x.json"}, ".", 2, []string{"terrella: GOFLAGS holds -overlay=x.json"}},
		{"help", "", nil, "-run X -h", 0, []string{"Test runs go test with the patched runtime", "Examples:", "terrella test ./..."}},
		{"another module", "", nil, "./sub/pkg -v", 0, []string{"--- PASS: TestOne", "ok  \texample.com/sub/pkg", "!terrella: "}},
		{"another module by -C", "", nil, "-C sub ./...", 0, []string{"ok  \texample.com/sub/pkg"}},
		{"the module above", "sub", nil, ".. ./...", 0, []string{"ok  \texample.com/top", "ok  \texample.com/sub/pkg"}},
		{"the worst of several modules", "", []string{"KIND=property"}, "./sub/... ./broken .", 3,
			[]string{"ok  \texample.com/sub/pkg", "[build failed]", "--- FAIL: TestFinding", "terrella: in "}},
		{"one profile of several modules", "", nil, ". ./sub/... -coverprofile=c", 2, []string{"terrella: -coverprofile can't be used for packages of several modules"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := call{filepath.Join(top, tt.dir), tt.env, append([]string{"test"}, strings.Fields(tt.args)...)}
			c.run(t).want(t, tt.code, tt.want...)
		})
	}
}

// What go test writes for another module lies where it was started.
func TestTestWritesHere(t *testing.T) {
	top := tree(t, modules)
	call{top, nil, []string{"test", "./sub/pkg", "-coverprofile=cover.out", "-c=false"}}.run(t).want(t, 0)
	data, err := os.ReadFile(filepath.Join(top, "cover.out"))
	if err != nil || !strings.Contains(string(data), "example.com/sub/pkg/pkg.go") {
		t.Errorf("cover.out: %q, %v", data, err)
	}
	call{top, nil, []string{"test", "-c", "./sub/pkg"}}.run(t).want(t, 0)
	if found, err := filepath.Glob(filepath.Join(top, "pkg.test*")); len(found) != 1 {
		t.Errorf("found test binaries %q, %v; want one", found, err)
	}
}

// In a workspace the go command finds the other modules itself.
func TestTestWorkspace(t *testing.T) {
	top := tree(t, modules)
	work := filepath.Join(top, "go.work")
	if err := os.WriteFile(work, []byte("go 1.25.0\n\nuse (\n\t.\n\t./sub\n)\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	call{top, []string{"GOWORK=" + work}, []string{"test", ".", "./sub/..."}}.run(t).
		want(t, 0, "ok  \texample.com/top", "ok  \texample.com/sub/pkg", "!terrella: in ")
}

// The command's results are cached by the go command as plain go test's are.
func TestTestCached(t *testing.T) {
	c := call{tree(t, modules), nil, []string{"test", "./sub/pkg"}}
	c.run(t).want(t, 0)
	c.run(t).want(t, 0, "(cached)")
}

// The root folder of the file system makes the go command hang when it lists it with an overlay.
func TestTestInRoot(t *testing.T) {
	root := filepath.VolumeName(t.TempDir()) + string(filepath.Separator)
	call{root, nil, []string{"test"}}.run(t).want(t, 3, "go: ", "go.mod")
	call{tree(t, modules), nil, []string{"test", root}}.run(t).want(t, 3, "go: ", "go.mod")
}

// Worlds under the command: each kind of end has its code.
func TestTestWorlds(t *testing.T) {
	for _, tt := range []struct {
		args string
		code int
		want []string
	}{
		{"-run=Steady -sim.runs=20 -sim.verify -v", 0, []string{"sim: TestSteady: 20 seeds", "!building"}},
		{"-run=Property", 1, []string{"this property does not hold", "!terrella: "}},
		{"-run=Nondeterministic|Property -sim.verify", 4,
			[]string{"TestNondeterministic is not deterministic", "first run", "second run", "worlds_test.go:",
				"github.com/terrella-go/terrella/cmd/terrella/testdata/worlds.begun (", "terrella: TestNondeterministic in package "}},
		{"-run=Steady -sim.seed=abc", 2, []string{"abc"}},
		{"-run=Steady -sim.nosuch=1", 2, []string{"sim: unknown flag -sim.nosuch"}},
		{"-run=Steady -sim.nosuch", 2, []string{"sim: unknown flag -sim.nosuch"}},
		{"-run=Steady -sim.runs", 2, []string{"sim: -sim.runs needs a value"}},
	} {
		t.Run(tt.args, func(t *testing.T) {
			args := append([]string{"test", "./testdata/worlds"}, strings.Fields(tt.args)...)
			call{args: args}.run(t).want(t, tt.code, tt.want...)
		})
	}
}

// A result is taken from the go command's cache if the flags in the environment were the same, and only then.
func TestTestFlagsAndCache(t *testing.T) {
	run := func(runs string, env ...string) answer {
		t.Helper()
		return call{env: env, args: []string{"test", "./testdata/worlds", "-run=Steady", "-v", runs}}.run(t)
	}
	run("-sim.runs=3").want(t, 0, ": 3 seeds")
	run("-sim.runs=4").want(t, 0, ": 4 seeds")
	run("-sim.runs=4").want(t, 0, ": 4 seeds", "(cached)")
	run("-v", "TERRELLA_RUNS=5").want(t, 0, ": 5 seeds")
	run("-v", "TERRELLA_RUNS=6").want(t, 0, ": 6 seeds")
	run("-sim.runs=3", "TERRELLA_RUNS=6").want(t, 0, ": 3 seeds")
}

// With -json all of standard output is JSON, also where a build fails.
func TestTestJSON(t *testing.T) {
	a := call{tree(t, modules), nil, []string{"test", "-json", ".", "./broken"}}.run(t)
	a.want(t, 3)
	for line := range strings.Lines(a.stdout) {
		if !json.Valid([]byte(line)) {
			t.Errorf("not JSON: %q", line)
		}
	}
}
