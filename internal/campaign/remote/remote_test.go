package remote

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/terrella-go/terrella/internal/campaign"
	"github.com/terrella-go/terrella/internal/campaign/protocol"
	"github.com/terrella-go/terrella/internal/plan"
)

// role says how the test binary is to be the other process.
const role = "TERRELLA_REMOTE_ROLE"

func TestMain(m *testing.M) {
	switch r := os.Getenv(role); r {
	case "":
		os.Exit(m.Run())
	case "queue":
		b := &backend{Local: campaign.Local{Limit: 100}, dir: os.Getenv("DIR")}
		if err := Serve(context.Background(), b, Hello{Seed: 7, Runs: 100, Server: "here"}, os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	case "dies":
		if err := Serve(context.Background(), dies{}, Hello{}, os.Stdin, os.Stdout); err != nil {
			os.Exit(1)
		}
	case "silent":
	default:
		fmt.Println(r)
	}
}

// A backend is a queue in memory and a folder.
type backend struct {
	campaign.Local
	dir string

	mu    sync.Mutex
	given []campaign.Seen
}

func (b *backend) Share(_ context.Context, name string, data []byte) error {
	return os.WriteFile(filepath.Join(b.dir, name), data, 0o666)
}

// Give and Take have all that was given come back.
func (b *backend) Give(_ context.Context, s campaign.Seen) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.given = append(b.given, s)
	return nil
}

func (b *backend) Take(context.Context) ([]campaign.Seen, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.given, nil
}

// dies is a backend whose process ends in the middle of a call.
type dies struct{ Backend }

func (dies) Lease(context.Context, campaign.Target, uint64) (*campaign.Chunk, error) {
	os.Exit(3)
	return nil, nil
}

func other(as string, env ...string) func() *exec.Cmd {
	return func() *exec.Cmd {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(append(os.Environ(), role+"="+as), env...)
		return cmd
	}
}

var target = campaign.Target{Package: "example", Test: "TestA", Call: 1}

func TestQueue(t *testing.T) {
	dir := t.TempDir()
	q, hello, err := Start(other("queue", "DIR="+dir))
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	if want := (Hello{Version: Version, Seed: 7, Runs: 100, Server: "here"}); *hello != want {
		t.Errorf("%+v, want %+v", *hello, want)
	}
	// Several slots at a time, each of which gets what it has asked for.
	var all sync.WaitGroup
	var mu sync.Mutex
	counted := map[uint64]int{}
	for slot := range 4 {
		all.Go(func() {
			for {
				c, err := q.Lease(t.Context(), target, uint64(slot+1))
				switch {
				case errors.Is(err, campaign.ErrDrained):
					return
				case err != nil:
					t.Error(err)
					return
				case c == nil:
					continue
				}
				answers := make([]protocol.Answer, 1)
				answers[0].Number = c.First
				answers[0].Checks = []protocol.Check{{Name: "stays here"}}
				ok, err := q.Settle(t.Context(), c, answers, false)
				if err != nil || !ok {
					t.Errorf("%+v: counted is %v, %v", c, ok, err)
				}
				if answers[0].Checks == nil {
					t.Error("the caller's answers were changed")
				}
				mu.Lock()
				counted[c.First]++
				mu.Unlock()
			}
		})
	}
	all.Wait()
	for world := range uint64(100) {
		if counted[world] != 1 {
			t.Errorf("world %d was counted %d times", world, counted[world])
		}
	}
	if err := q.Share(t.Context(), "a", []byte("data")); err != nil {
		t.Error(err)
	}
	if data, err := os.ReadFile(filepath.Join(dir, "a")); string(data) != "data" {
		t.Errorf("%q, %v", data, err)
	}
	seen := campaign.Seen{Target: target, Plan: plan.Plan{Seed: 7}, Steps: 3, New: []uint64{1, 4}}
	if err := q.Give(t.Context(), seen); err != nil {
		t.Error(err)
	}
	if taken, err := q.Take(t.Context()); err != nil || len(taken) != 1 || !reflect.DeepEqual(taken[0], seen) {
		t.Errorf("%+v, %v", taken, err)
	}
	if err := q.Share(t.Context(), filepath.Join("no", "folder"), nil); err == nil {
		t.Error("a file in no folder was stored")
	}
}

// What is wrong with the other process is told.
func TestTrouble(t *testing.T) {
	for as, want := range map[string]string{
		"silent":                            "ended without a word",
		"what is this?":                     "ended without a word",
		`{"version":1,"error":"no server"}`: "no server",
		`{"version":99}`:                    "it speaks version 99, this program version 1",
	} {
		if _, _, err := Start(other(as)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", as, err, want)
		}
	}
	q, _, err := Start(other("dies"))
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	if _, err := q.Lease(t.Context(), target, 1); err == nil || !strings.Contains(err.Error(), "has ended") {
		t.Errorf("a process that dies in a call: %v", err)
	}
}

// A process that is killed is replaced; what it had leased does not count.
func TestKilled(t *testing.T) {
	q, _, err := Start(other("queue", "DIR="+t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	c, err := q.Lease(t.Context(), target, 5)
	if err != nil || c == nil {
		t.Fatalf("%+v, %v", c, err)
	}
	if err := q.process.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if counted, err := q.Settle(t.Context(), c, make([]protocol.Answer, 1), false); counted || err != nil {
		t.Errorf("counted is %v, %v", counted, err)
	}
	if c, err := q.Lease(t.Context(), target, 5); err != nil || c == nil {
		t.Errorf("after the restart: %+v, %v", c, err)
	}
	if q.restarts != 1 {
		t.Errorf("%d restarts, want 1", q.restarts)
	}
}
