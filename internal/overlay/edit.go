package overlay

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"sort"
	"strings"
)

// An op says where an edit puts its text.
type op int

const (
	atEntry  op = iota // first in the function's body
	atExit             // last in the function's body
	before             // in front of the anchor
	after              // behind the anchor
	replace            // instead of the anchor
	addField           // last in the struct type
	buildIf            // the whole file is for builds that satisfy the text only
)

// An edit changes one place of one standard-library file.
//
// Places are found by declaration first: most edits need no line of Go's source
// to be quoted, and survive changes round about them. An anchor must occur exactly
// once in its declaration. The text must hold no line break, so that all line
// numbers stay those of the user's own GOROOT.
type edit struct {
	file   string // below GOROOT/src
	decl   string // function, "(*T).method" or struct type
	op     op
	anchor string // for before, after and replace
	text   string
	from   int // first minor release that has the place; 0 is all
	to     int // last minor release that has the place; 0 is all
}

// An AnchorError reports one place of the standard library that is not as an edit expects it.
type AnchorError struct {
	File   string // below GOROOT/src
	Decl   string // declaration that was looked for; empty if the file itself is what is missing
	Anchor string // text looked for in it; empty if the declaration itself is what is missing
	Count  int    // times it occurs; once would be right
}

func (e *AnchorError) Error() string {
	switch {
	case e.Decl == "":
		return e.File + ": there is no such file"
	case e.Anchor == "":
		return fmt.Sprintf("%s: declaration %s occurs %d times; want once", e.File, e.Decl, e.Count)
	}
	return fmt.Sprintf("%s: anchor %q occurs %d times in %s; want once", e.File, e.Anchor, e.Count, e.Decl)
}

// A MovedError reports all places of a release's standard library that are not as the edits expect
// them: the release is newer than this version of Terrella, or its source was changed.
type MovedError struct {
	Release string
	Moved   []*AnchorError // by file, in the order of the edits
}

func (e *MovedError) Error() string {
	lines := make([]string, len(e.Moved))
	for i, a := range e.Moved {
		lines[i] = a.Error()
	}
	if len(lines) == 1 {
		return fmt.Sprintf("cannot patch the runtime of %s: %s", e.Release, lines[0])
	}
	return fmt.Sprintf("cannot patch the runtime of %s: %d places are not where they were:\n%s", e.Release, len(lines), strings.Join(lines, "\n"))
}

// Unwrap returns the single places.
func (e *MovedError) Unwrap() []error {
	errs := make([]error, len(e.Moved))
	for i, a := range e.Moved {
		errs[i] = a
	}
	return errs
}

// apply returns source, the contents of file, with its edits made. If places have moved, the
// error is a MovedError that holds all of them.
func apply(release, file string, source []byte, edits []edit) ([]byte, error) {
	fset := token.NewFileSet()
	parsed, err := parser.ParseFile(fset, file, source, parser.SkipObjectResolution)
	if err != nil {
		return nil, fmt.Errorf("cannot patch the runtime of %s: %w", release, err)
	}
	base := fset.File(parsed.Pos()).Base()
	type change struct {
		start, end int
		text       string
	}
	var changes []change
	var moved []*AnchorError
	for _, e := range edits {
		if strings.Contains(e.text, "\n") {
			return nil, fmt.Errorf("edit of %s in %s holds a line break", e.decl, file)
		}
		if e.op == buildIf {
			line := constraintLine(source)
			if line < 0 {
				moved = append(moved, &AnchorError{File: file, Decl: "a comment in the first line"})
				continue
			}
			end := line + strings.IndexByte(string(source[line:]), '\n')
			text := "//go:build " + e.text
			if old, ok := strings.CutPrefix(string(source[line:end]), "//go:build "); ok {
				text += " && (" + old + ")"
			}
			changes = append(changes, change{line, end, text})
			continue
		}
		spans := find(parsed, e.decl)
		if len(spans) != 1 {
			moved = append(moved, &AnchorError{File: file, Decl: e.decl, Count: len(spans)})
			continue
		}
		start, end := int(spans[0].open)-base+1, int(spans[0].close)-base
		c := change{text: e.text}
		switch e.op {
		case atEntry:
			c.start, c.end, c.text = start, start, " "+e.text+";"
		case atExit, addField:
			c.start, c.end, c.text = end, end, e.text+" "
		default:
			body := string(source[start:end])
			if n := strings.Count(body, e.anchor); n != 1 {
				moved = append(moved, &AnchorError{File: file, Decl: e.decl, Anchor: e.anchor, Count: n})
				continue
			}
			c.start = start + strings.Index(body, e.anchor)
			c.end = c.start + len(e.anchor)
			switch e.op {
			case before:
				c.end = c.start
			case after:
				c.start = c.end
			}
		}
		changes = append(changes, c)
	}
	if moved != nil {
		return nil, &MovedError{Release: release, Moved: moved}
	}
	sort.SliceStable(changes, func(i, j int) bool { return changes[i].start < changes[j].start })
	var out strings.Builder
	at := 0
	for _, c := range changes {
		if c.start < at {
			return nil, fmt.Errorf("cannot patch the runtime of %s: edits of %s overlap at byte %d", release, file, c.start)
		}
		out.Write(source[at:c.start])
		out.WriteString(c.text)
		at = c.end
	}
	out.Write(source[at:])
	if _, err := parser.ParseFile(token.NewFileSet(), file, out.String(), parser.SkipObjectResolution); err != nil {
		return nil, fmt.Errorf("cannot patch the runtime of %s: patched %s does not parse: %w", release, file, err)
	}
	return []byte(out.String()), nil
}

// constraintLine returns where the line is that holds a file's build constraint, or can: without one it is the
// first, a comment that says who has the rights. It returns -1 if that is none.
func constraintLine(source []byte) int {
	at := 0
	for line := range bytes.Lines(source) {
		if bytes.HasPrefix(line, []byte("//go:build ")) {
			return at
		}
		if bytes.HasPrefix(line, []byte("package ")) {
			break
		}
		at += len(line)
	}
	if bytes.HasPrefix(source, []byte("// ")) {
		return 0
	}
	return -1
}

// A span is the inside of a pair of braces.
type span struct{ open, close token.Pos }

// find returns the bodies of the declarations called name.
func find(file *ast.File, name string) []span {
	var spans []span
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Body != nil && funcName(d) == name {
				spans = append(spans, span{d.Body.Lbrace, d.Body.Rbrace})
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				t, ok := s.(*ast.TypeSpec)
				if !ok || t.Name.Name != name {
					continue
				}
				if st, ok := t.Type.(*ast.StructType); ok {
					spans = append(spans, span{st.Fields.Opening, st.Fields.Closing})
				}
			}
		}
	}
	return spans
}

// funcName returns a function's name as it is written in edits, without type parameters.
func funcName(d *ast.FuncDecl) string {
	if d.Recv == nil {
		return d.Name.Name
	}
	t, star := d.Recv.List[0].Type, ""
	if p, ok := t.(*ast.StarExpr); ok {
		t, star = p.X, "*"
	}
	switch x := t.(type) {
	case *ast.IndexExpr:
		t = x.X
	case *ast.IndexListExpr:
		t = x.X
	}
	id, ok := t.(*ast.Ident)
	if !ok {
		return ""
	}
	return "(" + star + id.Name + ")." + d.Name.Name
}
