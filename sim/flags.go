package sim

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/terrella-go/terrella/internal/reexec"
)

// options are the flags of a test binary. Each can be set in the environment too, under
// the name TERRELLA_ and the flag's in capitals.
var options struct {
	seed   optionalSeed
	runs   int
	trace  string
	hashes string
	verify bool
	replay *replayFile
	dir    string
	// shrink is how much work is put into making a failure smaller.
	shrink time.Duration

	parallel int
	reach    bool // checks that are never reached fail the test
	mutate   weakening

	again bool // the failure of -sim.replay is to be made smaller

	stop, debug uint64 // step at which one world is looked at; 0: none
}

func init() {
	if !testing.Testing() {
		return
	}
	flag.Var(&options.seed, "sim.seed", "run one world, with this `seed` (a number, 0x… for hexadecimal)")
	flag.IntVar(&options.runs, "sim.runs", 0, "run `N` worlds a test, each with another seed")
	flag.IntVar(&options.parallel, "sim.parallel", 0, "run `N` worlds at a time; 0: one, but where a failure is made smaller one for each core, if worlds use no variables of each other")
	flag.StringVar(&options.trace, "sim.trace", "", "write the events of the last world to this `file`: as JSON lines; compact, if its name ends in .trace; as a page for a browser, if it ends in .html")
	flag.StringVar(&options.hashes, "sim.hashes", "", "append what each world came to, a line each, to this `file`")
	flag.BoolVar(&options.verify, "sim.verify", false, "run each world twice and fail if anything differs")
	flag.Var(replayFlag{}, "sim.replay", "run the failure of this `file` only")
	flag.StringVar(&options.dir, "sim.dir", usualFolder, "keep failure files in this `folder`; empty: nowhere")
	flag.DurationVar(&options.shrink, "sim.shrinktime", shrinkTime, "put so much `work` into making a failure smaller, counted in steps and not by the clock: several worlds at a time are sooner done with the same work; 0: none")
	flag.BoolVar(&options.reach, "sim.reach", false, "fail a test at whose end a check in its source was not reached, or a Sometimes never true")
	flag.BoolVar(&options.again, "sim.again", false, "make the failure of -sim.replay smaller, and keep what it comes to in the folder of -sim.dir")
	flag.Uint64Var(&options.stop, "sim.stop", 0, "show one world as it stands before this `step`")
	flag.Uint64Var(&options.debug, "sim.debug", 0, "run one world up to this `step` and call sim.frozen, then again and call sim.alive, for a debugger's breakpoints")
	flag.Var(&options.mutate, "sim.mutate", "break a promise of the platform, to see whether the test notices: `"+strings.Join(weakenings, ", ")+" or point:NAME`")
	if err := readEnvironment(os.LookupEnv); err != nil {
		usage(err)
	}
	if err := readFlags(os.Getenv(flagsVariable)); err != nil {
		usage(err)
	}
	if err := checkArgs(os.Args[1:]); err != nil {
		usage(err)
	}
	reexec.Init()
}

// usage ends the process as package flag does after a flag that it does not know.
func usage(err error) {
	fmt.Fprintf(os.Stderr, "sim: %v\n", err)
	os.Exit(2)
}

var flagNames = []string{"seed", "runs", "parallel", "trace", "hashes", "verify", "replay", "dir", "shrinktime", "reach", "again", "stop", "debug", "mutate"}

// flagsVariable holds flags, one a line, from `terrella test`: it can't know which
// of the tests that it runs would take them as arguments.
const flagsVariable = "TERRELLA_FLAGS"

// noteVariables looks at all variables that hold flags once more. What was read when the process began, the go
// command has not seen, and would take a result from its cache that was made with other values.
func noteVariables() {
	os.Getenv(flagsVariable)
	for _, name := range flagNames {
		os.Getenv(variable(name))
	}
}

// variable returns the name in the environment of a flag.
func variable(name string) string { return "TERRELLA_" + strings.ToUpper(name) }

// readFlags sets the flags in lines.
func readFlags(lines string) error {
	for arg := range strings.SplitSeq(lines, "\n") {
		if arg == "" {
			continue
		}
		if err := checkArgs([]string{arg}); err != nil {
			return err
		}
		if strings.Contains(arg, "=") {
			continue // checkArgs has set it
		}
		name := strings.TrimPrefix(arg, "-")
		if b, ok := flag.Lookup(name).Value.(interface{ IsBoolFlag() bool }); !ok || !b.IsBoolFlag() {
			return fmt.Errorf("%s needs a value: %s=…", arg, arg)
		}
		if err := flag.Set(name, "true"); err != nil {
			return err
		}
	}
	return nil
}

// checkArgs reports a -sim flag that does not exist, or whose value is none: in a few words, where package
// flag would print all flags of a test binary.
func checkArgs(args []string) error {
	for _, a := range args {
		if a == "--" || a == "-test.args" {
			return nil
		}
		name, ok := strings.CutPrefix(strings.TrimPrefix(a, "-"), "-sim.")
		if !ok {
			name, ok = strings.CutPrefix(a, "-sim.")
		}
		if !ok {
			continue
		}
		name, value, given := strings.Cut(name, "=")
		if !slices.Contains(flagNames, name) {
			return fmt.Errorf("unknown flag -sim.%s; there are -sim.%s", name, strings.Join(flagNames, ", -sim."))
		}
		if given {
			if err := flag.Set("sim."+name, value); err != nil {
				return fmt.Errorf("%s: %w", a, err)
			}
		}
	}
	return nil
}

// readEnvironment sets flags from the environment; the command line is parsed later and wins.
func readEnvironment(lookup func(string) (string, bool)) error {
	for _, name := range flagNames {
		from := variable(name)
		value, ok := lookup(from)
		if !ok || value == "" {
			continue
		}
		if err := flag.Set("sim."+name, value); err != nil {
			return fmt.Errorf("%s=%q: %w", from, value, err)
		}
	}
	return nil
}

// An optionalSeed is the value of a flag that holds a seed.
type optionalSeed struct {
	value uint64
	set   bool
}

func (s *optionalSeed) String() string {
	if s == nil || !s.set {
		return ""
	}
	return formatSeed(s.value)
}

func (s *optionalSeed) Set(text string) error {
	v, err := strconv.ParseUint(text, 0, 64)
	if err != nil {
		return fmt.Errorf("%q is no seed: want a number from 0 to 2^64-1, such as 7 or 0x5eed", text)
	}
	s.value, s.set = v, true
	return nil
}

func formatSeed(seed uint64) string { return fmt.Sprintf("0x%x", seed) }
