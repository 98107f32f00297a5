package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/terrella-go/terrella/internal/campaign"
	"github.com/terrella-go/terrella/internal/campaign/protocol"
	"github.com/terrella-go/terrella/internal/campaign/remote"
)

// TestMain lets the test binary be the program.
func TestMain(m *testing.M) {
	if os.Getenv("TERRELLA_NATS_PROGRAM") == "" {
		os.Exit(m.Run())
	}
	if err := run(context.Background(), os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "terrella-nats: %v\n", err)
		os.Exit(1)
	}
}

func program(args ...string) func() *exec.Cmd {
	return func() *exec.Cmd {
		cmd := exec.Command(os.Args[0], args...)
		cmd.Env = append(os.Environ(), "TERRELLA_NATS_PROGRAM=1")
		cmd.Stderr = os.Stderr
		return cmd
	}
}

// TestCampaign runs a campaign as terrella fuzz does, from two programs, one of which has the server in it.
func TestCampaign(t *testing.T) {
	dir := t.TempDir()
	first, hello, err := remote.Start(program("queue", "--server", "embedded", "--store", filepath.Join(dir, "store"), "--campaign", "night", "--seed", "0x2a", "--runs", "100"))
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	second, joined, err := remote.Start(program("queue", "--server", hello.Server, "--campaign", "night"))
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	if *joined != *hello || uint64(hello.Seed) != 0x2a || hello.Runs != 100 {
		t.Errorf("%+v, and who came later %+v", hello, joined)
	}
	target := campaign.Target{Package: "example/a", Test: "TestA", Call: 1}
	seen := map[uint64]bool{}
	for queues, drained := []*remote.Queue{first, second}, false; !drained; queues[0], queues[1] = queues[1], queues[0] {
		c, err := queues[0].Lease(t.Context(), target, 7)
		switch {
		case errors.Is(err, campaign.ErrDrained):
			drained = true
			continue
		case err != nil:
			t.Fatal(err)
		case c == nil: // the server is not done with the last one
			time.Sleep(10 * time.Millisecond)
			continue
		}
		var answers []protocol.Answer
		for i := range c.Count {
			a := protocol.Answer{Number: c.First + i*c.Stride}
			if a.Number == 77 {
				a.Failure = &protocol.Failure{Property: "one value"}
			}
			if seen[a.Number] {
				t.Errorf("world %d was handed out twice", a.Number)
			}
			seen[a.Number] = true
			answers = append(answers, a)
		}
		if counted, err := queues[0].Settle(t.Context(), c, answers, false); err != nil || !counted {
			t.Fatalf("%+v: counted is %v, %v", c, counted, err)
		}
		if counted, err := queues[0].Settle(t.Context(), c, answers, false); err != nil || counted {
			t.Fatalf("%+v a second time: counted is %v, %v", c, counted, err)
		}
	}
	if len(seen) != 100 {
		t.Errorf("%d worlds were handed out; want 100", len(seen))
	}
	if err := second.Share(t.Context(), "bucket/failure-1.json", []byte("{}")); err != nil {
		t.Error(err)
	}
	var out bytes.Buffer
	if err := run(t.Context(), []string{"report", "--server", hello.Server, "--campaign", "night", "--out", filepath.Join(dir, "out")}, nil, &out); err != nil {
		t.Fatal(err)
	}
	const want = `campaign night, seed 0x2a
example/a TestA: 100 worlds, 1 failed, 0 given up after they killed workers
example/a TestA: seed 0x0: one value
bucket/failure-1.json
`
	if out.String() != want {
		t.Errorf("the report is\n%s\nwant\n%s", &out, want)
	}
	if _, err := os.Stat(filepath.Join(dir, "out", "bucket", "failure-1.json")); err != nil {
		t.Error(err)
	}
}

// What keeps a queue from being there is said to whoever started the program.
func TestNoQueue(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	_, _, err := remote.Start(program("queue", "--server", "embedded", "--store", file, "--campaign", "night"))
	if err == nil {
		t.Error("a server that keeps its data in a file was started")
	}
	for want, args := range map[string][]string{
		"want a command":          nil,
		"no command \"look\"":     {"look", "--server", "x", "--campaign", "y"},
		"--server is missing":     {"queue", "--campaign", "y"},
		"needs --store":           {"queue", "--server", "embedded"},
		"what is \"more\" for":    {"report", "--server", "x", "more"},
		"invalid value \"seven\"": {"queue", "--seed", "seven"},
	} {
		if err := run(t.Context(), args, nil, io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", args, err, want)
		}
	}
}
