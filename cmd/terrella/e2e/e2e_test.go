package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

const (
	packagePath = "github.com/terrella-go/terrella"
	scripts     = "testdata/script"
)

// host is what all scripts share.
var host struct {
	bin      string // the folder of the built command, and of Delve
	checkout string
	goBin    string   // the folder of the go command
	env      []string // the caches and settings of the go command
}

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "terrella-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := 1
	if err := prepare(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
	} else {
		code = m.Run()
	}
	os.RemoveAll(dir)
	os.Exit(code)
}

// prepare builds the command, and fixes the caches: scripts have a HOME of their own, in which there are none.
func prepare(dir string) error {
	var err error
	if host.checkout, err = filepath.Abs(filepath.Join("..", "..", "..")); err != nil {
		return err
	}
	host.bin = dir
	for _, b := range []struct{ name, dir, pkg string }{
		{"terrella", host.checkout, "./cmd/terrella"},
		{"dlv", ".", "github.com/go-delve/delve/cmd/dlv"},
	} {
		build := exec.Command("go", "build", "-o", filepath.Join(dir, b.name+exeSuffix()), b.pkg)
		build.Dir = b.dir
		if out, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("go build: %w\n%s", err, out)
		}
	}
	names := []string{"GOCACHE", "GOMODCACHE", "GOPROXY", "GOSUMDB", "GONOSUMDB", "GOPRIVATE", "GOTOOLCHAIN", "GOFLAGS"}
	out, err := exec.Command("go", append([]string{"env", "-json"}, names...)...).Output()
	if err != nil {
		return fmt.Errorf("go env: %w", err)
	}
	env := make(map[string]string)
	if err := json.Unmarshal(out, &env); err != nil {
		return fmt.Errorf("go env: %w", err)
	}
	for _, name := range names {
		host.env = append(host.env, name+"="+env[name])
	}
	goCommand, err := exec.LookPath("go")
	if err != nil {
		return err
	}
	host.goBin = filepath.Dir(goCommand)
	cache, err := os.UserCacheDir() // where the patched runtime is
	if err != nil {
		return err
	}
	host.env = append(host.env, "XDG_CACHE_HOME="+cache, "LocalAppData="+cache, "GOWORK=off", "GOENV=off")
	return nil
}

func exeSuffix() string {
	if os.PathSeparator == '\\' {
		return ".exe"
	}
	return ""
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                scripts,
		RequireUniqueNames: true,
		Setup:              setup,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"terrella": terrella,
			"exits":    exits,
			"module":   module,
			"example":  example,
		},
	})
}

func setup(env *testscript.Env) error {
	home := filepath.Join(env.WorkDir, ".home")
	if err := os.MkdirAll(home, 0o777); err != nil {
		return err
	}
	env.Vars = append(env.Vars, host.env...)
	env.Setenv("HOME", home)
	env.Setenv("PATH", host.bin+string(os.PathListSeparator)+env.Getenv("PATH"))
	env.Setenv("CHECKOUT", host.checkout)
	env.Setenv("TERRELLA", filepath.Join(host.bin, "terrella"+exeSuffix()))
	env.Setenv("GOROOTBIN", host.goBin)
	env.Setenv("PACKAGE", packagePath)
	return nil
}

// terrella runs the command: a word less to write than exec.
func terrella(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("write exits CODE terrella …: the code matters")
	}
	if err := ts.Exec("terrella", args...); err != nil {
		ts.Fatalf("terrella: %v", err)
	}
}

// exits runs a command that has to exit with a code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND …")
	}
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := err.(*exec.ExitError)
		if !ok {
			ts.Fatalf("%s: %v", args[1], err)
		}
		got = exit.ExitCode()
	}
	if fmt.Sprint(got) != args[0] {
		ts.Fatalf("exit code %d, want %s", got, args[0])
	}
}

// module writes the go.mod of a module that uses this checkout.
func module(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: module PATH")
	}
	mod, sum, err := goModFor(args[0])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs("go.mod"), []byte(mod), 0o666))
	ts.Check(os.WriteFile(ts.MkAbs("go.sum"), []byte(sum), 0o666))
}

// goModFor returns the go.mod and go.sum of a module that uses this checkout, with all that it requires.
func goModFor(path string) (mod, sum string, err error) {
	text, err := os.ReadFile(filepath.Join(host.checkout, "go.mod"))
	if err != nil {
		return "", "", err
	}
	_, requirements, ok := strings.Cut(string(text), "\ngo ")
	if !ok {
		return "", "", errors.New("the checkout's go.mod has no go line")
	}
	sums, err := os.ReadFile(filepath.Join(host.checkout, "go.sum"))
	mod = fmt.Sprintf("module %s\n\ngo %s\nrequire %s v0.0.0\n\nreplace %[3]s => %q\n", path, requirements, packagePath, host.checkout)
	return mod, string(sums), err
}

// example copies an example, without the failures that were kept in the checkout.
func example(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: example NAME")
	}
	from, to := filepath.Join(host.checkout, "examples", args[0]), ts.MkAbs(args[0])
	if _, err := os.Stat(filepath.Join(from, "go.mod")); err != nil {
		ts.Fatalf("%v: an example that is a module of its own is wanted", err)
	}
	ts.Check(filepath.WalkDir(from, func(name string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, name)
		if err != nil {
			return err
		}
		if filepath.ToSlash(rel) == "testdata/sim" {
			return filepath.SkipDir
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, rel), 0o777)
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if rel == "go.mod" {
			before := data
			data = bytes.Replace(data, []byte(packagePath+" => ../..\n"), fmt.Appendf(nil, "%s => %q\n", packagePath, host.checkout), 1)
			if bytes.Equal(before, data) {
				return fmt.Errorf("%s has no replace directive to be changed", name)
			}
		}
		return os.WriteFile(filepath.Join(to, rel), data, 0o666)
	}))
}
