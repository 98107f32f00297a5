package sim

import (
	"fmt"
	"os"
)

// writeHashes appends a line to the file of -sim.hashes: the test, the seed, and what must be the same for it in all processes, which
// are the steps, the virtual nanoseconds, the schedule hash and the event hash. `go run ./internal/exact` holds such
// files against each other.
func (r *runner) writeHashes(o *outcome) {
	r.t.Helper()
	if options.hashes == "" {
		return
	}
	line := fmt.Sprintf("%s %s %d %d %#016x %#016x\n", r.t.Name(), formatSeed(o.seed),
		o.result.Steps, o.result.Elapsed.Nanoseconds(), o.result.Hash, o.world.log.Hash())
	if err := appendFile(options.hashes, line); err != nil {
		r.t.Fatalf("sim: cannot write the hashes: %v", err)
	}
}

func appendFile(name, text string) error {
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.WriteString(text); err != nil {
		return err
	}
	return f.Close()
}
