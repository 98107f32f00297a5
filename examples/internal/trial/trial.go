// Package trial holds what the tests of the example services have in common: the storms that they go
// through, and how a planted bug is found.
package trial

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	simnet "github.com/terrella-go/terrella/net"
	"github.com/terrella-go/terrella/sim"
)

// Links is what lies between machines outside storms.
var Links = simnet.Link{Latency: simnet.Uniform{Min: 100 * time.Microsecond, Max: 5 * time.Millisecond}}

// Storms returns the storms for a service of one server: one strikes the machine, its disk and its clock, the other the
// network between it and its clients.
//
// The server is never asked to stop: net/http and gRPC then walk over maps of connections, in the
// order of their addresses, and what follows would not be the same each time. Nor does its disk
// fill up: the services answer with errors from then on until they are started again, which nobody does.
func Storms(server *sim.Node, clients []*sim.Node) []sim.Fault {
	return []sim.Fault{
		sim.Storm{Nodes: []*sim.Node{server}, Without: []string{"stop", "disk-full"}},
		sim.Storm{Nodes: append([]*sim.Node{server}, clients...), Kinds: []string{
			"partition", "isolate", "cut", "clog", "swizzle", "slow-link", "delay", "loss", "duplicate", "reorder", "corrupt",
			"resets", "bandwidth", "lose-over", "flap", "reset-conns", "forget-conns",
		}},
	}
}

// Planted runs TestStorms of the current test binary in processes of their own with an environment variable
// that plants a bug. The bug has to be found within so many runs, and what is printed to paste has to find it
// again, in the same way.
func Planted(t *testing.T, variable, runs string) {
	t.Helper()
	found, output := run(t, variable, "-sim.runs="+runs)
	seed := regexp.MustCompile(`-sim\.seed=0x[0-9a-f]+`).FindString(output)
	if seed == "" {
		t.Fatalf("no line to paste in the output:\n%s", output)
	}
	t.Logf("%s: %s", seed, found)
	for range 3 {
		if again, output := run(t, variable, seed); again != found {
			t.Fatalf("%s found\n%s\nand then\n%s\nThe output:\n%s", seed, found, again, output)
		}
	}
}

// failure is what a report says of the property, the step and the time.
var failure = regexp.MustCompile(`(?m)^ *(\S.*)\n *(at step \d+, virtual time .*)$`)

// run runs TestStorms, which has to fail, and returns how it failed, and its whole output.
func run(t *testing.T, variable, flag string) (found, output string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestStorms$", flag)
	// Settings of this run are none for that one, and what it finds is no finding of the command that runs this one.
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "TERRELLA_") })
	cmd.Env = append(cmd.Env, variable+"=1", "TERRELLA_DIR=none", "TERRELLA_SHRINKTIME=0s")
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Fatalf("the bug was not found:\n%s", out)
	}
	m := failure.FindSubmatch(out)
	if m == nil {
		t.Fatalf("%v, and no failure of a property:\n%s", err, out)
	}
	return string(m[1]) + " " + string(m[2]), string(out)
}
