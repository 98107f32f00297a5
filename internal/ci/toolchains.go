package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/terrella-go/terrella/internal/overlay"
	"github.com/terrella-go/terrella/internal/selfcheck"
)

// releases are the toolchains, beside the one that runs CI, on which the patched runtime is built and has
// to keep its promise. The go command fetches them into the module cache. The tests of
// package overlay try the edits on all toolchains that they find there.
var releases = []string{"go1.25.5", "go1.27.1"}

// systems are those for which the library is built with the patched runtime, beside this one.
var systems = []string{"darwin/arm64", "darwin/amd64", "windows/amd64", "linux/arm64"}

// doctor has the command check itself on all releases. One program is built and run on each.
func doctor() error {
	dir, err := os.MkdirTemp("", "terrella-ci-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	terrella := filepath.Join(dir, "terrella")
	if err := command(".", nil, "go", "build", "-o", terrella, "./cmd/terrella"); err != nil {
		return err
	}
	if err := command(".", nil, terrella, "doctor"); err != nil {
		return err
	}
	for _, release := range releases {
		if err := command(".", []string{"GOTOOLCHAIN=" + release}, terrella, "doctor"); err != nil {
			return fmt.Errorf("on %s: %w", release, err)
		}
	}
	return nil
}

// kernelOn runs, by plain go test with a toolchain of the module cache, the kernel's tests of what differs between
// releases: how waiting goroutines are taken out of what they wait for, and timers.
func kernelOn(release string) error {
	return command(".", []string{"GOTOOLCHAIN=" + release}, "go", "test", "-run=Kill|Timer", "./internal/kernel")
}

// buildFor builds the library on the patched runtime for another system, as far as that can be done
// from here. Where the code that differs is the processor's alone, the self-check, which links all of
// the runtime's inserts, is enough.
func buildFor(system string) error {
	what := "./..."
	if system == "darwin/amd64" {
		what = "./internal/selfcheck/run"
	}
	return build(system, ".", "build", "-o", os.DevNull, what)
}

// build runs a go command that builds for a system, on the patched runtime.
func build(system, dir, verb string, args ...string) error {
	tc, err := overlay.Find(dir)
	if err != nil {
		return err
	}
	o, err := overlay.Make(tc)
	if err != nil {
		return err
	}
	goos, goarch, _ := strings.Cut(system, "/")
	env := append(o.Env(), "GOOS="+goos, "GOARCH="+goarch, "CGO_ENABLED=0")
	flags := append([]string{verb, "-tags=" + overlay.Tag}, o.Flags()...)
	return command(dir, env, o.Command, append(flags, args...)...)
}

// compareArm64 runs the self-check and worlds of hashicorp/raft on linux/amd64 and on linux/arm64, that of the two which
// this machine is not by an emulator: steps, virtual times and hashes have to be the same.
func compareArm64(emulator string) error {
	dir, err := os.MkdirTemp("", "terrella-ci-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	const raft = "examples/hashiraft"
	var reports []*selfcheck.Report
	var sums []string
	for _, arch := range []string{"amd64", "arm64"} {
		check, test := filepath.Join(dir, "selfcheck-"+arch), filepath.Join(dir, "raft-"+arch+".test")
		if err := build("linux/"+arch, ".", "build", "-o", check, "./internal/selfcheck/run"); err != nil {
			return err
		}
		if err := build("linux/"+arch, raft, "test", "-c", "-vet=off", "-o", test, "."); err != nil {
			return err
		}
		var prefix []string
		if arch != runtime.GOARCH {
			prefix = []string{emulator}
		}
		out, err := output(".", append(prefix, check))
		if err != nil {
			return err
		}
		r := new(selfcheck.Report)
		if err := json.Unmarshal(out, r); err != nil {
			return fmt.Errorf("the self-check on %s: %w in %s", arch, err, out)
		}
		fmt.Printf("ci: %s: self-check of %d seeds: %v\n", arch, len(r.Worlds), r.Sum())
		reports = append(reports, r)
		out, err = output(raft, append(prefix, test, "-test.v", "-test.run=^TestHashiRaft$", "-sim.runs=25"))
		if err != nil {
			return err
		}
		sum, err := summaryOf(out)
		if err != nil {
			return err
		}
		fmt.Printf("ci: %s: %s\n", arch, sum)
		sums = append(sums, sum)
	}
	if sums[0] != sums[1] {
		return fmt.Errorf("the worlds of %s differ", raft)
	}
	return selfcheck.Compare(reports)
}

func output(dir string, args []string) ([]byte, error) {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return out, nil
}
