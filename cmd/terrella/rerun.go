package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/terrella-go/terrella/internal/findings"
	"github.com/terrella-go/terrella/internal/viewer"
)

// A rerun replays failures.
type rerun struct {
	tree     *sourceTree
	out      io.Writer
	trouble  func(error)
	pictures bool // make traces and pages of failures that have none

	known    toolchains
	binaries map[built]*testBinary // nil if it can't be built
	passes   map[string]bool       // ids of buckets all of whose failures pass
	dir      string                // for what is built and recorded
	files    int
}

func newRerun(tree *sourceTree, out io.Writer, trouble func(error)) (*rerun, error) {
	dir, err := os.MkdirTemp("", "terrella-triage-")
	if err != nil {
		return nil, environment(fmt.Errorf("no place to build tests: %w; set TMPDIR to a folder that is writable", err))
	}
	return &rerun{
		tree: tree, out: out, trouble: trouble, dir: dir,
		known: make(toolchains), binaries: make(map[built]*testBinary), passes: make(map[string]bool),
	}, nil
}

// close removes what was built and recorded.
func (r *rerun) close() { os.RemoveAll(r.dir) }

// file returns a new name in the folder.
func (r *rerun) file(ext string) string {
	r.files++
	return filepath.Join(r.dir, fmt.Sprintf("%d%s", r.files, ext))
}

// all replays the failures of a gathering, of which those that do not pass are left, and the ones that only the record has, which
// are added if they fail.
func (r *rerun) all(g *gathering, record *findings.Record) {
	failing := make(map[string]bool)
	known := make(map[string]bool)
	var left []*findings.Finding
	for _, f := range g.found {
		id := f.Key().ID
		known[id] = true
		if f.File != "" && r.one(f, f.File, f.File) == passes {
			r.passes[id] = true
			continue
		}
		failing[id] = true
		left = append(left, f)
	}
	if record != nil {
		for _, e := range record.Open() {
			if known[e.ID] || e.Smallest == nil || e.Smallest.File == "" {
				continue
			}
			f := *e.Smallest
			name, err := r.restore(e)
			if err != nil {
				r.trouble(fmt.Errorf("the failure of bucket %s can't be replayed: %w", e.ID, err))
				continue
			}
			f.Kept = true
			if r.pictures {
				f.File = name // to be collected
			}
			switch v := r.one(&f, name, e.Smallest.File); {
			case v == passes:
				r.passes[e.ID] = true
			case v.fails():
				left = append(left, &f)
			}
		}
	}
	for id := range failing {
		delete(r.passes, id)
	}
	g.found = left
}

// restore returns the name of a file that holds the failure of an entry: the one it came from, if that is still there, or a new one.
func (r *rerun) restore(e *findings.Entry) (string, error) {
	if e.Failure == nil {
		_, err := os.Stat(e.Smallest.File)
		return e.Smallest.File, err
	}
	name := filepath.Join(r.dir, e.ID+".json")
	return name, os.WriteFile(name, e.Failure, 0o666)
}

// one replays a failure from a file, and prints what came of it under the name by which it is known.
func (r *rerun) one(f *findings.Finding, file, known string) verdict {
	b, err := r.binary(f.Package, f.Race)
	v := unclear
	if b != nil {
		v, err = b.replay(file, f.Test)
		if v.fails() && r.pictures && f.Trace == "" {
			if err := r.picture(b, f, file); err != nil {
				r.trouble(fmt.Errorf("no picture of %s: %w", known, err))
			}
		}
	}
	fmt.Fprintf(r.out, "%s  %s: %s: %s\n", f.Key().ID, f.Test, filepath.ToSlash(known), v)
	if err != nil {
		r.trouble(err)
	}
	return v
}

// picture makes the trace of a finding and its page. That takes a run of its own: to keep all events may move the schedule's hash, by which
// a run is known.
func (r *rerun) picture(b *testBinary, f *findings.Finding, file string) error {
	trace := r.file(".trace")
	if _, err := b.replay(file, f.Test, "-sim.trace="+trace); err != nil {
		return err
	}
	run, err := readTrace(trace)
	if err != nil {
		return err
	}
	f.Trace = trace
	if f.Picture != "" {
		return nil
	}
	var page bytes.Buffer
	if err := viewer.Write(&page, viewer.Named{Name: f.Title(), Run: run}); err != nil {
		return err
	}
	name := r.file(".html")
	if err := os.WriteFile(name, page.Bytes(), 0o666); err != nil {
		return err
	}
	f.Picture = name
	return nil
}

// built tells the tests of a package with the race detector from those without.
type built struct {
	pkg  string
	race bool
}

// binary builds the tests of a package, once.
func (r *rerun) binary(pkg string, race bool) (*testBinary, error) {
	key := built{pkg, race}
	if b, ok := r.binaries[key]; ok {
		return b, nil
	}
	r.binaries[key] = nil
	b, err := r.known.buildTest(r.tree, pkg, r.file(".test.exe"), raceFlag(race)...)
	if err != nil {
		return nil, err
	}
	r.binaries[key] = b
	return b, nil
}
