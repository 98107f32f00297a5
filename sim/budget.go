package sim

import (
	"slices"
	"time"

	"github.com/terrella-go/terrella/internal/plan"
)

// A Budget says which nodes a storm may harm at the same time. The zero Budget allows all.
type Budget struct{ limits []limit }

// A limit allows so many of some nodes.
type limit struct {
	nodes []string
	most  int
}

// Minority allows fewer than half of the nodes, as many as a majority quorum survives.
func Minority(nodes []*Node) Budget { return AtMost((len(nodes)-1)/2, nodes) }

// AtMost allows so many of the nodes.
func AtMost(most int, nodes []*Node) Budget {
	var names []string
	for _, n := range nodes {
		names = append(names, n.name)
	}
	return Budget{limits: []limit{{names, most}}}
}

// And returns the budget that allows what both do: that of several replica sets, say.
func (b Budget) And(other Budget) Budget {
	return Budget{limits: slices.Concat(b.limits, other.limits)}
}

// empty reports whether it allows all.
func (b Budget) empty() bool { return len(b.limits) == 0 }

// allows reports whether nodes may be harmed at once.
func (b Budget) allows(names map[string]bool) bool {
	for _, l := range b.limits {
		n := 0
		for name, harmed := range names { // only counted
			if harmed && (name[0] == '@' || slices.Contains(l.nodes, name)) {
				n++ // a role may be anybody's
			}
		}
		if n > l.most {
			return false
		}
	}
	return true
}

// A ledger keeps a storm within its budgets.
type ledger struct {
	tolerate Budget
	damage   Budget
	zones    map[string][]string // what the victims called @name are, as far as is known
	all      []string
	entries  []entry
	damaged  map[string]bool
}

// An entry is a fault that was allowed.
type entry struct {
	from, to time.Duration // to is -1 if it lasts
	names    []string
}

// admit reports whether a fault keeps within the budgets, and if so counts it.
func (l *ledger) admit(f *plan.Fault) bool {
	harmed := l.harmed(f)
	if f.Spec().Harm == plan.Damages {
		damaged := make(map[string]bool)
		for name := range l.damaged {
			damaged[name] = true
		}
		for _, name := range harmed {
			damaged[name] = true
		}
		if l.damage.empty() || !l.damage.allows(damaged) {
			return false
		}
		if !l.harm(f, harmed) {
			return false
		}
		l.damaged = damaged
		return true
	}
	return l.harm(f, harmed)
}

// harm reports whether nodes may be out of action while a fault lasts, and counts it.
func (l *ledger) harm(f *plan.Fault, names []string) bool {
	if len(names) == 0 || l.tolerate.empty() {
		return true
	}
	to := time.Duration(-1)
	if end, ends := f.End(); ends && f.When.Nth == 0 {
		to = end + recoverTime
	}
	together := make(map[string]bool)
	for _, name := range names {
		together[name] = true
	}
	for _, e := range l.entries {
		// Overlapping the fault is taken as overlapping each other: at worst too few are allowed.
		if (e.to < 0 || f.When.At < e.to) && (to < 0 || e.from < to) {
			for _, name := range e.names {
				together[name] = true
			}
		}
	}
	if !l.tolerate.allows(together) {
		return false
	}
	l.entries = append(l.entries, entry{f.When.At, to, names})
	return true
}

// recoverTime is how long a node counts as harmed after a fault's end.
const recoverTime = 500 * time.Millisecond

// harmed returns the nodes that a budget counts for a fault.
func (l *ledger) harmed(f *plan.Fault) []string {
	switch f.Spec().Harm {
	case plan.Annoys:
		return nil
	case plan.Cuts:
		return l.cutOff(f)
	}
	return l.expand(f.Victims())
}

// expand replaces roles and * by nodes: a role that is no zone may be anybody, and counts as one.
func (l *ledger) expand(names []string) []string {
	var out []string
	for _, name := range names {
		switch {
		case name == "*":
			out = append(out, l.all...)
		case name[0] == '@' && l.zones[name] != nil:
			out = append(out, l.zones[name]...)
		default:
			out = append(out, name)
		}
	}
	return out
}

// cutOff returns those that a fault of the network separates from the most: all groups but the largest.
func (l *ledger) cutOff(f *plan.Fault) []string {
	groups := make([][]string, len(f.Groups))
	for i, g := range f.Groups {
		groups[i] = l.expand(g)
	}
	if len(groups) < 2 {
		if f.Spec().Victims == plan.Ways && len(groups[0]) <= 2 {
			return groups[0][:1]
		}
		return groups[0]
	}
	largest := 0
	for i, g := range groups {
		if len(g) > len(groups[largest]) {
			largest = i
		}
	}
	return slices.Concat(slices.Delete(groups, largest, largest+1)...)
}
