package main

import (
	"strings"
	"testing"
)

// Each verb has a page with all its sections, of which roff takes no line of text for a request.
func TestManual(t *testing.T) {
	root := newRoot()
	for _, c := range append(root.Commands(), root) {
		page := string(manual(c))
		sections := []string{".SH NAME\n", ".SH SYNOPSIS\n", ".SH DESCRIPTION\n"}
		if c != root {
			sections = append(sections, ".SH EXAMPLES\n", ".SH SEE ALSO\n.BR terrella (1)\n")
		}
		for _, want := range sections {
			if !strings.Contains(page, want) {
				t.Errorf("the page of %s lacks %q", c.Name(), want)
			}
		}
		for line := range strings.Lines(page) {
			if request, _, _ := strings.Cut(strings.TrimSpace(line), " "); strings.HasPrefix(line, ".") && !strings.Contains(" .TH .SH .PP .TP .B .BR .nf .fi ", " "+request+" ") ||
				strings.HasPrefix(line, "'") {
				t.Errorf("%s: %q is a request", c.Name(), line)
			}
		}
	}
	for text, want := range map[string]string{`a\b`: `a\eb`, ".x\n'y\n-z": "\\&.x\n\\&'y\n\\-z"} {
		if got := roff(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}
