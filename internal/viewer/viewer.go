// Package viewer makes of recorded runs one HTML page that shows them: self-contained, so that it
// opens from a disk, offline.
//
// The page is written as plain ES modules, in the folder page, which are joined into one script. The runs
// stand in it as the compressed columns of package trace, in base64, which holds nothing that HTML could take for
// a tag; the page unpacks them. Its content security policy lets no other script run and nothing be
// loaded, and the page sets what comes from a run as text only.
package viewer

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html"
	"io"
	"io/fs"
	"regexp"
	"strings"

	"github.com/terrella-go/terrella/internal/trace"
)

//go:embed page
var files embed.FS

// modules are the page's scripts, each after those that it imports.
var modules = []string{"model.js", "layout.js", "causality.js", "query.js", "text.js", "svg.js", "surface.js", "marks.js", "draw.js", "view.js", "diff.js", "panel.js", "keys.js", "app.js"}

// A Named is a run with the name under which the page shows it.
type Named struct {
	Name string
	Run  *trace.Run
}

// Write writes the page that shows one run, or two side by side.
func Write(to io.Writer, runs ...Named) error { return Page{Runs: runs, Both: true}.Write(to) }

// A Page is what one file shows.
type Page struct {
	Runs []Named // one or two
	// Both shows two runs side by side from the beginning. Else the first is shown, and the second a key away.
	Both bool
}

// Write writes the page.
func (p Page) Write(to io.Writer) error {
	runs := p.Runs
	if len(runs) == 0 || len(runs) > 2 {
		return fmt.Errorf("viewer: %d runs; a page shows one or two", len(runs))
	}
	script, err := joinModules()
	if err != nil {
		return err
	}
	style, err := files.ReadFile("page/style.css")
	if err != nil {
		return err
	}
	page, err := files.ReadFile("page/page.html")
	if err != nil {
		return err
	}
	policy := fmt.Sprintf("default-src 'none'; script-src '%s'; style-src '%s'; img-src data: blob:; base-uri 'none'; form-action 'none'", digest(script), digest(style))
	title := runs[0].Run.Test
	if title == "" {
		title = "Terrella"
	}
	parts := map[string]func(io.Writer) error{
		"Policy": text(policy),
		"Title":  text(html.EscapeString(title)),
		"Both":   text(map[bool]string{true: "1"}[p.Both]),
		"Style":  text(string(style)),
		"Script": text(string(script)),
		"Runs":   func(to io.Writer) error { return writeRuns(to, runs) },
	}
	for len(page) > 0 {
		before, rest, found := bytes.Cut(page, []byte("{{."))
		if _, err := to.Write(before); err != nil {
			return err
		}
		if !found {
			return nil
		}
		name, behind, _ := bytes.Cut(rest, []byte("}}"))
		if err := parts[string(name)](to); err != nil {
			return err
		}
		page = behind
	}
	return nil
}

func text(s string) func(io.Writer) error {
	return func(to io.Writer) error {
		_, err := io.WriteString(to, s)
		return err
	}
}

func writeRuns(to io.Writer, runs []Named) error {
	for _, r := range runs {
		if _, err := fmt.Fprintf(to, "<script type=\"application/octet-stream\" data-run=\"%s\">", html.EscapeString(r.Name)); err != nil {
			return err
		}
		enc := base64.NewEncoder(base64.StdEncoding, to)
		if err := r.Run.Columns(enc); err != nil {
			return err
		}
		if err := enc.Close(); err != nil {
			return err
		}
		if _, err := io.WriteString(to, "</script>\n"); err != nil {
			return err
		}
	}
	return nil
}

// digest names a script or style in a content security policy.
func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

var (
	importLine = regexp.MustCompile(`(?m)^import \{[^}]*\} from "\./([a-z]+\.js)";\n`)
	exportWord = regexp.MustCompile(`(?m)^export (class|function|const|async function) `)
)

// joinModules makes one module of all: names at their top level are different, and each stands after what it needs.
func joinModules() ([]byte, error) {
	var b bytes.Buffer
	done := make(map[string]bool)
	for _, name := range modules {
		source, err := fs.ReadFile(files, "page/"+name)
		if err != nil {
			return nil, err
		}
		for _, m := range importLine.FindAllSubmatch(source, -1) {
			if !done[string(m[1])] {
				return nil, fmt.Errorf("viewer: %s imports %s, which does not stand before it", name, m[1])
			}
		}
		done[name] = true
		fmt.Fprintf(&b, "// %s\n", name)
		b.Write(exportWord.ReplaceAll(importLine.ReplaceAll(source, nil), []byte("$1 ")))
	}
	if i := strings.Index(b.String(), "</script"); i >= 0 {
		return nil, fmt.Errorf("viewer: the script would end its element at byte %d", i)
	}
	return b.Bytes(), nil
}
