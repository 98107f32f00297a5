package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// BenchmarkFuzzStart reports what share of the time of `go test -run xxx` passes from the start of terrella fuzz until one world
// was run and reported, with everything in the build cache. The two take turns, and medians are compared.
//
//	go test -run xxx -bench FuzzStart -benchtime 5x ./cmd/terrella
func BenchmarkFuzzStart(b *testing.B) {
	binary := filepath.Join(b.TempDir(), "terrella")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	run := func(name string, args ...string) float64 {
		cmd := exec.Command(name, args...)
		cmd.Dir = filepath.Join("testdata", "worlds")
		cmd.Env = append(os.Environ(), "TERRELLA_DIR=none")
		began := time.Now()
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%s: %v\n%s", name, err, out)
		}
		return time.Since(began).Seconds()
	}
	test := func() float64 { return run("go", "test", "-count=1", "-run", "xxx", ".") }
	fuzz := func() float64 {
		return run(binary, "fuzz", "--run", "^TestSteady$", "--runs", "1", "--workers", "1", "--out", b.TempDir(), ".")
	}
	test()
	fuzz()
	var tests, fuzzes []float64
	for b.Loop() {
		tests, fuzzes = append(tests, test()), append(fuzzes, fuzz())
	}
	slices.Sort(tests)
	slices.Sort(fuzzes)
	b.ReportMetric(tests[len(tests)/2], "s-go-test")
	b.ReportMetric(fuzzes[len(fuzzes)/2]/tests[len(tests)/2], "ratio")
	b.ReportMetric(0, "ns/op")
}
