package kernel

import (
	"fmt"
	"math"
	"time"

	"github.com/terrella-go/terrella/internal/prng"
)

// A Strategy decides who runs next.
type Strategy uint8

const (
	// Random gives each goroutine a random priority for each turn and picks the best
	// (partial order sampling), and has goroutines yield at random scheduling points:
	// how often, from every point to every 64th on average, is drawn for each world. So is
	// whether a goroutine that yields may be picked again at once.
	Random Strategy = iota
	// FIFO runs goroutines in the order in which they became able to run, and has them
	// yield only where they wait. It is the schedule without noise.
	FIFO
)

// String returns the strategy's name in flags and files.
func (s Strategy) String() string {
	switch s {
	case Random:
		return "random"
	case FIFO:
		return "fifo"
	}
	return fmt.Sprintf("Strategy(%d)", uint8(s))
}

// An Outcome says why a world ended. Keep in sync with package runtime.
type Outcome uint64

// The ways in which a world ends.
const (
	running     Outcome = iota
	Done                // its function returned
	Deadlock            // all its goroutines wait, and no timer is pending
	StepLimit           // it made Config.MaxSteps steps
	TimeLimit           // virtual time would pass Config.MaxTime
	Diverged            // it left the path of Config.Compare
	LockCycle           // goroutines of it wait for each other's locks
	Livelock            // it made Config.MaxStill steps without time moving
	Stuck               // a goroutine kept its turn for longer than Config.Watchdog
	RealLimit           // it took longer than Config.MaxReal
	MemoryLimit         // the process used more than Config.MaxMemory
	Contended           // it came upon a lock that another world held; see Config.Shared
)

func (o Outcome) String() string {
	names := [...]string{"running", "done", "deadlock", "step limit", "time limit", "diverged",
		"lock cycle", "livelock", "stuck", "real-time limit", "memory limit", "contended"}
	if o < Outcome(len(names)) {
		return names[o]
	}
	return fmt.Sprintf("Outcome(%d)", uint64(o))
}

// Epoch is when worlds begin, unless they are told otherwise: midnight UTC, 2000-01-01, as in testing/synctest.
var Epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// A Config describes a world. Its zero value is the world of seed 0.
type Config struct {
	Seed     uint64
	Strategy Strategy
	// Start is the time at which the world begins; the zero time means Epoch.
	Start time.Time
	// MaxTime ends the world when that much virtual time has passed; 0 means no limit.
	MaxTime time.Duration
	// MaxSteps ends the world after that many steps; 0 means no limit.
	MaxSteps uint64
	// MaxStill ends the world after that many steps in a row at one instant of virtual time; 0 means no limit.
	MaxStill uint64
	// Watchdog is how long, in real time, a goroutine may keep its turn. Then the world ends or, if Preempt is set, the
	// turn is taken from it. One that can't be stopped, because it is in a system call, ends the process. 0 means for ever.
	Watchdog time.Duration
	Preempt  bool
	// MaxReal ends the world when it has taken that much real time; 0 means no limit.
	MaxReal time.Duration
	// MaxMemory ends the world when the heap of the process is larger than that many bytes
	// right after a collection; 0 means no limit.
	MaxMemory uint64
	// Shared says that other worlds run in the process at the same time. A world that comes upon a mutex that another one
	// holds then ends as Contended, and has to be run again without others beside it.
	Shared bool
	// OnPanic, if not nil, is called by a goroutine of the world that panics, or comes upon a fatal error, when nobody
	// recovers. It must not return: it calls Stop, or kills the goroutine's group. Without it the process ends.
	OnPanic func(any)
	// Value is what the function Value returns to goroutines of the world.
	Value any
	// Record, if not nil, is filled with the steps of this world.
	Record *Record
	// Compare, if not nil, is what another world recorded. This one ends at the first step that differs.
	Compare *Record
	// Redraw, if it is not 0, has all that goroutines decide drawn anew from step RedrawFrom on: who runs next, random
	// numbers. Each value gives another future of the same past.
	Redraw, RedrawFrom uint64
	// Note is printed when a goroutine of the world ends the whole process, by a panic or a fatal error.
	Note string
	// Dump asks for the stacks of a world's goroutines when it ends otherwise than by being done.
	Dump bool
	// Ended, if not nil, is called when the world has ended, outside of it, while all its goroutines are still where they
	// stopped: for a debugger that is to look at them.
	Ended func()
}

// A Result tells how a world ended.
type Result struct {
	Outcome Outcome
	Steps   uint64        // scheduling decisions made
	Hash    uint64        // of all of them
	Elapsed time.Duration // virtual time that passed
	Created uint64        // goroutines that were started
	Left    int           // goroutines that were there at the end, the world's function aside
	Stacks  []Stack       // of those, with Config.Dump
	// Disturbed says that a goroutine of another world has woken one of this world: they share a channel, say,
	// by a package-level variable. What has happened then depends on the pace of both.
	Disturbed bool
}

// Run runs f, in a goroutine of its own, as a world. It returns when f has returned, or
// when the world has come to another end; all goroutines of the world are then destroyed where
// they stand. Run can't be called inside a world.
func Run(c Config, f func()) Result {
	start := c.Start
	if start.IsZero() {
		start = Epoch
	}
	rc := &config{
		seed:     c.Seed,
		start:    start.UnixNano(),
		maxTime:  math.MaxInt64,
		maxSteps: c.MaxSteps,
		maxStill: c.MaxStill,
		spread:   spread(c.Seed),
		passOn:   passOn(c.Seed),
		fifo:     c.Strategy == FIFO,
		shared:   c.Shared,
		note:     c.Note,
		onPanic:  c.OnPanic,
		value:    c.Value,

		redraw:     c.Redraw,
		redrawFrom: c.RedrawFrom,
	}
	if c.MaxTime > 0 {
		rc.maxTime = rc.start + int64(c.MaxTime)
	}
	if c.Record != nil {
		c.Record.prepare(rc)
	}
	if c.Compare != nil {
		rc.expect = c.Compare.steps
	}
	layBallast()
	world := simNew(rc)
	defer simEnd(world)
	var res result
	unwatch := watch(world, &c)
	simRun(world, f, &res)
	unwatch()
	if c.Ended != nil {
		c.Ended()
	}
	if c.Record != nil {
		c.Record.finish(&res)
	}
	r := Result{
		Outcome: res.outcome,
		Steps:   res.steps,
		Hash:    res.hash,
		Elapsed: time.Duration(res.now - rc.start),
		Created: res.created,
		Left:    res.live,

		Disturbed: res.foreign,
	}
	if c.Dump && r.Outcome != Done {
		r.Stacks = stacks(world)
	}
	return r
}

// spread draws how rarely the goroutines of a world yield: between two yields lie from 0 up
// to so many scheduling points. Short programs need the small numbers for their bugs
// to show, long ones some of the large ones to get anywhere.
func spread(seed uint64) uint32 {
	return spreads[prng.Seed(seed).Name("spread").Uint64()%uint64(len(spreads))]
}

var spreads = [...]uint32{2, 3, 4, 6, 8, 12, 32, 128}

// passOn draws whether a goroutine of the world that yields waits until another of its group has run, if there is
// one that can. Priorities alone have a goroutine that waits for its turn wait longer and longer (it would have been picked
// else), and one that yields often go on: long runs, which some bugs need. Most show after a few
// changes of turn at the right places (Musuvathi and Qadeer, PLDI 2007), and three worlds in four
// spend no yield on anything else.
func passOn(seed uint64) bool {
	return prng.Seed(seed).Name("pass on").Uint64()%4 != 0
}

// A Moment is a place in a world's run.
type Moment struct {
	Step      uint64
	At        time.Time
	Goroutine uint64 // number in the world's order of creation, from 1
	Group     Group
}

// Value returns the Config.Value of the current goroutine's world, nil outside worlds.
func Value() any { return simValue() }

// Now returns the current moment; ok is false outside worlds.
func Now() (m Moment, ok bool) {
	step, now, num, group, ok := simStatus()
	if !ok {
		return Moment{}, false
	}
	return Moment{Step: step, At: time.Unix(0, now).UTC(), Goroutine: num, Group: Group(group)}, true
}

// InWorld reports whether the current goroutine belongs to a world.
func InWorld() bool {
	_, _, _, _, ok := simStatus()
	return ok
}

// WaitIdle waits until no other goroutine of the world can run. It returns once for each
// such moment: called again before anything else has run, it lets time pass. One
// goroutine of a world may wait so. It runs without racing with what ran before and what
// will run after it, also in the eyes of the race detector.
func WaitIdle() { simWaitIdle() }

// Stop ends the world as if its function had returned. It does not return.
func Stop() { simStop() }

// Unmarked calls f, of which nothing shows in the schedule of the current goroutine's world: whatever locks it takes, random numbers it draws
// or caches it fills, what comes after it comes as if it had not been called. Its random numbers follow from seed. Outside worlds it just calls f.
func Unmarked(seed uint64, f func()) {
	defer simMarked(simUnmarked(seed))
	f()
}

// A Group is a set of goroutines that can be killed or frozen together. Group 0 is that
// of the world's function; it can be neither.
type Group uint32

// NewGroup makes an empty group in the current goroutine's world.
func NewGroup() Group { return Group(simNewGroup()) }

// Size returns the number of goroutines of g that have not ended.
func (g Group) Size() int { return simGroupSize(uint32(g)) }

// Go starts f as a goroutine of g. The key alone, and the world's seed, identify
// it: what its goroutines decide does not depend on who called Go, or when.
func (g Group) Go(key prng.Key, f func()) { simGo(uint32(g), uint64(key), f) }

// Kill destroys the goroutines of g where they stand. No deferred function and no
// further instruction of theirs runs, and their timers do not fire. A mutex that one of them held is unlocked: nobody
// could ever lock it again otherwise, where it is shared with goroutines of other groups. If the caller is one of them, Kill does not return.
func (g Group) Kill() { simKill(uint32(g)) }

// Freeze stops the goroutines of g from running until Thaw. It can't be
// called by one of them.
func (g Group) Freeze() { simFreeze(uint32(g)) }

// Thaw lets the goroutines of g run again.
func (g Group) Thaw() { simThaw(uint32(g)) }
