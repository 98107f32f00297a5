package lint

import (
	"fmt"
	"regexp"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// Script returns what is wrong with a shell script: its syntax, and its calls of `terrella` and `go tool terrella`. help returns what `terrella help`
// prints about a verb, false if there is no such verb.
func Script(text string, help func(verb string) (string, bool)) (problems []string) {
	f, err := syntax.NewParser(syntax.Variant(syntax.LangPOSIX)).Parse(strings.NewReader(text), "")
	if err != nil {
		return []string{fmt.Sprintf("%v in the script\n%s", err, text)}
	}
	syntax.Walk(f, func(n syntax.Node) bool {
		call, ok := n.(*syntax.CallExpr)
		if !ok {
			return true
		}
		var words []string
		for _, w := range call.Args {
			words = append(words, w.Lit()) // "" for what is not constant
		}
		if len(words) > 2 && words[0] == "go" && words[1] == "tool" {
			words = words[2:]
		}
		if len(words) < 2 || words[0] != "terrella" {
			return true
		}
		about, ok := help(words[1])
		if !ok {
			problems = append(problems, fmt.Sprintf("terrella has no verb %q", words[1]))
			return true
		}
		for _, w := range words[2:] {
			if name, _, _ := strings.Cut(w, "="); strings.HasPrefix(name, "--") && !hasFlag(about, name) {
				problems = append(problems, fmt.Sprintf("terrella %s has no flag %s", words[1], name))
			}
		}
		return true
	})
	return problems
}

func hasFlag(help, name string) bool {
	return regexp.MustCompile(`(?m)^ +(-., )?` + regexp.QuoteMeta(name) + `( |$)`).MatchString(help)
}
