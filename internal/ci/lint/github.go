package lint

import (
	"fmt"
	"io"

	"github.com/rhysd/actionlint"
	"go.yaml.in/yaml/v3"
)

// GitHub returns what is wrong with a workflow of GitHub, and the scripts in it.
func GitHub(name string, data []byte) (problems, scripts []string) {
	linter, err := actionlint.NewLinter(io.Discard, &actionlint.LinterOptions{})
	if err != nil {
		return []string{err.Error()}, nil
	}
	found, err := linter.Lint(name, data, nil)
	if err != nil {
		problems = append(problems, err.Error())
	}
	for _, e := range found {
		problems = append(problems, fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Message))
	}
	var workflow struct {
		Jobs map[string]struct {
			Steps []struct{ Run string }
		}
	}
	if err := yaml.Unmarshal(data, &workflow); err != nil {
		return append(problems, err.Error()), nil
	}
	for _, j := range workflow.Jobs {
		for _, s := range j.Steps {
			if s.Run != "" {
				scripts = append(scripts, s.Run)
			}
		}
	}
	return problems, scripts
}
