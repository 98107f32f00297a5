package kernel_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/terrella-go/terrella/internal/kernel"
)

// hashes runs some seeds and returns what must be the same everywhere.
func hashes() string {
	out := ""
	for seed := range uint64(40) {
		seen, r := run(seed, kernel.Random)
		out += fmt.Sprintf("%d %d %x %d\n", seed, r.Steps, r.Hash, len(seen))
	}
	return out
}

func TestSameHashesInAllProcesses(t *testing.T) {
	if os.Getenv("TERRELLA_PRINT_HASHES") != "" {
		fmt.Print(hashes())
		os.Exit(0)
	}
	want := hashes()
	for _, env := range [][]string{
		{"GOMAXPROCS=1"},
		{"GOMAXPROCS=2", "GOGC=5"},
		{"GOMAXPROCS=8", "GOGC=off"},
		{"GODEBUG=gcstoptheworld=1", "GOGC=20"},
	} {
		cmd := exec.Command(os.Args[0], "-test.run=^TestSameHashesInAllProcesses$")
		cmd.Env = append(append(os.Environ(), "TERRELLA_PRINT_HASHES=1"), env...)
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%v: %v\n%s", env, err, out)
		}
		if string(out) != want {
			t.Errorf("with %v other hashes came out:\n%s\nwant\n%s", env, out, want)
		}
	}
}

// Package testing notes what is asked of the environment and the file system if, and only if, the go command may keep a test's result.
// It must not show in schedules.
func TestNotesOfPackageTestingLeaveNoMark(t *testing.T) {
	const variable = "TERRELLA_PRINT_NOTED"
	if os.Getenv(variable) != "" {
		for seed := range uint64(40) {
			r := kernel.Run(kernel.Config{Seed: seed}, func() {
				var wg sync.WaitGroup
				for range 4 {
					wg.Go(func() {
						for range 5 {
							os.Getenv(variable)
							os.Stat(variable)
							if f, err := os.Open(os.DevNull); err == nil {
								f.Close()
							}
						}
					})
				}
				wg.Wait()
			})
			fmt.Printf("%d %d %x\n", seed, r.Steps, r.Hash)
		}
		os.Exit(0)
	}
	hashes := func(flags ...string) string {
		cmd := exec.Command(os.Args[0], append(flags, "-test.run=^TestNotesOfPackageTestingLeaveNoMark$")...)
		cmd.Env = append(os.Environ(), variable+"=1")
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%v: %v\n%s", cmd.Args, err, out)
		}
		return string(out)
	}
	notes := filepath.Join(t.TempDir(), "notes")
	noted, plain := hashes("-test.testlogfile="+notes), hashes()
	if noted != plain {
		t.Errorf("where testing takes notes the hashes are\n%s\nelsewhere\n%s", noted, plain)
	}
	if text, err := os.ReadFile(notes); err != nil || !strings.Contains(string(text), "getenv "+variable) {
		t.Errorf("testing took no notes: %v\n%s", err, text)
	}
}
