package campaign

import (
	"context"
	"fmt"
	"os/exec"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"
)

// BenchmarkWorkers reports how many times the worlds a second of one worker a worker on each core runs, for each core: 1
// is as many as there could be. As a machine with other work to do has less than that to give, it reports the same of plain processes of the test
// binary, without a campaign, and the worlds a second of the campaign to theirs. All four take turns, and medians are compared.
//
//	go test -run xxx -bench Workers -benchtime 3x ./internal/campaign
func BenchmarkWorkers(b *testing.B) {
	p, err := worlds()
	if err != nil {
		b.Fatal(err)
	}
	some := *p
	some.Tests = []string{"TestBusy"}
	const each = 2000 // some seconds' worth: with 500 what a campaign begins and ends with takes 4 % of it
	rate := func(workers int, run func(workers int)) float64 {
		began := time.Now()
		run(workers)
		return float64(each*workers) / time.Since(began).Seconds()
	}
	campaign := func(workers int) {
		limit := uint64(each * workers)
		c, err := New(Config{Packages: []*Package{&some}, Workers: workers, Seed: 1, Queue: &Local{Limit: limit, Sharers: uint64(workers)}})
		if err != nil {
			b.Fatal(err)
		}
		if err := c.Run(context.Background()); err != nil {
			b.Fatal(err)
		}
		if s := c.Status(); s.Seeds != limit || s.Failures > 0 {
			b.Fatalf("%+v", s)
		}
	}
	plain := func(workers int) {
		var wg sync.WaitGroup
		for range workers {
			wg.Go(func() {
				cmd := exec.Command(p.Binary, "-test.run=^TestBusy$", fmt.Sprint("-sim.runs=", each))
				cmd.Dir = p.Dir
				if out, err := cmd.CombinedOutput(); err != nil {
					b.Errorf("%v\n%s", err, out)
				}
			})
		}
		wg.Wait()
	}
	cores := runtime.NumCPU()
	var rates [4][]float64
	for b.Loop() {
		for i, r := range []float64{rate(1, campaign), rate(cores, campaign), rate(1, plain), rate(cores, plain)} {
			rates[i] = append(rates[i], r)
		}
	}
	b.ReportMetric(median(rates[0]), "worlds/s-of-one")
	b.ReportMetric(median(rates[1])/median(rates[0])/float64(cores), "share-of-linear")
	b.ReportMetric(median(rates[3])/median(rates[2])/float64(cores), "plain-share-of-linear")
	b.ReportMetric(median(rates[1])/median(rates[3]), "campaign/plain")
	b.ReportMetric(0, "ns/op")
}

func median(x []float64) float64 {
	slices.Sort(x)
	return x[len(x)/2]
}
