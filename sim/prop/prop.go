// Package prop holds checks and fault points for production code. In a world of package sim they are counted, fail
// the world, and fire; elsewhere they do nothing and cost a nanosecond or two. The package depends on nothing.
//
//	func (r *Register) ack(op Op) {
//		prop.Always(r.synced >= op.index, "acknowledged writes are synced", "index", op.index)
//		if prop.Fault("before-ack") {
//			time.Sleep(time.Second) // an answer that comes late
//		}
//		…
//	}
//
// A check is known by its name: give each a name of its own, as a constant. The names are found in
// the source as well, so that a campaign can tell which checks were never come to.
package prop

import "github.com/terrella-go/terrella/sim/internal/hook"

// Always fails the world if the condition does not hold. The details, keys and values in turn, are reported.
func Always(holds bool, name string, details ...any) { check(hook.Always, name, holds, details) }

// Sometimes asks that the condition holds at least once in all worlds of a campaign.
func Sometimes(holds bool, name string, details ...any) { check(hook.Sometimes, name, holds, details) }

// Reachable asks that it is called at least once in all worlds of a campaign.
func Reachable(name string, details ...any) { check(hook.Reachable, name, true, details) }

// Unreachable fails the world.
func Unreachable(name string, details ...any) { check(hook.Unreachable, name, false, details) }

func check(kind hook.Kind, name string, holds bool, details []any) {
	if h := hook.Installed.Load(); h != nil {
		h.Check(kind, name, holds, details)
	}
}

// Fault reports whether the fault point of that name fires: the program then does what is rare but legal, such as
// waiting, dropping a cache, or returning an error. In a world with a storm each point is switched
// on with probability 1/4 and then fires each time with 1/4, as drawn by the seed, until the storm ends; elsewhere it fires where a plan
// says so, by a line such as "fire before-ack at 2nd visit of b". A point that has fired is part of the world's plan.
func Fault(name string) bool {
	h := hook.Installed.Load()
	return h != nil && h.Fault(name)
}

// Mutate reports whether the program is to do something wrong here: a mark for `terrella mutate`, which asks whether any
// property notices when the program is weakened at the mark of that name. Elsewhere it is false.
//
//	if !prop.Mutate("ack before sync") {
//		err = f.Sync()
//	}
//
// Give each mark a name of its own, as a constant.
func Mutate(name string) bool {
	h := hook.Installed.Load()
	return h != nil && h.Mutate(name)
}
