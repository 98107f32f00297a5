package sim

import (
	"fmt"
	"strings"

	"github.com/terrella-go/terrella/internal/plan"
)

// shrinkAgain makes the failure of a file smaller than it is, and keeps what it comes to in the folder of -sim.dir. The test
// passes if the failure is still there: what is wanted is the file.
func (r *runner) shrinkAgain(f *replayFile) {
	r.t.Helper()
	r.refuseForeign(f)
	c, _ := f.file.Plan.Case() // was read already
	r.seeds = []uint64{c.Seed}
	r.saveVariables()
	r.runCase(c, nil, nil) // fills caches that outlive worlds, as in all other runs
	o := r.runCase(c, nil, nil)
	if o.failure == nil {
		r.t.Logf("sim: %s no longer fails: %s", f.name, passing(f.file, o))
		return
	}
	if site := plan.Site(o.failure.site); f.file.Property != o.failure.property || f.file.Site.Func != "" && f.file.Site.Declared() != site.Declared() {
		r.fatal(fmt.Sprintf("sim: %s: %s", r.t.Name(), changed(f.file, o)))
	}
	found := r.investigate(o)
	switch {
	case !found.repeats:
		finding(r.t.Name(), "nondeterminism", o.seed)
		r.fatal(fmt.Sprintf("sim: %s is not deterministic: two runs of seed %s differ; -sim.verify shows the first step", r.t.Name(), formatSeed(o.seed)))
	case found.trouble != nil:
		r.fatal(fmt.Sprintf("sim: the failure could not be kept in a file: %v", found.trouble))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "sim: %s is shrunk\n", r.t.Name())
	describe(&b, found.outcome)
	if found.search != nil && found.outcome != found.first {
		found.describeShrinking(&b)
	}
	r.t.Log(b.String())
}
