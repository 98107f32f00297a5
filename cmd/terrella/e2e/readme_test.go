package e2e

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

var update = flag.Bool("update", false, "write into README.md what its commands print now, where first and last lines of an output are there but for numbers")

// A part is a fenced block of the README, or a table's row that begins with a command.
type part struct {
	lang string // "row" for a row
	text string
	line int
}

// readme returns the parts of the README, in order.
func readme(t *testing.T) (file, text string, parts []part) {
	t.Helper()
	file = filepath.Join(host.checkout, "README.md")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var open *part
	for i, line := range strings.Split(string(data), "\n") {
		lang, fence := strings.CutPrefix(line, "```")
		switch {
		case fence && open == nil:
			open = &part{lang: lang, line: i + 1}
		case fence:
			parts = append(parts, *open)
			open = nil
		case open != nil:
			open.text += line + "\n"
		default:
			if m := commandRow.FindStringSubmatch(line); m != nil {
				parts = append(parts, part{"row", m[1], i + 1})
			}
		}
	}
	return file, string(data), parts
}

var commandRow = regexp.MustCompile("^\\| `((?:[A-Z_]+=\\S+ )?go [^`]*)` \\|")

// TestReadme runs every command of the README and compares what they print with what stands there. Paths and real times, which depend on the
// machine, are put in words first.
func TestReadme(t *testing.T) {
	file, text, parts := readme(t)
	r := &reader{temp: t.TempDir()}
	r.mine = filepath.Join(r.temp, "mine")
	write(t, filepath.Join(r.mine, "go.mod"), "module example.com/mine\n\ngo 1.25.0\n")
	write(t, filepath.Join(r.mine, "store", "store.go"), "// Package store is to be tested.\npackage store\n")
	commands := 0
	for i, p := range parts {
		switch p.lang {
		case "sh":
			for command := range strings.Lines(p.text) {
				commands++
				r.run(t, strings.TrimSpace(command), p.line)
			}
		case "row":
			commands++
			r.run(t, p.text, p.line)
		case "go":
			r.account(t, p.text)
		case "text":
			if i == 0 || parts[i-1].lang != "sh" && parts[i-1].lang != "go" {
				t.Fatalf("line %d: no command stands before this output", p.line)
			}
			r.paste(t, p.line)
			now, ok := r.compare(p.text)
			switch {
			case ok && now == p.text:
			case ok && *update:
				text = strings.Replace(text, p.text, now, 1)
			default:
				t.Errorf("line %d: the output is another (go test -run Readme -update in cmd/terrella/e2e writes it anew if its first and last lines are there):\n%s", p.line, r.output)
			}
		default:
			t.Errorf("line %d: blocks are go, sh or text, not %q", p.line, p.lang)
		}
	}
	if commands < 20 {
		t.Errorf("%d commands were found", commands)
	}
	if *update {
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// A reader does what the README says.
type reader struct {
	temp   string
	mine   string // the module of one's own
	output string // of the latest command, in words
	last   string // the folder in which it ran
	env    string // what stands before it
}

// expected are the exit codes of commands that are shown because they find something.
var expected = map[string]int{
	"TWOPHASE_BUG=1 go test -run 'TestTwoPhase$' -sim.runs=500": 1,
	"go tool terrella mutate ./store --runs 2":                  1,
	"go tool terrella diff 7 8 ./store --test TestWorld":        1,
}

// run runs a command as a shell does, in the folder that it is for: what is of the checkout there, all else in the module of one's own.
func (r *reader) run(t *testing.T, command string, line int) {
	t.Helper()
	dir := r.mine
	switch {
	case strings.HasPrefix(command, "go run ./"):
		dir = host.checkout
	case strings.HasPrefix(command, "TWOPHASE_BUG=1 "):
		dir = filepath.Join(host.checkout, "examples", "twophase")
	}
	r.env = ""
	if name, _, ok := strings.Cut(command, " go "); ok && strings.Contains(name, "=") {
		r.env = name + " "
	}
	script := command
	if dir == host.checkout { // what it leaves there is left elsewhere
		script = strings.Replace(script, "terrella demo", "terrella demo --out "+filepath.Join(r.temp, "terrella-demo"), 1)
	}
	script = strings.ReplaceAll(script, "=../terrella", "="+host.checkout)
	r.exec(t, dir, expected[command], script, line)
}

func (r *reader) exec(t *testing.T, dir string, want int, script string, line int) {
	t.Helper()
	r.last = dir
	cmd := exec.Command("sh", "-c", script)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "PWD="+dir)
	if dir != r.mine {
		cmd.Env = append(cmd.Env, "TERRELLA_DIR="+filepath.Join(r.temp, "testdata", "sim"))
	}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if code := cmd.ProcessState.ExitCode(); code != want {
		t.Fatalf("line %d: %s: exit code %d, want %d\n%s%s", line, script, code, want, out, stderr.String())
	}
	r.output = r.inWords(string(out))
}

// paste runs the lines that a report says can be pasted, if it is printed by the command before: the failure has to be there again.
func (r *reader) paste(t *testing.T, line int) {
	t.Helper()
	output := r.output
	for l := range strings.Lines(output) {
		l = strings.TrimSpace(l)
		switch {
		case strings.HasPrefix(l, "go run ./cmd/terrella replay "):
			want := 1
			if strings.Contains(l, "--step") {
				want = 0
			}
			r.exec(t, host.checkout, want, strings.ReplaceAll(l, "terrella-demo/", filepath.Join(r.temp, "terrella-demo")+"/"), line)
		case strings.HasPrefix(l, "go test ") && strings.Contains(l, "-sim.replay="):
			r.exec(t, r.last, 1, r.env+strings.Replace(l, "-sim.replay=testdata", "-sim.replay="+filepath.Join(r.temp, "testdata"), 1), line)
			if !strings.Contains(r.output, "the run is the same as when it was found: schedule and events") {
				t.Errorf("line %d: pasted, it runs otherwise:\n%s", line, r.output)
			}
		}
	}
	r.output = output
}

// account runs the shortest test, which has to fail.
func (r *reader) account(t *testing.T, text string) {
	t.Helper()
	dir := filepath.Join(r.temp, "account")
	write(t, filepath.Join(dir, "account_test.go"), text)
	mod, sum := moduleFiles(t, "example.com/account")
	write(t, filepath.Join(dir, "go.mod"), mod)
	write(t, filepath.Join(dir, "go.sum"), sum)
	r.exec(t, dir, 1, "go vet . && go test", 0)
}

var (
	realTime = regexp.MustCompile(`(in real |All this took |--- (?:PASS|FAIL): \S+ \(|\t)(?:[0-9]+m)?[0-9.]+m?s\b`)
	trailing = regexp.MustCompile(`[ \t]+\n`)
	wordTime = regexp.MustCompile(`(in real |All this took |--- (?:PASS|FAIL): \S+ \(|\t)TIME`)
	number   = regexp.MustCompile(`0x[0-9a-f]+|[0-9a-f]{16}|[0-9]+`)
)

// inWords replaces what depends on the machine.
func (r *reader) inWords(out string) string {
	out = strings.ReplaceAll(out, r.temp+"/", "")
	out = trailing.ReplaceAllString(out, "\n")
	return realTime.ReplaceAllString(out, "${1}TIME")
}

// compare looks for a text among the lines that were printed. It returns what stands there now, and whether it is the same but for numbers.
func (r *reader) compare(want string) (now string, ok bool) {
	blank := func(s string) string { return number.ReplaceAllString(r.inWords(s), "N") }
	lines, have := strings.SplitAfter(want, "\n"), strings.SplitAfter(r.output, "\n")
	lines = lines[:len(lines)-1]
	for i := range have {
		if i+len(lines) > len(have) {
			break
		}
		same, exact := true, true
		for j := range lines {
			same = same && blank(lines[j]) == blank(have[i+j])
			exact = exact && r.inWords(lines[j]) == have[i+j]
		}
		if exact {
			return want, true
		}
		if same {
			return r.withTimes(lines, have[i:i+len(lines)]), true
		}
	}
	// Else it is what stands between the first and the last line, if these are the same.
	for i := range have {
		for j := i; blank(lines[0]) == blank(have[i]) && j < len(have); j++ {
			if *update && blank(lines[len(lines)-1]) == blank(have[j]) {
				return r.withTimes(lines, have[i:j+1]), true
			}
		}
	}
	return "", false
}

// withTimes puts the times that stood there into what was printed.
func (r *reader) withTimes(was, now []string) string {
	var b strings.Builder
	for i, line := range now {
		times := []string{"in real 2s"}
		if i < len(was) {
			times = realTime.FindAllString(was[i], -1)
		}
		for _, piece := range wordTime.FindAllString(line, -1) {
			if len(times) == 0 {
				break
			}
			line = strings.Replace(line, piece, times[0], 1)
			times = times[1:]
		}
		b.WriteString(line)
	}
	return b.String()
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func moduleFiles(t *testing.T, path string) (mod, sum string) {
	t.Helper()
	mod, sum, err := goModFor(path)
	if err != nil {
		t.Fatal(err)
	}
	return mod, sum
}

// inline are the commands in the README's sentences, and what is run in their place: less work, the same packages and flags.
var inline = map[string]string{
	"go run ./internal/ci":  "go run ./internal/ci -only 'no step of this name'",
	"go test":               "go version", // TestReadme runs it
	"go tool terrella help": "go run ./cmd/terrella help",
	"go test -run xxx -bench . ./internal/kernel": "go test -run xxx -bench . -benchtime=1x ./internal/kernel",
	"go run ./internal/ci -emulator=qemu-aarch64": "go run ./internal/ci -only 'no step of this name' -emulator=none",
}

// TestReadmeInline checks the commands in sentences.
func TestReadmeInline(t *testing.T) {
	_, text, parts := readme(t)
	for _, p := range parts {
		text = strings.Replace(text, p.text, "", 1)
	}
	found := 0
	for _, m := range regexp.MustCompile("`((?:go|terrella) [^`]*)`").FindAllStringSubmatch(text, -1) {
		command, ok := inline[m[1]]
		if !ok {
			t.Errorf("the README tells of %q, which no test runs", m[1])
			continue
		}
		found++
		cmd := exec.Command("sh", "-c", command)
		cmd.Dir = host.checkout
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", command, err, out)
		}
	}
	if found < 3 {
		t.Errorf("%d commands were found", found)
	}
}

var link = regexp.MustCompile(`\]\(([^)#]+)(#[^)]*)?\)`)

// TestReadmeMap: every link leads somewhere, and every package, example, page and verb is named.
func TestReadmeMap(t *testing.T) {
	for _, name := range []string{"README.md", "docs/README.md"} {
		data, err := os.ReadFile(filepath.Join(host.checkout, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(data), -1) {
			if _, err := os.Stat(filepath.Join(host.checkout, filepath.Dir(name), m[1])); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	_, text, _ := readme(t)
	index, err := os.ReadFile(filepath.Join(host.checkout, "docs", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	examples, err := os.ReadDir(filepath.Join(host.checkout, "examples"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range examples {
		if e.IsDir() && e.Name() != "internal" && !strings.Contains(text, "(examples/"+e.Name()+")") {
			t.Errorf("the README does not name the example %s", e.Name())
		}
	}
	pages, err := filepath.Glob(filepath.Join(host.checkout, "docs", "*.md"))
	if err != nil || len(pages) < 4 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	for _, p := range pages {
		if base := filepath.Base(p); base != "README.md" && !strings.Contains(string(index), "("+base+")") {
			t.Errorf("docs/README.md does not list %s", base)
		}
	}
	for _, verb := range verbs(t) {
		if !slices.Contains([]string{"help", "completion", "version"}, verb) && !regexp.MustCompile("`(go (tool terrella|run ./cmd/terrella) )?"+verb+"[` ]|terrella "+verb).MatchString(text) {
			t.Errorf("the README does not name the verb %s", verb)
		}
	}
	dirs, err := filepath.Glob(filepath.Join(host.checkout, "*", "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range dirs {
		if dir := filepath.Base(filepath.Dir(f)); !strings.Contains(text, "("+dir+")") {
			t.Errorf("the README does not name the package %s", dir)
		}
	}
}

// verbs asks the command for its verbs.
var verbs = func() func(*testing.T) []string {
	ask := sync.OnceValues(func() ([]string, error) {
		out, err := exec.Command(filepath.Join(host.bin, "terrella"), "__complete", "").Output()
		var names []string
		for line := range strings.Lines(string(out)) {
			if verb, about, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok {
				if about == "" {
					err = fmt.Errorf("%s has no short description", verb)
				}
				names = append(names, verb)
			}
		}
		return names, err
	})
	return func(t *testing.T) []string {
		t.Helper()
		names, err := ask()
		if err != nil {
			t.Fatal(err)
		}
		return names
	}
}()
