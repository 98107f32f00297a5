package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/terrella-go/terrella/internal/findings"
)

// A gathering is what was found in folders and files.
type gathering struct {
	found   []*findings.Finding
	ran     []findings.Ran
	counted []findings.Counted
	trouble []error // files that hold something else than they should
}

// gather reads failure files and summaries of campaigns, from the current folder if no other is named.
func gather(tree *sourceTree, names, summaries []string) (*gathering, error) {
	if len(names) == 0 {
		names = []string{"."}
	}
	g := &gathering{}
	seen := make(map[string]bool)
	for _, name := range names {
		info, err := os.Stat(name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, usage("there is no %s; want a failure file, or a folder that holds some", name)
		}
		if err != nil {
			return nil, environment(err)
		}
		if !info.IsDir() {
			g.read(name, seen)
			continue
		}
		err = filepath.WalkDir(name, func(file string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				g.trouble = append(g.trouble, err)
				return nil
			case d.IsDir() && file != name && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules" || d.Name() == "vendor"):
				return filepath.SkipDir
			case d.Type().IsRegular() && filepath.Ext(file) == ".json" && (d.Name() == findings.SummaryName || mayBeFailure(file)):
				g.read(file, seen)
			}
			return nil
		})
		if err != nil {
			return nil, environment(err)
		}
	}
	for _, name := range summaries {
		s, err := findings.ReadSummary(name)
		if err != nil {
			return nil, environment(err)
		}
		g.add(s)
	}
	g.ran = findings.SumRan(g.ran)
	return g, nil
}

// read reads one file, once.
func (g *gathering) read(name string, seen map[string]bool) {
	abs, err := filepath.Abs(name)
	if err != nil || seen[abs] {
		return
	}
	seen[abs] = true
	if filepath.Base(name) == findings.SummaryName {
		s, err := findings.ReadSummary(name)
		if err != nil {
			g.trouble = append(g.trouble, fmt.Errorf("skipped: %w", err))
			return
		}
		g.add(s)
		return
	}
	f, err := findings.Read(name)
	if err != nil {
		g.trouble = append(g.trouble, fmt.Errorf("skipped: %w", err))
		return
	}
	f.Kept = inTestdata(abs)
	g.found = append(g.found, f)
}

// add adds what a campaign has told.
func (g *gathering) add(s *findings.Summary) {
	g.ran = append(g.ran, s.Ran...)
	g.found = append(g.found, s.Findings...)
	g.counted = append(g.counted, s.Counted...)
}

// inTestdata reports whether a file lies where package sim keeps failures of earlier runs.
func inTestdata(file string) bool {
	return strings.Contains(filepath.ToSlash(file), "/testdata/sim/")
}

// mayBeFailure reports whether a JSON file is to be read as a failure file. Folders hold other JSON files too; what
// lies among kept failures, or is an object with a "schema" and then a "test", has to be one.
func mayBeFailure(name string) bool {
	if abs, err := filepath.Abs(name); err == nil && inTestdata(abs) {
		return true
	}
	f, err := os.Open(name)
	if err != nil {
		return true // reading it will say so
	}
	defer f.Close()
	d := json.NewDecoder(f)
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return false
	}
	for schema := false; ; {
		key, err := d.Token()
		if err != nil || schema && key == "test" {
			return err == nil
		}
		schema = schema || key == "schema"
		var value json.RawMessage
		if d.Decode(&value) != nil {
			return false
		}
	}
}
