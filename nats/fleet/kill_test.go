package fleet

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/terrella-go/terrella/internal/campaign"
	"github.com/terrella-go/terrella/internal/campaign/protocol"
	"github.com/terrella-go/terrella/internal/plan"
)

// chaos is for how long TestKills kills. A longer run:
//
//	go test ./fleet -run TestKills -chaos 60s -v
var chaos = flag.Duration("chaos", 5*time.Second, "kill workers and the server for so long in TestKills")

// role is the variable that makes the test binary a server or a worker.
const role = "TERRELLA_FLEET_ROLE"

func TestMain(m *testing.M) {
	var err error
	switch os.Getenv(role) {
	case "server":
		err = serverRole()
	case "worker":
		err = workerRole()
	default:
		os.Exit(m.Run())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serverRole() error {
	port, err := strconv.Atoi(os.Getenv("PORT"))
	if err != nil {
		return err
	}
	if _, err := StartServer(os.Getenv("DIR"), port); err != nil {
		return err
	}
	select {}
}

var killTargets = []campaign.Target{{Package: "example/a", Test: "TestA", Call: 1}, {Package: "example/b", Test: "TestB/sub", Call: 2}}

// fails tells which worlds of the test fail, and lethal on which each worker dies.
func fails(world uint64) bool  { return world%37 == 5 }
func lethal(world uint64) bool { return world%500 == 123 }

// killLease is how long a lease lasts in the test.
const killLease = 2 * time.Second

// workerRole runs worlds until there are none, and writes down what was counted.
func workerRole() error {
	ctx := context.Background()
	f, err := Open(ctx, Config{URL: os.Getenv("URL"), Name: "kills", Lease: killLease, CallTimeout: time.Second})
	if err != nil {
		return err
	}
	defer f.Close()
	log, err := os.OpenFile(os.Getenv("LOG"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	for drained := 0; drained < len(killTargets); {
		drained = 0
		for _, t := range killTargets {
			c, err := f.Lease(ctx, t, 10)
			switch {
			case errors.Is(err, campaign.ErrDrained):
				drained++
				continue
			case err != nil:
				return err
			case c == nil:
				time.Sleep(20 * time.Millisecond) // others are at work
				continue
			}
			answers, died := runWorlds(c)
			counted, err := f.Settle(ctx, c, answers, died)
			if err != nil {
				return err
			}
			if counted {
				for _, a := range answers {
					fmt.Fprintf(log, "%s %d\n", t.Test, a.Number)
				}
			}
		}
	}
	return nil
}

// runWorlds stands for a worker of a campaign: it takes a while, gives up early now and then, and dies on some worlds.
func runWorlds(c *campaign.Chunk) (answers []protocol.Answer, died bool) {
	for i := range c.Count {
		world := c.First + i*c.Stride
		time.Sleep(4 * time.Millisecond)
		switch {
		case lethal(world):
			return answers, true
		case rand.IntN(100) == 0:
			return answers, false
		}
		a := protocol.Answer{Number: world, Seed: plan.Number(world)}
		if fails(world) {
			a.Failure = &protocol.Failure{Property: "planted"}
		}
		answers = append(answers, a)
	}
	return answers, false
}

// TestKills kills four workers and the server again and again while a campaign goes on. In the end each world was
// counted once, and each that failed is there.
func TestKills(t *testing.T) {
	dir := t.TempDir()
	port := freePort(t)
	url := fmt.Sprintf("nats://127.0.0.1:%d", port)
	log := filepath.Join(dir, "counted")
	serve := func() *process {
		return start(t, role+"=server", "PORT="+strconv.Itoa(port), "DIR="+filepath.Join(dir, "store"))
	}
	work := func() *process { return start(t, role+"=worker", "URL="+url, "LOG="+log) }

	server := serve()
	defer func() { server.kill() }()
	ctx, cancel := context.WithTimeout(t.Context(), *chaos+4*time.Minute)
	defer cancel()
	seed, runs := uint64(7), uint64(400*max(1, chaos.Seconds()))
	f, err := Open(ctx, Config{URL: url, Name: "kills", Seed: &seed, Runs: runs, Lease: killLease})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	workers := make([]*process, 4)
	for i := range workers {
		workers[i] = work()
	}
	defer func() {
		for _, w := range workers {
			w.kill()
		}
	}()
	kills := [2]int{}
	for end := time.Now().Add(*chaos); time.Now().Before(end); time.Sleep(time.Duration(100+rand.IntN(400)) * time.Millisecond) {
		if rand.IntN(4) == 0 {
			server.kill()
			kills[1]++
			server = serve()
			continue
		}
		i := rand.IntN(len(workers))
		workers[i].kill()
		kills[0]++
		workers[i] = work()
	}
	if totals, err := f.Totals(ctx); err == nil {
		t.Logf("when the killing ends: %+v, of %d worlds each", totals, runs)
	}
	for _, w := range workers {
		if err := w.wait(ctx); err != nil {
			t.Errorf("a worker: %v", err)
		}
	}
	t.Logf("%d workers and the server %d times killed in %v", kills[0], kills[1], *chaos)
	judge(t, ctx, f, runs, log)
}

// judge compares what is on the server, and what workers have been told, with what there is.
func judge(t *testing.T, ctx context.Context, f *Fleet, runs uint64, log string) {
	totals, err := f.Totals(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if len(totals) != len(killTargets) {
		t.Fatalf("%d targets: %+v", len(totals), totals)
	}
	wantWorlds, wantGivenUp, wantFailed := uint64(0), uint64(0), map[uint64]bool{}
	for world := range runs {
		switch {
		case lethal(world):
			wantGivenUp++
		case fails(world):
			wantFailed[world] = true
			wantWorlds++
		default:
			wantWorlds++
		}
	}
	for _, got := range totals {
		t.Logf("%+v", got)
		if want := (Total{Target: got.Target, Worlds: wantWorlds, Failed: uint64(len(wantFailed)), GivenUp: wantGivenUp}); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
	failures, err := f.Failures(ctx)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, one := range failures {
		found[one.Target.Test+" "+strconv.FormatUint(one.Answer.Number, 10)] = true
		if !wantFailed[one.Answer.Number] {
			t.Errorf("world %d of %s did not fail", one.Answer.Number, one.Target)
		}
	}
	for _, target := range killTargets {
		for world := range wantFailed {
			if !found[target.Test+" "+strconv.FormatUint(world, 10)] {
				t.Errorf("world %d of %s failed, and is not among the findings", world, target)
			}
		}
	}
	file, err := os.Open(log)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	told := map[string]bool{}
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if told[lines.Text()] {
			t.Errorf("two workers were told that %s is theirs", lines.Text())
		}
		told[lines.Text()] = true
	}
	t.Logf("workers were told of %d worlds; the others were counted for workers that were killed before they knew", len(told))
}

// A process is the test binary in another role.
type process struct {
	cmd  *exec.Cmd
	said strings.Builder
	over chan struct{}
}

func start(t *testing.T, env ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(os.Args[0]), over: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stderr = &p.said
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait() // its state says it
		close(p.over)
	}()
	return p
}

func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.over
}

// wait waits for the process to end by itself.
func (p *process) wait(ctx context.Context) error {
	select {
	case <-p.over:
	case <-ctx.Done():
		return errors.New("it did not end")
	}
	if !p.cmd.ProcessState.Success() {
		return fmt.Errorf("%s: %s", p.cmd.ProcessState, p.said.String())
	}
	return nil
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}
