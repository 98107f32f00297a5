package sim

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/terrella-go/terrella/internal/plan"
	"github.com/terrella-go/terrella/internal/trace"
	"github.com/terrella-go/terrella/internal/viewer"
)

// writeTrace writes the events of a world to the file of -sim.trace.
func (r *runner) writeTrace(o *outcome) {
	r.t.Helper()
	if options.trace == "" {
		return
	}
	if err := writeFile(options.trace, r.recorded(o, "")); err != nil {
		r.t.Errorf("sim: cannot write the trace: %v", err)
	}
}

// recorded returns what a world that kept all its events left.
func (r *runner) recorded(o *outcome, file string) *trace.Run {
	run := o.world.log.Run(trace.Meta{Test: r.t.Name(), Package: packagePath(), Seed: formatSeed(o.seed), Again: r.replay(o.seed, file)})
	if f := o.failure; f != nil {
		run.Failure = f.message
		if f.property != "" {
			run.Failure = f.property + ": " + f.message
		}
		if len(o.world.weather.struck) > 0 {
			run.Story = story(o)
		}
	}
	o.world.recorder.attach(run)
	return run.Decode(o.world.decoders)
}

// writeFile writes a run in the form that the file's name asks for.
func writeFile(name string, runs ...*trace.Run) error {
	write := runs[0].WriteLines
	switch filepath.Ext(name) {
	case ".trace":
		write = runs[0].WriteColumns
	case ".html":
		write = func(to io.Writer) error { return viewer.Page{Runs: named(runs)}.Write(to) }
	}
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}

func named(runs []*trace.Run) []viewer.Named {
	names := []string{"smallest that fails", "as it was found"}
	var all []viewer.Named
	for i, r := range runs {
		all = append(all, viewer.Named{Name: names[i], Run: r})
	}
	return all
}

// picture leaves the trace of a failure, a page that shows it, and its failure file among the test's artifacts, and returns what the
// report says of them. Beside the smallest case that fails the page shows the first, if that is another.
//
// Without `go test -artifacts` it says how to get the page: what is left in a folder that is gone
// when the test ends, nobody finds.
func (r *runner) picture(smallest, first *outcome, file string, written *plan.File) string {
	dir, ok := artifactDir(r.t)
	if !ok {
		return "\nto see it as a picture, add -sim.trace=run.html, and open that in a browser\n"
	}
	page := filepath.Join(dir, "run.html")
	n, err := r.leave(dir, page, smallest, first, file)
	if err == nil && written != nil { // else the failure does not repeat
		err = written.WriteFile(filepath.Join(dir, "failure.json"))
	}
	if err != nil {
		return fmt.Sprintf("\nno picture of it could be left: %v\n", err)
	}
	link := url.URL{Scheme: "file", Path: filepath.ToSlash(page), Fragment: fmt.Sprintf("e=%d", n)}
	return fmt.Sprintf("\nto see it as a picture, open\n%s\n", &link)
}

// leave writes the artifacts and returns the number of the event at which the page is to open.
func (r *runner) leave(dir, page string, smallest, first *outcome, file string) (uint64, error) {
	runs := r.runsOf(smallest, first, file)
	if err := writeFile(filepath.Join(dir, "run.trace"), runs[0]); err != nil {
		return 0, err
	}
	if err := writeFile(page, runs...); err != nil {
		return 0, err
	}
	if e := runs[0].Failed(); e != nil {
		return e.Number, nil
	}
	return uint64(max(1, len(runs[0].Events)) - 1), nil
}

// runsOf runs the smallest case of a failure, which is kept in a file, and the first if that is another, and records them.
func (r *runner) runsOf(smallest, first *outcome, file string) []*trace.Run {
	r.recording = true
	defer func() { r.recording = false }()
	runs := []*trace.Run{r.recorded(r.runCase(smallest.given, nil, nil), file)}
	if first != smallest {
		runs = append(runs, r.recorded(r.runCase(first.given, nil, nil), ""))
	}
	return runs
}

// artifactDir returns the folder for the artifacts of a test, where this release of Go has one and
// -artifacts is given, without which it does not outlive the test.
func artifactDir(t *testing.T) (string, bool) {
	keeper, ok := any(t).(interface{ ArtifactDir() string })
	if f := flag.Lookup("test.artifacts"); !ok || f == nil || f.Value.String() != "true" {
		return "", false
	}
	dir, err := filepath.Abs(keeper.ArtifactDir())
	return dir, err == nil
}
