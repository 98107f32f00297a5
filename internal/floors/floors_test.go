// Package floors holds the test of which package may import which.
package floors

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/terrella-go/terrella"

// A rule says what the packages below a folder may import of this module, and why.
type rule struct {
	folder string
	may    []string // folders; everything below them too
	why    string
}

// rules go from the ground up. A folder that none of them names is not allowed.
var rules = []rule{
	{"internal/prng", nil, "it is the ground"},
	{"internal/turn", nil, "it is the ground"},
	{"internal/overlay", nil, "it works on a toolchain, not in a world"},
	{"internal/trace", []string{"internal/turn"}, "everything writes events"},
	{"internal/wholefile", nil, "it is the ground"},
	{"internal/shell", nil, "it is the ground"},
	{"internal/plan", []string{"internal/wholefile"}, "a plan is text: what faults do is said elsewhere"},
	{"internal/shrink", []string{"internal/plan"}, "it is given a function that runs worlds"},
	{"internal/findings", []string{"internal/plan", "internal/shell", "internal/wholefile"}, "it orders what was found, whoever ran it"},
	{"internal/shard", nil, "it only counts"},
	{"internal/campaign", []string{"internal/findings", "internal/plan", "internal/prng", "internal/shard"}, "it runs processes, and no world"},
	{"internal/campaign/remote", []string{"internal/campaign", "internal/plan"}, "it is what campaigns and programs that keep queues have in common"},
	{"internal/campaign/guidance", []string{"internal/campaign", "internal/overlay"}, "it builds tests, and measures"},
	{"internal/campaign/protocol", []string{"internal/plan"}, "it is what campaigns and sim have in common"},
	{"internal/viewer", []string{"internal/trace"}, "it shows what was recorded, whoever recorded it"},
	{"internal/kernel", []string{"internal/prng", "internal/turn"}, "worlds know nothing of what is simulated in them"},
	{"internal/reexec", []string{"internal/kernel", "internal/overlay"}, "it runs before any world"},
	{"internal/globals", nil, "it reads memory, whatever runs"},
	{"internal/selfcheck", []string{"internal/kernel", "internal/prng"}, "it checks the kernel alone"},
	{"clock", []string{"internal/prng", "internal/turn", "internal/kernel", "internal/trace"}, "clock, net and disk stand side by side"},
	{"net", []string{"internal/prng", "internal/turn", "internal/kernel", "internal/trace", "internal/conform"}, "clock, net and disk stand side by side"},
	{"internal/conform", nil, "its suites run on the real thing too"},
	{"disk", []string{"internal/prng", "internal/turn", "internal/kernel", "internal/trace"}, "clock, net and disk stand side by side"},
	{"internal/checkerclock", nil, "it is what checker and sim have in common"},
	{"checker", []string{"internal/prng", "internal/checkerclock"}, "it judges histories from production too: no simulator"},
	{"sim/prop", []string{"sim/internal/hook"}, "production code imports it"},
	{"sim/internal/hook", nil, "production code imports it"},
	{"sim", []string{"clock", "net", "disk", "checker", "internal"}, "it puts a world together"},
	{"cmd", []string{"sim", "checker", "clock", "net", "disk", "internal"}, "it is the top"},
	{"internal/exact", []string{"internal/overlay"}, "it builds and compares tests"},
	{"internal/exact/worlds", nil, "there are only tests in it"},
	{"internal/ci", []string{"internal/overlay", "internal/selfcheck"}, "it runs commands, and compares what they say"},
	{"internal/floors", nil, "it only reads"},
}

// outside lists who may import a package from outside the module and the standard library, and why.
var outside = map[string][]string{
	"golang.org/x/exp/rand":             {"internal/prng"},          // pinned, in one place
	"github.com/spf13/cobra":            {"cmd"},                    // commands
	"github.com/anishathalye/porcupine": {"checker"},                // search
	"github.com/google/go-cmp/cmp":      {"checker", "sim"},         // differences
	"pgregory.net/rapid":                {"sim", "disk", "checker"}, // generators
}

func TestImports(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	files := 0
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if path == root {
				return nil
			}
			if strings.HasPrefix(name, ".") || name == "testdata" || name == "inserts" || name == "examples" {
				return filepath.SkipDir
			}
			if _, err := os.Stat(filepath.Join(path, "go.mod")); err == nil {
				return filepath.SkipDir
			}
			return nil
		}
		if filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		files++
		folder, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		checkFile(t, path, filepath.ToSlash(folder))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 30 {
		t.Errorf("only %d files were read", files)
	}
}

func checkFile(t *testing.T, path, folder string) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
	if err != nil {
		t.Error(err)
		return
	}
	r := ruleFor(folder)
	if r == nil {
		t.Errorf("%s: no rule says what %s may import; add one", path, folder)
		return
	}
	for _, imp := range parsed.Imports {
		name, err := strconv.Unquote(imp.Path.Value)
		if err != nil {
			t.Error(err)
			continue
		}
		if why := forbidden(r, name); why != "" {
			t.Errorf("%s imports %s: %s", path, name, why)
		}
	}
}

// ruleFor returns the rule of the longest folder that holds this one.
func ruleFor(folder string) *rule {
	var best *rule
	for i := range rules {
		if within(folder, rules[i].folder) && (best == nil || len(rules[i].folder) > len(best.folder)) {
			best = &rules[i]
		}
	}
	return best
}

func within(name, folder string) bool { return name == folder || strings.HasPrefix(name, folder+"/") }

// forbidden returns why a package of a rule may not import name, or nothing.
func forbidden(r *rule, name string) string {
	if own, ok := strings.CutPrefix(name, module+"/"); ok {
		if within(own, r.folder) {
			return ""
		}
		for _, f := range r.may {
			if within(own, f) {
				return ""
			}
		}
		return r.folder + " may not: " + r.why
	}
	if name == "testing" || strings.HasPrefix(name, "testing/") {
		switch r.folder {
		case "sim", "internal/reexec", "checker", "internal/conform":
			return ""
		}
		return "only what is used from tests imports testing"
	}
	if first, _, _ := strings.Cut(name, "/"); !strings.Contains(first, ".") {
		return "" // the standard library
	}
	for _, f := range outside[name] {
		if within(r.folder, f) {
			return ""
		}
	}
	return "no rule lets it in"
}

// The test must be able to fail.
func TestForbiddenImportsAreFound(t *testing.T) {
	for _, test := range []struct {
		folder, name string
		ok           bool
	}{
		{"net", module + "/disk", false},
		{"disk", module + "/net", false},
		{"clock", module + "/sim", false},
		{"checker", module + "/internal/kernel", false},
		{"internal/kernel", module + "/net", false},
		{"net", "testing", false},
		{"net", "github.com/spf13/cobra", false},
		{"sim", "golang.org/x/exp/rand", false},
		{"net", "net/netip", true},
		{"sim", module + "/net", true},
		{"sim", "testing", true},
		{"internal/prng", "golang.org/x/exp/rand", true},
		{"cmd/terrella", "github.com/spf13/cobra", true},
	} {
		if why := forbidden(ruleFor(test.folder), test.name); (why == "") != test.ok {
			t.Errorf("%s importing %s: %q", test.folder, test.name, why)
		}
	}
}
