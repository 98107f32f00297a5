package simnet

// KeepCuts makes cuts last for ever from now on: partitions, blocks and what an Overlay cuts are not healed. It is for testing
// tests: a test that asks for recovery must be seen to fail when there is none. `terrella mutate` does that. The
// function is called whenever something would have been healed; it must not use the network.
func (n *Network) KeepCuts(used func()) {
	n.lock()
	defer n.unlock()
	n.keepCuts = used
}

// keeps reports whether a cut that is to be healed stays.
func (n *Network) keeps() bool {
	if n.keepCuts == nil {
		return false
	}
	n.keepCuts()
	return true
}
