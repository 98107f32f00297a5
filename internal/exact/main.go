// Command exact shows that a seed means the same in every process: it runs the worlds of real programs twice, in two
// processes that differ in all that must not matter, side by side, and holds what came out for each seed against each
// other. Run it from the module's root:
//
//	go run ./internal/exact            # 3,000 worlds of each program, which takes long
//	go run ./internal/exact -runs 25   # what CI does
//
// One process has one processor and no garbage collection until its memory is a gigabyte; the other has eight and collects
// all the time. A third process, the neighbour, keeps the machine busy. If a seed differs it is named, and run again alone,
// to find the first event that does.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/terrella-go/terrella/internal/overlay"
)

// A program is a test whose worlds have to be the same in all processes.
type program struct {
	name string
	dir  string // of the package, from the module's root
	test string
}

var programs = []program{
	{"hashicorp/raft", "examples/hashiraft", "TestHashiRaft"},
	{"net/http", "examples/nethttp", "TestStorms"},
	{"grpc", "examples/grpc", "TestStorms"},
	{"shutdown", "internal/exact/worlds", "TestShutdown"},
	{"addresses", "internal/exact/worlds", "TestAddresses"},
}

// A setting is how one of the two processes is run.
type setting struct {
	name string
	env  []string
}

var settings = [2]setting{
	{"one processor, no collections", []string{"GOMAXPROCS=1", "GOGC=off", "GOMEMLIMIT=1GiB"}},
	{"eight processors, many collections", []string{"GOMAXPROCS=8", "GOGC=5"}},
}

func main() {
	runs := flag.Int("runs", 3000, "run `N` worlds of each program")
	only := flag.String("only", "", "check the programs whose name holds this `text`")
	neighbour := flag.Bool("neighbour", false, "do nothing but keep the machine busy")
	flag.Parse()
	if *neighbour {
		beBusy()
	}
	if err := run(*runs, *only); err != nil {
		fmt.Fprintf(os.Stderr, "exact: %v\n", err)
		os.Exit(1)
	}
}

func run(runs int, only string) error {
	if runs < 1 {
		return fmt.Errorf("-runs is %d; want the number of worlds of each program, 1 at least", runs)
	}
	var chosen []program
	for _, p := range programs {
		if strings.Contains(p.name, only) {
			chosen = append(chosen, p)
		}
	}
	if len(chosen) == 0 {
		return fmt.Errorf("no program's name holds %q", only)
	}
	work, err := os.MkdirTemp("", "exact-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	stop, err := startNeighbour()
	if err != nil {
		return err
	}
	defer stop()
	for _, p := range chosen {
		began := time.Now()
		b, err := p.build(work)
		if err != nil {
			return err
		}
		fmt.Printf("exact: %s: built in %v\n", p.name, time.Since(began).Round(time.Second))
		began = time.Now()
		if err := b.compare(runs); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		fmt.Printf("exact: %s: %d worlds, each in two processes: no difference, in %v\n", p.name, runs, time.Since(began).Round(time.Second))
	}
	return nil
}

// A binary is a program's test binary on the patched runtime.
type binary struct {
	program
	path string
	work string // folder for what its processes write
}

func (p program) build(work string) (*binary, error) {
	tc, err := overlay.Find(p.dir)
	if err != nil {
		return nil, err
	}
	o, err := overlay.Make(tc)
	if err != nil {
		return nil, err
	}
	work, err = os.MkdirTemp(work, "program-")
	if err != nil {
		return nil, err
	}
	b := &binary{program: p, path: filepath.Join(work, "worlds.test"), work: work}
	args := append([]string{"test", "-c", "-vet=off", "-tags=" + overlay.Tag, "-o", b.path}, o.Flags()...)
	cmd := exec.Command(o.Command, append(args, ".")...)
	cmd.Dir = p.dir
	cmd.Env = append(cmd.Environ(), o.Env()...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("cannot build the tests of %s: %w\n%s", p.dir, err, out)
	}
	return b, nil
}

// command returns a command that runs the program's worlds.
func (b *binary) command(s setting, args ...string) *exec.Cmd {
	cmd := exec.Command(b.path, append([]string{"-test.timeout=0", "-test.run=^" + b.test + "$", "-sim.dir=none", "-sim.shrinktime=0s"}, args...)...)
	cmd.Dir = b.dir
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "TERRELLA_") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(cmd.Env, s.env...)
	return cmd
}

// startNeighbour starts a process that keeps the machine busy, and returns what ends it.
func startNeighbour() (stop func(), err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self, "-neighbour")
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("cannot start the neighbour: %w", err)
	}
	return func() {
		cmd.Process.Kill()
		cmd.Wait()
	}, nil
}

// beBusy computes and allocates in bursts, on all processors, for ever.
func beBusy() {
	work := func(burst time.Duration) {
		var garbage [64][]byte
		for i := 0; ; {
			for began := time.Now(); time.Since(began) < burst; i++ {
				garbage[i%len(garbage)] = make([]byte, 1<<16)
			}
			time.Sleep(burst)
		}
	}
	go work(3 * time.Millisecond)
	work(7 * time.Millisecond)
}
