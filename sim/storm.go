package sim

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/terrella-go/terrella/internal/plan"
	"github.com/terrella-go/terrella/internal/prng"
)

// A Storm is a random plan of faults, drawn from the world's seed. Each seed switches on another mix of kinds of faults, with rates,
// lengths and strengths of its own (swarm testing: Groce and others, ISSTA 2012): a storm
// of all kinds at once would hide what only a few of them show. Faults overlap. In half of the worlds it draws for each node, too, what
// its disk is like (disk-model): the promises of the file system, whether the drive's cache survives a loss of power, how long operations take.
//
// The zero Storm strikes all nodes but clients, with all kinds of faults that leave disks as they promised
// to be, until [World.Heal]. It may take down all nodes at once: enough to judge safety; for
// a system that has to stay available, say what it tolerates.
type Storm struct {
	// Nodes are those that it may strike; nil means all that are there and no clients.
	Nodes []*Node
	// Tolerate bounds which nodes may be down, paused or cut off at the same time. The zero
	// Budget allows all.
	Tolerate Budget
	// Damage bounds whose disks may lose, over the whole storm, what they promised to hold: wiped or exchanged
	// disks, failed syncs, rotten bits. The zero Budget, other than for Tolerate, allows none.
	Damage Budget
	// Aim is a list of roles. Half of the faults that could be aimed at them are.
	Aim []Role
	// Zones are sets of nodes that may go down together. A fault of a zone counts with all of them.
	Zones []Role
	// Versions are names of boot functions (see [World.Version]) that nodes are upgraded, and rolled back, to.
	Versions []string
	// Kinds limits the storm to these kinds of faults; nil means all. Without takes some out. "fire" stands for all fault points.
	Kinds, Without []string
	// Every is the mean time between two faults. 0 has each seed draw it from 100 ms to 5 s.
	Every time.Duration
	// Length is the mean time that a fault lasts. 0 has each seed draw it from 50 ms to 8 s.
	Length time.Duration
	// MaxDrift bounds how fast or slow clocks run, in parts per million. 0 means 500, which is what NTP corrects
	// at most.
	MaxDrift int64
	// Lasts is how long it blows. 0 means until [World.Heal].
	Lasts time.Duration
}

func (s Storm) inject(w *World, call int) error {
	if err := s.validate(w); err != nil {
		return err
	}
	s.registerRoles(w)
	d := newDrawing(s, w, call)
	if s.has(firing) {
		w.points.brew()
	}
	if len(d.kinds) == 0 && !s.has(modelKind) && !s.has(firing) {
		return fmt.Errorf("a storm has no kind of fault left; take out Without or Kinds, or set Damage")
	}
	if len(d.names) == 0 {
		return fmt.Errorf("a storm has no nodes to strike; call Inject after Node")
	}
	d.drawModels(w)
	if len(d.kinds) == 0 {
		return nil
	}
	more, err := d.window(w)
	if err != nil || !more {
		return err
	}
	healed := w.weather.healed
	w.spawn(d.key.Name("windows"), func() {
		for more && pause(d.until-window/2-w.now(), healed) {
			var err error
			if more, err = d.window(w); err != nil {
				w.Fatalf("sim: a storm drew a fault that cannot be: %v", err)
			}
		}
	})
	return nil
}

func (s Storm) registerRoles(w *World) {
	for _, r := range slices.Concat(s.Aim, s.Zones) {
		w.weather.roles[r.name] = r
	}
}

func (s *Storm) validate(w *World) error {
	if s.Every < 0 || s.Length < 0 || s.Lasts < 0 || s.MaxDrift < 0 {
		return fmt.Errorf("a storm has a negative time or drift")
	}
	if s.MaxDrift >= 1_000_000 {
		return fmt.Errorf("Storm.MaxDrift is %d parts per million, which would stop a clock; want less than a million", s.MaxDrift)
	}
	for _, name := range slices.Concat(s.Kinds, s.Without) {
		if _, err := plan.KindNamed(name); err != nil {
			return fmt.Errorf("Storm.Kinds or Without: %w", err)
		}
	}
	for _, v := range s.Versions {
		if w.weather.versions[v] == nil {
			return fmt.Errorf("Storm.Versions: no version is called %q; World.Version makes one known", v)
		}
	}
	return nil
}

// window is how far ahead of time faults are drawn.
const window = 10 * time.Second

// A drawing draws the faults of a storm, in the order of their times.
type drawing struct {
	storm  Storm
	key    prng.Key
	call   int
	names  []string // whom it may strike
	kinds  []weighted
	every  float64 // mean seconds between faults
	length float64 // mean seconds of a fault
	ledger ledger

	n     uint64        // of the next fault
	next  time.Duration // when it begins
	until time.Duration // up to where faults were drawn
	end   time.Duration // of the storm, 0 if Heal ends it
}

// weighted is a kind of fault and how often it strikes compared to others.
type weighted struct {
	kind   plan.Kind
	weight int
}

func newDrawing(s Storm, w *World, call int) *drawing {
	key := w.key.Name("storm").Num(uint64(call))
	if n := w.weather.storms[call]; n > 0 {
		key = key.Num(uint64(n)) // several of one call must not draw the same
	}
	w.weather.storms[call]++
	d := &drawing{storm: s, key: key, call: call}
	nodes := s.Nodes
	if nodes == nil {
		nodes = slices.DeleteFunc(w.dir.all(), func(n *Node) bool { return n.client })
	}
	for _, n := range nodes {
		d.names = append(d.names, n.name)
	}
	d.ledger = ledger{tolerate: s.Tolerate, damage: s.Damage, all: d.names, zones: make(map[string][]string)}
	for _, z := range s.Zones {
		for _, n := range nodes {
			if z.holds(n) {
				d.ledger.zones["@"+z.name] = append(d.ledger.zones["@"+z.name], n.name)
			}
		}
	}
	r := d.key.Name("swarm").Stream()
	d.kinds = s.swarm(r, len(d.names))
	d.every, d.length = logUniform(r, 0.1, 5), logUniform(r, 0.05, 8)
	if s.Every > 0 {
		d.every = s.Every.Seconds()
	}
	if s.Length > 0 {
		d.length = s.Length.Seconds()
	}
	d.until, d.next = w.now(), w.now()
	if s.Lasts > 0 {
		d.end = w.now() + s.Lasts
	}
	d.next += d.gap()
	return d
}

// swarm draws which kinds of faults there are in this world, and how often each strikes.
func (s *Storm) swarm(r *prng.Stream, nodes int) []weighted {
	var possible, on []weighted
	for _, k := range plan.Kinds() {
		if k.Setting {
			continue
		}
		usual := s.Kinds == nil && !unusual[k.Name] || slices.Contains(s.Kinds, k.Name)
		heads, weight := r.Chance(1, 2), 1<<r.IntN(4) // drawn for all kinds, so that one more moves no other
		if !usual || k.Layer == plan.Point || slices.Contains(s.Without, k.Name) || nodes < least[k.Name] ||
			k.Harm == plan.Damages && s.Damage.empty() || k.Name == "upgrade" && len(s.Versions) == 0 {
			continue
		}
		possible = append(possible, weighted{k, weight})
		if heads {
			on = append(on, weighted{k, weight})
		}
	}
	if len(on) == 0 && len(possible) > 0 {
		on = append(on, possible[r.IntN(len(possible))])
	}
	return on
}

// unusual are the kinds that strike only when Storm.Kinds asks for them: corruption is only loss with checksums as they
// are, and a clock that stands still without its machine does not happen.
var unusual = map[string]bool{"corrupt": true, "stop-clock": true, "dns-fail": true, "lose-over": true, "short-write": true, "disk-gone": true, "read-only": true}

// least is how many nodes a kind needs.
var least = map[string]int{"partition": 2, "cut": 2, "ring": 4, "bridge": 3, "swap-disks": 2, "swizzle": 2}

// has reports whether the storm has what does not strike as other faults do: disks of other models, and fault points, which fire as they
// are come to.
func (s *Storm) has(kind string) bool {
	return (s.Kinds == nil || slices.Contains(s.Kinds, kind)) && !slices.Contains(s.Without, kind)
}

// firing is the kind of fault that is a fault point's.
const firing = "fire"

// logUniform draws a number whose logarithm is uniform.
func logUniform(r *prng.Stream, low, high float64) float64 {
	return low * math.Pow(high/low, r.Float64())
}

// gap draws the time from one fault to the next.
func (d *drawing) gap() time.Duration {
	r := d.key.Name("gap").Num(d.n).Stream()
	return round(d.every * min(r.ExpFloat64(), 8))
}

// round makes a time that is short to write: a tenth of a millisecond is finer than anybody notices.
func round(seconds float64) time.Duration {
	return max(time.Duration(seconds*1e4), 1) * 100 * time.Microsecond
}

// window draws and schedules the faults of the next window. It reports whether there are more to come.
func (d *drawing) window(w *World) (more bool, err error) {
	d.until += window
	for d.next < d.until {
		if d.end > 0 && d.next >= d.end {
			return false, nil
		}
		if f, ok := d.fault(); ok && d.ledger.admit(&f) {
			if err := w.weather.schedule(w, f); err != nil {
				return false, err
			}
		}
		d.n++
		d.next += d.gap()
	}
	return true, nil
}
