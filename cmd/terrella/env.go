package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/terrella-go/terrella/internal/shell"
)

func newEnv() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "env",
		Short: "Print the variables with which other tools use the patched runtime",
		Long: `Env prints the environment in which the plain go command, editors and Delve build on
the patched runtime: GOFLAGS, with what it held before, and GOROOT and PATH if the toolchain
is one that the go command keeps in the module cache. Without flags it prints
lines for a shell. With --json it prints an object for editors: "env" holds the same
variables, "buildFlags" the flags, as gopls and Delve's --build-flags take them.`,
		Example: `  eval "$(terrella env)" && go test ./register
  eval "$(terrella env)" && dlv test ./register -- -test.run '^TestRegister$' -sim.seed=7
  terrella env --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			tc, err := prepare(".")
			if err != nil {
				return err
			}
			if asJSON {
				return tc.printJSON(cmd.OutOrStdout())
			}
			return tc.printShell(cmd.OutOrStdout())
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print an object for editors")
	return cmd
}

// merged returns GOFLAGS as it is with the patched runtime added, and what was added.
func (t *toolchain) merged() (all, added goFlags) {
	tags, _ := t.flags.value("tags")
	added = t.buildFlags(tags)
	return append(t.flags.without("overlay", "tags"), added...), added
}

// variables returns the environment in which the go command, found on the path, builds on the patched runtime.
func (t *toolchain) variables() map[string]string {
	all, _ := t.merged()
	vars := map[string]string{"GOFLAGS": all.String()}
	if t.Shadow != "" {
		vars["GOROOT"] = t.Shadow
		vars["PATH"] = filepath.Dir(t.Overlay.Command) + string(filepath.ListSeparator) + t.pathWithout(t.Shadow)
	}
	return vars
}

// pathWithout returns PATH without what lies in a folder, so that it does not grow when env is run under itself.
func (t *toolchain) pathWithout(dir string) string {
	list := filepath.SplitList(os.Getenv("PATH"))
	list = slices.DeleteFunc(list, func(p string) bool { return strings.HasPrefix(p, dir+string(filepath.Separator)) })
	return strings.Join(list, string(filepath.ListSeparator))
}

func (t *toolchain) printShell(w io.Writer) error {
	var text strings.Builder
	fmt.Fprintf(&text, "# With these variables go, gopls and dlv use the patched runtime for %s:\n#   eval \"$(terrella env)\"\n", t.Release)
	vars := t.variables()
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		fmt.Fprintf(&text, "export %s=%s\n", name, shell.Quote(vars[name]))
	}
	_, err := io.WriteString(w, text.String())
	return outputError(err)
}

func (t *toolchain) printJSON(w io.Writer) error {
	_, added := t.merged()
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "\t")
	return outputError(enc.Encode(struct {
		Env        map[string]string `json:"env"`
		BuildFlags []string          `json:"buildFlags"`
		Go         string            `json:"go"`
		Overlay    string            `json:"overlay,omitempty"`
	}{t.variables(), added, t.Release, t.File}))
}

// outputError makes an environment error of one that came up in printing.
func outputError(err error) error {
	if err == nil {
		return nil
	}
	return environment(err)
}
