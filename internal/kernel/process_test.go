package kernel_test

import (
	"fmt"
	"os"
	"os/exec"
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
