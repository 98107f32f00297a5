package simnet

import "time"

// Profiles of real networks, one direction each, to be copied and changed, never
// to be changed in place. Sources mostly publish round trips;
// half of one is taken for a direction, and a log-normal tail is laid through the few figures
// that there are. What no source is named for, most losses and all queues among it, is a round guess.
//
// None of the profiles duplicates, corrupts or reorders: these are faults, and belong to a storm.
var (
	// Rack is a pair of machines under one switch. Guo et al., "Pingmesh" (SIGCOMM 2015),
	// report for a Microsoft data centre about 0.22 ms as the median round trip between
	// processes of one pod, about 1.3 ms as the 99th percentile, and drop rates
	// from 1 in 100,000. 10 Gbit/s ports with a shallow buffer are the usual case.
	Rack = Link{
		Latency:   LogNormal{Min: 30 * time.Microsecond, Median: 80 * time.Microsecond, Sigma: 0.88},
		Loss:      0.00001,
		Bandwidth: 1_250_000_000,
		Queue:     512 << 10,
	}
	// LAN is a region of a cloud, machines in different zones of it. S. Painter, "Exploring
	// Azure Network Latency", measured a mean round trip of 1.55 ms across zones and 0.91 ms
	// within one; Pingmesh has drop rates from 1 in 100,000 to 1 in 10,000.
	LAN = Link{
		Latency:   LogNormal{Min: 400 * time.Microsecond, Median: 300 * time.Microsecond, Sigma: 0.7},
		Loss:      0.00005,
		Bandwidth: 1_250_000_000,
		Queue:     1 << 20,
	}
	// WAN is a pair of regions on one continent. Microsoft, "Azure network round-trip latency
	// statistics" (October 2019), gives 5 to 72 ms within North America, of which this
	// is the far end; what the machine may send is taken as 1 Gbit/s.
	WAN = Link{
		Latency:   LogNormal{Min: 33 * time.Millisecond, Median: 3 * time.Millisecond, Sigma: 0.6},
		Loss:      0.0001,
		Bandwidth: 125_000_000,
		Queue:     4 << 20,
	}
	// Mobile is a telephone on an LTE network. Huang et al., "A Close Examination of Performance and Power
	// Characteristics of 4G LTE Networks" (MobiSys 2012), report medians of about
	// 70 ms for a round trip and 13 Mbit/s towards the telephone. Radio links repeat what is lost,
	// which turns loss into delay, and their buffers are deep (Jiang et al., "Tackling
	// Bufferbloat in 3G/4G Networks", IMC 2012).
	Mobile = Link{
		Latency:   LogNormal{Min: 15 * time.Millisecond, Median: 20 * time.Millisecond, Sigma: 0.8},
		Loss:      0.001,
		LossRun:   3,
		Bandwidth: 1_600_000,
		Queue:     1 << 20,
		MTU:       1428,
	}
	// Satellite is a geostationary satellite: RFC 2488 has 239.6 to 279.0 ms from
	// ground to ground. 100 Mbit/s is what such services sell.
	Satellite = Link{
		Latency:   Uniform{Min: 239600 * time.Microsecond, Max: 279 * time.Millisecond},
		Loss:      0.001,
		LossRun:   2,
		Bandwidth: 12_500_000,
		Queue:     4 << 20,
	}
	// LowOrbit is a constellation in low orbit. Michel et al., "A First Look at Starlink Performance"
	// (IMC 2022), report round trips of 20 ms at the least, 40, 50 and 60 ms at
	// the quartiles, and losses in bursts.
	LowOrbit = Link{
		Latency: Table{{0, 10 * time.Millisecond}, {0.25, 20 * time.Millisecond}, {0.5, 25 * time.Millisecond},
			{0.75, 30 * time.Millisecond}, {0.99, 60 * time.Millisecond}, {1, 150 * time.Millisecond}},
		Loss:      0.005,
		LossRun:   5,
		Bandwidth: 12_500_000,
		Queue:     1 << 20,
	}
	// Interplanetary leads to Neptune: at 29 to 31 astronomical units, 499.005 light-seconds each,
	// four hours one way. Voyager 2 sent 21.6 kbit/s from there. No TCP connection comes about over it, as the
	// dial times out before the first answer; datagrams are the way, as RFC 4838 argues.
	Interplanetary = Link{
		Latency:   Uniform{Min: 4*time.Hour + 1*time.Minute + 11*time.Second, Max: 4*time.Hour + 17*time.Minute + 49*time.Second},
		Loss:      0.01,
		Bandwidth: 2_700,
		Queue:     1 << 20,
	}
)
