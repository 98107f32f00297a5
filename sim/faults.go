package sim

import (
	"context"
	"fmt"
	"path"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/terrella-go/terrella/internal/kernel"
	"github.com/terrella-go/terrella/internal/plan"
	"github.com/terrella-go/terrella/internal/trace"
)

// A Fault is trouble for [World.Inject]: a [Storm], a [Plan], one fault made by [ParseFault], or a [Role] that
// faults are aimed at.
type Fault interface {
	// inject adds the fault's part to what the nth call of Inject does.
	inject(w *World, call int) error
}

// A Plan is a list of faults, one line of text each:
//
//	crash b at 3.2s for 800ms
//	partition a | b c at 5s for 2s
//	loss a -> b 20% at 1s for 4s
//	drift c +200ppm at 0s
//	fsync-error a at 3rd sync of a after 4s for 1s
//	crash @leader at 5s for 1s
//	fire before-ack at 2nd visit of b
//	disk-model a fs=xfs drive=protected-cache sync=5ms io=200us
//
// First the kind of fault and its victims, then an amount if the kind has one, then
// key=value parameters. Times count from the start of the world; "at 3rd sync of a after 4s" is when node a syncs for the
// third time after 4s. A fault without "for" lasts until [World.Heal]. A victim @name is
// a [Role], and * is every machine. [FaultKinds] lists the kinds.
//
// A disk-model has no time. It says what a node's disk is like: fs is the name of a [disk.Personality], drive that of a [disk.Drive], sync
// and io are how long a sync and any other operation take. A node's disk is made when the node first asks for it, and stays what it is: a
// line that is injected later comes too late for it.
type Plan []string

func (p Plan) inject(w *World, call int) error {
	faults, err := plan.ParseAll(p)
	if err != nil {
		return err
	}
	for _, f := range faults {
		f.Inject = call
		if err := w.weather.schedule(w, f); err != nil {
			return err
		}
	}
	return nil
}

// ParseFault returns the fault that is written as a line of a [Plan]. It prints as such a line.
func ParseFault(text string) (interface {
	Fault
	fmt.Stringer
}, error) {
	f, err := plan.Parse(text)
	if err != nil {
		return nil, err
	}
	return oneFault{f}, nil
}

// oneFault is a single fault.
type oneFault struct{ plan.Fault }

func (f oneFault) inject(w *World, call int) error {
	f.Inject = call
	return w.weather.schedule(w, f.Fault)
}

// FaultKinds returns the names of all kinds of faults, in the order process, network, disk, clock, fault points.
func FaultKinds() []string {
	var names []string
	for _, k := range plan.Kinds() {
		names = append(names, k.Name)
	}
	return names
}

// A Role is a set of nodes that is found out when a fault begins: the leader, say. Faults aimed at a
// role strike one of the nodes that have it then, drawn by the seed; if none has it they wait until one has.
type Role struct {
	name  string
	holds func(*Node) bool
	zone  bool // all nodes that have it are struck
}

// Where returns the role of the nodes for which holds is true. It is asked when all goroutines of
// the world wait, so it may look at the nodes' state without their locks; it must not wait for anything. The role's name is that of the function, or what
// [Role.Named] gives it; plans write it @name.
func Where(holds func(*Node) bool) Role {
	name := "role"
	if pc := funcPC(holds); pc != nil {
		name = path.Ext(pc.Name())
		name = strings.TrimPrefix(name, ".")
	}
	return Role{name: name, holds: holds}
}

// Zone returns the role of nodes that share a fate, a rack or a data centre: a fault aimed at it strikes them all.
func Zone(name string, nodes ...*Node) Role {
	return Role{name: name, zone: true, holds: func(n *Node) bool { return slices.Contains(nodes, n) }}
}

// Named returns the role with another name.
func (r Role) Named(name string) Role {
	r.name = name
	return r
}

func (r Role) inject(w *World, _ int) error {
	if r.name == "" || r.holds == nil {
		return fmt.Errorf("a role needs a name and a function; make it by sim.Where or sim.Zone")
	}
	w.weather.roles[r.name] = r
	return nil
}

func funcPC(f func(*Node) bool) *runtime.Func {
	if f == nil {
		return nil
	}
	return runtime.FuncForPC(reflect.ValueOf(f).Pointer())
}

// Version makes a boot function known by a name, for faults that upgrade nodes or roll them back:
//
//	w.Version("v2", bootV2)
//	w.Inject(sim.Plan{"upgrade a b c v2 at 10s"}) // one after the other
func (w *World) Version(name string, boot func(context.Context, *Node) error) {
	if name == "" || boot == nil {
		w.Fatalf("sim: Version needs a name and a boot function")
	}
	w.weather.versions[name] = boot
}

// Inject makes trouble: it begins storms and schedules faults. What it does is the world's plan, which a
// failure file holds and which shrinks: when a file is replayed, its faults take the place of those given here.
//
// Faults whose text or victims make no sense fail the world.
func (w *World) Inject(faults ...Fault) {
	call := w.weather.injects
	w.weather.injects++
	if w.varied && w.injectVaried(call, faults) {
		return
	}
	if w.within {
		w.refuseWider(call, faults)
	}
	for _, f := range faults {
		if _, isRole := f.(Role); w.given.Given && !isRole {
			if s, ok := f.(Storm); ok {
				s.registerRoles(w)
			}
			continue
		}
		if err := f.inject(w, call); err != nil {
			w.Fatalf("sim: Inject: %v", err)
		}
	}
	if !w.given.Given {
		return
	}
	for _, f := range w.given.Faults {
		if f.Inject == call {
			if err := w.weather.schedule(w, f); err != nil {
				w.Fatalf("sim: a fault of the file: %v", err)
			}
		}
	}
}

// now returns the time since the start of the world.
func (w *World) now() time.Duration {
	m, _ := kernel.Now()
	return m.At.Sub(w.start)
}

// logFault records that a fault begins or ends.
func (w *World) logFault(kind trace.Kind, cause uint64, f *plan.Fault) uint64 {
	return w.log.AddCaused(cause, kind, "", f.What())
}
