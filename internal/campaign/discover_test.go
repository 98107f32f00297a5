package campaign

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// Tests that can reach worlds are found however they do it, in any file of the package; those that can't are left out.
func TestTestsOf(t *testing.T) {
	dir := t.TempDir()
	var files []string
	for name, text := range map[string]string{
		"a_test.go": `package a
import ("testing"; "github.com/terrella-go/terrella/sim"; other "example.com/helper")
func TestDirect(t *testing.T) { sim.Test(t, nil) }
func TestByConfig(t *testing.T) { config.Test(t, nil) }
var config = sim.Config{Runs: 3}
func TestByHelper(t *testing.T) { other.World(t) }
func helper(t *testing.T) { deeper(t) }
func deeper(t *testing.T) { sim.Test(t, nil) }
type suite struct{}
func (suite) Run(t *testing.T) { helper(t) }
func init() { registry["x"] = func(t *testing.T) { sim.Test(t, nil) } }
func Testing(t *testing.T) { sim.Test(t, nil) }
func TestWithMore(t *testing.T, n int) { sim.Test(t, nil) }
`,
		"b_test.go": `package a
import ("testing"; "strings")
var registry = map[string]func(*testing.T){}
func TestInAnotherFile(t *testing.T) { helper(t) }
func TestByMethod(t *testing.T) { suite{}.Run(t) }
func TestByTable(t *testing.T) { for name, f := range registry { t.Run(name, f) } }
func TestWithout(t *testing.T) { strings.ToUpper(plain()) }
func plain() string { return "sim" }
func TestMain(m *testing.M) { helper(nil) }
`,
	} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	slices.Sort(files)
	got, err := testsOf(files, map[string]string{simPath: "sim", "example.com/helper": "helper"})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"TestDirect", "TestByConfig", "TestByHelper", "TestInAnotherFile", "TestByMethod", "TestByTable"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q; want %q", got, want)
	}
}

func TestReaching(t *testing.T) {
	got := reaching([]*listed{
		{ImportPath: simPath, Name: "sim"},
		{ImportPath: "example.com/a", Name: "a", Imports: []string{"fmt"}},
		{ImportPath: "example.com/a [example.com/a.test]", Name: "a", Imports: []string{"fmt", simPath}},
		{ImportPath: "example.com/b/v2", Name: "b", Imports: []string{"example.com/a [example.com/a.test]"}},
		{ImportPath: "fmt", Name: "fmt"},
	})
	for path, name := range map[string]string{simPath: "sim", "example.com/a": "a", "example.com/b/v2": "b"} {
		if got[path] != name {
			t.Errorf("%s: %q; want %q", path, got[path], name)
		}
	}
	if got["fmt"] != "" {
		t.Error("fmt reaches worlds")
	}
}
