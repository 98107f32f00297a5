// Package sim runs a whole cluster of ordinary Go code in one process, against a
// simulated network, disk and clock, and lets one seed decide everything that is
// left to chance.
//
//	func TestRegister(t *testing.T) {
//		sim.Test(t, func(w *sim.World) {
//			for _, name := range []string{"a", "b", "c"} {
//				w.Node(name, func(ctx context.Context, n *sim.Node) error {
//					return register.Serve(ctx, register.Config{Net: n.Net(), Disk: n.Disk(), Peers: "a,b,c"})
//				})
//			}
//			w.Run(time.Minute)
//			w.Eventually(10*time.Second, "a write succeeds", func() error { … })
//		})
//	}
//
// # Worlds
//
// A world is one run of the test's function. In it, goroutines, channels, sync,
// time, context, maps, math/rand and select are Go's own, made deterministic: one goroutine
// at a time has its turn, each lock, channel operation, select, wait group and go
// statement is a place where it may lose it, and time moves, in a leap to the next timer, when nobody
// can run. The same seed gives the same world: the same order of everything, the same
// virtual times, the same random numbers, on any number of cores and beside any load. Each
// world ends with two hashes, one of all scheduling decisions and one of all events, and
// a share of the worlds is run twice to make sure.
//
// A step is one scheduling decision. An event is a recorded happening: a packet sent, a
// file synced, a node crashed, a line logged.
//
// # Nodes
//
// A node is a simulated machine. What is started on it, by go or by a timer, belongs to
// it. A crash takes all of that away between two instructions: no deferred function runs. The
// boot function then runs again at the restart, on the disk as the crash left it.
//
// Nodes share the process's memory, package-level variables included. What a killed goroutine held
// locked stays locked: nodes should share nothing that is not theirs. A library's package-level cache behind
// a mutex is such a thing, and also one that differs between the first world that fills it and
// those that follow; TestMain is the place to fill it beforehand.
//
// # Running tests
//
// `go test` is all it takes. A test binary without the patched runtime builds itself again with
// it and becomes the result before any test runs; package internal/overlay tells how.
// -race, -cover, -run, -count and all others work as ever. Flags of this package:
//
//	-sim.seed=0x5eed    run the world of this seed only
//	-sim.runs=200       run so many worlds a test
//	-sim.verify         run each world twice and fail at the first step that differs
//	-sim.replay=FILE    run the failure of this file only
//	-sim.dir=FOLDER     keep failure files there and not in testdata/sim; none: nowhere
//	-sim.shrinktime=30s put so much work into making a failure smaller; 0: none
//	-sim.reach          fail a test at whose end a check in its source was not reached, or a Sometimes never true
//	-sim.mutate=WHAT    break a promise of the platform, to see whether the test notices; see `terrella mutate`
//	-sim.hashes=FILE    append a line for each world: the test, seed, steps, virtual nanoseconds and both hashes
//	-sim.trace=FILE     write the events of the last world as JSON lines
//	-sim.again          make the failure of -sim.replay smaller, as terrella shrink does
//	-sim.stop=STEP      show the world of -sim.replay or -sim.seed as it stands before that step
//	-sim.debug=STEP     the same for a debugger, which terrella replay --debug starts
//
// Each can be given in the environment as well: TERRELLA_SEED, TERRELLA_RUNS and so on. That is the way for
// `go test ./...` where some tests don't import this package: they know no -sim flags, and the go command
// hands flags to all. `terrella test ./... -sim.runs=200` does so by itself.
//
// A failure is reported with the property, the virtual time, what was logged, and a line
// to paste that shows it again.
//
// # Trouble
//
// World.Inject makes trouble: a [Storm], drawn from the seed, or a [Plan] written by hand, in which a fault is a line of text such as
//
//	crash b at 3.2s for 800ms
//
// Faults befall processes (crash, kill, stop, pause, suspend, slow, wipe, swap-disks, move, upgrade), the network, disks and
// clocks, and fault points in the program (package prop); the file docs/faults.md has them all. They overlap and end in any order. A process that returns an
// error while its disk fails is started again a second later, as an init system does; any other error of a boot function fails the world.
// World.HealSome ends the trouble for a majority, World.Heal for all; how long World.Eventually takes after that is the time to
// recover, which a test reports under -v.
//
// # Smaller failures
//
// When a world fails its plan is made smaller: faults are taken away, merged, made weaker and shorter; then operations of clients (what they
// draw by [Draw]); then scheduling noise; then times and values are made simple. What counts is that the same property fails, found at the same place
// in the program, twice. The work is counted in steps and not measured, so the result is the same on
// every machine. Several worlds run at a time, one for each core, ahead of the one whose result is waited for, once the
// search has found that worlds of the test use no variables of each other; Config.Parallel has more of it. That changes how long it takes, and nothing else.
//
// Then everything but the plan is drawn anew, again and again, with each fault and without it: that
// tells how much the fault raises the probability of the failure. From which step on it was certain is found by drawing anew, from steps on, what
// goroutines decide (who runs next, select, random numbers) and how packets fare. Disks and faults fare as before in what happens again.
//
// The result is kept in testdata/sim/<Test>/, in JSON that may be edited, the plan as it was drawn beside it. Each later run of the test
// begins with the files there. One whose program has changed says so and is run all the same: decisions are keyed by what
// they decide, and most failures survive changes that have nothing to do with them.
//
// # Between worlds
//
// Worlds of one test share its process, and so what they leave in package-level variables: a seed may pass or
// fail because of the seeds before it. Under -v a test names the variables of the program (not the standard library's) that
// its worlds keep changing, and a report of two runs that differ names them too. A look reaches through pointers,
// within bounds, and some worlds only are looked at; a change may so be missed. Config.Restore puts single variables
// back before each world; Config.Fresh runs each seed in a process of its own.
//
// # What a world does not control
//
// Wall-clock time and randomness that the program reads by system calls of its own, where packages time, math/rand and
// crypto/rand show the world's; cgo; addresses as numbers; what
// package-level variables carry from one world to the next. Atomic operations are scheduling points under
// the race detector only. A system call keeps the turn: real
// network connections between two goroutines of a world wait for each other until
// the watchdog ends the process. The file docs/determinism.md has the whole list.
//
// # What stops a world
//
// Besides properties, a world fails if all its goroutines wait, if some wait in a circle for each other's mutexes, if
// goroutines of the test's function are left when it returns, if virtual time does not move for a million
// decisions, if a goroutine does not come to a scheduling point for seconds, if a panic is not recovered, and at the limits of
// its [Config]. The report shows the goroutines, who waits for whom, and where locks were locked.
package sim
