package checker

import (
	"cmp"
	"slices"
)

// An edgeKind is a set of kinds of dependencies between transactions.
type edgeKind uint8

const (
	edgeWW      edgeKind = 1 << iota // the second replaced what the first wrote
	edgeWR                           // the second read what the first wrote
	edgeRW                           // the second replaced what the first read
	edgeSession                      // the second came later in the same session
	edgeTime                         // the second began after the first had ended
	edgeHub                          // the way on from a node that is no transaction
)

var edgeNames = map[edgeKind]string{edgeWW: "ww", edgeWR: "wr", edgeRW: "rw", edgeSession: "session", edgeTime: "real time"}

// A txnArc is an edge of the graph.
type txnArc struct {
	from, to int32
	key      int32
	kind     edgeKind
}

// A txnGraph is a graph of transactions. Nodes from the number of transactions on are
// hubs: they stand for all pairs of those that lead to and from them.
type txnGraph struct {
	arcs  []txnArc
	hubs  int32
	start []int32 // by node: its first arc, once the arcs are sorted
}

func (g *txnGraph) add(from, to int32, kind edgeKind, key int) {
	if from != to {
		g.arcs = append(g.arcs, txnArc{from, to, int32(key), kind})
	}
}

func (g *txnGraph) hub(txns int32) int32 {
	g.hubs++
	return txns + g.hubs - 1
}

// build sorts the arcs by where they come from. Each is kept once.
func (g *txnGraph) build(nodes int) {
	slices.SortFunc(g.arcs, func(a, b txnArc) int {
		if c := cmp.Compare(a.from, b.from); c != 0 {
			return c
		}
		if c := cmp.Compare(a.kind, b.kind); c != 0 {
			return c
		}
		if c := cmp.Compare(a.to, b.to); c != 0 {
			return c
		}
		return cmp.Compare(a.key, b.key)
	})
	g.arcs = slices.Compact(g.arcs)
	g.start = make([]int32, nodes+1)
	for _, a := range g.arcs {
		g.start[a.from+1]++
	}
	for i := range nodes {
		g.start[i+1] += g.start[i]
	}
}

func (g *txnGraph) from(node int32) []txnArc { return g.arcs[g.start[node]:g.start[node+1]] }

// components returns the strongly connected components of more than one node, by
// arcs of the given kinds, as Tarjan finds them (1972), without recursion.
func (g *txnGraph) components(kinds edgeKind) [][]int32 {
	n := len(g.start) - 1
	index, low := make([]int32, n), make([]int32, n)
	next := make([]int32, n)
	onStack := make([]bool, n)
	var stack, path []int32
	var found [][]int32
	counter := int32(0)
	for root := range int32(n) {
		if index[root] != 0 {
			continue
		}
		path = append(path, root)
		for len(path) > 0 {
			v := path[len(path)-1]
			if index[v] == 0 {
				counter++
				index[v], low[v] = counter, counter
				next[v] = g.start[v]
				stack = append(stack, v)
				onStack[v] = true
			}
			descended := false
			for ; next[v] < g.start[v+1]; next[v]++ {
				a := &g.arcs[next[v]]
				if a.kind&kinds == 0 {
					continue
				}
				if index[a.to] == 0 {
					path = append(path, a.to)
					descended = true
					break
				}
				if onStack[a.to] {
					low[v] = min(low[v], low[a.to])
				}
			}
			if descended {
				continue
			}
			path = path[:len(path)-1]
			if low[v] == index[v] {
				at := len(stack) - 1
				for stack[at] != v {
					at--
				}
				for _, u := range stack[at:] {
					onStack[u] = false
				}
				if len(stack)-at > 1 {
					found = append(found, slices.Clone(stack[at:]))
				}
				stack = stack[:at]
			}
			if len(path) > 0 {
				low[path[len(path)-1]] = min(low[path[len(path)-1]], low[v])
			}
		}
	}
	return found
}

// A hunt looks for short cycles inside one component.
type hunt struct {
	g      *txnGraph
	member map[int32]bool
	nodes  []int32
	visits int // nodes that may still be visited
}

// huntVisits bounds the work of looking for the shortest cycle of one class in
// one component. Some cycle is found anyway.
const huntVisits = 2_000_000

func (g *txnGraph) hunt(component []int32) *hunt {
	slices.Sort(component)
	h := &hunt{g: g, nodes: component, member: make(map[int32]bool, len(component))}
	for _, v := range component {
		h.member[v] = true
	}
	return h
}

// shortest returns a shortest cycle that begins with an arc of kind first and goes on
// with arcs of the kinds rest; if apart is set, no two of kind first may
// be neighbours, all the way round.
func (h *hunt) shortest(first, rest edgeKind, apart bool) []txnArc {
	h.visits = huntVisits
	var best []txnArc
	for _, v := range h.nodes {
		for _, a := range h.g.from(v) {
			if a.kind&first == 0 || !h.member[a.to] {
				continue
			}
			if back := h.path(a.to, a.from, first, rest, apart, len(best)); back != nil {
				best = append([]txnArc{a}, back...)
				if len(best) == 2 {
					return best
				}
			}
			if h.visits <= 0 && best != nil {
				return best
			}
		}
	}
	return best
}

// A stop is a node on a path, and whether the arc to it was of the kind to be kept
// apart.
type stop struct {
	node  int32
	after bool
}

// path returns a shortest path, if it makes a cycle shorter than limit (0: any).
func (h *hunt) path(from, to int32, first, rest edgeKind, apart bool, limit int) []txnArc {
	came := map[stop]txnArc{}
	before := map[stop]stop{}
	layer := []stop{{from, apart}}
	seen := map[stop]bool{layer[0]: true}
	for length := 1; len(layer) > 0 && (limit == 0 || length+1 < limit); length++ {
		var following []stop
		for _, s := range layer {
			h.visits--
			for _, a := range h.g.from(s.node) {
				isFirst := a.kind&first != 0
				if a.kind&(rest|edgeHub) == 0 && !(apart && isFirst) || !h.member[a.to] || apart && isFirst && s.after {
					continue
				}
				next := stop{a.to, apart && (isFirst || a.kind == edgeHub && s.after)}
				if seen[next] {
					continue
				}
				seen[next], came[next], before[next] = true, a, s
				if a.to == to && !next.after {
					return trail(came, before, next, stop{from, apart})
				}
				following = append(following, next)
			}
		}
		layer = following
	}
	return nil
}

func trail(came map[stop]txnArc, before map[stop]stop, end, start stop) []txnArc {
	var arcs []txnArc
	for s := end; s != start; s = before[s] {
		arcs = append(arcs, came[s])
	}
	slices.Reverse(arcs)
	return arcs
}
