package sim

import (
	"context"
	"testing"
)

// Struck returns the kinds of faults that have struck, each once.
func Struck(w *World) []string {
	seen := make(map[string]bool)
	var kinds []string
	for _, s := range w.weather.struck {
		if !seen[s.fault.Kind] {
			kinds = append(kinds, s.fault.Kind)
		}
		seen[s.fault.Kind] = true
	}
	return kinds
}

// Overlaps counts the faults that began while another lasted.
func Overlaps(w *World) int {
	n := 0
	struck := w.weather.struck
	for i, s := range struck {
		for _, o := range struck[:i] {
			if o.ended == 0 || o.ended > s.began {
				n++
				break
			}
		}
	}
	return n
}

// InjectError returns what Inject would fail a world with that has one node.
func InjectError(t *testing.T, f Fault) string {
	t.Helper()
	message := ""
	Config{Runs: 1}.Test(t, func(w *World) {
		w.Node("a", func(context.Context, *Node) error { return nil })
		message = "no error"
		if err := f.inject(w, 0); err != nil {
			message = err.Error()
		}
	})
	return message
}
