package browsertest

import (
	"os/exec"
	"path/filepath"
	"testing"
)

// typescriptVersion is pinned, as axeVersion is.
const typescriptVersion = "5.9.3"

// The page's modules agree with the types in their comments, and import and declare nothing that they do not use.
func TestTypes(t *testing.T) {
	modules, err := filepath.Glob(filepath.Join("..", "page", "*.js"))
	must(t, err)
	if len(modules) < 10 {
		t.Fatalf("only %d modules", len(modules))
	}
	dir := t.TempDir()
	if out, err := exec.Command("npm", "install", "--prefix", dir, "--no-audit", "--no-fund", "--ignore-scripts", "typescript@"+typescriptVersion).CombinedOutput(); err != nil {
		t.Fatalf("npm install typescript: %v\n%s", err, out)
	}
	args := []string{filepath.Join(dir, "node_modules", "typescript", "bin", "tsc"), "--noEmit", "--allowJs", "--checkJs", "--noUnusedLocals",
		"--target", "esnext", "--module", "esnext", "--moduleResolution", "bundler", "--lib", "esnext,dom,dom.iterable"}
	if out, err := exec.Command("node", append(args, modules...)...).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
