package sim

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/terrella-go/terrella/internal/kernel"
	"github.com/terrella-go/terrella/internal/prng"
)

// A Strategy decides which goroutine runs next; see the kernel's own documentation of them.
type Strategy = kernel.Strategy

const (
	// Random picks by random priorities and has goroutines yield at random scheduling
	// points. It is the default.
	Random = kernel.Random
	// FIFO runs goroutines in the order in which they became able to run: the schedule
	// without noise, in which only faults and timing vary with the seed.
	FIFO = kernel.FIFO
)

// A Config says how a test's worlds are run. The zero Config is what [Test] uses.
type Config struct {
	// Runs is the number of worlds, each with a seed of its own. 0 means DefaultRuns.
	// The flag -sim.runs overrides it.
	Runs int
	// Seed is where the seeds of the worlds are derived from, together with the test's name.
	// Any number will do, 0 included. The flag -sim.seed runs one world
	// with exactly the seed that it names.
	Seed uint64
	// Strategy decides who runs next.
	Strategy Strategy
	// MaxSteps fails a world that makes so many scheduling decisions. 0 means DefaultMaxSteps.
	MaxSteps uint64
	// MaxStill fails a world that makes so many scheduling decisions without virtual time moving:
	// a livelock. 0 means DefaultMaxStill.
	MaxStill uint64
	// MaxTime fails a world in which so much virtual time would pass. 0 means no limit.
	MaxTime time.Duration
	// MaxReal fails a world that takes so much real time. 0 means no limit. Whether a world is at the
	// limit depends on the machine: it is a means against worlds that take for ever.
	MaxReal time.Duration
	// MaxMemory fails the worlds that run when the heap of the process grows beyond so many bytes, garbage not
	// counted. 0 means DefaultMaxMemory.
	MaxMemory uint64
	// Watchdog fails a world in which a goroutine runs for so much real time without coming to a
	// scheduling point. 0 means DefaultWatchdog, less than 0 no limit.
	Watchdog time.Duration
	// Preempt has a goroutine that the watchdog finds lose its turn and the world go on. A program
	// that spins until another goroutine sets a variable runs then, but
	// for how long it spins is up to the machine.
	Preempt bool
	// PanicIsCrash has a panic that nobody recovers crash its node, as [Node.Kill] does, and the
	// world go on. Otherwise it fails the world, as one in the test's function does in any case.
	PanicIsCrash bool
	// AllowLeaks lets the test's function return while goroutines that it has started are there.
	AllowLeaks bool
	// Parallel is how many worlds run at a time, each on a core. What is reported is the same for
	// each number. Package-level variables of the program are shared by the worlds: if it changes any,
	// worlds can disturb each other. So 0 means one at a time; the flag -sim.parallel overrides it.
	//
	// While a failure is made smaller, 0 means one for each core, up to eight, as soon as the search has lasted for some time and has found that the worlds use no
	// variables of each other, and one at a time otherwise, under the race detector, and with Fresh or Restore. 1 means one at a time there too. The
	// result is the same for each number: what is run ahead of its turn is neither counted in -sim.shrinktime nor used, and if
	// a run turns out to have been disturbed by another, the search is done again, one at a time.
	Parallel int
	// Start is the time that a world's clock shows at first. The zero time means
	// midnight UTC of 2000-01-01.
	Start time.Time
	// Fresh runs each seed in a process of its own: the test binary again, for this one
	// test, TestMain included. No world can leave anything to another then, and one that ends its process
	// (by a panic, a lack of memory, os.Exit) is reported with its seed. What fn leaves in variables of the test
	// stays in its process; the code after the call of Test runs in the first process only. What
	// a process prints is shown when it fails, and with -v.
	Fresh bool
	// Restore names package-level variables that each world shall find as the test's
	// first world did, such as "example.com/counter.next". They must be the program's own (not
	// the standard library's) and hold no pointers: numbers, flags, locks and arrays of them.
	// Nothing is put back unasked, for a variable may tell of something that stays, such as
	// a name that is registered, or a table that is filled.
	Restore []string
	// Planted says that the program has a bug that was put there on purpose, to show that the worlds find it: the test
	// passes at the first world that fails, and fails if none of them does. `terrella fuzz`, -sim.seed and
	// -sim.replay report the failure as that of any test. -sim.runs can have it run more worlds, not fewer.
	Planted bool
}

// DefaultRuns is the number of worlds that a test runs unless it is told otherwise.
const DefaultRuns = 32

// DefaultMaxSteps is the number of scheduling decisions after which a world fails: a few
// seconds of real time.
const DefaultMaxSteps = 20_000_000

// Further defaults of a Config.
const (
	DefaultMaxStill  = 1_000_000
	DefaultMaxMemory = 4 << 30
	DefaultWatchdog  = 10 * time.Second
)

// verifyShare is the share of worlds that are run twice and compared without being asked for:
// one in so many.
const verifyShare = 16

// validate returns the configuration with flags and defaults put in.
func (c Config) validate() (Config, error) {
	if c.Runs < 0 {
		return c, fmt.Errorf("Config.Runs is %d; want the number of worlds, or 0 for %d", c.Runs, DefaultRuns)
	}
	if c.MaxTime < 0 {
		return c, fmt.Errorf("Config.MaxTime is %v; want a duration of virtual time, or 0 for no limit", c.MaxTime)
	}
	if c.MaxReal < 0 {
		return c, fmt.Errorf("Config.MaxReal is %v; want a duration of real time, or 0 for no limit", c.MaxReal)
	}
	if c.Parallel > 1 && len(c.Restore) > 0 {
		return c, fmt.Errorf("Config.Restore puts back variables that several worlds use at a time (Config.Parallel is %d); take out one of the two", c.Parallel)
	}
	if c.Parallel < 0 {
		return c, fmt.Errorf("Config.Parallel is %d; want the number of worlds that run at a time, or 0 for one", c.Parallel)
	}
	if c.Strategy != Random && c.Strategy != FIFO {
		return c, fmt.Errorf("Config.Strategy is %v; want sim.Random or sim.FIFO", c.Strategy)
	}
	if c.Planted && c.Fresh {
		return c, errors.New("Config.Planted and Config.Fresh can't be had together; take out one of the two")
	}
	if options.runs > 0 && !(c.Planted && options.runs < c.Runs) {
		c.Runs = options.runs
	}
	if c.Runs == 0 {
		c.Runs = DefaultRuns
	}
	if c.MaxSteps == 0 {
		c.MaxSteps = DefaultMaxSteps
	}
	if c.MaxStill == 0 {
		c.MaxStill = DefaultMaxStill
	}
	if c.MaxMemory == 0 {
		c.MaxMemory = DefaultMaxMemory
	}
	if c.Watchdog == 0 {
		c.Watchdog = DefaultWatchdog
	}
	if options.parallel > 0 {
		c.Parallel = options.parallel
	}
	return c, nil
}

// seeds returns the seeds of the test's worlds.
func (c Config) seeds(test string) []uint64 {
	if options.seed.set {
		return []uint64{options.seed.value}
	}
	key := prng.Worlds(c.Seed, test)
	seeds := make([]uint64, c.Runs)
	for i := range seeds {
		seeds[i] = key.Num(uint64(i)).Uint64()
	}
	return seeds
}

// Test runs fn as the main goroutine of a new world, once for each of a number of seeds, and
// fails t at the first seed for which the world fails: by a property that does not
// hold, a panic, a node that returns an error, or a deadlock.
//
// The test must not be parallel: call Test before, or instead of, t.Parallel.
func Test(t *testing.T, fn func(*World)) {
	t.Helper()
	Config{}.Test(t, fn)
}

// Test is like the function [Test], with a configuration.
func (c Config) Test(t *testing.T, fn func(*World)) {
	t.Helper()
	if kernel.InWorld() {
		// Not t.Fatal: the goroutine is not the test's.
		panic("sim: Test was called inside a world; a world can't hold another")
	}
	if fn == nil {
		t.Fatal("sim: Test was called with a nil function")
	}
	c, err := c.validate()
	if err != nil {
		t.Fatalf("sim: %v", err)
	}
	if !kernel.Patched {
		t.Fatal("sim: this test binary was built without the patched runtime; run it with `go test` or `terrella test`")
	}
	refuseParallel(t)
	noteVariables()
	newRunner(t, c, fn).start()
}

// refuseParallel fails a test that runs beside others, and keeps it from doing so later. Setenv is
// how package testing lets that be asked.
func refuseParallel(t *testing.T) {
	t.Helper()
	defer func() {
		t.Helper()
		if recover() != nil {
			t.Fatalf("sim: %s is parallel; tests with worlds run one after the other in a process: take out t.Parallel, here and in the tests above it; Config.Parallel runs the worlds of one test side by side", t.Name())
		}
	}()
	t.Setenv("TERRELLA_WORLD", t.Name())
}
