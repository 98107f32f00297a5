package sim

import "flag"

// generatorFlags are the flags of package rapid that its generators look at.
var generatorFlags = []string{"rapid.seed", "rapid.steps", "rapid.log", "rapid.debug"}

// resetGenerators has generators work as without rapid's flags until restore is called. A seed is one world: with -rapid.seed
// Generator.Example draws a random number less from its goroutine's, with -rapid.log it locks what it logs to, and by
// -rapid.steps other values are drawn. The flags are for checks of rapid's own, which are told otherwise how they failed.
func resetGenerators() (restore func()) {
	values := make(map[string]string)
	for _, name := range generatorFlags {
		if f := flag.Lookup(name); f != nil {
			values[name] = f.DefValue
		}
	}
	return setFlags(values)
}
