package sim

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"

	"github.com/terrella-go/terrella/internal/globals"
)

// A between looks at what worlds leave to later ones in package-level variables.
//
// To look costs as much as a few small worlds, so only some of the worlds that are run twice are
// looked at: the first, second, fourth, eighth and so on of a test.
type between struct {
	table   *globals.Table
	trouble error // why there is no table
	twice   int   // worlds that were run twice so far
	last    *globals.Snapshot
	left    map[string]int    // in how many of the worlds looked at a variable was changed
	example map[string]string // how one looked, for the report
}

// open reads the names of the variables, once. It reports whether there are any.
func (b *between) open() bool {
	if b.table == nil && b.trouble == nil {
		b.table, b.trouble = globals.Open()
	}
	return b.table != nil && b.table.Len() > 0
}

// begin is called before a world is run twice.
func (b *between) begin() {
	b.twice++
	b.last = nil
	if bits.OnesCount(uint(b.twice)) == 1 && b.open() {
		b.last = b.table.Take()
	}
}

// ended is called after each of the two runs. It returns what the run has changed; nothing if it was not looked at.
func (b *between) ended() []globals.Change {
	if b.last == nil {
		return nil
	}
	now := b.table.Take()
	changes := now.Since(b.last)
	b.last = now
	if b.left == nil {
		b.left, b.example = make(map[string]int), make(map[string]string)
	}
	for _, c := range changes {
		b.left[c.Name]++
		b.example[c.Name] = c.String()
	}
	return changes
}

// around returns what a run changes.
func (b *between) around(run func()) []globals.Change {
	if !b.open() {
		run()
		return nil
	}
	before := b.table.Take()
	run()
	return b.table.Take().Since(before)
}

// lasting returns the variables that worlds keep changing. What changed in one world alone is made once and
// kept: a cache, a sync.Once.
func (b *between) lasting() []string {
	var out []string
	for name, times := range b.left {
		if times > 1 {
			out = append(out, b.example[name])
		}
	}
	slices.Sort(out)
	return out
}

// maxNames bounds the variables that a report names.
const maxNames = 20

// listNames lists variables, one a line.
func listNames(names []string) string {
	more := ""
	if len(names) > maxNames {
		more = fmt.Sprintf("\n    and %d more", len(names)-maxNames)
		names = names[:maxNames]
	}
	return "    " + strings.Join(names, "\n    ") + more
}

// lookBetween calls look unless other worlds run, which change variables too.
func (r *runner) lookBetween(look func()) {
	if !r.shared || r.alone {
		look()
	}
}

// suspects tells which variables may have made a second run of a seed another than the first. changes are those of the first
// run; if it was not looked at, it is run again.
func (r *runner) suspects(changes []globals.Change, again func()) string {
	b := &r.between
	if len(changes) == 0 {
		changes = b.around(again)
	}
	switch {
	case b.trouble != nil:
		return fmt.Sprintf("Package-level variables can't be looked at: %v. Plain `go test` keeps the names.\n", b.trouble)
	case len(changes) == 0:
		return "No package-level variable of the program was seen to change in a run of this seed.\n"
	}
	var names []string
	for _, c := range changes {
		names = append(names, c.String())
	}
	return "A run of this seed leaves other values in these package-level variables than it found:\n" + listNames(names) + "\n" + remedies
}

const remedies = "Config.Fresh runs each seed in a process of its own; Config.Restore puts single variables back.\n"

// reportLasting prints, below the summary, which variables worlds keep changing.
func (r *runner) reportLasting() {
	if names := r.between.lasting(); len(names) > 0 {
		fmt.Fprintf(r.t.Output(), "sim: %s: worlds leave other values in these package-level variables than they find; seeds may depend on those before them:\n%s\n%s",
			r.t.Name(), listNames(names), remedies)
	}
}

// saveVariables keeps the values of the variables of Config.Restore, as they are before the test's first world.
func (r *runner) saveVariables() {
	r.t.Helper()
	if len(r.config.Restore) == 0 {
		return
	}
	r.between.open()
	if err := r.between.trouble; err != nil {
		r.t.Fatalf("sim: Config.Restore: %v", err)
	}
	saved, err := r.between.table.Save(r.config.Restore)
	if err != nil {
		r.t.Fatalf("sim: Config.Restore: %v", err)
	}
	r.saved = saved
}
