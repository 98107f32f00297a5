package lint

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/yaml"
)

// Kubernetes returns what is wrong with manifests of Kubernetes, and the scripts in them.
func Kubernetes(data []byte) (problems, scripts []string) {
	bad := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	claims := make(map[string]bool)
	var jobs []*batch.CronJob
	for i, doc := range strings.Split(string(data), "\n---\n") {
		var kind meta.TypeMeta
		if err := yaml.Unmarshal([]byte(doc), &kind); err != nil {
			bad("document %d: %v", i+1, err)
			continue
		}
		var name string
		switch kind.APIVersion + " " + kind.Kind {
		case "v1 PersistentVolumeClaim":
			c := new(core.PersistentVolumeClaim)
			if err := yaml.UnmarshalStrict([]byte(doc), c); err != nil {
				bad("document %d: %v", i+1, err)
			}
			name = c.Name
			claims[name] = true
		case "batch/v1 CronJob":
			j := new(batch.CronJob)
			if err := yaml.UnmarshalStrict([]byte(doc), j); err != nil {
				bad("document %d: %v", i+1, err)
			}
			name = j.Name
			jobs = append(jobs, j)
			if longest := 52; len(name) > longest {
				bad("%s: the name of a CronJob can't have more than %d characters", name, longest)
			}
		default:
			bad("document %d: %s %s is not expected here", i+1, kind.APIVersion, kind.Kind)
			continue
		}
		for _, text := range validation.IsDNS1123Subdomain(name) {
			bad("document %d: name %q: %s", i+1, name, text)
		}
	}
	for _, j := range jobs {
		p, s := cronJob(j, claims)
		problems, scripts = append(problems, p...), append(scripts, s...)
	}
	return problems, scripts
}

// cronJob checks what decoding does not.
func cronJob(j *batch.CronJob, claims map[string]bool) (problems, scripts []string) {
	bad := func(format string, args ...any) {
		problems = append(problems, j.Name+": "+fmt.Sprintf(format, args...))
	}
	if len(strings.Fields(j.Spec.Schedule)) != 5 {
		bad("the schedule %q has not five parts", j.Spec.Schedule)
	}
	job := &j.Spec.JobTemplate.Spec
	pod := &job.Template.Spec
	if !slices.Contains([]core.RestartPolicy{core.RestartPolicyNever, core.RestartPolicyOnFailure}, pod.RestartPolicy) {
		bad("restartPolicy: the pods of jobs want Never or OnFailure, not %q", pod.RestartPolicy)
	}
	indexed := job.CompletionMode != nil && *job.CompletionMode == batch.IndexedCompletion
	if job.BackoffLimitPerIndex != nil && (!indexed || pod.RestartPolicy != core.RestartPolicyNever) {
		bad("backoffLimitPerIndex wants an indexed job whose pods never restart")
	}
	if indexed && job.Completions == nil {
		bad("an indexed job wants completions")
	}
	volumes := make(map[string]bool)
	for _, v := range pod.Volumes {
		volumes[v.Name] = true
		if c := v.PersistentVolumeClaim; c != nil && !claims[c.ClaimName] {
			bad("volume %s: there is no claim %q", v.Name, c.ClaimName)
		}
	}
	if len(pod.Containers) == 0 {
		bad("no containers")
	}
	for _, c := range pod.Containers {
		for _, m := range c.VolumeMounts {
			if !volumes[m.Name] {
				bad("container %s: there is no volume %q", c.Name, m.Name)
			}
		}
		if indexed && job.Completions != nil {
			if want := strconv.Itoa(int(*job.Completions)); value(c.Env, "JOB_COMPLETIONS") != want {
				bad("container %s: JOB_COMPLETIONS is %q; want %s, the completions", c.Name, value(c.Env, "JOB_COMPLETIONS"), want)
			}
		}
		if !slices.Equal(c.Command, []string{"sh", "-c"}) || len(c.Args) != 1 {
			bad("container %s: the command is not sh -c with one script", c.Name)
			continue
		}
		scripts = append(scripts, c.Args[0])
	}
	return problems, scripts
}

// value returns a variable's value.
func value(env []core.EnvVar, name string) string {
	for _, v := range env {
		if v.Name == name {
			return v.Value
		}
	}
	return ""
}
