package findings

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/terrella-go/terrella/internal/plan"
	"github.com/terrella-go/terrella/internal/shell"
)

// A Kind is what sort of failure a finding is.
type Kind string

// The kinds.
const (
	// Property is a check that does not hold, a deadlock, a leak: what the test says must not be.
	Property Kind = "property"
	// Crash is a panic or a process that died.
	Crash Kind = "crash"
	// Nondeterminism is two runs of one seed that differ.
	Nondeterminism Kind = "nondeterminism"
	// Unreached is a check in the source that no world came to, or a Sometimes that was never true.
	Unreached Kind = "unreached"
	// Unfinished is a world that was stopped by a limit: of steps, time or memory.
	Unfinished Kind = "unfinished"
)

// kinds are all kinds.
var kinds = []Kind{Property, Crash, Nondeterminism, Unreached, Unfinished}

// A Finding is one failure. Package and Test are needed, and a Kind; the rest is there as far as it is known.
type Finding struct {
	Kind     Kind   `json:"kind"`
	Package  string `json:"package"`
	Test     string `json:"test"`
	Property string `json:"property,omitempty"`
	Message  string `json:"message,omitempty"`
	Story    string `json:"story,omitempty"`
	// Site is the place in the program's own code that found the failure.
	Site plan.Site `json:"site"`
	// Path is the file of the site as a name relative to the repository's root, with slashes; empty if it is not known.
	Path string `json:"path,omitempty"`
	// Shrunk tells that the plan was made smaller: only then its kinds of faults tell bugs apart.
	Shrunk bool `json:"shrunk,omitempty"`
	// FaultKinds are the kinds of faults in the plan, in order, each once. A fault point counts as a kind of its own.
	FaultKinds []string    `json:"fault_kinds,omitempty"`
	Seed       plan.Number `json:"seed"`
	// Schedule and Events are the hashes of the run as it was found. With the seed they tell one failure from another.
	Schedule plan.Number `json:"schedule_hash,omitempty"`
	Events   plan.Number `json:"event_hash,omitempty"`
	// Kept tells that the failure was kept from an earlier run, and so says nothing of how often new seeds fail.
	Kept bool `json:"kept,omitempty"`
	// Race tells that it was found with the race detector, and is seen again with it only.
	Race bool `json:"race,omitempty"`
	// File is the failure file, Trace and Picture its artifacts; empty if there are none.
	File    string `json:"file,omitempty"`
	Trace   string `json:"trace,omitempty"`
	Picture string `json:"picture,omitempty"`
	// Faults, Operations and Steps are the size of the failure: less is easier to understand.
	Faults     int           `json:"faults"`
	Operations int           `json:"operations"`
	Steps      uint64        `json:"steps"`
	At         plan.Duration `json:"at"`
}

// FromFile returns the finding that a failure file holds. The name is that of the file, empty if it has none.
func FromFile(f *plan.File, name string) *Finding {
	first := f.Found
	if f.Original != nil {
		first = f.Original.Found
	}
	out := &Finding{
		Kind: kindOf(f), Package: f.Package, Test: f.Test, Property: f.Property, Message: f.Message, Story: f.Story,
		Site: f.Site, Shrunk: f.Shrunk != nil, Seed: f.Plan.Seed, Schedule: first.Schedule, Events: first.Events,
		File: name, Steps: f.Found.Step, At: f.Found.Time, Race: f.Versions.Race,
	}
	if f.Property == "deadlock" && f.Site.Func == "" {
		out.Site = deadlockSite(f)
	}
	if f.Plan.Faults != nil {
		out.Faults = len(*f.Plan.Faults)
		out.FaultKinds = faultKinds(*f.Plan.Faults)
	}
	if f.Plan.Operations != nil {
		out.Operations = len(*f.Plan.Operations)
	}
	return out
}

// limits are the properties that package sim names when a world is stopped by a limit.
var limits = []string{"step limit", "time limit", "real-time limit", "memory limit", "no yield"}

// kindOf tells a panic and a limit from what the test itself has said. Both are found by no code of the program's
// own, or under no name of the program's own.
func kindOf(f *plan.File) Kind {
	switch {
	case f.Property == "" && strings.HasPrefix(f.Message, "panic in "):
		return Crash
	case f.Site.Func == "" && slices.Contains(limits, f.Property):
		return Unfinished
	}
	return Property
}

// faultKinds returns the kinds of faults, in order, each once.
func faultKinds(lines []string) []string {
	var out []string
	for _, line := range lines {
		f, err := plan.Parse(line)
		if err != nil {
			continue // a file with such a line can't be read
		}
		kind := f.Kind
		if f.Spec().Layer == plan.Point {
			kind += " " + strings.Join(f.Victims(), " ")
		}
		out = append(out, kind)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Title returns what failed, in one line.
func (f *Finding) Title() string {
	switch {
	case f.Kind == Nondeterminism:
		return "two runs of one seed differ"
	case f.Property != "":
		return oneLine(f.Property)
	case f.Message != "":
		return oneLine(f.Message)
	}
	return string(f.Kind)
}

// oneLine returns the first line of a text, cut where it gets long, without what would steer a terminal.
func oneLine(text string) string {
	const longest = 100
	text, _, _ = strings.Cut(clean(strings.TrimSpace(text)), "\n")
	if r := []rune(text); len(r) > longest {
		return string(r[:longest-1]) + "…"
	}
	return text
}

// Size returns how large the failure is, in words.
func (f *Finding) Size() string {
	return fmt.Sprintf("%s, %s, %s", count(f.Faults, "fault"), count(f.Operations, "operation"), count(f.Steps, "step"))
}

func count[N int | uint64](n N, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// Replay returns the line that shows the failure again, in the folder to which File is relative.
func (f *Finding) Replay() string {
	race := ""
	if f.Race {
		race = " -race"
	}
	switch {
	case f.File != "":
		return "terrella replay " + shell.Quote(filepath.ToSlash(f.File))
	case f.Kind == Unreached:
		return fmt.Sprintf("go test%s %s -run %s -sim.reach", race, shell.Quote(f.Package), shell.Quote(shell.RunPattern(f.Test)))
	}
	line := fmt.Sprintf("go test%s %s -run %s -sim.seed=0x%x", race, shell.Quote(f.Package), shell.Quote(shell.RunPattern(f.Test)), uint64(f.Seed))
	if f.Kind == Nondeterminism {
		line += " -sim.verify"
	}
	return line
}

// Read returns the finding of a failure file, with the artifacts that lie beside it: the trace, named like it or run.trace, and the
// picture, named like it or run.html.
func Read(name string) (*Finding, error) {
	f, err := plan.ReadFile(name)
	if err != nil {
		return nil, err
	}
	out := FromFile(f, name)
	base := strings.TrimSuffix(name, filepath.Ext(name))
	out.Trace = firstFile(base+".trace", filepath.Join(filepath.Dir(name), "run.trace"))
	out.Picture = firstFile(base+".html", filepath.Join(filepath.Dir(name), "run.html"))
	return out, nil
}

// firstFile returns the first of several names that is a file, or nothing.
func firstFile(names ...string) string {
	for _, name := range names {
		if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() {
			return name
		}
	}
	return ""
}

// check tells what a finding lacks.
func (f *Finding) check() error {
	switch {
	case f.Test == "":
		return errors.New("a finding without a test")
	case !slices.Contains(kinds, f.Kind):
		return fmt.Errorf("a finding of kind %q; there are %q", f.Kind, kinds)
	}
	return nil
}

// compare orders findings of a bucket: the smallest first, and no two different ones alike.
func compare(a, b *Finding) int {
	return cmp.Or(
		cmp.Compare(a.Faults, b.Faults),
		cmp.Compare(a.Operations, b.Operations),
		cmp.Compare(a.Steps, b.Steps),
		cmp.Compare(a.Seed, b.Seed),
		cmp.Compare(a.Schedule, b.Schedule),
		cmp.Compare(a.Events, b.Events),
		cmp.Compare(a.File, b.File),
		cmp.Compare(a.Message, b.Message),
	)
}
