package simnet

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"
)

// A Latency is a distribution of the time that packets take, given as its
// quantile function: a packet's latency is Quantile of a number drawn
// uniformly from [0, 1). The function may not decrease, nor fall below 0, and
// must give the same answer each time.
type Latency interface {
	Quantile(p float64) time.Duration
}

// validLatency checks the values of a distribution of this package.
func validLatency(l Latency) error {
	if v, ok := l.(interface{ validate() error }); ok {
		if err := v.validate(); err != nil {
			return fmt.Errorf("Latency: %w", err)
		}
	}
	return nil
}

// Constant is a latency without variation.
type Constant time.Duration

// Quantile returns the latency, whatever p is.
func (c Constant) Quantile(float64) time.Duration { return time.Duration(c) }

func (c Constant) String() string { return time.Duration(c).String() }

func (c Constant) validate() error { return notNegative("Constant", time.Duration(c)) }

// Uniform is a latency that lies anywhere from Min to Max alike.
type Uniform struct{ Min, Max time.Duration }

// Quantile returns the point that lies p of the way from Min to Max.
func (u Uniform) Quantile(p float64) time.Duration {
	return u.Min + scale(u.Max-u.Min, p)
}

func (u Uniform) String() string { return fmt.Sprintf("uniform %v to %v", u.Min, u.Max) }

func (u Uniform) validate() error {
	if u.Max < u.Min {
		return fmt.Errorf("Uniform.Max is %v, below Min, which is %v", u.Max, u.Min)
	}
	return notNegative("Uniform.Min", u.Min)
}

// Normal is the normal distribution, cut off at Min below.
type Normal struct {
	Mean, StdDev time.Duration
	Min          time.Duration // what is less counts as this
}

// Quantile returns the p-quantile, or Min where that is more.
func (d Normal) Quantile(p float64) time.Duration {
	return max(d.Min, d.Mean+scale(d.StdDev, standardNormal(p)))
}

func (d Normal) String() string { return fmt.Sprintf("normal %v ± %v", d.Mean, d.StdDev) }

func (d Normal) validate() error {
	return errors.Join(notNegative("Normal.Mean", d.Mean), notNegative("Normal.StdDev", d.StdDev), notNegative("Normal.Min", d.Min))
}

// LogNormal is a latency whose logarithm is distributed normally, about the shape of most
// measured round trips: a sharp floor and a tail. Min is added to what is drawn.
type LogNormal struct {
	Median time.Duration // of what is added to Min
	Sigma  float64       // the logarithm's standard deviation; 0.5 is a mild tail, 1 a heavy one
	Min    time.Duration
}

// Quantile returns the p-quantile.
func (d LogNormal) Quantile(p float64) time.Duration {
	return d.Min + scale(d.Median, math.Exp(d.Sigma*standardNormal(p)))
}

func (d LogNormal) String() string {
	return fmt.Sprintf("log-normal %v + %v, sigma %v", d.Min, d.Median, d.Sigma)
}

func (d LogNormal) validate() error {
	if !(d.Sigma >= 0 && d.Sigma <= 10) {
		return fmt.Errorf("LogNormal.Sigma is %v, which is not from 0 to 10", d.Sigma)
	}
	return errors.Join(notNegative("LogNormal.Median", d.Median), notNegative("LogNormal.Min", d.Min))
}

// Pareto is a latency with a tail so heavy that its rare worst cases dominate:
// it exceeds x with probability (Min/x)^Alpha, up to Max.
type Pareto struct {
	Min   time.Duration
	Alpha float64       // over 0; 1 to 3 for networks, less means a heavier tail
	Max   time.Duration // what is more counts as this; 0 means 1000 times Min
}

// Quantile returns the p-quantile, or Max where that is less.
func (d Pareto) Quantile(p float64) time.Duration {
	return min(d.most(), scale(d.Min, math.Pow(1-p, -1/d.Alpha)))
}

func (d Pareto) most() time.Duration {
	if d.Max > 0 {
		return d.Max
	}
	if d.Min > math.MaxInt64/1000 {
		return math.MaxInt64
	}
	return 1000 * d.Min
}

func (d Pareto) String() string { return fmt.Sprintf("Pareto from %v, alpha %v", d.Min, d.Alpha) }

func (d Pareto) validate() error {
	if !(d.Alpha > 0) {
		return fmt.Errorf("Pareto.Alpha is %v, which is not over 0", d.Alpha)
	}
	if d.Max != 0 && d.Max < d.Min {
		return fmt.Errorf("Pareto.Max is %v, below Min, which is %v", d.Max, d.Min)
	}
	return notNegative("Pareto.Min", d.Min)
}

// A Table is a measured distribution: points of its quantile function, by
// ascending P, with straight lines between them. Below the first
// point the first value holds, above the last one the last.
type Table []Point

// A Point says that the ratio P of all latencies is at most At.
type Point struct {
	P  float64
	At time.Duration
}

// Quantile returns the p-quantile.
func (t Table) Quantile(p float64) time.Duration {
	i, found := slices.BinarySearchFunc(t, p, func(q Point, p float64) int {
		switch {
		case q.P < p:
			return -1
		case q.P > p:
			return 1
		}
		return 0
	})
	switch {
	case found || i == 0:
		return t[i].At
	case i == len(t):
		return t[i-1].At
	}
	a, b := t[i-1], t[i]
	return a.At + scale(b.At-a.At, (p-a.P)/(b.P-a.P))
}

func (t Table) String() string {
	if len(t) == 0 {
		return "table without points"
	}
	return fmt.Sprintf("table of %d points, %v to %v", len(t), t[0].At, t[len(t)-1].At)
}

func (t Table) validate() error {
	if len(t) == 0 {
		return errors.New("Table has no points")
	}
	for i, q := range t {
		if !(q.P >= 0 && q.P <= 1) || i > 0 && q.P <= t[i-1].P {
			return fmt.Errorf("Table[%d].P is %v: points must ascend from 0 to 1", i, q.P)
		}
		if q.At < 0 || i > 0 && q.At < t[i-1].At {
			return fmt.Errorf("Table[%d].At is %v: latencies must not be negative nor descend", i, q.At)
		}
	}
	return nil
}

// TableOf makes a table from measured latencies, in any order. It keeps at most
// 1,001 points.
func TableOf(measured []time.Duration) Table {
	if len(measured) == 0 {
		return nil
	}
	sorted := slices.Clone(measured)
	slices.Sort(sorted)
	points := min(len(sorted), 1001)
	if points == 1 {
		return Table{{0, sorted[0]}}
	}
	t := make(Table, points)
	for i := range t {
		t[i] = Point{
			P:  float64(i) / float64(points-1),
			At: sorted[i*(len(sorted)-1)/(points-1)],
		}
	}
	return t
}

func notNegative(name string, d time.Duration) error {
	if d < 0 {
		return fmt.Errorf("%s is %v, below 0", name, d)
	}
	return nil
}

// scale multiplies without overflow: the ends of the range take what is over.
func scale(d time.Duration, by float64) time.Duration {
	x := float64(d) * by
	switch {
	case x >= math.MaxInt64/2:
		return math.MaxInt64 / 2
	case x <= -math.MaxInt64/2:
		return -math.MaxInt64 / 2
	}
	return time.Duration(x)
}

// standardNormal is the quantile function of the standard normal distribution.
func standardNormal(p float64) float64 {
	const edge = 1.0 / (1 << 54) // keeps the draw 0 finite
	return math.Sqrt2 * math.Erfinv(2*max(p, edge)-1)
}
