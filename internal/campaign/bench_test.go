package campaign

import (
	"context"
	"runtime"
	"slices"
	"testing"
	"time"
)

// BenchmarkWorkers reports how many times the worlds a second of one worker a worker on each core runs, for each core: 1
// is as many as there could be. Campaigns with one worker and with several take turns, and medians are compared.
//
//	go test -run xxx -bench Workers -benchtime 5x ./internal/campaign
func BenchmarkWorkers(b *testing.B) {
	p, err := worlds()
	if err != nil {
		b.Fatal(err)
	}
	some := *p
	some.Tests = []string{"TestBusy"}
	rate := func(workers int) float64 {
		const each = 500
		limit := uint64(each * workers)
		c, err := New(Config{Packages: []*Package{&some}, Workers: workers, Seed: 1, Queue: &Local{Limit: limit, Sharers: uint64(workers)}})
		if err != nil {
			b.Fatal(err)
		}
		began := time.Now()
		if err := c.Run(context.Background()); err != nil {
			b.Fatal(err)
		}
		took := time.Since(began)
		if s := c.Status(); s.Seeds != limit || s.Failures > 0 {
			b.Fatalf("%+v", s)
		}
		return float64(limit) / took.Seconds()
	}
	var one, all []float64
	cores := runtime.NumCPU()
	for b.Loop() {
		one = append(one, rate(1))
		all = append(all, rate(cores))
	}
	b.ReportMetric(median(one), "worlds/s-of-one")
	b.ReportMetric(median(all)/median(one)/float64(cores), "share-of-linear")
	b.ReportMetric(0, "ns/op")
}

func median(x []float64) float64 {
	slices.Sort(x)
	return x[len(x)/2]
}
