package sim

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/terrella-go/terrella/sim/internal/hook"
)

// reportUnreached tells, at the end of a test, of the checks in the source that its worlds never came to, and of
// those that should hold sometimes and never did. With -sim.reach that fails the test.
func (r *runner) reportUnreached() {
	r.t.Helper()
	r.tellChecks()
	if !options.reach && !testing.Verbose() || !options.reach && len(r.checks) == 0 {
		return
	}
	source, err := catalogue()
	if err != nil {
		r.t.Errorf("sim: the checks of package prop cannot be looked up in the source: %v", err)
		return
	}
	all := source.checks
	var lines []string
	for _, c := range all {
		if text := missing(c.kind, r.checks[c.checkID]); text != "" {
			lines = append(lines, fmt.Sprintf("    %s %q (%s) %s", c.kind, c.name, c.where, text))
		}
	}
	for _, id := range slices.SortedFunc(maps.Keys(r.checks), compareChecks) {
		found := slices.ContainsFunc(all, func(c catalogued) bool { return c.checkID == id })
		if text := missing(id.kind, r.checks[id]); !found && text != "" {
			lines = append(lines, fmt.Sprintf("    %s %q %s", id.kind, id.name, text))
		}
	}
	if len(lines) == 0 {
		return
	}
	report := fmt.Sprintf("sim: %s: in %s, of %s in the source %d %s not do what they are there for:\n%s",
		r.t.Name(), count(len(r.seeds), "world"), count(len(all), "check"), len(lines), plural(len(lines), "does", "do"), strings.Join(lines, "\n"))
	if !options.reach {
		r.t.Log(report)
		return
	}
	finding(r.t.Name(), "unreached", r.seeds[0])
	r.t.Error(report)
}

func plural(n int, one, more string) string {
	if n == 1 {
		return one
	}
	return more
}

func compareChecks(a, b checkID) int {
	return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.kind, b.kind))
}

// missing says what a check lacks, nothing if it lacks nothing.
func missing(kind hook.Kind, n counts) string {
	switch {
	case kind == hook.Unreachable:
		return ""
	case n.reached == 0:
		return "was never reached"
	case kind == hook.Sometimes && n.held == 0:
		return fmt.Sprintf("was reached %d times and never true", n.reached)
	}
	return ""
}

// tellChecks tells the command, which adds up over the processes of a campaign, how often each check was reached and
// held: one line of JSON a test in the file that TERRELLA_CHECKS names. Checks that are only in the source have zeros.
func (r *runner) tellChecks() {
	name := os.Getenv("TERRELLA_CHECKS")
	if name == "" {
		return
	}
	type line struct {
		Kind    string `json:"kind"`
		Name    string `json:"name"`
		Where   string `json:"where,omitempty"`
		Reached uint64 `json:"reached"`
		Held    uint64 `json:"held"`
	}
	var lines []line
	var all []catalogued
	if source, err := catalogue(); err == nil { // without the source there are those that were reached
		all = source.checks
	}
	for _, c := range all {
		n := r.checks[c.checkID]
		lines = append(lines, line{c.kind.String(), c.name, c.where, n.reached, n.held})
	}
	for _, id := range slices.SortedFunc(maps.Keys(r.checks), compareChecks) {
		if !slices.ContainsFunc(all, func(c catalogued) bool { return c.checkID == id }) {
			n := r.checks[id]
			lines = append(lines, line{id.kind.String(), id.name, "", n.reached, n.held})
		}
	}
	text, err := json.Marshal(struct {
		Test   string `json:"test"`
		Checks []line `json:"checks"`
	}{r.t.Name(), lines})
	if err == nil {
		err = appendLine(name, text)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "sim: cannot record the checks: %v\n", err)
	}
}

// appendLine adds a line to a file that several processes may write to.
func appendLine(name string, line []byte) error {
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	_, err = f.Write(append(line, '\n'))
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}
