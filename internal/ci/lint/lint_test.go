package lint

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var (
	checkout = filepath.Join("..", "..", "..")
	command  string // the terrella command, built once
)

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "terrella-lint-")
	if err != nil {
		panic(err)
	}
	command = filepath.Join(dir, "terrella.exe")
	build := exec.Command("go", "build", "-o", command, "./cmd/terrella")
	build.Dir = checkout
	if out, err := build.CombinedOutput(); err != nil {
		os.Stderr.Write(out)
		os.RemoveAll(dir)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// help asks the command about a verb.
func help(verb string) (string, bool) {
	out, err := exec.Command(command, verb, "--help").Output()
	return string(out), err == nil
}

// files are the workflow files, what checks them, how many scripts they hold, and flaws: what to replace by what, and what is then
// said.
var files = []struct {
	name    string
	check   func([]byte) (problems, scripts []string)
	scripts int
	flaws   [][3]string
}{
	{"github.yml", func(data []byte) ([]string, []string) { return GitHub("github.yml", data) }, 2, [][3]string{
		{"runs-on: ubuntu-latest", "run-on: ubuntu-latest", `unexpected key "run-on"`},
		{"matrix.shard }}/", "matrix.shrad }}/", `property "shrad" is not defined`},
		{"needs: fuzz", "needs: fuzzing", `"fuzzing" which does not exist`},
		{"matrix.shard }}\n          path", "matrix.shards }}\n          path", `property "shards" is not defined`},
		{"17 2 * * *", "77 2 * * *", "invalid CRON format"},
		{"go-version-file: go.mod", "go-version-files: go.mod", `input "go-version-files" is not defined`},
		{"terrella fuzz ./...", "terrella fuss ./...", `no verb "fuss"`},
		{"--out terrella-fuzz", "--output terrella-fuzz", "terrella fuzz has no flag --output"},
		{"--rerun", "--replay", "terrella triage has no flag --replay"},
		{"esac", "end", "in the script"},
	}},
	{"gitlab.yml", GitLab, 3, [][3]string{
		{"stage: triage", "stage: report", `there is no stage "report"`},
		{"expire_in", "expires_in", "field expires_in not found"},
		{"parallel: 4", "parallel: four", "cannot unmarshal"},
		{"job: terrella-fuzz", "job: fuzz", `needs the job "fuzz"`},
		{"when: always\n      paths", "when: ever\n      paths", `"ever" is none of`},
		{"policy: pull", "policy: fetch", `policy "fetch"`},
		{"junit: junit.xml", "junits: junit.xml", "field junits not found"},
		{"exit_codes", "codes", "field codes not found"},
		{"--junit", "--junit-xml", "terrella triage has no flag --junit-xml"},
	}},
	{"kubernetes.yaml", Kubernetes, 2, [][3]string{
		{"completionMode", "completionsMode", `unknown field "completionsMode"`},
		{"completions: 16", "completions: sixteen", "completions"},
		{`value: "16"`, `value: "15"`, `JOB_COMPLETIONS is "15"; want 16`},
		{"claimName: terrella", "claimName: found", `there is no claim "found"`},
		{"name: cache\n                  mountPath", "name: caches\n                  mountPath", `there is no volume "caches"`},
		{"restartPolicy: Never", "restartPolicy: Always", "restartPolicy"},
		{"name: terrella-fuzz", "name: Terrella_fuzz", "lowercase"},
		{"17 1 * * *", "17 1 * *", "has not five parts"},
		{"apiVersion: batch/v1", "apiVersion: batch/v2", "is not expected here"},
		{"--for 60m", "--during 60m", "terrella fuzz has no flag --during"},
		{"tail -n 1)", "tail -n 1", "in the script"},
	}},
}

// lint returns all that is wrong with a file, its scripts included.
func lint(t *testing.T, check func([]byte) (problems, scripts []string), data []byte) (problems []string, scripts int) {
	t.Helper()
	problems, found := check(data)
	for _, s := range found {
		problems = append(problems, Script(s, help)...)
	}
	return problems, len(found)
}

func TestWorkflows(t *testing.T) {
	for _, f := range files {
		data, err := os.ReadFile(filepath.Join(checkout, "examples", "ci", f.name))
		if err != nil {
			t.Fatal(err)
		}
		problems, scripts := lint(t, f.check, data)
		for _, p := range problems {
			t.Errorf("examples/ci/%s: %s", f.name, p)
		}
		if scripts != f.scripts {
			t.Errorf("examples/ci/%s: %d scripts were found; want %d", f.name, scripts, f.scripts)
		}
	}
	entries, err := os.ReadDir(filepath.Join(checkout, "examples", "ci"))
	if err != nil || len(entries) != len(files) {
		t.Errorf("examples/ci holds %d files, and %d are checked (%v)", len(entries), len(files), err)
	}
}

// Each flaw that is put into a file is found.
func TestFlawsAreFound(t *testing.T) {
	for _, f := range files {
		data, err := os.ReadFile(filepath.Join(checkout, "examples", "ci", f.name))
		if err != nil {
			t.Fatal(err)
		}
		for _, flaw := range f.flaws {
			broken := strings.Replace(string(data), flaw[0], flaw[1], 1)
			if broken == string(data) {
				t.Errorf("%s: there is no %q to be replaced", f.name, flaw[0])
				continue
			}
			problems, _ := lint(t, f.check, []byte(broken))
			if text := strings.Join(problems, "\n"); !strings.Contains(text, flaw[2]) {
				t.Errorf("%s: %q for %q was not found; what was said is\n%s", f.name, flaw[1], flaw[0], text)
			}
		}
	}
}

// The commands in the documentation are there.
func TestDocumentation(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(checkout, "docs", "ci.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(data), "```sh\n")[1:]
	if len(blocks) != 6 {
		t.Errorf("%d blocks of commands; want 6", len(blocks))
	}
	for _, b := range blocks {
		script, _, _ := strings.Cut(b, "```")
		for _, p := range Script(script, help) {
			t.Errorf("docs/ci.md: %s", p)
		}
	}
	if p := Script("terrella triage --nosuch\nterrella nosuch", help); len(p) != 2 {
		t.Errorf("of two flaws these were found: %q", p)
	}
}
