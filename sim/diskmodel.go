package sim

import (
	"slices"
	"time"

	"github.com/terrella-go/terrella/disk"
	"github.com/terrella-go/terrella/internal/plan"
	"github.com/terrella-go/terrella/internal/prng"
	"github.com/terrella-go/terrella/internal/trace"
)

// Models tell what the disks of a world are like: lines "disk-model" of its plan, and, where there are none, what storms draw. A
// node's is drawn when its disk is made, so that a plan has none for disks that are never used.
type models struct {
	given  []plan.Fault
	storms []modelStorm
	made   map[string]*plan.Fault // of the disks that were made, nil for the usual one
}

// A modelStorm is a storm that draws models.
type modelStorm struct {
	key   prng.Key
	call  int
	names []string // of the nodes that it may strike
}

// modelKind is the kind of fault that a model is.
const modelKind = "disk-model"

// drawModels has a storm draw models of disks, in half of the worlds.
func (d *drawing) drawModels(w *World) {
	key := d.key.Name("disk models")
	if d.storm.has(modelKind) && key.Stream().Chance(1, 2) {
		w.weather.mu.Lock()
		defer w.weather.mu.Unlock()
		w.weather.models.storms = append(w.weather.models.storms, modelStorm{key, d.call, d.names})
	}
}

// draw draws the model of a node's disk, false for the usual one. Each part is left as it is in half of the nodes or fewer, so that
// some parts are seen without the others.
func (s *modelStorm) draw(node string) (plan.Fault, bool) {
	r := s.key.Name(node).Stream()
	f := plan.Fault{Kind: modelKind, Groups: [][]string{{node}}, Inject: s.call}
	set := func(key, value string) { f.Params = append(f.Params, plan.Param{Key: key, Value: value}) }
	if fs := plan.FileSystems[r.IntN(len(plan.FileSystems))]; fs != disk.Strict.String() {
		set("fs", fs)
	}
	if r.Chance(1, 2) {
		set("drive", disk.ProtectedCache.String())
	}
	if r.Chance(1, 2) {
		sync := round(logUniform(r, 0.0002, 0.05)) // from a drive that is fast to one that turns
		set("sync", sync.String())
		set("io", round(sync.Seconds()/20).String())
	}
	return f, len(f.Params) > 0
}

// modelOf returns the model of a node's disk, nil for the usual one. The first time it is drawn, and goes into the plan.
func (s *weather) modelOf(w *World, node string) *plan.Fault {
	s.mu.Lock()
	if f, known := s.models.made[node]; known {
		s.mu.Unlock()
		return f
	}
	f, drawn := s.models.find(node, !w.disksChosen())
	if s.models.made == nil {
		s.models.made = make(map[string]*plan.Fault)
	}
	s.models.made[node] = f
	if f == nil {
		s.mu.Unlock()
		return nil
	}
	st := &strike{fault: *f, names: []string{node}, began: max(w.now(), 1)}
	st.ended = st.began
	if drawn {
		st.index = len(s.planned)
		s.planned = append(s.planned, *f)
	} else {
		st.index = slices.IndexFunc(s.planned, func(p plan.Fault) bool { return p.Kind == modelKind && p.What() == f.What() })
	}
	s.struck = append(s.struck, st)
	s.mu.Unlock()
	st.event = w.logFault(trace.FaultBegin, trace.None, f)
	return f
}

// find returns the model of a node's disk, and whether it is drawn rather than given. The last line that names the node holds.
func (m *models) find(node string, draw bool) (f *plan.Fault, drawn bool) {
	for i := range slices.Backward(m.given) {
		if v := m.given[i].Victims(); slices.Contains(v, node) || v[0] == "*" {
			return &m.given[i], false
		}
	}
	for _, s := range m.storms {
		if draw && slices.Contains(s.names, node) {
			if f, ok := s.draw(node); ok {
				return &f, true
			}
		}
	}
	return nil, false
}

// applyModel sets the options that a model names.
func applyModel(f *plan.Fault, o *disk.Options) {
	if f == nil {
		return
	}
	for p := disk.Strict; p <= disk.XFS; p++ {
		if p.String() == f.Param("fs") {
			o.Personality = p
		}
	}
	for d := disk.VolatileCache; d <= disk.ProtectedCache; d++ {
		if d.String() == f.Param("drive") {
			o.Drive = d
		}
	}
	if t, err := time.ParseDuration(f.Param("sync")); err == nil {
		o.Latency.Sync = t
	}
	if t, err := time.ParseDuration(f.Param("io")); err == nil {
		o.Latency.Open, o.Latency.Read, o.Latency.Write = t, t, t
	}
}
