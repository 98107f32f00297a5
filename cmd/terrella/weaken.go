package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/terrella-go/terrella/internal/plan"
)

// Weakened is what tests did in weakened worlds.
type weakened struct {
	failed  bool
	said    string            // the first line that tells of the failure
	tests   []string          // that run worlds and passed
	uses    map[string]uint64 // how often promises were not kept, and points come to
	where   map[string]string // places of points
	noticed []string          // by test, property and seed
}

// weaken runs the tests in worlds that do not keep a promise.
func (m *mutation) weaken(b *testBinary, tests []string, name string) (*weakened, error) {
	kept := filepath.Join(m.dir, "kept")
	told := filepath.Join(m.dir, "told")
	for _, old := range []string{kept, told} {
		if err := os.RemoveAll(old); err != nil {
			return nil, environment(err)
		}
	}
	pattern := "^(" + strings.Join(tests, "|") + ")$"
	if _, sub, ok := strings.Cut(m.pattern, "/"); ok {
		pattern += "/" + sub
	}
	cmd := b.command("-test.run="+pattern, "-test.timeout=0")
	// In the environment, as a binary in which no world is linked after all knows no such flags.
	cmd.Env = append(cmd.Env, "TERRELLA_MUTATE="+name, "TERRELLA_MUTATED="+told, fmt.Sprint("TERRELLA_RUNS=", m.runs),
		"TERRELLA_DIR="+kept, "TERRELLA_SHRINKTIME=0")
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return nil, environment(fmt.Errorf("cannot run the tests of %s: %w", b.pkg, err))
	}
	w := &weakened{failed: err != nil, uses: make(map[string]uint64), where: make(map[string]string)}
	if err != nil {
		w.said = firstFailure(out)
	}
	if err := w.read(told); err != nil {
		return nil, environment(fmt.Errorf("%s: %w", b.pkg, err))
	}
	w.noticed, err = noticedBy(kept)
	if err != nil {
		return nil, environment(err)
	}
	return w, nil
}

// read adds up what package sim told, a line a test.
func (w *weakened) read(name string) error {
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for line := range bytes.Lines(data) {
		var t struct {
			Test  string
			Uses  map[string]uint64
			Where map[string]string
		}
		if err := json.Unmarshal(line, &t); err != nil {
			return fmt.Errorf("what a test told of its worlds makes no sense: %w", err)
		}
		w.tests = append(w.tests, t.Test)
		for name, n := range t.Uses {
			w.uses[name] += n
		}
		maps.Copy(w.where, t.Where)
	}
	return nil
}

// points returns the marked points, in order.
func (w *weakened) points() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(w.uses)), func(name string) bool { return !strings.HasPrefix(name, markedPoint) })
}

// noticedBy returns what the failure files of a folder tell, in the order of the tests.
func noticedBy(dir string) ([]string, error) {
	var out []string
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case filepath.Ext(name) != ".json":
			return nil
		}
		f, err := plan.ReadFile(name)
		if err != nil {
			return err
		}
		what := f.Property
		if what == "" {
			what, _, _ = strings.Cut(f.Message, "\n")
		}
		out = append(out, fmt.Sprintf("%s: %s (seed 0x%x)", f.Test, what, uint64(f.Plan.Seed)))
		return nil
	})
	return out, err
}

// firstFailure returns the line of a test's output that tells most of why it failed.
func firstFailure(out []byte) string {
	var first string
	for line := range strings.Lines(string(out)) {
		line = strings.TrimSpace(line)
		switch {
		case strings.Contains(line, "sim: ") && strings.Contains(line, " failed"), strings.HasPrefix(line, "panic: "):
			return line
		case first == "" && strings.HasPrefix(line, "--- FAIL: "):
			first = line
		}
	}
	return first
}
