package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/terrella-go/terrella/internal/wholefile"
)

func newMan() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "man [verb]",
		Short: "Print the manual page of a verb, or write those of all",
		Long: `Man prints the manual page of a verb, or that of the command, made from what help prints, for the program man.
With --dir it writes those of all verbs into a folder, as terrella.1, terrella-test.1 and so on; a folder man1 of a
place on MANPATH is where man finds them.`,
		Example: `  terrella man replay | man -l -
  terrella man --dir ~/.local/share/man/man1`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			if dir != "" {
				if len(args) > 0 {
					return usage("--dir writes the pages of all verbs: leave %s out", args[0])
				}
				return writeManuals(root, dir)
			}
			about := root
			if len(args) > 0 {
				found, rest, err := root.Find(args)
				if err != nil || len(rest) > 0 || found == root {
					return usage("there is no verb %s; terrella help lists them", args[0])
				}
				about = found
			}
			_, err := cmd.OutOrStdout().Write(manual(about))
			return outputError(err)
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", "write all pages into this `folder`")
	return cmd
}

// writeManuals writes the pages of the command and of its verbs.
func writeManuals(root *cobra.Command, dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return environment(err)
	}
	pages := []*cobra.Command{root}
	for _, c := range root.Commands() {
		if c.IsAvailableCommand() {
			pages = append(pages, c)
		}
	}
	for _, c := range pages {
		if err := wholefile.Write(filepath.Join(dir, manualName(c)+".1"), manual(c), 0o644); err != nil {
			return environment(err)
		}
	}
	return nil
}

// manualName returns the name of a command's page: terrella, or terrella and the verb.
func manualName(c *cobra.Command) string { return strings.ReplaceAll(c.CommandPath(), " ", "-") }

// manual returns the manual page of a command, in the language of roff's package man.
func manual(c *cobra.Command) []byte {
	var b bytes.Buffer
	section := func(title string) { fmt.Fprintf(&b, ".SH %s\n", title) }
	fmt.Fprintf(&b, ".TH %q 1 \"\" \"Terrella\" \"Terrella's manual\"\n", strings.ToUpper(manualName(c)))
	section("NAME")
	fmt.Fprintf(&b, "%s \\- %s\n", roff(manualName(c)), roff(c.Short))
	section("SYNOPSIS")
	fmt.Fprintf(&b, ".B %s\n", roff(c.UseLine()))
	section("DESCRIPTION")
	about := c.Long
	if about == "" {
		about = c.Short
	}
	for i, paragraph := range strings.Split(strings.TrimSpace(about), "\n\n") {
		if i > 0 {
			b.WriteString(".PP\n")
		}
		if strings.Contains(paragraph, "\n  ") { // a table
			verbatim(&b, paragraph)
			continue
		}
		fmt.Fprintf(&b, "%s\n", roff(paragraph))
	}
	if verbs := c.Commands(); c == c.Root() && len(verbs) > 0 {
		section("VERBS")
		for _, v := range verbs {
			if v.IsAvailableCommand() {
				fmt.Fprintf(&b, ".TP\n.BR %s (1)\n%s\n", roff(manualName(v)), roff(v.Short))
			}
		}
	}
	if flags := strings.TrimRight(c.LocalFlags().FlagUsages(), "\n"); flags != "" {
		section("OPTIONS")
		verbatim(&b, flags)
	}
	if c.Example != "" {
		section("EXAMPLES")
		verbatim(&b, c.Example)
	}
	if c != c.Root() {
		section("SEE ALSO")
		fmt.Fprintf(&b, ".BR %s (1)\n", roff(manualName(c.Root())))
	}
	return b.Bytes()
}

// verbatim writes lines as they stand.
func verbatim(b *bytes.Buffer, text string) { fmt.Fprintf(b, ".nf\n%s\n.fi\n", roff(text)) }

// roff returns text with what roff would take for its own made harmless.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(text)
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		if strings.HasPrefix(l, ".") || strings.HasPrefix(l, "'") {
			lines[i] = `\&` + l
		}
	}
	return strings.Join(lines, "\n")
}
