package sim

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"time"

	"github.com/terrella-go/terrella/disk"
	"github.com/terrella-go/terrella/internal/kernel"
	"github.com/terrella-go/terrella/internal/plan"
	"github.com/terrella-go/terrella/internal/prng"
	"github.com/terrella-go/terrella/internal/trace"
	"github.com/terrella-go/terrella/internal/turn"
	simnet "github.com/terrella-go/terrella/net"
)

// A World is one run of a test: nodes, the network between them, a clock, and a seed that decides
// everything. Its methods may be called by all goroutines of the world.
//
// A World has the methods of testing.TB that assertion libraries need. The first failure ends it.
type World struct {
	seed     uint64
	key      prng.Key
	start    time.Time
	test     string
	log      *trace.Log
	net      *simnet.Network
	dir      directory
	given    plan.Case // what is not drawn from the seed
	weather  weather
	points   points
	work     workload
	checks   checks
	states   states
	weakened weakened

	recorder recorder
	breakAt  uint64       // see breakFrom
	outdated *atomic.Bool // set from outside when the world is to end; nil: never
	half     uint64       // step from which on halfway is called once, at the next event
	halfway  func()       // may be nil

	panicIsCrash bool         // Config.PanicIsCrash
	varied       bool         // what is given was varied by a campaign, and has to be what storms could draw
	within       bool         // what is given is tried by a search, and a failure of its own if storms could not draw it
	system       kernel.Group // the simulator's own goroutines

	mu            turn.Lock // guards what follows
	decoders      []func([]byte) (string, bool)
	clientContext context.Context
	stopClients   context.CancelFunc
	clients       int
	disks         disk.Options
	chosenDisks   bool // by SetDisks
	invariants    []invariant
	lastCheck     chan struct{} // closed when the invariants were checked for the last time
	watching      bool          // for moments in which all goroutines wait
	ending        bool
	calm          time.Time // when the storm ended; zero before
	recoveries    []recovery
	lines         []string // what was logged, for a report
	failure       *failure
}

func newWorld(given plan.Case, test string, start time.Time, keep int) *World {
	w := &World{
		seed:  given.Seed,
		key:   prng.Seed(given.Seed),
		given: given,
		start: start,
		test:  test,
	}
	w.log = trace.NewLog(keep, w.stamp)
	return w
}

// begin makes what has to be made inside the world.
func (w *World) begin() {
	w.start = kernel.WorldTime()
	w.renewClients()
	w.system = kernel.NewGroup()
	made := make(chan struct{})
	w.goSystem("net", func() {
		network, err := simnet.New(simnet.Config{Seed: w.luck("net"), Redraw: w.redraw(), Log: w.log})
		if err != nil {
			panic(err) // the configuration is ours
		}
		w.net = network
		close(made)
	})
	<-made
	w.weakenNet()
	w.weather.begin(w)
	w.work.begin(w)
}

// luck returns the key of what a case may have drawn anew while its plan stays.
func (w *World) luck(name string) prng.Key {
	key := w.key.Name(name)
	if w.given.Luck != 0 {
		key = key.Num(w.given.Luck)
	}
	return key
}

// redraw returns what tells the network from which step on a case has its future drawn anew; nil if it has not.
func (w *World) redraw() func() uint64 {
	if w.given.Redraw == 0 {
		return nil
	}
	return func() uint64 {
		if m, ok := kernel.Now(); ok && m.Step >= w.given.RedrawFrom {
			return w.given.Redraw
		}
		return 0
	}
}

// goSystem starts a goroutine of the simulator's own, and of that name alone.
func (w *World) goSystem(name string, f func()) { w.system.Go(w.key.Name("system").Name(name), f) }

// stamp fills in what the kernel knows of an event.
func (w *World) stamp(e *trace.Event) {
	m, ok := kernel.Now()
	if !ok {
		return
	}
	e.Step = m.Step
	e.At = m.At.Sub(w.start)
	e.Goroutine = m.Goroutine
	if e.Node == "" {
		e.Node, e.Incarnation = w.dir.owner(m.Group)
	} else {
		e.Incarnation = w.dir.incarnation(e.Node)
	}
	w.weather.see(e)
	w.breakFrom(e)
	if w.halfway != nil && e.Step >= w.half {
		w.halfway()
		w.halfway = nil
	}
	if w.isOutdated() {
		kernel.Stop()
	}
}

// isOutdated reports whether nobody wants to know any more how the world ends.
func (w *World) isOutdated() bool { return w.outdated != nil && w.outdated.Load() }

// Seed returns the seed of this world.
func (w *World) Seed() uint64 { return w.seed }

// Now returns the world's time, in UTC, also where a node's clock shows another. It moves only when all goroutines wait.
func (w *World) Now() time.Time { return kernel.WorldTime() }

// Elapsed returns the virtual time since the world began.
func (w *World) Elapsed() time.Duration { return w.Now().Sub(w.start) }

// Net returns the network between the nodes.
func (w *World) Net() *simnet.Network { return w.net }

// SetDisks chooses the file system, drive, size and latency of the disks that are made from now on. A node's
// disk is made when it is first asked for. Seed, Now, Log and Node are the world's: what they are set to is ignored. Options that make no
// sense end the world as a failure.
//
// Storms draw no models of disks in a world in which it was called; those that a [Plan] names hold all the same.
func (w *World) SetDisks(o disk.Options) {
	if err := o.Validate(); err != nil {
		w.Fatalf("sim: SetDisks: %v", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.disks, w.chosenDisks = o, true
}

// disksChosen reports whether SetDisks was called.
func (w *World) disksChosen() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.chosenDisks
}

// diskOptions returns what was chosen by SetDisks.
func (w *World) diskOptions() disk.Options {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.disks
}

// Rand returns the source of random numbers called name: the same name gives
// the same numbers from the beginning, another name independent ones. What is drawn here is not moved by what is
// drawn elsewhere.
func (w *World) Rand(name string) *rand.Rand {
	return rand.New(w.key.Name("rand").Name(name).Stream())
}

// Run lets virtual time pass, during which nodes and clients do their work. Then
// the clients' contexts are cancelled; what is made by Client afterwards runs until the next Run is over.
func (w *World) Run(d time.Duration) {
	kernel.Sleep(d)
	w.renewClients()
}

// renewClients ends the context of the clients so far and makes one for those to come.
func (w *World) renewClients() {
	ctx, stop := context.WithCancel(context.Background())
	w.mu.Lock()
	w.clientContext, stop, w.stopClients = ctx, w.stopClients, stop
	w.mu.Unlock()
	if stop != nil {
		stop()
	}
}

// Eventually fails the world unless f returns nil within the given virtual time. It is asked again and again, a hundred
// times in all.
//
// After [World.Heal] or [World.HealSome] the time that it takes is the time to recover, which the test reports.
func (w *World) Eventually(within time.Duration, name string, f func() error) {
	began := w.Now()
	deadline := began.Add(within)
	pause := max(within/100, 1)
	for {
		err := f()
		if err == nil {
			w.log.Add(trace.PropertyHeld, "", name)
			w.recovered(name)
			return
		}
		if !w.Now().Before(deadline) {
			w.fail(name, fmt.Sprintf("did not come true within %v: %v", within, err), nil)
			kernel.Stop()
		}
		kernel.Sleep(pause)
	}
}

// Log records a line, which is printed if the world fails. It has the form of fmt.Println.
func (w *World) Log(args ...any) {
	w.addLine(strings.TrimSuffix(fmt.Sprintln(args...), "\n"))
}

// Logf is Log with a format.
func (w *World) Logf(format string, args ...any) { w.addLine(fmt.Sprintf(format, args...)) }

// maxLines bounds what a report shows; older lines are dropped.
const maxLines = 1000

func (w *World) addLine(text string) {
	w.log.Add(trace.LogLine, "", text)
	m, _ := kernel.Now()
	who, _ := w.dir.owner(m.Group)
	if who == "" {
		who = "-"
	}
	line := fmt.Sprintf("%12v %s: %s", m.At.Sub(w.start), who, text)
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.lines) == maxLines {
		w.lines = append(w.lines[:0], w.lines[maxLines/2:]...)
	}
	w.lines = append(w.lines, line)
}

// Helper does nothing; it is there for assertion libraries.
func (w *World) Helper() {}

// Name returns the name of the test.
func (w *World) Name() string { return w.test }

// Failed reports whether the world has failed.
func (w *World) Failed() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.failure != nil
}

// Error is Log and Fail.
func (w *World) Error(args ...any) { w.fail("", strings.TrimSuffix(fmt.Sprintln(args...), "\n"), nil) }

// Errorf records that the world has failed and goes on. The first failure is the one that is reported.
func (w *World) Errorf(format string, args ...any) { w.fail("", fmt.Sprintf(format, args...), nil) }

// Fatal is Error and FailNow.
func (w *World) Fatal(args ...any) {
	w.Error(args...)
	w.FailNow()
}

// Fatalf records that the world has failed and ends it.
func (w *World) Fatalf(format string, args ...any) {
	w.Errorf(format, args...)
	w.FailNow()
}

// FailNow ends the world as failed. It does not return, and no goroutine of the world
// runs again, deferred functions included.
func (w *World) FailNow() {
	if !w.Failed() {
		w.fail("", "FailNow was called", nil)
	}
	kernel.Stop()
}

// A failure is what a failed world is reported by.
type failure struct {
	property string // its name, if it has one
	message  string
	stack    []byte // of a panic
	where    string // node
	site     site   // in the program, where it was found
	step     uint64
	at       time.Duration
}

func (w *World) fail(property, message string, stack []byte) {
	w.failAt(property, message, stack, callSite())
}

func (w *World) failAt(property, message string, stack []byte, at site) {
	subject := property
	if subject == "" {
		subject = message
	}
	w.log.Add(trace.PropertyFail, "", subject, trace.Text("message", message))
	m, _ := kernel.Now()
	who, _ := w.dir.owner(m.Group)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.failure != nil {
		return
	}
	w.failure = &failure{
		property: property,
		message:  message,
		stack:    stack,
		where:    who,
		site:     at,
		step:     m.Step,
		at:       m.At.Sub(w.start),
	}
}

// guard runs f and turns a panic of it into the world's failure, which ends the world. It reports
// whether f returned, as opposed to having called runtime.Goexit.
func (w *World) guard(what string, f func()) (returned bool) {
	defer func() {
		if r := recover(); r != nil {
			w.panicIn(what, r)
		}
	}()
	f()
	return true
}
