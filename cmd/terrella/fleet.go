package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/terrella-go/terrella/internal/campaign"
	"github.com/terrella-go/terrella/internal/campaign/remote"
	"github.com/terrella-go/terrella/internal/findings"
)

// natsProgram is the program that speaks with NATS servers, so that this one need not.
const natsProgram = "terrella-nats"

// queueProgram returns the program that keeps the queue, empty if none is wanted.
func (f *fuzz) queueProgram() (string, error) {
	if f.nats == "" {
		return "", nil
	}
	program, err := findBeside(natsProgram)
	if err != nil {
		return "", environment(fmt.Errorf("--nats needs the program %s, and it is %w. It is a module of its own, so that nobody else has to build a NATS server: "+
			"in a checkout of terrella, run `go build -o DIR ./%s` in the folder nats, where DIR is in PATH", natsProgram, err, natsProgram))
	}
	return program, nil
}

// join has a campaign take its worlds from the queue on a NATS server, and share what it finds there.
func (f *fuzz) join(program string, config *campaign.Config, seeded bool) (end func(), err error) {
	args := []string{"queue", "--server", f.nats, "--campaign", f.campaign}
	if f.nats == "embedded" {
		args = append(args, "--store", filepath.Join(f.out, "nats"))
	}
	if f.runs > 0 {
		args = append(args, "--runs", fmt.Sprint(f.runs))
	}
	if seeded {
		args = append(args, "--seed", f.seed)
	}
	queue, hello, err := remote.Start(func() *exec.Cmd {
		cmd := exec.Command(program, args...)
		cmd.Stderr = os.Stderr
		return cmd
	})
	if err != nil {
		return nil, environment(err)
	}
	config.Note(fmt.Sprintf("campaign %s; others take part with --nats %s --campaign %s", f.campaign, hello.Server, f.campaign))
	config.Queue, config.Seed, f.runs = queue, uint64(hello.Seed), hello.Runs
	config.Corpus = queue
	config.Found = func(found *findings.Finding) {
		if found.File == "" {
			return // the queue has it as it was found
		}
		data, err := os.ReadFile(found.File)
		if err == nil {
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			err = queue.Share(ctx, found.Key().ID+"/"+filepath.Base(found.File), data)
		}
		if err != nil {
			config.Note(fmt.Sprintf("%s is not shared: %v", found.File, err))
		}
	}
	return queue.Close, nil
}

// findBeside returns where a program is: beside this one, or in PATH.
func findBeside(name string) (string, error) {
	self, err := os.Executable()
	if err == nil {
		beside := filepath.Join(filepath.Dir(self), name)
		if strings.HasSuffix(self, ".exe") {
			beside += ".exe"
		}
		if info, err := os.Stat(beside); err == nil && info.Mode().IsRegular() {
			return beside, nil
		}
	}
	found, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("neither in PATH nor beside %s", self)
	}
	return found, nil
}
