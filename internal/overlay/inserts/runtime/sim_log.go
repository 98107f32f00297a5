//go:build ignore

package runtime

// A simLog records each step of a world, so that a second run of the same seed can be held
// against the first. All room is allocated before the world begins; what goes beyond
// it is compared by the final hash alone.
type simLog struct {
	on     bool
	steps  []simStep // len: steps recorded
	stacks []uintptr // simStackDepth program counters for each goroutine that gave up its turn
	expect []simStep // the steps of the other run; may be empty
}

// A simStep is one scheduling decision. Keep in sync with internal/kernel.
type simStep struct {
	hash  uint64 // of all steps up to this one
	num   uint64 // the goroutine that was given the turn
	now   int64
	stack uint32 // where it had left off: index into stacks plus 1, 0 if unknown
	group uint32
}

// simStackDepth is how many frames of a goroutine are recorded. Keep in sync with internal/kernel.
const simStackDepth = 16

// logLeft records where gp gives up its turn. Its status is still _Grunning, or it is
// runnable and not yet in anybody's sight, so that its stack can't move.
func (w *simWorld) logLeft(gp *g) {
	n := len(w.log.stacks)
	if n+simStackDepth > cap(w.log.stacks) {
		gp.sim.parked = 0
		return
	}
	w.log.stacks = w.log.stacks[:n+simStackDepth]
	stack := w.log.stacks[n:]
	clear(stack)
	gcallers(gp, 0, stack)
	gp.sim.parked = uint32(n/simStackDepth) + 1
}

// logStep records that gp is given the turn. It reports false if
// the other run had given it to somebody else, or at another time, or after a turn that
// ended otherwise.
func (w *simWorld) logStep(gp *g) bool {
	n := len(w.log.steps)
	if n == cap(w.log.steps) {
		return true
	}
	b := gp.bubble
	w.log.steps = w.log.steps[:n+1]
	w.log.steps[n] = simStep{hash: w.hash, num: gp.sim.num, now: b.now, stack: gp.sim.parked, group: gp.sim.group}
	return n >= len(w.log.expect) || w.log.expect[n].hash == w.hash
}
