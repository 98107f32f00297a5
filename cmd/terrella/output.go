package main

import (
	"bytes"
	"encoding/json"
	"io"
	"regexp"
	"strings"
)

// A watcher passes on what go test prints, unchanged, and notes what its exit code does not
// tell: go test has 1 for all that can go wrong.
type watcher struct {
	to   io.Writer
	json bool // the output is that of go test -json
	line []byte

	failed  bool   // some test failed, or could not be run
	unbuilt bool   // some test could not be built
	misused bool   // some test refused its flags
	strange string // name of a -sim flag that a test did not know for lack of package sim
}

// longestLine is how much of a line is looked at. All that matters is shorter.
const longestLine = 1 << 16

// Write passes p on.
func (w *watcher) Write(p []byte) (int, error) {
	n, err := w.to.Write(p)
	for rest := p[:n]; len(rest) > 0; {
		part, behind, whole := bytes.Cut(rest, []byte("\n"))
		w.line = append(w.line, part[:min(len(part), longestLine-len(w.line))]...)
		rest = behind
		if whole {
			w.endLine()
		}
	}
	return n, err
}

// endLine looks at the line that is complete.
func (w *watcher) endLine() {
	line := w.line
	w.line = w.line[:0]
	if !w.json {
		w.look(string(line))
		return
	}
	var event struct{ Action, Output string }
	if json.Unmarshal(line, &event) != nil {
		w.look(string(line))
		return
	}
	w.failed = w.failed || event.Action == "fail"
	w.look(strings.TrimSuffix(event.Output, "\n"))
}

// misuse matches what package flag, or package sim, says of a flag that does not exist or has a bad value.
var misuse = regexp.MustCompile(`^(flag provided but not defined: -|flag needs an argument: -|invalid (boolean )?value ".*" for (flag )?-|sim: (unknown flag )?(--?sim\.|TERRELLA_))`)

func (w *watcher) look(line string) {
	switch {
	case line == "FAIL" || strings.HasPrefix(line, "FAIL\t"):
		w.failed = true
		w.unbuilt = w.unbuilt || strings.HasSuffix(line, " [build failed]") || strings.HasSuffix(line, " [setup failed]")
	case misuse.MatchString(line):
		w.misused = true
		if name, ok := strings.CutPrefix(line, "flag provided but not defined: -sim."); ok {
			w.strange = name
		}
	}
}
