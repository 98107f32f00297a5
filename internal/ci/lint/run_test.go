package lint

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// service is a package with a bug that about every sixth world finds.
const service = `package service

import (
	"os"
	"testing"

	"github.com/terrella-go/terrella/sim"
	"github.com/terrella-go/terrella/sim/prop"
)

func TestService(t *testing.T) {
	sim.Test(t, func(w *sim.World) {
		n := w.Rand("dice").IntN(6)
		prop.Always(n != 3 || os.Getenv("MENDED") != "", "no threes")
	})
}
`

// newService makes a repository with such a package, which has the command as a tool, as the files say.
func newService(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	root, err := filepath.Abs(checkout)
	if err != nil {
		t.Fatal(err)
	}
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	sum, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	_, requirements, _ := strings.Cut(string(mod), "\ngo ")
	const library = "github.com/terrella-go/terrella"
	text := fmt.Sprintf("module example.com/service\n\ngo %s\nrequire %s v0.0.0\n\nreplace %[2]s => %q\n\ntool %[2]s/cmd/terrella\n", requirements, library, root)
	for name, data := range map[string]string{"go.mod": text, "go.sum": string(sum), "service_test.go": service} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// script runs a script as a job does, and returns its exit code.
func script(t *testing.T, dir, text string, env ...string) int {
	t.Helper()
	cmd := exec.Command("sh", "-e", "-c", text)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
	cmd.Env = append(cmd.Env, env...)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	t.Logf("%s\n%s", text, out)
	return cmd.ProcessState.ExitCode()
}

// A night with the bug and one without, by the scripts of each file: two jobs share the seeds, another has the verdict.
func TestScriptsRun(t *testing.T) {
	dir := newService(t)
	for _, f := range []struct {
		name           string
		fuzz, triage   []string // variables of CI systems; %d is the job's number from 0, %[2]d from 1, %[3]d that of the night
		fails          int      // exit code of the first jobs that find something
		edits          []string // pairs: the time that a test can't wait for, and places that are a machine's own
		record, report string
	}{
		{
			name:   "github.yml",
			fuzz:   []string{"TERRELLA_SHARD=%[2]d/2", "GITHUB_RUN_ID=%[3]d"},
			triage: []string{"GITHUB_RUN_ID=%[3]d", "GITHUB_SHA=0123456789abcdef", "GITHUB_STEP_SUMMARY=summary.md"},
			edits:  []string{`--for "$DURATION"`, "--runs $RUNS", "--out terrella-fuzz", "--out found/$TERRELLA_SHARD"}, // each job has a machine of its own
			record: "findings.json", report: "summary.md",
		},
		{
			name:   "gitlab.yml",
			fuzz:   []string{"CI_NODE_INDEX=%[2]d", "CI_NODE_TOTAL=2", "CI_PIPELINE_ID=%[3]d"},
			triage: []string{"CI_PIPELINE_ID=%[3]d", "CI_COMMIT_SHA=0123456789abcdef"},
			edits:  []string{`--for "$TERRELLA_FOR"`, "--runs $RUNS"},
			fails:  1, // which the file allows
			record: "findings.json", report: "summary.md",
		},
		{
			name:   "kubernetes.yaml",
			fuzz:   []string{"JOB_COMPLETION_INDEX=%d", "JOB_COMPLETIONS=2", "JOB_NAME=terrella-fuzz-%[3]d"},
			edits:  []string{"/found", "$PWD/found", "--for 60m", "--runs $RUNS"},
			record: "found/findings.json", report: "found/terrella-fuzz-9/junit.xml",
		},
	} {
		t.Run(f.name, func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join(checkout, "examples", "ci", f.name))
			if err != nil {
				t.Fatal(err)
			}
			text := strings.NewReplacer(append([]string{"\r", ""}, f.edits...)...).Replace(string(data))
			var fuzz, triage []string
			for _, file := range files {
				if file.name != f.name {
					continue
				}
				_, scripts := file.check([]byte(text))
				for _, s := range scripts {
					if strings.Contains(s, "terrella fuzz") {
						fuzz = append(fuzz, s)
					} else {
						triage = append(triage, s)
					}
				}
			}
			env := func(of []string, job, night int, mended string) []string {
				runs := 400
				if mended != "" {
					runs = 4000 // enough to tell, by the rule of three, even if one failure only was looked into before
				}
				out := []string{"MENDED=" + mended, fmt.Sprint("RUNS=", runs), "TERRELLA_SHARD=", "GITHUB_STEP_SUMMARY="}
				for _, v := range of {
					name, value, _ := strings.Cut(v, "=")
					value = strings.NewReplacer("%[2]d", fmt.Sprint(job+1), "%[3]d", fmt.Sprint(night), "%d", fmt.Sprint(job)).Replace(value)
					out = append(out, name+"="+value)
				}
				return out
			}
			night := func(number int, mended string, fails, verdict int) {
				t.Helper()
				if f.name != "kubernetes.yaml" { // whose volume stays
					if err := os.RemoveAll(filepath.Join(dir, "found")); err != nil {
						t.Fatal(err)
					}
				}
				for job := range 2 {
					if code := script(t, dir, strings.Join(fuzz, "\n"), env(f.fuzz, job, number, mended)...); code != fails {
						t.Fatalf("night %d, job %d: exit code %d, want %d", number, job, code, fails)
					}
				}
				if code := script(t, dir, strings.Join(triage, "\n"), env(f.triage, 0, number, mended)...); code != verdict {
					t.Fatalf("night %d: the verdict is %d, want %d", number, code, verdict)
				}
			}
			for _, name := range []string{"found", "findings.json", "summary.md", "failures"} {
				if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
					t.Fatal(err)
				}
			}
			night(8, "", f.fails, 1)
			night(9, "1", 0, 0)
			record, err := os.ReadFile(filepath.Join(dir, f.record))
			if err != nil || !bytes.Contains(record, []byte(`"state": "resolved"`)) || !bytes.Contains(record, []byte(`"property": "no threes"`)) {
				t.Errorf("%s: %v\n%s", f.record, err, record)
			}
			if report, err := os.ReadFile(filepath.Join(dir, f.report)); err != nil || len(report) == 0 {
				t.Errorf("%s: %d bytes, %v", f.report, len(report), err)
			}
		})
	}
}
