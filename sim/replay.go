package sim

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/terrella-go/terrella/internal/kernel"
	"github.com/terrella-go/terrella/internal/plan"
	"github.com/terrella-go/terrella/internal/shell"
)

// A replayFile is the failure that -sim.replay names.
type replayFile struct {
	name string
	file *plan.File
}

// replayFlag is the flag -sim.replay.
type replayFlag struct{}

func (replayFlag) String() string { return "" }

// Set reads the file: what is wrong with it is said before any test runs.
func (replayFlag) Set(name string) error {
	f, err := plan.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no file %s in %s, the package's folder, to which the name is relative", name, folder())
	}
	if err != nil {
		return err
	}
	options.replay = &replayFile{name, f}
	return nil
}

func folder() string {
	dir, err := os.Getwd()
	if err != nil {
		return "this folder"
	}
	return dir
}

// refuseForeign ends the process if a file is a failure of another test than this.
func (r *runner) refuseForeign(f *replayFile) {
	if name := r.t.Name(); f.file.Test != name && !strings.HasPrefix(name, f.file.Test+"/") && !strings.HasPrefix(f.file.Test, name+"/") {
		usage(fmt.Errorf("%s is a failure of %s, and this test is %s; run it with -run %s", f.name, f.file.Test, r.t.Name(), shell.Quote(shell.RunPattern(f.file.Test))))
	}
	if pkg := packagePath(); f.file.Package != "" && pkg != "" && f.file.Package != pkg {
		usage(fmt.Errorf("%s is a failure of package %s, and this is %s", f.name, f.file.Package, pkg))
	}
}

// replayOnly runs the failure of a file, and fails the test if it fails again.
func (r *runner) replayOnly(f *replayFile) {
	r.t.Helper()
	r.refuseForeign(f)
	c, _ := f.file.Plan.Case() // was read already
	r.seeds = []uint64{c.Seed}
	began := time.Now()
	r.runCase(c, nil, nil)
	var o *outcome
	if options.verify {
		o = r.twiceCase(c, new([2]kernel.Record))
		if o.divergence != "" {
			r.reportDivergence(o)
		}
	} else {
		o = r.again(c, f.file)
	}
	r.count(o)
	r.writeTrace(o)
	if o.failure == nil {
		r.t.Logf("sim: %s no longer fails: %s", f.name, passing(f.file, o))
		r.summary(time.Since(began))
		return
	}
	r.summary(time.Since(began))
	r.reportReplay(f.name, f.file, o)
}

// replayKept runs the failures that were kept of this test, before any new seed. Files that can't be read are
// reported and left alone.
func (r *runner) replayKept() {
	r.t.Helper()
	for _, name := range r.keptFiles() {
		file, err := plan.ReadFile(name)
		if err == nil && file.Test != r.t.Name() {
			err = fmt.Errorf("%s: is a failure of %s", name, file.Test)
		}
		if err != nil {
			fmt.Fprintf(os.Stderr, "sim: a failure file is skipped: %v\n", err)
			r.t.Logf("sim: a failure file is skipped: %v", err)
			continue
		}
		c, _ := file.Plan.Case()
		o := r.again(c, file)
		if o.failure != nil {
			r.writeTrace(o)
			r.reportReplay(filepath.ToSlash(name), file, o)
		}
		r.t.Logf("sim: %s no longer fails: %s", name, passing(file, o))
	}
}

// again runs the case of a file. If it passes and the program has changed, the change may only have moved the
// schedule: then the faults and operations are tried with some others.
func (r *runner) again(c plan.Case, f *plan.File) *outcome {
	o := r.runCase(c, nil, nil)
	if o.failure != nil || f.Found.Schedule == 0 || uint64(f.Found.Schedule) == o.result.Hash {
		return o
	}
	for i := range otherSchedules {
		c.Luck, c.FIFO = firstLuck+uint64(i), false
		if other := r.runCase(c, nil, nil); other.failure != nil && sameProperty(f, other.failure) {
			return other
		}
	}
	return o
}

// otherSchedules is how many schedules a failure of a changed program is tried with.
const otherSchedules = 32

// sameProperty reports whether a failure is that of a file.
func sameProperty(f *plan.File, o *failure) bool {
	return f.Property == o.property && (f.Site.Func == "" || f.Site.Declared() == plan.Site(o.site).Declared())
}

// keptFiles returns the names of the files that replayKept looks at.
func (r *runner) keptFiles() []string {
	if options.seed.set || failureFolder() == "" {
		return nil
	}
	dir := filepath.Join(failureFolder(), filepath.FromSlash(r.t.Name()))
	names, err := filepath.Glob(filepath.Join(escapeGlob(dir), "*.json"))
	if err != nil {
		return nil
	}
	slices.Sort(names)
	return names
}

// escapeGlob quotes what filepath.Glob takes for patterns.
func escapeGlob(dir string) string {
	return strings.NewReplacer(`*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(dir)
}

// passing tells whether a run that passes is the run of the file.
func passing(f *plan.File, o *outcome) string {
	if o.given.FIFO || uint64(f.Found.Schedule) != o.result.Hash {
		if other := otherDetector(f); other != "" {
			return other
		}
		return "the program has changed since it was found, and what is wrong seems to be mended"
	}
	return "the run is the one that failed, step by step, so the property has changed"
}

// changed tells how a run that fails differs from the one that a file tells of. A file written by hand may tell nothing.
func changed(f *plan.File, o *outcome) string {
	switch {
	case f.Found.Schedule == 0 && f.Property == "" && f.Site.Func == "":
		return ""
	case f.Found.Schedule != 0 && uint64(f.Found.Schedule) == o.result.Hash && uint64(f.Found.Events) == o.world.log.Hash():
		return "the run is the same as when it was found: schedule and events"
	case otherDetector(f) != "":
		return otherDetector(f)
	case sameProperty(f, o.failure):
		if f.Found.Schedule == 0 {
			return ""
		}
		if c, err := f.Plan.Case(); err == nil && c.Luck != o.given.Luck {
			return fmt.Sprintf("the program has changed since it was found, and fails still: with the same faults and operations, in another schedule (luck %d in the file's plan)", o.given.Luck)
		}
		return "the program has changed since it was found, and fails still"
	}
	return fmt.Sprintf("the program has changed since it was found, and fails in another way: it was %s", strings.TrimSuffix(firstLine(f.Property+": "+f.Message), ":"))
}

// otherDetector tells that a failure was found with the race detector and is run without it, or the other way round. Empty if neither is so.
func otherDetector(f *plan.File) string {
	race := versions().Race
	switch {
	case f.Found.Schedule == 0 || f.Versions.Race == race: // a file that was written by hand tells nothing
		return ""
	case race:
		return "it was found without the race detector, with which the run is another: leave out -race to see it again"
	}
	return "it was found with the race detector, without which the run is another, and races are not seen: add -race to see it again"
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(strings.TrimPrefix(s, ": "), "\n")
	return s
}
