package simnet

import (
	"fmt"
	"slices"

	"github.com/terrella-go/terrella/internal/prng"
)

// A Cut is one direction between two hosts, by their names.
type Cut struct{ From, To string }

// Cut blocks all the given directions, as Block does each. If a host is unknown it
// blocks none.
func (n *Network) Cut(cuts ...Cut) error { return n.eachCut(cuts, n.block) }

// Uncut ends Cut or Block of the given directions.
func (n *Network) Uncut(cuts ...Cut) error { return n.eachCut(cuts, n.unblock) }

func (n *Network) eachCut(cuts []Cut, f func(*link)) error {
	n.lock()
	defer n.unlock()
	links := make([]*link, len(cuts))
	for i, c := range cuts {
		l, err := n.linkNamed(c.From, c.To)
		if err != nil {
			return fmt.Errorf("cut %s->%s: %w", c.From, c.To, err)
		}
		links[i] = l
	}
	for _, l := range links {
		f(l)
	}
	n.pathsChanged()
	return nil
}

// OneWay cuts all ways from the hosts of one group to those of the other, not those back.
func OneWay(from, to []string) []Cut {
	var cuts []Cut
	for _, a := range from {
		for _, b := range to {
			if a != b {
				cuts = append(cuts, Cut{a, b})
			}
		}
	}
	return cuts
}

// BothWays cuts two groups of hosts off from each other.
func BothWays(a, b []string) []Cut { return append(OneWay(a, b), OneWay(b, a)...) }

// Bridge splits hosts into two halves of which only the one called bridge reaches both.
func Bridge(bridge string, names []string) []Cut {
	others := slices.DeleteFunc(slices.Clone(names), func(s string) bool { return s == bridge })
	half := (len(others) + 1) / 2
	return BothWays(others[:half], others[half:])
}

// Ring lets each host reach only those before and after it in the list, whose
// ends are neighbours too: every host sees a majority of three, and no two the same.
func Ring(names []string) []Cut {
	var cuts []Cut
	for i, a := range names {
		for j, b := range names {
			gap := (j - i + len(names)) % len(names)
			if gap > 1 && gap < len(names)-1 {
				cuts = append(cuts, Cut{a, b})
			}
		}
	}
	return cuts
}

// Everywhere cuts all hosts off from each other: the network stops.
func Everywhere(names []string) []Cut { return OneWay(names, names) }

// Isolate cuts one host off from all the others.
func Isolate(one string, names []string) []Cut {
	others := slices.DeleteFunc(slices.Clone(names), func(s string) bool { return s == one })
	return BothWays([]string{one}, others)
}

// Halves draws a majority and a minority of hosts, as even as they can be.
func Halves(key prng.Key, names []string) (majority, minority []string) {
	drawn := slices.Clone(names)
	s := key.Stream()
	s.Shuffle(len(drawn), func(i, j int) { drawn[i], drawn[j] = drawn[j], drawn[i] })
	most := len(drawn)/2 + 1
	most = min(most, len(drawn))
	return drawn[:most], drawn[most:]
}
