// Package plan defines faults as values: what happens to whom, when and for how long. They print as one line of
// text each and are parsed back from it.
//
//	crash b at 3.2s for 800ms
//	partition a | b c at 5s for 2s
//	loss a -> b 20% at 1s for 4s
//	drift c +200ppm at 0s
//	fsync-error a at 3rd sync of a after 4s for 1s
//	fire before-ack at 2nd visit of b
//
// A line begins with the kind of fault and its victims. Kinds that have an amount want it next, then come
// parameters, key=value. When it begins is a time since the start of the world, or the nth event of a kind, on a node or
// anywhere, counted from a time on. A fault without "for" lasts until everything is healed.
//
// A victim that begins with @ is a role (or a zone): who that is is found when the fault begins. The
// victim * is every node.
//
// A plan is a list of faults. The package knows what kinds there are, which of them a budget forbids, and
// what a simpler form of each is; what they do to a node, a network, a disk or a clock is not its business.
package plan
