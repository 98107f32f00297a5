package sim

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime/debug"
	"strings"

	"github.com/terrella-go/terrella/internal/plan"
	"github.com/terrella-go/terrella/internal/shell"
)

// reportFailure makes a failure smaller, prints how the world failed and the line that shows it again, and fails the test.
func (r *runner) reportFailure(i int, o *outcome) {
	r.t.Helper()
	f := r.investigate(o)
	var b strings.Builder
	fmt.Fprintf(&b, "sim: %s failed at seed %s (%d of %d)\n", r.t.Name(), formatSeed(o.seed), i+1, len(r.seeds))
	describe(&b, f.outcome)
	if f.search != nil && f.outcome != f.first {
		f.describeShrinking(&b)
	}
	if !f.repeats {
		fmt.Fprintf(&b, "\nA second run of the seed in this process did not fail in the same way. Something outlives the worlds; -sim.verify shows the first step that differs.\n%s",
			r.suspects(nil, func() { r.runCase(o.given, nil, nil) }))
	}
	if f.trouble != nil {
		fmt.Fprintf(&b, "\nThe failure could not be kept in a file: %v\n", f.trouble)
	}
	b.WriteString(r.picture(f.outcome, f.first, f.file, f.written))
	fmt.Fprintf(&b, "\nto see it again:\n%s", r.replay(o.seed, f.file))
	finding(r.t.Name(), "property", o.seed)
	r.fatal(b.String())
}

// reportReplay prints how a failure of a file fails again, and fails the test.
func (r *runner) reportReplay(name string, file *plan.File, o *outcome) {
	r.t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "sim: %s failed again, as kept in %s\n", r.t.Name(), name)
	describe(&b, o)
	if len(o.given.Faults)+len(o.given.Ops) > 0 {
		fmt.Fprintf(&b, "\nwith these faults and operations:\n")
		describePlan(&b, o)
	}
	if text := changed(file, o); text != "" {
		fmt.Fprintf(&b, "\n%s\n", text)
	}
	b.WriteString(r.picture(o, o, name, file))
	fmt.Fprintf(&b, "\nto see it again:\n%s", r.replay(o.seed, name))
	finding(r.t.Name(), "property", o.seed)
	r.fatal(b.String())
}

// describe tells what failed, the story first.
func describe(b *strings.Builder, o *outcome) {
	f := o.failure
	if text := deeds(o); text != "" {
		fmt.Fprintf(b, "\n%s\n\n", wrap(text, lineWidth))
	}
	if f.property != "" {
		fmt.Fprintf(b, "%s: ", f.property)
	}
	fmt.Fprintf(b, "%s\n", f.message)
	fmt.Fprintf(b, "at step %d, virtual time %v", f.step, f.at)
	if f.where != "" {
		fmt.Fprintf(b, ", on node %s", f.where)
	}
	fmt.Fprintf(b, "\n")
	if f.stack != nil {
		fmt.Fprintf(b, "\n%s\n", f.stack)
	}
	if lines := o.world.lines; len(lines) > 0 {
		fmt.Fprintf(b, "\nlogged, by virtual time:\n")
		if n := len(lines) - maxReported; n > 0 {
			fmt.Fprintf(b, "(%s before these)\n", count(n, "line"))
			lines = lines[n:]
		}
		fmt.Fprintf(b, "%s\n", strings.Join(lines, "\n"))
	}
}

const (
	lineWidth   = 110 // of a story
	maxReported = 40  // lines that were logged
)

// describePlan lists the faults and the operations.
func describePlan(b *strings.Builder, o *outcome) {
	c := o.given
	if c.Chosen {
		c.Ops = o.world.work.filled(c.Ops)
	}
	for i, f := range c.Faults {
		if i == maxReported {
			fmt.Fprintf(b, "    and %s\n", count(len(c.Faults)-i, "fault"))
			break
		}
		fmt.Fprintf(b, "    %s\n", f)
	}
	for i, op := range c.Ops {
		if i == maxReported {
			fmt.Fprintf(b, "    and %s\n", count(len(c.Ops)-i, "operation"))
			break
		}
		fmt.Fprintf(b, "    %s: %s at %v\n", op.Node, opText(op), op.At)
	}
}

// describeShrinking tells what is left of the plan, and what finding it took.
func (f *found) describeShrinking(b *strings.Builder) {
	c := f.outcome.given
	if f.before == [2]int{} && !c.FIFO { // nothing was drawn that could be less
		f.describeOdds(b)
		return
	}
	fmt.Fprintf(b, "\n%s of %s", number(len(c.Faults)), count(f.before[0], "fault"))
	if f.before[1] > 0 {
		fmt.Fprintf(b, " and %s of %s", number(len(c.Ops)), count(f.before[1], "operation"))
	}
	enough := "are"
	if f.before[1] == 0 && len(c.Faults) == 1 {
		enough = "is"
	}
	fmt.Fprintf(b, " %s enough", enough)
	if c.FIFO {
		fmt.Fprintf(b, ", without scheduling noise")
	}
	fmt.Fprintf(b, " (%s of the world", count(f.search.Runs(), "run"))
	if !f.finished {
		fmt.Fprintf(b, "; the budget is used up, a longer -sim.shrinktime may find less")
	}
	fmt.Fprintf(b, ")\n")
	describePlan(b, f.outcome)
	f.describeOdds(b)
}

func number(n int) string {
	if n == 0 {
		return "none"
	}
	return fmt.Sprint(n)
}

// wrap breaks a paragraph into lines.
func wrap(text string, width int) string {
	var b strings.Builder
	column := 0
	for i, word := range strings.Fields(text) {
		switch {
		case i == 0:
		case column+1+len(word) > width:
			b.WriteByte('\n')
			column = 0
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += len(word)
	}
	return b.String()
}

// replay returns the line that runs a failure of this test again: that of a file, or of a seed if there is none.
func (r *runner) replay(seed uint64, file string) string {
	pkg, flags := ".", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		if p := strings.TrimSuffix(info.Path, ".test"); p != "" && !strings.HasPrefix(p, "command-line-arguments") {
			pkg = p
		}
		if raced(info) {
			flags += " -race"
		}
		for _, s := range info.Settings {
			if tags := userTags(s.Value); s.Key == "-tags" && tags != "" {
				flags += " -tags=" + tags
			}
		}
	}
	what := "-sim.seed=" + formatSeed(seed)
	if file != "" {
		what = "-sim.replay=" + shell.Quote(file)
	}
	return fmt.Sprintf("go test %s%s -run %s %s%s", pkg, flags, shell.Quote(shell.RunPattern(r.t.Name())), what, mutateFlag())
}

// userTags takes the tag of the patched runtime out of a list.
func userTags(list string) string {
	var tags []string
	for _, tag := range strings.Split(list, ",") {
		if tag != "terrella" {
			tags = append(tags, tag)
		}
	}
	return strings.Join(tags, ",")
}

// finding tells the command, which reads the file when the tests are over, what was found.
func finding(test, kind string, seed uint64) {
	name := os.Getenv("TERRELLA_FINDINGS")
	if name == "" {
		return
	}
	pkg := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		pkg = strings.TrimSuffix(info.Path, ".test")
	}
	line, _ := json.Marshal(struct {
		Test    string `json:"test"`
		Package string `json:"package"`
		Kind    string `json:"kind"`
		Seed    string `json:"seed"`
	}{test, pkg, kind, formatSeed(seed)})
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		fmt.Fprintf(os.Stderr, "sim: cannot record a finding: %v\n", err)
		return
	}
	defer f.Close()
	if _, err := f.Write(append(line, '\n')); err != nil {
		fmt.Fprintf(os.Stderr, "sim: cannot record a finding: %v\n", err)
	}
}
