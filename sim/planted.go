package sim

import (
	"fmt"
	"testing"
)

// runPlanted runs the worlds of Config.Planted until one fails, as one has to.
func (r *runner) runPlanted() {
	r.t.Helper()
	r.saveVariables()
	r.world(r.seeds[0], nil, nil) // see run
	var diverged *outcome
	for i, o := range r.inOrder() {
		if o.divergence != "" {
			diverged = o
			break
		}
		r.count(o)
		r.writeHashes(o)
		if f := o.failure; f != nil {
			if testing.Verbose() {
				fmt.Fprintf(r.t.Output(), "sim: %s: the planted bug is found at seed %s (%d of %d): %s\n",
					r.t.Name(), formatSeed(o.seed), i+1, len(r.seeds), firstLine(f.property+": "+f.message))
			}
			return
		}
	}
	if diverged != nil {
		r.reportDivergence(diverged)
	}
	r.t.Fatalf("sim: %s: no world of %d failed, and the program has a bug that was put there on purpose (Config.Planted): the worlds do not find it", r.t.Name(), len(r.seeds))
}
