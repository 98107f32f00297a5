// Package hashiraft is a small replicated service on github.com/hashicorp/raft: named
// registers that only ever go up. Three or five servers agree on every raise; clients
// talk to the leader.
//
// The raft library is used as it is published, but for its handling of heartbeats, which has a bug (see
// [Config.FastHeartbeats]). What the package adds is what any user
// of it writes: stores that survive crashes ([LogStore], [StableStore], [SnapshotStore],
// on a disk.FS), a state machine ([Registers]), a server ([Serve]) and a client
// ([Client]). None of it knows of simulation. The tests run it in
// worlds, under partitions, crashes, pauses and bad links, and check the safety
// properties of the Raft paper (Ongaro and Ousterhout, "In Search of an Understandable
// Consensus Algorithm", 2014, figure 3).
//
// A register's value never goes down, so a raise that is tried twice, or that
// arrives late, does no harm. That spares clients sessions and makes "an acknowledged write
// is never lost" easy to check. The service does not change its membership and has no security.
package hashiraft
