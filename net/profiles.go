package simnet

import "time"

// Profiles of real networks, one direction each, to be copied and changed, never
// to be changed in place. Each names where its figures come from. Sources publish round trips;
// half of one is taken for a direction, and a tail is laid through the few figures
// that there are. What no source is named for, losses and queues above all, is a round guess.
//
// None of the profiles duplicates, corrupts or reorders: these are faults, and belong to a storm.
var (
	// Rack is a pair of machines under one switch, or near it. E. Jones, "Network Latencies in the Data
	// Center" (2021), echoed 100 bytes over TCP between virtual machines of Google
	// Cloud, in one zone and in two, and has 0.5 ms as about the 80th percentile of the round trip. Ports of
	// 10 Gbit/s with a shallow buffer are assumed.
	Rack = Link{
		Latency:   LogNormal{Min: 30 * time.Microsecond, Median: 110 * time.Microsecond, Sigma: 0.83},
		Loss:      0.00001,
		Bandwidth: 1_250_000_000,
		Queue:     512 << 10,
	}
	// LAN is a region of a cloud, machines in different zones of it. S. Painter, "Exploring
	// Azure Network Latency: The Fundamentals", echoed 64 bytes over TCP 40,000 times in each place, and
	// has a mean round trip of 1,553 µs across zones and 908 µs within one.
	LAN = Link{
		Latency:   LogNormal{Min: 400 * time.Microsecond, Median: 300 * time.Microsecond, Sigma: 0.7},
		Loss:      0.00005,
		Bandwidth: 1_250_000_000,
		Queue:     1 << 20,
	}
	// WAN is a pair of regions on one continent. Microsoft, "Azure network round-trip latency
	// statistics" (October 2019), has 5 to 72 ms for round trips within North America, of which this
	// is the far end.
	WAN = Link{
		Latency:   LogNormal{Min: 33 * time.Millisecond, Median: 3 * time.Millisecond, Sigma: 0.6},
		Loss:      0.0001,
		Bandwidth: 125_000_000,
		Queue:     4 << 20,
	}
	// Mobile is a telephone on an LTE network. Huang et al., "A Close Examination of Performance and Power
	// Characteristics of 4G LTE Networks" (MobiSys 2012), have medians of 13 Mbit/s down, which this is,
	// and 6 Mbit/s up. Its buffers are deep (Jiang et al., "Tackling Bufferbloat in
	// 3G/4G Networks", IMC 2012): a full one is worth 0.6 s. The latency is a guess.
	Mobile = Link{
		Latency:   LogNormal{Min: 15 * time.Millisecond, Median: 20 * time.Millisecond, Sigma: 0.8},
		Loss:      0.001,
		LossRun:   3,
		Bandwidth: 1_625_000,
		Queue:     1 << 20,
		MTU:       1428,
	}
	// Satellite is a geostationary satellite: RFC 2488 has 239.6 ms from ground to ground for stations right below
	// it, and 279.0 ms for those at the edge of its view. 100 Mbit/s is what the service sold
	// that Michel et al. compare with (see LowOrbit).
	Satellite = Link{
		Latency:   Uniform{Min: 239600 * time.Microsecond, Max: 279 * time.Millisecond},
		Loss:      0.001,
		LossRun:   2,
		Bandwidth: 12_500_000,
		Queue:     4 << 20,
	}
	// LowOrbit is a constellation in low orbit. Michel et al., "A First Look at Starlink Performance"
	// (IMC 2022), as told in "Fact checking Starlink's performance figures" (APNIC blog, 2022), have round
	// trips of 20 ms at the least and of 40, 50 and 60 ms at the quartiles. Losses come in bursts, when
	// satellites change: Kassem et al., "A Browser-side View of Starlink Connectivity" (IMC 2022). The
	// ends of the tail are a guess.
	LowOrbit = Link{
		Latency: Table{{0, 10 * time.Millisecond}, {0.25, 20 * time.Millisecond}, {0.5, 25 * time.Millisecond},
			{0.75, 30 * time.Millisecond}, {0.99, 60 * time.Millisecond}, {1, 150 * time.Millisecond}},
		Loss:      0.005,
		LossRun:   5,
		Bandwidth: 12_500_000,
		Queue:     1 << 20,
	}
	// Interplanetary leads to Neptune: at 29 to 31 astronomical units, 499.005 light-seconds each,
	// four hours one way. Voyager 2 sent 21,600 bit/s from there: Posner, Rauch and Madsen, "Voyager Mission
	// Telecommunication Firsts" (IEEE Communications Magazine, 1990). No TCP connection comes about over it, as
	// the dial times out before the first answer; datagrams are the way, as RFC 4838 argues.
	Interplanetary = Link{
		Latency:   Uniform{Min: 4*time.Hour + 1*time.Minute + 11*time.Second, Max: 4*time.Hour + 17*time.Minute + 49*time.Second},
		Loss:      0.01,
		Bandwidth: 2_700,
		Queue:     1 << 20,
	}
)
