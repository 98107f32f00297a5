package sim

import (
	"math"
	"slices"

	"github.com/terrella-go/terrella/internal/plan"
	"github.com/terrella-go/terrella/internal/prng"
)

// fault draws the storm's next fault. All of it follows from its number.
func (d *drawing) fault() (plan.Fault, bool) {
	r := d.key.Name("fault").Num(d.n).Stream()
	k := d.pick(r)
	f := plan.Fault{Kind: k.Name, Inject: d.call, When: plan.When{At: d.next}}
	if !k.Instant {
		f.For = round(d.length * min(r.ExpFloat64(), 6))
		if d.end > 0 {
			f.For = min(f.For, max(d.end-d.next, 1))
		}
	}
	switch k.Victims {
	case plan.Nodes:
		f.Groups = [][]string{d.victims(&k, r)}
	case plan.Pair:
		f.Groups = [][]string{d.some(r, 2)}
	case plan.Groups:
		f.Groups = d.split(r)
	case plan.Ways:
		f.Groups = d.ways(r)
	}
	d.amount(&f, &k, r)
	d.moment(&f, &k, r)
	return f, f.Validate() == nil
}

// pick draws a kind by weight.
func (d *drawing) pick(r *prng.Stream) plan.Kind {
	sum := 0
	for _, k := range d.kinds {
		sum += k.weight
	}
	x := r.IntN(sum)
	for _, k := range d.kinds {
		if x -= k.weight; x < 0 {
			return k.kind
		}
	}
	panic("sim: weights do not add up")
}

// victims draws whom a fault of nodes strikes: mostly one, now and then several, a zone, or whoever has a role.
func (d *drawing) victims(k *plan.Kind, r *prng.Stream) []string {
	aimed, zone, several := r.Chance(1, 2), r.Chance(1, 4), r.Chance(1, 8)
	a, z := r.Float64(), r.Float64()
	switch {
	case k.Name == "ring" || k.Name == "bridge" || k.Name == "swizzle" || k.Name == "upgrade":
		return d.some(r, len(d.names))
	case aimed && len(d.storm.Aim) > 0:
		return []string{"@" + d.storm.Aim[int(a*float64(len(d.storm.Aim)))].name}
	case zone && len(d.storm.Zones) > 0:
		return []string{"@" + d.storm.Zones[int(z*float64(len(d.storm.Zones)))].name}
	case several:
		return d.some(r, 1+r.IntN(len(d.names)))
	}
	return d.some(r, 1)
}

// some draws n nodes.
func (d *drawing) some(r *prng.Stream, n int) []string {
	names := slices.Clone(d.names)
	r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	return names[:min(n, len(names))]
}

// split draws a partition: one node against the rest, halves of any size, or three parts.
func (d *drawing) split(r *prng.Stream) [][]string {
	names := d.some(r, len(d.names))
	parts := 2
	if len(names) > 2 && r.Chance(1, 6) {
		parts = 3
	}
	if r.Chance(1, 3) {
		return [][]string{names[:1], names[1:]}
	}
	groups := make([][]string, parts)
	for i, name := range names {
		g := i // no part is empty
		if i >= parts {
			g = r.IntN(parts)
		}
		groups[g] = append(groups[g], name)
	}
	return groups
}

// ways draws links: all of one node, between two, one way from one to another, or all there are.
func (d *drawing) ways(r *prng.Stream) [][]string {
	names := d.some(r, 2)
	switch x := r.IntN(4); {
	case x == 0 || len(names) < 2:
		return [][]string{names[:1]}
	case x == 1:
		return [][]string{names}
	case x == 2:
		return [][]string{names[:1], names[1:]}
	}
	return [][]string{{"*"}}
}

// amount draws how strong a fault is.
func (d *drawing) amount(f *plan.Fault, k *plan.Kind, r *prng.Stream) {
	switch k.Amount {
	case plan.Factor:
		f.Amount = int64(logUniform(r, 2, 50))
	case plan.Ratio:
		f.Amount = int64(logUniform(r, 50, 6000))
	case plan.Bytes:
		f.Amount = int64(logUniform(r, 1000, 1_000_000))
	case plan.Packet:
		f.Amount = 576 + int64(r.IntN(900))
	case plan.Rate:
		most := d.storm.MaxDrift
		if most == 0 {
			most = 500
		}
		f.Amount = most
		if r.Chance(1, 2) {
			f.Amount = int64(logUniform(r, 1, float64(most)))
		}
		f.Amount = max(f.Amount, 1)
		if r.Chance(1, 2) {
			f.Amount = -f.Amount
		}
		f.For *= 8 // a clock needs time to go wrong
	case plan.Span:
		f.Amount = int64(round(d.span(k, r)))
		if k.Layer == plan.Clock && r.Chance(1, 2) {
			f.Amount = -f.Amount
		}
	case plan.VersionN:
		f.Params = []plan.Param{{Key: "to", Value: d.storm.Versions[r.IntN(len(d.storm.Versions))]}}
	}
	switch k.Name {
	case "io-error", "disk-full", "short-write", "fsync-error":
		if r.Chance(1, 2) {
			f.Params = append(f.Params, plan.Param{Key: "times", Value: "1"})
		}
	case "latent-error", "bit-rot", "phantom-write", "misdirected-write", "lost-sync":
		f.Params = append(f.Params, plan.Param{Key: "chance", Value: []string{"1/100", "1/10", "1/2"}[r.IntN(3)]})
	}
}

// span draws the seconds of a delay or of a jump of a clock.
func (d *drawing) span(k *plan.Kind, r *prng.Stream) float64 {
	switch k.Layer {
	case plan.Clock:
		return logUniform(r, 0.01, 3600)
	case plan.Disk:
		return logUniform(r, 0.001, 0.5)
	}
	return logUniform(r, 0.001, 2)
}

// moment has some faults of nodes begin at an event: a crash right after a write or a sync finds what one at a random time rarely does.
func (d *drawing) moment(f *plan.Fault, k *plan.Kind, r *prng.Stream) {
	aim, event := r.Chance(1, 4), moments[r.IntN(len(moments))]
	nth := 1 + int(math.Floor(r.ExpFloat64()))
	victims := f.Victims()
	if !aim || k.Layer != plan.Process || k.Name == "upgrade" || k.Name == "slow" || len(victims) == 0 || victims[0][0] == '@' {
		return
	}
	f.When.Nth, f.When.Event, f.When.Of = nth, event, victims[0]
}

// moments are the kinds of events at which faults begin.
var moments = []string{"write", "sync", "send", "deliver", "rename", "accept"}
