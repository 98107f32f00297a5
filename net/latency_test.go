package simnet

import (
	"fmt"
	"math"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/terrella-go/terrella/internal/prng"
)

// distributions are those under test, each with what a measured one is held against: the ratio of
// latencies of at most d, from its formula and not from the code.
var distributions = map[string]struct {
	latency Latency
	cdf     func(d float64) float64
}{
	"uniform": {Uniform{2 * time.Millisecond, 6 * time.Millisecond},
		func(d float64) float64 { return (d - 2e6) / 4e6 }},
	"normal": {Normal{Mean: 50 * time.Millisecond, StdDev: 5 * time.Millisecond},
		func(d float64) float64 { return normalCDF((d - 50e6) / 5e6) }},
	"log-normal": {LogNormal{Median: 10 * time.Millisecond, Sigma: 0.7, Min: time.Millisecond},
		func(d float64) float64 { return normalCDF(math.Log((d-1e6)/10e6) / 0.7) }},
	"pareto": {Pareto{Min: time.Millisecond, Alpha: 1.5, Max: time.Hour},
		func(d float64) float64 { return 1 - math.Pow(1e6/d, 1.5) }},
	"table": {Table{{0, 0}, {0.5, 10 * time.Millisecond}, {1, 100 * time.Millisecond}},
		func(d float64) float64 {
			if d < 10e6 {
				return d / 20e6
			}
			return 0.5 + (d-10e6)/180e6
		}},
}

func normalCDF(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 }

const (
	sampled = 100_000
	// farthest is the Kolmogorov–Smirnov distance that a right distribution exceeds once
	// in a thousand times: 1.95 / sqrt(100000).
	farthest = 0.00617
)

// distance is the Kolmogorov–Smirnov distance of sorted values from a distribution.
func distance(sorted []time.Duration, cdf func(float64) float64) float64 {
	worst, n := 0.0, float64(len(sorted))
	for i, d := range sorted {
		p := min(1, max(0, cdf(float64(d))))
		worst = max(worst, math.Abs(p-float64(i)/n), math.Abs(float64(i+1)/n-p))
	}
	return worst
}

// measure sends datagrams over a link, far enough apart not to hold each other up,
// and returns how long those took that arrived, in order of length.
func measure(t *testing.T, link Link, count int, apart time.Duration) (took []time.Duration) {
	inWorld(t, Config{Seed: prng.Seed(1), Link: link}, func(w *world) {
		a, err := w.host("a").ListenPacket("udp", ":1")
		w.must(err)
		b, err := w.host("b").ListenPacket("udp", ":2")
		w.must(err)
		to, err := w.net.hostAddr("b", 2)
		w.must(err)
		go func() {
			begun := time.Now()
			for range count {
				buf := make([]byte, 8)
				for i, at := 0, time.Since(begun); i < 8; i++ {
					buf[i] = byte(at >> (8 * i))
				}
				if _, err := a.WriteTo(buf, to); err != nil {
					w.Error(err)
				}
				time.Sleep(apart)
			}
			time.Sleep(100 * apart)
			b.Close()
		}()
		begun := time.Now()
		buf := make([]byte, 8)
		for {
			if _, _, err := b.ReadFrom(buf); err != nil {
				break
			}
			var sent time.Duration
			for i := range buf {
				sent |= time.Duration(buf[i]) << (8 * i)
			}
			took = append(took, time.Since(begun)-sent)
		}
	})
	slices.Sort(took)
	return took
}

func TestDistributions(t *testing.T) {
	for name, d := range distributions {
		t.Run(name, func(t *testing.T) {
			took := measure(t, Link{Latency: d.latency}, sampled, 2*time.Hour)
			if len(took) != sampled {
				t.Fatalf("%d packets arrived of %d", len(took), sampled)
			}
			if far := distance(took, d.cdf); far > farthest {
				t.Errorf("the distance is %.5f, over %.5f", far, farthest)
			}
			// The test has to be able to fail: the same packets against a
			// distribution that is a twentieth off.
			if far := distance(took, func(x float64) float64 { return d.cdf(x * 1.05) }); far <= farthest {
				t.Errorf("a distribution that is off by 5 %% is only %.5f away", far)
			}
		})
	}
}

var profiles = map[string]Link{
	"Rack": Rack, "LAN": LAN, "WAN": WAN, "Mobile": Mobile,
	"Satellite": Satellite, "LowOrbit": LowOrbit, "Interplanetary": Interplanetary,
}

func TestProfiles(t *testing.T) {
	for name, link := range profiles {
		t.Run(name, func(t *testing.T) {
			if err := link.validate(); err != nil {
				t.Fatal(err)
			}
			apart := link.Latency.Quantile(1-1.0/(1<<53)) - link.Latency.Quantile(0) + time.Second
			took := measure(t, link, sampled, apart)
			sending := spell(udpHeader4+8, link.Bandwidth)
			far := distance(took, func(x float64) float64 {
				return invert(link.Latency, time.Duration(x)-sending)
			})
			// Ties at whole nanoseconds do not matter at these scales.
			if far > 1.1*farthest {
				t.Errorf("the distance is %.5f, over %.5f", far, farthest)
			}
			lost := 1 - float64(len(took))/sampled
			run := max(1, link.LossRun)
			slack := 4 * math.Sqrt(link.Loss*(2*run-1)/sampled)
			if math.Abs(lost-link.Loss) > slack {
				t.Errorf("%.5f of the packets were lost, want %.5f ± %.5f", lost, link.Loss, slack)
			}
		})
	}
}

// invert finds the ratio of latencies of at most d by bisection.
func invert(l Latency, d time.Duration) float64 {
	low, high := 0.0, 1.0
	for range 40 {
		if middle := (low + high) / 2; l.Quantile(middle) <= d {
			low = middle
		} else {
			high = middle
		}
	}
	return low
}

func TestTableOf(t *testing.T) {
	var measured []time.Duration
	for i := range 5000 {
		measured = append(measured, time.Duration((i*7919)%5000)*time.Microsecond)
	}
	table := TableOf(measured)
	if err := table.validate(); err != nil {
		t.Fatal(err)
	}
	for _, p := range []float64{0, 0.1, 0.5, 0.999, 1} {
		want := p * 4999
		if got := float64(table.Quantile(p)) / 1e3; math.Abs(got-want) > 5 {
			t.Errorf("quantile %v is %v µs, want %v", p, got, want)
		}
	}
	if TableOf(nil) != nil {
		t.Error("a table of nothing has points")
	}
	if one := TableOf([]time.Duration{5}); one.Quantile(0.7) != 5 {
		t.Errorf("a table of one value has the quantile %v", one.Quantile(0.7))
	}
}

// Quantile functions must not descend nor fall below 0, at the ends either.
func TestQuantilesAscend(t *testing.T) {
	all := map[string]Latency{"constant": Constant(5)}
	for name, d := range distributions {
		all[name] = d.latency
	}
	for name, p := range profiles {
		all[name] = p.Latency
	}
	for name, l := range all {
		before := time.Duration(0)
		for i := range 1001 {
			p := min(float64(i)/1000, 1-1.0/(1<<53))
			q := l.Quantile(p)
			if q < before {
				t.Errorf("%s: quantile %v is %v, the one before %v", name, p, q, before)
			}
			before = q
		}
	}
}

func TestBadSettings(t *testing.T) {
	ms := time.Millisecond
	for _, c := range []struct {
		link Link
		want string
	}{
		{Link{Loss: 1.5}, "Loss is 1.5, which is not a ratio from 0 to 1"},
		{Link{Loss: math.NaN()}, "Loss is NaN, which is not a ratio from 0 to 1"},
		{Link{Duplicate: -0.1}, "Duplicate is -0.1, which is not a ratio from 0 to 1"},
		{Link{Reorder: 2}, "Reorder is 2, which is not a ratio from 0 to 1"},
		{Link{Corrupt: 2}, "Corrupt is 2, which is not a ratio from 0 to 1"},
		{Link{Uncaught: 2}, "Uncaught is 2, which is not a ratio from 0 to 1"},
		{Link{Reset: 2}, "Reset is 2, which is not a ratio from 0 to 1"},
		{Link{LossRun: -1}, "LossRun is -1, which is not a number of packets"},
		{Link{Bandwidth: -1}, "Bandwidth is -1, below 0"},
		{Link{Queue: -1}, "Queue is -1, below 0"},
		{Link{LoseOver: -1}, "LoseOver is -1, below 0"},
		{Link{MTU: 10}, "MTU is 10; the least that IP allows is 68"},
		{Link{ReorderBy: -ms}, "ReorderBy is -1ms, below 0"},
		{Link{FlapUp: ms}, "FlapUp is 1ms and FlapDown 0s; both must be over 0, or neither be set"},
		{Link{Oversize: 9}, "Oversize is 9, which is none of its values"},
		{Link{Latency: Constant(-ms)}, "Latency: Constant is -1ms, below 0"},
		{Link{Latency: Uniform{2 * ms, ms}}, "Latency: Uniform.Max is 1ms, below Min, which is 2ms"},
		{Link{Latency: Normal{Mean: -ms}}, "Latency: Normal.Mean is -1ms, below 0"},
		{Link{Latency: LogNormal{Sigma: -1}}, "Latency: LogNormal.Sigma is -1, which is not from 0 to 10"},
		{Link{Latency: Pareto{Min: ms}}, "Latency: Pareto.Alpha is 0, which is not over 0"},
		{Link{Latency: Pareto{Min: 2 * ms, Max: ms, Alpha: 1}}, "Latency: Pareto.Max is 1ms, below Min, which is 2ms"},
		{Link{Latency: Table{}}, "Latency: Table has no points"},
		{Link{Latency: Table{{0, ms}, {0, 2 * ms}}}, "Latency: Table[1].P is 0: points must ascend from 0 to 1"},
		{Link{Latency: Table{{0, 2 * ms}, {1, ms}}}, "Latency: Table[1].At is 1ms: latencies must not be negative nor descend"},
	} {
		err := c.link.validate()
		if err == nil || err.Error() != c.want {
			t.Errorf("the error is %v, want %s", err, c.want)
		}
		if _, err := New(Config{Link: c.link}); fmt.Sprint(err) != "simnet: Config.Link: "+c.want {
			t.Errorf("New: %v", err)
		}
	}
}

// hostAddr returns the UDP address of a port of a host.
func (n *Network) hostAddr(name string, port int) (*net.UDPAddr, error) {
	n.lock()
	defer n.unlock()
	h, err := n.find(name)
	if err != nil {
		return nil, err
	}
	return &net.UDPAddr{IP: h.ip4.AsSlice(), Port: port}, nil
}
