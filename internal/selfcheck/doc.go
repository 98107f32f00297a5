// Package selfcheck finds out whether the patched runtime does on this machine what
// it is for: that a world does the same thing each time for the same seed.
//
// [Run] runs some tens of worlds, twice each, and reports their hashes. The same must come out
// in every process, whatever the number of processors and however often the collector
// runs; [Compare] tells. The worlds run one program, which leans on all that is ordered or drawn
// anew by the ordinary runtime: goroutines, locks, channels, select, timers, map
// order, random numbers, pools, garbage.
//
// A check that finds nothing may be blind. So each Run also runs two programs with a
// planted flaw: one that leans on what the world before it left behind, which two runs in one
// process have to show, and one that leans on the process id, which two processes have to
// show.
//
// The package needs the patched runtime. It does not look at a user's program: what that
// takes from outside its world (files, system calls, addresses) only running its tests
// twice can show.
package selfcheck
