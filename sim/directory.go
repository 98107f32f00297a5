package sim

import (
	"github.com/terrella-go/terrella/internal/kernel"
	"github.com/terrella-go/terrella/internal/turn"
)

// A directory knows the nodes of a world, and which goroutines are whose.
type directory struct {
	mu     turn.Lock
	nodes  []*Node
	byName map[string]*Node
	// processes tells for each group of goroutines whose it is. Group 0 is the world's own.
	processes []process
}

// A process is a node in one of its incarnations.
type process struct {
	node        *Node
	incarnation int
}

// add enters a node. It reports false if there is one of that name.
func (d *directory) add(n *Node) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.byName == nil {
		d.byName = make(map[string]*Node)
	}
	if d.byName[n.name] != nil {
		return false
	}
	d.nodes = append(d.nodes, n)
	d.byName[n.name] = n
	return true
}

// own enters a group of goroutines as the present incarnation of a node.
func (d *directory) own(g kernel.Group, n *Node) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for int(g) >= len(d.processes) {
		d.processes = append(d.processes, process{})
	}
	d.processes[g] = process{n, n.incarnation}
}

// owner returns the node, and the incarnation of it, that a group of goroutines is. The name is
// empty for the world's own.
func (d *directory) owner(g kernel.Group) (string, int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if int(g) >= len(d.processes) || d.processes[g].node == nil {
		return "", 0
	}
	p := d.processes[g]
	return p.node.name, p.incarnation
}

// at returns the node whose process, the present or an earlier one, a group of goroutines is; nil for the world's own.
func (d *directory) at(g kernel.Group) *Node {
	d.mu.Lock()
	defer d.mu.Unlock()
	if int(g) >= len(d.processes) {
		return nil
	}
	return d.processes[g].node
}

// incarnation returns the present incarnation of a node, 0 if there is no such node.
func (d *directory) incarnation(name string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	if n := d.byName[name]; n != nil {
		return n.incarnation
	}
	return 0
}

// all returns the nodes in the order in which they were added.
func (d *directory) all() []*Node {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]*Node(nil), d.nodes...)
}

// node returns the node of that name, nil if there is none.
func (d *directory) node(name string) *Node {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.byName[name]
}

// names returns the names of all nodes, clients included, in the order in which they were added.
func (d *directory) names() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	names := make([]string, len(d.nodes))
	for i, n := range d.nodes {
		names[i] = n.name
	}
	return names
}
