package campaign

import (
	"context"
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/terrella-go/terrella/internal/campaign/protocol"
	"github.com/terrella-go/terrella/internal/findings"
	"github.com/terrella-go/terrella/internal/overlay"
	"github.com/terrella-go/terrella/internal/plan"
)

// binaries is a folder for what the tests build.
var binaries string

func TestMain(m *testing.M) {
	var err error
	if binaries, err = os.MkdirTemp("", "campaign-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	// What the tests build has these sources: the go command, which keeps results, is to know that they matter.
	sources, _ := filepath.Glob(filepath.Join("..", "..", "sim", "*.go"))
	for _, name := range sources {
		os.Stat(name)
	}
	code := m.Run()
	os.RemoveAll(binaries)
	os.Exit(code)
}

// worlds is the package of testdata, with all of its tests.
var worlds = sync.OnceValues(func() (*Package, error) {
	tc, err := overlay.Find(".")
	if err != nil {
		return nil, err
	}
	o, err := overlay.Make(tc)
	if err != nil {
		return nil, err
	}
	goCommand := func(args ...string) *exec.Cmd {
		cmd := exec.Command(o.Command, args...)
		cmd.Env = append(os.Environ(), o.Env()...)
		return cmd
	}
	flags := append(o.Flags(), "-tags="+overlay.Tag)
	all, err := Discover(goCommand, flags, []string{"./testdata/worlds"}, func(string) bool { return true })
	if err != nil {
		return nil, err
	}
	if len(all) != 1 {
		return nil, fmt.Errorf("%d packages; want 1", len(all))
	}
	return all[0], all[0].Build(goCommand, flags, binaries)
})

// of returns the package with some of its tests.
func of(t *testing.T, tests ...string) []*Package {
	t.Helper()
	p, err := worlds()
	if err != nil {
		t.Fatal(err)
	}
	some := *p
	some.Tests = tests
	return []*Package{&some}
}

// A run is a campaign that has run.
type run struct {
	*Campaign
	out    string
	ledger *ledger
	notes  []string
	// until ends the campaign when it reports true.
	until func(Status) bool
	// started is told of each worker.
	started func(*os.Process)
}

// start runs a campaign over so many worlds of each of some tests.
func start(t *testing.T, limit uint64, edit func(*Config, *run), tests ...string) *run {
	t.Helper()
	r := &run{out: t.TempDir(), ledger: &ledger{Local: Local{Limit: limit, Sharers: 2}, t: t}}
	var mu sync.Mutex
	config := Config{
		Packages: of(t, tests...), Workers: 2, Orderly: true, Seed: 1, Queue: r.ledger, Out: r.out, Work: time.Second,
		Note: func(line string) {
			mu.Lock()
			defer mu.Unlock()
			r.notes = append(r.notes, line)
		},
	}
	if edit != nil {
		edit(&config, r)
	}
	c, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	r.Campaign = c
	c.started = r.started
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	if r.until != nil {
		go func() {
			for ctx.Err() == nil && !r.until(c.Status()) {
				pause(ctx, tick)
			}
			cancel()
		}()
	}
	if err := c.Run(ctx); err != nil {
		t.Errorf("the campaign: %v", err)
	}
	if t.Failed() {
		t.Logf("notes:\n%s", strings.Join(r.notes, "\n"))
	}
	return r
}

// found returns what was found, a line a bucket.
func (r *run) found() []string {
	var out []string
	for _, b := range r.Found().Buckets() {
		f := b.Smallest[0]
		out = append(out, fmt.Sprintf("%s %s: %s: %v", f.Test, f.Kind, f.Title(), f.FaultKinds))
	}
	return out
}

func (r *run) wantFound(t *testing.T, want ...string) {
	t.Helper()
	if got := r.found(); !slices.Equal(got, want) {
		t.Errorf("found\n%s\nwant\n%s\nnotes:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"), strings.Join(r.notes, "\n"))
	}
}

func (r *run) wantNote(t *testing.T, parts ...string) {
	t.Helper()
	all := strings.Join(r.notes, "\n")
	for _, p := range parts {
		if strings.Count(all, p) != 1 {
			t.Errorf("want %q once in\n%s", p, all)
		}
	}
}

func TestDiscovery(t *testing.T) {
	p, err := worlds()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"TestPasses", "TestBusy", "TestSevens", "TestCrashes", "TestBudget", "TestSteps", "TestOwnPlan", "TestSubtests", "TestOutlives", "TestDies", "TestHungry", "TestHangs",
		"TestOfT", "TestNoWorld", "TestFailsBefore", "TestPlantedAndFound", "TestPlantedAndMissed", "TestFresh"}
	if !slices.Equal(p.Tests, want) {
		t.Errorf("tests %q; want %q", p.Tests, want)
	}
}

// Failures are put into buckets, made smaller, and kept, and what is kept fails again.
func TestFailuresAreKept(t *testing.T) {
	r := start(t, 60, nil, "TestPasses", "TestSevens", "TestCrashes")
	for _, test := range []string{"TestPasses", "TestSevens", "TestCrashes"} {
		r.ledger.want(test, 1, upTo(60)...)
	}
	if s := r.Status(); s.Seeds != 180 || s.Deaths != 0 {
		t.Errorf("status %+v", s)
	}
	// Those that were only counted are in the buckets of their kind, and in the summary.
	if n := r.Found().Count(); uint64(n) != r.Status().Failures {
		t.Errorf("%d failures in buckets; want %d", n, r.Status().Failures)
	}
	r.wantFound(t,
		"TestCrashes property: never starts again: [stop]",
		"TestSevens property: not divisible by fourteen: []",
		"TestSevens property: not divisible by seven: []")
	kept := 0
	for _, b := range r.Found().Buckets() {
		for _, f := range b.Smallest {
			again, err := findings.Read(f.File)
			if err != nil || again.Trace == "" || again.Picture == "" {
				t.Errorf("%s: %v, %+v", f.File, err, again)
				continue
			}
			kept++
			if f.Test == "TestCrashes" && f.Faults != 1 {
				t.Errorf("%s has %d faults; want 1", f.File, f.Faults)
			}
		}
		out, code := replay(t, b.Smallest[0])
		if code != 1 || !strings.Contains(out, "the run is the same as when it was found") {
			t.Errorf("%s: exit code %d, of\n%s", b.Smallest[0].File, code, out)
		}
	}
	checkFiles(t, r.out, kept)
	summary, err := findings.ReadSummary(filepath.Join(r.out, findings.SummaryName))
	if err != nil || len(summary.Ran) != 3 || summary.Ran[0].Seeds != 60 || len(summary.Findings) != 0 {
		t.Fatalf("summary %+v, %v", summary, err)
	}
	all := kept
	for _, more := range summary.Counted {
		all += more.Failures
	}
	if uint64(all) != r.Status().Failures || all == kept {
		t.Errorf("%d failures have files, and with those that were counted there are %d; want %d", kept, all, r.Status().Failures)
	}
}

// checkWhole checks that a folder holds so many failure files, that each can be read, and that nothing was left half done.
func checkWhole(t *testing.T, dir string, failures int) {
	t.Helper()
	files := 0
	filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		switch {
		case err != nil:
			t.Error(err)
		case strings.HasPrefix(d.Name(), "."):
			t.Errorf("%s was left", path)
		case d.Name() == findings.SummaryName:
			if _, err := findings.ReadSummary(path); err != nil {
				t.Error(err)
			}
		case filepath.Ext(path) == ".json":
			files++
			if _, err := findings.Read(path); err != nil {
				t.Error(err)
			}
		}
		return nil
	})
	if files != failures {
		t.Errorf("%d failure files; want %d", files, failures)
	}
}

// replay runs a failure file in the package's test binary.
func replay(t *testing.T, f *findings.Finding) (string, int) {
	t.Helper()
	p := of(t)[0]
	cmd := exec.Command(p.Binary, "-test.run=^"+f.Test+"$", "-sim.replay="+f.File)
	cmd.Dir = p.Dir
	out, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// checkFiles checks that in a folder there are so many failures with a trace and a page each, and nothing that was left half done.
func checkFiles(t *testing.T, dir string, failures int) {
	t.Helper()
	count := make(map[string]int)
	filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			t.Error(err)
		} else if strings.HasPrefix(d.Name(), ".") {
			t.Errorf("%s was left", path)
		} else if !d.IsDir() && d.Name() != findings.SummaryName {
			count[filepath.Ext(path)]++
		}
		return nil
	})
	for _, ext := range []string{".json", ".trace", ".html"} {
		if count[ext] != failures {
			t.Errorf("%d files are called %s; want %d", count[ext], ext, failures)
		}
	}
}

// What is found depends on the seeds alone.
func TestSameSeedsSameFindings(t *testing.T) {
	files := func(workers int) string {
		r := start(t, 40, func(c *Config, r *run) { c.Workers = workers; r.ledger.Sharers = uint64(workers) }, "TestSevens")
		var text strings.Builder
		for _, b := range r.Found().Buckets() {
			for _, f := range b.Smallest {
				for _, name := range []string{f.File, f.Trace, f.Picture} {
					data, err := os.ReadFile(name)
					if err != nil {
						t.Fatal(err)
					}
					text.Write(data)
				}
			}
		}
		return text.String()
	}
	if one, three := files(1), files(3); one != three || one == "" {
		t.Errorf("the files of one worker, %d bytes, are not those of three, %d bytes", len(one), len(three))
	}
}

// The seeds of a campaign are those of go test with the same Config.Seed, and each can be run alone.
func TestSeedsAreThoseOfTests(t *testing.T) {
	r := start(t, 30, nil, "TestSevens")
	f := r.Found().Buckets()[0].Smallest[0]
	p := of(t)[0]
	cmd := exec.Command(p.Binary, "-test.run=^TestSevens$", fmt.Sprintf("-sim.seed=0x%x", uint64(f.Seed)), "-sim.dir=none")
	cmd.Dir = p.Dir
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), f.Title()) {
		t.Errorf("%v, of\n%s", err, out)
	}
}

func TestShards(t *testing.T) {
	all := make(map[uint64]int)
	for i := range 3 {
		r := start(t, 31, func(_ *Config, r *run) { r.ledger.Shard.Index, r.ledger.Shard.Count = i, 3 }, "TestPasses")
		for _, counted := range r.ledger.counted {
			for n := range counted {
				all[n]++
			}
		}
	}
	for i := range uint64(31) {
		if all[i] != 1 {
			t.Errorf("world %d was run by %d shards", i, all[i])
		}
	}
	if len(all) != 31 {
		t.Errorf("%d worlds; want 31", len(all))
	}
}

// Subtests, and several calls in one test, are targets of their own; tests without worlds are left out.
func TestTargets(t *testing.T) {
	r := start(t, 12, func(c *Config, _ *run) {
		c.Wanted = func(test string) bool { return test != "TestSubtests/one" }
	}, "TestSubtests", "TestNoWorld", "TestFailsBefore", "TestFresh")
	r.ledger.want("TestSubtests/two", 1, upTo(12)...)
	r.ledger.want("TestSubtests/two", 2, upTo(12)...)
	r.ledger.want("TestFresh", 1, upTo(12)...)
	if len(r.ledger.counted) != 3 {
		t.Errorf("targets: %v", r.ledger.counted)
	}
	r.wantFound(t)
	r.wantNote(t, "TestFailsBefore is left out: it ended before it had a world: exit status 1", "something is missing")
}

// Workers are killed again and again, and each seed counts once all the same.
func TestKilledWorkers(t *testing.T) {
	var mu sync.Mutex
	var alive []*os.Process
	leases, kills := 0, 0
	spared := make(map[uint64]bool) // chunks whose worker must live, for two have died on their world
	r := start(t, 400, func(c *Config, r *run) {
		r.started = func(p *os.Process) {
			mu.Lock()
			defer mu.Unlock()
			alive = append(alive, p)
		}
		random := rand.New(rand.NewSource(1))
		r.ledger.leased = func(chunk *Chunk) {
			mu.Lock()
			defer mu.Unlock()
			if chunk.Deaths == MaxDeaths-1 {
				spared[chunk.ID] = true
			}
			if leases++; leases%5 == 0 {
				delay := time.Duration(random.Intn(20)) * time.Millisecond
				time.AfterFunc(delay, func() {
					mu.Lock()
					defer mu.Unlock()
					if len(spared) > 0 {
						return
					}
					for _, p := range alive {
						if p.Kill() == nil {
							kills++
						}
					}
					alive = nil
				})
			}
		}
		r.ledger.ended = func(chunk *Chunk) {
			mu.Lock()
			defer mu.Unlock()
			delete(spared, chunk.ID)
		}
	}, "TestPasses", "TestSevens")
	if mu.Lock(); kills == 0 {
		t.Error("no worker was killed")
	}
	mu.Unlock()
	for _, test := range []string{"TestPasses", "TestSevens"} {
		r.ledger.want(test, 1, upTo(400)...)
	}
	if s := r.Status(); s.Seeds != 800 {
		t.Errorf("status %+v", s)
	}
}

// A world that its worker never survives is reported, and no other suffers.
func TestDeadlyWorlds(t *testing.T) {
	r := start(t, 30, nil, "TestDies")
	deadly := seedsWhere("TestDies", 30, func(seed uint64) bool { return seed%9 == 0 })
	if len(deadly) == 0 {
		t.Fatalf("%d deadly worlds of 30; the test wants some", len(deadly))
	}
	r.ledger.want("TestDies", 1, slices.DeleteFunc(upTo(30), func(n uint64) bool { return slices.Contains(deadly, n) })...)
	s := r.Status()
	if s.Seeds != 30 || s.Failures != uint64(len(deadly)) || s.Deaths != MaxDeaths*len(deadly) {
		t.Errorf("%d deadly worlds; status %+v", len(deadly), s)
	}
	r.wantFound(t, "TestDies crash: the process lives: []")
	if m := r.Found().Buckets()[0].Smallest[0].Message; !strings.Contains(m, "signal: killed") {
		t.Errorf("message %q", m)
	}
}

// A worker that has too much memory is replaced, which no world is blamed for.
func TestMemory(t *testing.T) {
	r := start(t, 40, func(c *Config, _ *run) { c.Memory = 200 << 20 }, "TestHungry")
	r.ledger.want("TestHungry", 1, upTo(40)...)
	r.wantFound(t)
	if s := r.Status(); s.Deaths == 0 {
		t.Error("no worker was replaced: 40 worlds take 640 MiB, two workers half of that each, and one may have 200")
	}
}

func TestHangingWorlds(t *testing.T) {
	r := start(t, 4, func(c *Config, _ *run) { c.Patience = 2 * time.Second }, "TestHangs")
	hanging := seedsWhere("TestHangs", 4, func(seed uint64) bool { return seed%5 == 0 })
	if len(hanging) != 1 {
		t.Fatalf("%d worlds of 4 hang; the test wants one", len(hanging))
	}
	r.wantFound(t, "TestHangs crash: the process lives: []")
	if m := r.Found().Buckets()[0].Smallest[0].Message; !strings.Contains(m, "it has said nothing for 2s") {
		t.Errorf("message %q", m)
	}
}

// What a test says of itself in other ways than by its world is no secret.
func TestFailuresOfT(t *testing.T) {
	r := start(t, 30, nil, "TestOfT")
	r.ledger.want("TestOfT", 1, upTo(30)...)
	want := len(seedsWhere("TestOfT", 30, func(seed uint64) bool { return seed%7 == 0 }))
	if s := r.Status(); s.Failures != uint64(want) {
		t.Errorf("%d failures; want %d", s.Failures, want)
	}
}

// A failure that is not the seed's is nondeterminism.
func TestNondeterminism(t *testing.T) {
	r := start(t, 60, func(c *Config, _ *run) { c.Workers = 1 }, "TestOutlives")
	if w := r.Found().Worst(); w != findings.Nondeterminism {
		t.Errorf("worst finding %q; want %q: %q", w, findings.Nondeterminism, r.found())
	}
	for _, b := range r.Found().Buckets() {
		if f := b.Smallest[0]; f.Kind == findings.Property {
			t.Errorf("reported as a property: %+v", f)
		} else if !strings.Contains(f.Message, "outlives worlds") && !strings.Contains(f.Message, "is not deterministic") {
			t.Errorf("message %q", f.Message)
		}
	}
}

func TestPlanted(t *testing.T) {
	r := start(t, 4, nil, "TestPlantedAndFound", "TestPlantedAndMissed")
	r.wantFound(t, "TestPlantedAndFound property: the bug: []")
	if missed := r.Missed(); len(missed) != 1 || missed[0].Test != "TestPlantedAndMissed" {
		t.Errorf("missed %v", missed)
	}
}

// An interrupt ends a campaign with what it has found; what was run counts once.
func TestInterrupt(t *testing.T) {
	out := t.TempDir()
	l := &ledger{Local: Local{}, t: t}
	ctx, cancel := context.WithCancel(context.Background())
	var once sync.Once
	c, err := New(Config{Packages: of(t, "TestSevens"), Workers: 2, Seed: 1, Queue: l, Out: out, Work: time.Second, For: time.Hour,
		Note: func(line string) {
			if strings.Contains(line, "fails: ") {
				once.Do(cancel)
			}
		}})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Run(ctx); err != nil {
		t.Errorf("the campaign: %v", err)
	}
	if c.Found().Len() == 0 {
		t.Error("nothing was found")
	}
	n := 0
	for _, counted := range l.counted {
		for i, times := range counted {
			if times != 1 {
				t.Errorf("world %d was counted %d times", i, times)
			}
			n++
		}
	}
	if s := c.Status(); s.Seeds != uint64(n) {
		t.Errorf("%d seeds; the ledger has %d", s.Seeds, n)
	}
	_, err = findings.ReadSummary(filepath.Join(out, findings.SummaryName))
	if err != nil {
		t.Error(err)
	}
}

// Where files can't be kept there is one message, and the campaign goes on and tells the seeds.
func TestNowhereToKeep(t *testing.T) {
	r := start(t, 30, func(c *Config, r *run) { c.Out = filepath.Join(os.DevNull, "out") }, "TestSevens")
	r.wantUnkept(t)
}

func (r *run) wantUnkept(t *testing.T) {
	t.Helper()
	r.ledger.want("TestSevens", 1, upTo(30)...)
	r.wantNote(t, "failure files can't be kept in ")
	if r.Trouble() == nil {
		t.Error("the campaign has no trouble")
	}
	r.wantFound(t, "TestSevens property: not divisible by fourteen: []", "TestSevens property: not divisible by seven: []")
	for _, b := range r.Found().Buckets() {
		if f := b.Smallest[0]; f.File == "" && !strings.Contains(f.Replay(), "-sim.seed=0x") {
			t.Errorf("replay line %q", f.Replay())
		}
	}
}

// seedsWhere returns the numbers of a test's worlds whose seeds are so.
func seedsWhere(test string, n uint64, is func(seed uint64) bool) []uint64 {
	var out []uint64
	for i := range n {
		if is(seedOf(1, test, i)) {
			out = append(out, i)
		}
	}
	return out
}

func TestAlike(t *testing.T) {
	a := protocol.Answer{Failure: &protocol.Failure{Property: "p", Step: 7}, Schedule: plan.Number(1)}
	b := a
	b.Schedule = 2
	machine := protocol.Answer{Failure: &protocol.Failure{Property: "p", Step: 8, Machine: true}, Schedule: 3}
	other := machine
	other.Schedule = 4
	for _, test := range []struct {
		a, b *protocol.Answer
		want bool
	}{{&a, &a, true}, {&a, &b, false}, {&a, &protocol.Answer{}, false}, {&machine, &other, true}, {&a, &machine, false}} {
		if got := alike(test.a, test.b); got != test.want {
			t.Errorf("%+v and %+v: %t", test.a, test.b, got)
		}
	}
}
