package sim

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// Heal ends all trouble: storms and the faults of plans, what was done to the network by hand, pauses. Machines
// and processes that are down start again.
func (w *World) Heal() {
	w.weather.stop(w)
	w.net.Heal()
	for _, n := range w.dir.all() {
		n.release()
		n.Resume()
		if n.down() {
			n.Restart()
		}
	}
	w.healed()
}

// HealSome ends the storm for a majority of the nodes, drawn by the seed, and returns them: they come back and reach each
// other, and clients reach them. The others stay as they are, down, cut off or on a bad disk, until Heal;
// no further fault begins. A cluster that tolerates a minority of failures has to work now.
//
// Without nodes it draws from all that are no clients.
func (w *World) HealSome(nodes ...*Node) []*Node {
	if len(nodes) == 0 {
		for _, n := range w.dir.all() {
			if !n.client {
				nodes = append(nodes, n)
			}
		}
	}
	nodes = slices.Clone(nodes)
	w.key.Name("heal some").Stream().Shuffle(len(nodes), func(i, j int) { nodes[i], nodes[j] = nodes[j], nodes[i] })
	core := nodes[:len(nodes)/2+1]
	if len(nodes) == 0 {
		return nil
	}
	var names []string
	for _, n := range w.dir.all() {
		if n.client || slices.Contains(core, n) {
			names = append(names, n.name)
		}
	}
	w.weather.spare(w, names)
	for _, n := range core {
		n.release()
		n.Resume()
		if n.down() {
			n.Restart()
		}
	}
	w.healed()
	return core
}

// healed notes when the calm began.
func (w *World) healed() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calm = w.Now()
}

// recovered notes how long it took a property to come true again.
func (w *World) recovered(name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.calm.IsZero() {
		w.recoveries = append(w.recoveries, recovery{name, w.Now().Sub(w.calm)})
	}
}

// A recovery is how long after the storm a property came true.
type recovery struct {
	name string
	took time.Duration
}

// reportRecoveries prints how long properties took to come true after the storm, over all worlds.
func (r *runner) reportRecoveries() {
	times := make(map[string][]time.Duration)
	for _, rec := range r.recoveries {
		times[rec.name] = append(times[rec.name], rec.took)
	}
	for _, name := range slices.Sorted(maps.Keys(times)) {
		took := times[name]
		slices.Sort(took)
		fmt.Fprintf(r.t.Output(), "sim: %s: %s: true again %v after the storm in the median of %s, %v at most\n",
			r.t.Name(), name, took[len(took)/2], count(len(took), "world"), took[len(took)-1])
	}
}
