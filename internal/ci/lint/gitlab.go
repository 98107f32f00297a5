package lint

import (
	"bytes"
	"fmt"
	"maps"
	"slices"

	"go.yaml.in/yaml/v3"
)

// The keywords of GitLab that the files use. Another one is refused until it is entered here: what is not
// known can't be checked.
type (
	gitlabJob struct {
		Stage         string             `yaml:"stage"`
		Image         string             `yaml:"image"`
		Timeout       string             `yaml:"timeout"`
		Parallel      int                `yaml:"parallel"`
		Rules         []gitlabRule       `yaml:"rules"`
		Needs         []gitlabNeed       `yaml:"needs"`
		ResourceGroup string             `yaml:"resource_group"`
		Cache         oneOrMore          `yaml:"cache"`
		Script        []string           `yaml:"script"`
		AllowFailure  gitlabAllowFailure `yaml:"allow_failure"`
		Artifacts     gitlabArtifacts    `yaml:"artifacts"`
	}
	gitlabRule struct {
		If   string `yaml:"if"`
		When string `yaml:"when"`
	}
	gitlabNeed struct {
		Job       string `yaml:"job"`
		Artifacts bool   `yaml:"artifacts"`
	}
	gitlabCache struct {
		Key    string   `yaml:"key"`
		Paths  []string `yaml:"paths"`
		Policy string   `yaml:"policy"`
		When   string   `yaml:"when"`
	}
	gitlabAllowFailure struct {
		ExitCodes []int `yaml:"exit_codes"`
	}
	gitlabArtifacts struct {
		When     string        `yaml:"when"`
		ExpireIn string        `yaml:"expire_in"`
		Paths    []string      `yaml:"paths"`
		Reports  gitlabReports `yaml:"reports"`
	}
	gitlabReports struct {
		JUnit string `yaml:"junit"`
	}
	oneOrMore []gitlabCache
)

// UnmarshalYAML reads a cache, or a list of them.
func (c *oneOrMore) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.SequenceNode {
		return strict(n, (*[]gitlabCache)(c))
	}
	*c = make(oneOrMore, 1)
	return strict(n, &(*c)[0])
}

// strict decodes a node, and refuses fields that are not known.
func strict(n *yaml.Node, to any) error {
	data, err := yaml.Marshal(n)
	if err != nil {
		return err
	}
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	return d.Decode(to)
}

// GitLab returns what is wrong with a pipeline of GitLab, and the scripts in it.
func GitLab(data []byte) (problems, scripts []string) {
	var file map[string]yaml.Node
	if err := yaml.Unmarshal(data, &file); err != nil {
		return []string{err.Error()}, nil
	}
	bad := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	var stages []string
	jobs := make(map[string]*gitlabJob)
	for _, name := range slices.Sorted(maps.Keys(file)) {
		n := file[name]
		switch name {
		case "stages":
			if err := n.Decode(&stages); err != nil {
				bad("stages: %v", err)
			}
		case "variables":
			if err := n.Decode(new(map[string]string)); err != nil {
				bad("variables: %v", err)
			}
		default:
			j := new(gitlabJob)
			if err := strict(&n, j); err != nil {
				bad("%s: %v", name, err)
			}
			jobs[name] = j
		}
	}
	when := func(where, value string, allowed ...string) {
		if value != "" && !slices.Contains(allowed, value) {
			bad("%s: when: %q is none of %q", where, value, allowed)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(jobs)) {
		j := jobs[name]
		if !slices.Contains(stages, j.Stage) {
			bad("%s: there is no stage %q", name, j.Stage)
		}
		if len(j.Script) == 0 {
			bad("%s: no script", name)
		}
		for _, need := range j.Needs {
			if jobs[need.Job] == nil {
				bad("%s: needs the job %q, which is not there", name, need.Job)
			}
		}
		for _, r := range j.Rules {
			when(name+": rules", r.When, "on_success", "on_failure", "always", "never", "manual", "delayed")
		}
		for _, c := range j.Cache {
			when(name+": cache", c.When, "on_success", "on_failure", "always")
			if c.Policy != "" && !slices.Contains([]string{"pull", "push", "pull-push"}, c.Policy) {
				bad("%s: cache: policy %q", name, c.Policy)
			}
			if len(c.Paths) == 0 {
				bad("%s: cache: no paths", name)
			}
		}
		when(name+": artifacts", j.Artifacts.When, "on_success", "on_failure", "always")
		scripts = append(scripts, j.Script...)
	}
	return problems, scripts
}
