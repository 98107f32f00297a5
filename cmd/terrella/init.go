package main

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/spf13/cobra"
)

func newInit() *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use:   "init [folder of a package]",
		Short: "Write a first test with worlds for a package of one's own",
		Long: `Init writes a test file into the folder of a package, "." if it is left out: a server, a client, a storm, and what has to be
true in the end. It passes as it is; the comments say where to put the program's own parts. A file that is
there is never changed.

If the module does not require ` + modulePath + ` yet, it prints the commands that make it so.

Exit codes: 0, the file was written; 2, wrong arguments, or there is a file of that name; 3, it can't be written.`,
		Example: `  terrella init ./register
  terrella init --file storms_test.go`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := "."
			if len(args) > 0 {
				dir = args[0]
			}
			return writeFirstTest(cmd.OutOrStdout(), dir, name)
		},
	}
	cmd.Flags().StringVar(&name, "file", "world_test.go", "the `name` of the file")
	return cmd
}

//go:embed first_test.go.txt
var firstTest string

// writeFirstTest writes the test file of a package, and says what to do next.
func writeFirstTest(to io.Writer, dir, name string) error {
	if filepath.Base(name) != name || !strings.HasSuffix(name, "_test.go") {
		return usage("--file is %q; want the name of a test file, such as world_test.go, without a folder", name)
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return usage("there is no folder %s: name that of a package, as a path", dir)
	}
	pkg, err := packageName(dir)
	if err != nil {
		return err
	}
	var text bytes.Buffer
	if err := template.Must(template.New("").Parse(firstTest)).Execute(&text, pkg); err != nil {
		return err
	}
	file := filepath.Join(dir, name)
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if errors.Is(err, fs.ErrExist) {
		return usage("there is a %s already, and it stays as it is: name another by --file", file)
	}
	if err != nil {
		return environment(err)
	}
	if _, err := f.Write(text.Bytes()); err != nil {
		f.Close()
		os.Remove(file)
		return environment(err)
	}
	if err := f.Close(); err != nil {
		return environment(err)
	}
	fmt.Fprintf(to, "%s is written\n", file)
	if !requiresTerrella(dir) {
		fmt.Fprintf(to, "the module does not require Terrella yet; with the path of a clone of it:\n  go mod edit -require %s@v0.0.0 -replace %[1]s=PATH\n  go mod tidy\n", modulePath)
	}
	fmt.Fprintf(to, "to run it:\n  go test -run '^TestWorld$' -v %s\n", goPattern(dir))
	return nil
}

// packageName returns the name of the package in a folder: as its files have it, or made from the folder's name.
func packageName(dir string) (string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return "", environment(err)
	}
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.PackageClauseOnly)
		if err != nil {
			return "", usage("cannot tell the package's name: %w", err)
		}
		if n := strings.TrimSuffix(f.Name.Name, "_test"); n != "" {
			return n, nil
		}
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", environment(err)
	}
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(filepath.Base(abs)))
	if name = strings.TrimLeft(name, "0123456789"); name == "" || token.IsKeyword(name) {
		name = "first"
	}
	return name, nil
}

// requiresTerrella reports whether the module of a folder is, or requires, Terrella.
func requiresTerrella(dir string) bool {
	cmd := exec.Command("go", "list", "-m", modulePath)
	cmd.Dir = dir
	return cmd.Run() == nil
}

// goPattern returns a folder as the go command wants it.
func goPattern(dir string) string {
	if filepath.IsAbs(dir) {
		return dir
	}
	if p := filepath.ToSlash(filepath.Clean(dir)); p == "." || strings.HasPrefix(p, "../") || p == ".." {
		return p
	} else {
		return "./" + p
	}
}
