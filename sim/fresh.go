package sim

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/terrella-go/terrella/internal/globals"
	"github.com/terrella-go/terrella/internal/shell"
	"github.com/terrella-go/terrella/sim/internal/hook"
)

// A request is what a process is to run for Config.Fresh, and where to put what came of it.
type request struct {
	Test   string `json:"test"`
	Call   int    `json:"call"`  // which call of Config.Test in that test, from 1
	Index  int    `json:"index"` // of the seed; keptFailures for the failures that were kept
	Answer string `json:"answer"`
}

// keptFailures is the index of what is run before the first seed.
const keptFailures = -1

// An answer is what came of a request.
type answer struct {
	Steps      uint64        `json:"steps"`
	Elapsed    time.Duration `json:"elapsed"`
	Schedule   uint64        `json:"schedule"`
	Events     uint64        `json:"events"`
	Checks     []checkCount  `json:"checks,omitempty"`
	Recoveries []recovered   `json:"recoveries,omitempty"`
	Report     string        `json:"report,omitempty"` // of a failure
}

type checkCount struct {
	Kind          hook.Kind
	Name          string
	Reached, Held uint64
}

type recovered struct {
	Name string
	Took time.Duration
}

// start runs a test's worlds: here, or each in a process of its own.
func (r *runner) start() {
	r.t.Helper()
	defer resetGenerators()()
	call := countCall(r.t)
	step, stop := stopping()
	switch {
	case duty != nil:
		r.work(duty, call)
	case asked == nil && stop:
		r.stopBefore(step)
	case asked == nil && options.again && options.replay != nil:
		r.shrinkAgain(options.replay)
	case asked == nil && r.config.Planted && options.replay == nil && !options.seed.set:
		r.runPlanted()
	case asked == nil && r.config.Fresh && options.replay == nil:
		r.runFresh(call)
	case asked == nil:
		r.run()
	case asked.Test == r.t.Name() && asked.Call == call:
		r.serve(asked)
	default:
		// This process is there for another one's sake.
	}
}

var calls struct {
	sync.Mutex
	of map[*testing.T]int
}

// countCall returns how often a test has come to Config.Test.
func countCall(t *testing.T) int {
	calls.Lock()
	defer calls.Unlock()
	if calls.of == nil {
		calls.of = make(map[*testing.T]int)
	}
	if calls.of[t] == 0 {
		t.Cleanup(func() {
			calls.Lock()
			defer calls.Unlock()
			delete(calls.of, t)
		})
	}
	calls.of[t]++
	return calls.of[t]
}

// runFresh runs each seed in a process of its own, one after the other, until one fails.
func (r *runner) runFresh(call int) {
	r.t.Helper()
	began := time.Now()
	r.saveVariables() // reports names that are not there
	dir, err := os.MkdirTemp("", "terrella-fresh-")
	if err != nil {
		r.t.Fatalf("sim: no place for what the processes of Config.Fresh tell: %v; set TMPDIR to a folder that is writable", err)
	}
	defer os.RemoveAll(dir)
	first := 0
	if len(r.keptFiles()) > 0 {
		first = keptFailures
	}
	for i := first; i < len(r.seeds); i++ {
		p := r.runProcess(request{Test: r.t.Name(), Call: call, Index: i, Answer: filepath.Join(dir, fmt.Sprint(i))})
		if p.trouble != nil {
			r.t.Fatalf("sim: cannot run %s in a process of its own (Config.Fresh): %v", r.what(i), p.trouble)
		}
		if testing.Verbose() || i == keptFailures || p.answer == nil || p.answer.Report != "" || p.ended != nil {
			r.t.Output().Write(p.said)
		}
		switch {
		case p.answer == nil:
			r.t.Fatal(r.died(i, p, "died before its world had ended"))
		case p.answer.Report != "":
			r.t.Fatal(p.answer.Report)
		case p.ended != nil:
			r.t.Fatal(r.died(i, p, "failed though its world passed"))
		case i != keptFailures:
			r.countAnswer(p.answer)
		}
	}
	r.summary(time.Since(began))
}

// what names a request in a message.
func (r *runner) what(i int) string {
	if i == keptFailures {
		return "the failures that were kept"
	}
	return fmt.Sprintf("seed %s (%d of %d)", formatSeed(r.seeds[i]), i+1, len(r.seeds))
}

// died describes the end of a process that does not tell of a failure itself.
func (r *runner) died(i int, p *freshProcess, how string) string {
	seed := r.seeds[max(i, 0)]
	finding(r.t.Name(), "property", seed)
	why := "exit status 0"
	if p.ended != nil {
		why = p.ended.Error()
	}
	text := fmt.Sprintf("sim: %s failed: the process of %s %s: %s. What it printed stands above.", r.t.Name(), r.what(i), how, why)
	if i != keptFailures {
		text += "\n\nto see it again:\n" + r.replay(seed, "")
	}
	return text
}

// countAnswer is count for a world of another process.
func (r *runner) countAnswer(a *answer) {
	r.steps += a.Steps
	r.elapsed += a.Elapsed
	r.schedule = globals.Fold(r.schedule, a.Schedule)
	r.events = globals.Fold(r.events, a.Events)
	for _, c := range a.Recoveries {
		r.recoveries = append(r.recoveries, recovery{c.Name, c.Took})
	}
	for _, c := range a.Checks {
		if r.checks == nil {
			r.checks = make(map[checkID]counts)
		}
		id := checkID{c.Kind, c.Name}
		sum := r.checks[id]
		r.checks[id] = counts{sum.reached + c.Reached, sum.held + c.Held}
	}
}

// A freshProcess is one that has ended.
type freshProcess struct {
	answer  *answer // nil if it left none
	said    []byte  // what it printed, without the words of package testing
	ended   error   // nil if its exit code was 0
	trouble error   // why it could not be run
}

// runProcess runs a request in a process.
func (r *runner) runProcess(q request) *freshProcess {
	text, err := json.Marshal(q)
	if err != nil {
		return &freshProcess{trouble: err}
	}
	binary, err := os.Executable()
	if err != nil {
		return &freshProcess{trouble: err}
	}
	timeout := time.Duration(0)
	if at, ok := r.t.Deadline(); ok {
		// A little less than what is left: its own last words tell more than this process's.
		timeout = max(time.Until(at)*19/20, time.Millisecond)
	}
	cmd := exec.Command(binary, freshArgs(os.Args[1:], r.t.Name(), timeout)...)
	cmd.Dir = homeFolder
	cmd.Env = append(os.Environ(), requestVariable+"="+string(text))
	var said clipped
	cmd.Stdout, cmd.Stderr = &said, &said
	// It ends itself when this pipe closes: when this process is gone, however that came about.
	alive, err := cmd.StdinPipe()
	if err != nil {
		return &freshProcess{trouble: err}
	}
	defer alive.Close()
	if err := cmd.Start(); err != nil {
		return &freshProcess{trouble: err}
	}
	p := &freshProcess{ended: cmd.Wait()}
	p.said = withoutFraming(said.bytes())
	data, err := os.ReadFile(q.Answer)
	if errors.Is(err, os.ErrNotExist) {
		return p
	}
	if err != nil {
		return &freshProcess{trouble: err}
	}
	var a answer
	if err := json.Unmarshal(data, &a); err == nil {
		p.answer = &a // otherwise it died while it wrote
	}
	return p
}

// homeFolder is where the process was started: the test may have gone elsewhere since.
var homeFolder = folder()

// freshArgs returns the arguments with which a test binary runs one test again: its own, but for those
// that choose tests, repeat them, or name files that the first process writes.
func freshArgs(args []string, test string, timeout time.Duration) []string {
	out := []string{"-test.run=" + shell.RunPattern(test), "-test.timeout=" + timeout.String()}
	if testing.Verbose() {
		out = append(out, "-test.v=true")
	}
	for len(args) > 0 {
		arg := args[0]
		name, _, hasValue := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(arg, "-"), "-"), "=")
		if len(arg) < 2 || arg[0] != '-' || name == "" || name == "test.args" {
			break // what follows are no flags
		}
		width := 1
		if f := flag.Lookup(name); f != nil && !hasValue && len(args) > 1 {
			if b, ok := f.Value.(interface{ IsBoolFlag() bool }); !ok || !b.IsBoolFlag() {
				width = 2
			}
		}
		if own, ok := strings.CutPrefix(name, "test."); !ok || !slices.Contains(firstProcess, own) {
			out = append(out, args[:width]...)
		}
		args = args[width:]
	}
	return append(out, args...)
}

// firstProcess are the flags of package testing that are not given to other processes. Coverage is: what -test.gocoverdir
// names is a folder, in which package testing adds up what all processes leave.
var firstProcess = []string{"run", "timeout", "v", "count", "cpu", "list", "shuffle", "failfast", "bench", "benchtime", "benchmem", "fuzz", "fuzztime",
	"fuzzminimizetime", "fuzzcachedir", "testlogfile", "coverprofile", "cpuprofile", "memprofile", "blockprofile", "mutexprofile", "trace"}

// withoutFraming takes out what package testing prints of a test that is one of another process.
func withoutFraming(said []byte) []byte {
	var out []byte
	for line := range strings.Lines(string(said)) {
		words := strings.TrimLeft(line, " ")
		if strings.HasPrefix(words, "=== ") || strings.HasPrefix(words, "--- ") || strings.HasPrefix(line, "coverage: ") ||
			line == "PASS\n" || line == "FAIL\n" {
			continue
		}
		out = append(out, line...)
	}
	return out
}

// A clipped keeps the beginning and the end of what is written to it.
type clipped struct {
	head, tail []byte
	left       int // bytes between them
}

const clipAt = 1 << 16 // bytes, of each

func (c *clipped) Write(p []byte) (int, error) {
	n := min(len(p), clipAt-len(c.head))
	c.head = append(c.head, p[:n]...)
	c.tail = append(c.tail, p[n:]...)
	if over := len(c.tail) - clipAt; over > 0 {
		c.left += over
		c.tail = append(c.tail[:0], c.tail[over:]...)
	}
	return len(p), nil
}

func (c *clipped) bytes() []byte {
	if c.left == 0 {
		return append(c.head, c.tail...)
	}
	return append(fmt.Appendf(c.head, "\n(%d bytes are left out)\n", c.left), c.tail...)
}
