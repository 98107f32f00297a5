// Package simnet is a network for tests: hosts, links and names in one process, with sockets
// that clients and servers written for package net can't tell from real ones.
//
//	n, err := simnet.New(simnet.Config{Seed: prng.Seed(1)})
//	a, err := n.AddHost("a")
//	b, err := n.AddHost("b")
//	l, err := b.Listen("tcp", ":80")        // as net.Listen
//	c, err := a.Dial("tcp", "b:80")         // as net.Dial
//	err = n.SetLink("a", "b", simnet.WAN)   // from now on it is far away
//	err = n.Partition([]string{"a"})        // and now it is out of reach
//
// # Terms
//
// A host is a machine with a name, an IPv4 and an IPv6 address and a kernel, which holds
// sockets. A link is the way from one host to another, in one direction, with faults of its own. A flow
// is one direction of a connection, or the
// datagrams from one socket to one address. A packet is a segment of TCP, a datagram of UDP, or a
// message of ICMP, and travels on a link. A fault makes links or hosts behave badly until
// it is ended.
//
// # Time and turns
//
// The network reads the clock of package time and sleeps by it. In a world of package sim,
// and in a bubble of testing/synctest, that clock is virtual, and hours pass in
// microseconds. Elsewhere it is the real one, and everything works, in real time.
//
// Where the way is perfect (the zero [Link]) a packet arrives before the call that sends it
// returns. Everything else is carried by one goroutine, the wire, which sleeps
// without a timer while nothing is under way. Healthy connections that are idle have no timers
// either: what a real stack does again and again to no effect is left out, so a
// world whose goroutines are stuck is seen to be stuck.
//
// # Draws
//
// Whether a packet is lost, late or broken is decided by the seed and by what the packet is:
// its link, which connection or socket of those two hosts it belongs to, and its place
// in the stream or its number. No decision depends on how many were made before, so taking one
// fault away leaves all others where they were. Losses in runs ([Link.LossRun]) are the exception:
// there, each packet's fate depends on the one before it on its link.
//
// # What the sockets do
//
// TCP has the handshake with its retries, backlogs, bounded buffers and windows, segments cut to the
// MTU, cumulative and delayed acknowledgements, retransmission with Linux's estimate of the round trip and its
// back-off, fast retransmission and recovery (RFC 5681, RFC 6582), half-close, FIN, RST, TIME-WAIT and
// keep-alive. The times are those of a Linux stack with its defaults, see [TCP]. Errors
// have the shapes and values of package net's on Linux, on every system. Conns and listeners
// also have the methods of *net.TCPConn that matter, to be reached by an interface: CloseRead, CloseWrite,
// SetLinger, SetNoDelay, SetKeepAlive, SetKeepAlivePeriod, SetReadBuffer, SetWriteBuffer; listeners
// have SetDeadline.
//
// UDP has bounded receive buffers, fragments, truncation by short reads, the error of a dialled
// socket whose peer's port is closed, broadcast and multicast. Unix sockets, of streams and of datagrams,
// connect the processes of one host and never fail by themselves.
//
// # Faults
//
//	loss, alone or in runs      Link.Loss, Link.LossRun
//	duplicates, reordering      Link.Duplicate, Link.Reorder
//	broken bits                 Link.Corrupt, Link.Uncaught
//	resets, half-open           Link.Reset, ResetConns, ForgetConns
//	a slow or narrow way        Link.Latency, Slow, SlowAll, Link.Bandwidth, Link.Queue
//	small packets alone pass    Link.MTU, Link.Oversize, Link.LoseOver
//	a way that comes and goes   Link.FlapUp, Link.FlapDown
//	partitions                  Partition, Block, Cut with OneWay, BothWays, Bridge, Ring, Isolate,
//	                            Everywhere, Halves
//	packets held back           Clog, ClogAll, Swizzle
//	names                       SetDNS, RestartElsewhere
//	machines                    Host.Crash, Host.Kill, Host.Pause, Host.Restart
//
// # The record
//
// Each packet leaves an event when it is sent, and one when it arrives or where and why it was lost; the
// latter names the fault that is to blame. Packets that only acknowledge leave an event only
// when they are lost. [Network.Stats] counts them all.
//
// # What it costs
//
// Processor time compared with the machine's loopback, each row measured in one run (go test -run xxx -bench . ./internal/conform/inworld;
// ratios below 1 are faster than real sockets):
//
//	                                     real       in a world    over 1 ms of latency
//	request and reply of a byte, TCP     4,437 ns   784 ns 0.18   1,680 ns 0.38
//	datagram of 100 bytes, sent, read    1,216 ns   105 ns 0.09     773 ns 0.64
//	64 KiB of a stream                  30,508 ns 5,394 ns 0.18   6,721 ns 0.22
//
// With latency, most of the time goes to letting time pass: for each packet the world wakes the wire and then a reader. A real
// datagram between two sockets of one goroutine, as measured here, needs no switch at all.
//
// What a packet costs by how many are under way (go test -run xxx -bench InFlight ./net):
//
//	under way     10   100   1,000   10,000   100,000   1,000,000
//	ns            74   100     162      194       244         364
//	compared       1   1.3     2.2      2.6       3.3         4.9
//	logarithm      1     2       3        4         5           6
//
// 100,000 idle connections between 1,000 hosts, each with a goroutine that waits at one end, take 683 MB
// (go test -run IdleConnections -idle.conns=100000 -v ./net). The account of all bytes over 1,000 seeds of storms is
// go test -run Accounted -storm.seeds=1000 -v ./net.
//
// # What it does not do
//
// There is no routing: every host reaches every other by one link each way. Selective
// acknowledgement, Nagle's algorithm, window scaling, ECN, simultaneous open and urgent data
// are left out, as are raw sockets, file descriptors (SyscallConn) and the concrete
// types of package net: code that asserts *net.TCPConn has to be given a real one. The sequenced-packet sockets
// of Unix (unixpacket) are missing. Host names are flat, and every host knows all of them.
package simnet
