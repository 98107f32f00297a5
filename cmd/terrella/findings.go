package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
)

// findingsEnv names the file to which worlds append what they find, in the environment of tests.
const findingsEnv = "TERRELLA_FINDINGS"

// A finding is what a world tells the command about a failure.
type finding struct {
	Test    string
	Package string
	Kind    string // "property", or as follows
	Seed    string
}

// nondeterminism is the kind of a finding that two runs of one seed differ.
const nondeterminism = "nondeterminism"

func (f finding) String() string {
	return fmt.Sprintf("%s in package %s is not deterministic: two runs of seed %s differ", f.Test, f.Package, f.Seed)
}

// readFindings reads a file of findings, one JSON value a line. With an error
// it returns those before it.
func readFindings(name string) ([]finding, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("cannot read what the tests found: %w", err)
	}
	var all []finding
	for line := range bytes.Lines(data) {
		var f finding
		if err := json.Unmarshal(line, &f); err != nil {
			return all, fmt.Errorf("cannot read what the tests found: line %d of %s: %w", len(all)+1, findingsEnv, err)
		}
		all = append(all, f)
	}
	return all, nil
}
