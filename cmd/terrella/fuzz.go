package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/terrella-go/terrella/internal/campaign"
	"github.com/terrella-go/terrella/internal/findings"
	"github.com/terrella-go/terrella/internal/shard"
)

// A fuzz is the command line of terrella fuzz.
type fuzz struct {
	run, seed, shard, out, memory, tags string
	nats, campaign                      string

	duration, shrink, patience time.Duration
	workers                    int
	runs                       uint64
	race, guide, verbose       bool
}

func newFuzz() *cobra.Command {
	var f fuzz
	cmd := &cobra.Command{
		Use:   "fuzz [packages]",
		Short: "Run worlds of many tests for a long time, and report what fails",
		Long: `Fuzz builds each test binary once and keeps worker processes busy with worlds of new
seeds, of all tests of the packages that have worlds. A "..." in a package's path finds the modules below as well.
Functions of go test -fuzz (sim.Fuzz) are left to Go's own fuzzer.

It runs until --for is over, or each test has had --runs worlds. A worker that dies, is killed,
or has more than --memory, is replaced; what it had not answered is run again, and each seed counts once. A
seed on which three workers die is reported.

Tests share the time. One that has a bug put there on purpose (Config.Planted), which is not found yet, has
most; the share of one whose failures are all of known buckets is halved again and again.

Each failure is run again twice, in new processes. If it fails each time in the same way it is made smaller, and kept in
the folder --out with its trace and its page: the smallest four of each bucket. A bucket is a test, a
property, the function that found it, and the kinds of faults that it takes. If it does not, the test
is not deterministic, and the report says where two runs part.

An interrupt ends the campaign with what it has found; a second one at once.

The same --seed and --runs run the same worlds, whatever the number of workers.

There are no campaigns on Windows.

Exit codes: 0, nothing failed; 1, a property failed; 2, wrong flags; 3, a package
could not be built, or failure files could not be kept; 4, a failure does not repeat.`,
		Example: `  terrella fuzz ./... --for 1h
  terrella fuzz ./register --run '^TestRegister$' --runs 10000 --seed 7
  terrella fuzz ./... --for 30m --shard 3/16 --out artifacts`,
		RunE: func(cmd *cobra.Command, args []string) error { return f.main(args, cmd.Flags().Changed("seed")) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.run, "run", "", "run the tests and subtests that match this `regexp`, as go test -run")
	flags.DurationVar(&f.duration, "for", 0, "begin new worlds for so long (a minute, unless --runs is given)")
	flags.Uint64Var(&f.runs, "runs", 0, "run `N` worlds of each test")
	flags.IntVar(&f.workers, "workers", runtime.NumCPU(), "run `N` worlds at a time, each in a process")
	flags.StringVar(&f.seed, "seed", "", "derive all seeds from this `number`; without it one is drawn, and printed")
	flags.StringVar(&f.shard, "shard", "", "run the share of one job of several, such as `3/16`; CI systems' variables say it too")
	flags.StringVar(&f.nats, "nats", "", "share the worlds with other machines by the NATS server at this `URL`, or embedded; see docs/fleet.md")
	flags.StringVar(&f.campaign, "campaign", "terrella", "with --nats: the `name` of the campaign to take part in, or to begin")
	flags.StringVar(&f.out, "out", "terrella-fuzz", "keep failures in this `folder`")
	flags.StringVar(&f.memory, "memory", "2GiB", "let a worker have so much memory (`size`, such as 512MiB)")
	flags.DurationVar(&f.shrink, "shrinktime", 10*time.Second, "put so much `work` into making a failure smaller; see -sim.shrinktime")
	flags.DurationVar(&f.patience, "patience", campaign.DefaultPatience, "end a worker whose world takes so much real time")
	flags.BoolVar(&f.guide, "guide", false, "spend half of the time on variations of worlds that came to new code or new states; with --for")
	flags.BoolVar(&f.race, "race", false, "build with the race detector")
	flags.BoolVarP(&f.verbose, "verbose", "v", false, "tell at the end what the time was used for, test by test")
	flags.StringVar(&f.tags, "tags", "", "build `tags`, as go test -tags")
	return cmd
}

// main runs the campaign.
func (f *fuzz) main(patterns []string, seeded bool) error {
	if err := campaignsOn(runtime.GOOS); err != nil {
		return environment(err)
	}
	config, err := f.config(seeded)
	if err != nil {
		return err
	}
	// From the beginning, so that an interrupt while tests are built ends in order, too.
	ctx, stop := interrupted()
	defer stop()
	match, err := matcher(f.run)
	if err != nil {
		return err
	}
	program, err := f.queueProgram() // before anything is built
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "terrella-fuzz-")
	if err != nil {
		return environment(fmt.Errorf("no place for test binaries: %w; set TMPDIR to a folder that is writable", err))
	}
	defer os.RemoveAll(work)
	began := time.Now()
	if config.Packages, err = f.build(ctx, patterns, match, work); err != nil {
		return err
	}
	built := time.Since(began)
	config.Wanted = match
	p := newProgress(os.Stderr)
	config.Note = p.note
	if f.nats != "" {
		end, err := f.join(program, config, seeded)
		if err != nil {
			return err
		}
		defer end()
	}
	c, err := campaign.New(*config)
	if err != nil {
		return environment(err)
	}
	p.note(fmt.Sprintf("seed 0x%x, %s; %s of %s", config.Seed, countOf(config.Workers, "worker"), countOf(tests(config.Packages), "test"), countOf(len(config.Packages), "package")))
	p.begin(c.Status)
	err = c.Run(ctx)
	p.end()
	if f.verbose {
		if err := writeUsage(os.Stdout, built, c.Usage()); err != nil {
			return environment(err)
		}
	}
	return f.report(c, config, err)
}

// campaignsOn tells why there are no campaigns on an operating system, nil if there are.
func campaignsOn(system string) error {
	switch system {
	case "windows", "plan9", "js", "wasip1":
		return fmt.Errorf("there are no campaigns on %s: workers answer on a file descriptor that they are started with, which it does not have; "+
			"run more seeds with `go test -sim.runs=N`, or the campaign on Linux or macOS", system)
	}
	return nil
}

// config returns the campaign's configuration, but for what is built.
func (f *fuzz) config(seeded bool) (*campaign.Config, error) {
	memory, err := parseSize(f.memory)
	switch {
	case err != nil:
		return nil, usage("--memory: %w", err)
	case f.workers < 1:
		return nil, usage("--workers is %d; want the number of worlds that run at a time, 1 at least", f.workers)
	case f.duration < 0 || f.shrink < 0 || f.patience <= 0:
		return nil, usage("--for and --shrinktime must not be less than 0, and --patience must be more")
	}
	switch {
	case f.guide && f.runs > 0:
		return nil, usage("--guide is for campaigns of a time: what it runs depends on what was run before, and --runs asks for the same worlds each time")
	case f.guide && f.race:
		return nil, usage("--guide and --race can't be had together: counting coverage would make scheduling points of its own")
	}
	if f.nats != "" && f.shard != "" {
		return nil, usage("--nats and --shard are two ways to divide worlds; take out one of the two")
	}
	var share shard.Shard
	var from string
	if f.nats == "" {
		if share, from, err = shard.Find(f.shard, os.LookupEnv); err != nil {
			return nil, usage("%w", err)
		}
	}
	if from != "" {
		fmt.Fprintf(os.Stderr, "terrella: shard %s, by %s\n", share, from)
	}
	var seed uint64
	if seeded {
		if seed, err = strconv.ParseUint(f.seed, 0, 64); err != nil {
			return nil, usage("--seed: %q is no seed: want a number from 0 to 2^64-1, such as 7 or 0x5eed", f.seed)
		}
	} else {
		var b [8]byte
		rand.Read(b[:])
		seed = binary.BigEndian.Uint64(b[:])
	}
	if f.duration == 0 && f.runs == 0 {
		f.duration = time.Minute
	}
	return &campaign.Config{
		Workers: f.workers, For: f.duration, Orderly: f.duration == 0, Seed: seed, Guide: f.guide,
		Queue:  &campaign.Local{Limit: f.runs, Shard: share, Sharers: uint64(f.workers)},
		Memory: memory, Patience: f.patience, Work: f.shrink, Out: f.out,
	}, nil
}

// parseSize reads a number of bytes.
func parseSize(text string) (uint64, error) {
	units := []struct {
		name  string
		shift uint
	}{{"GiB", 30}, {"MiB", 20}, {"KiB", 10}, {"B", 0}}
	for _, u := range units {
		if number, ok := strings.CutSuffix(text, u.name); ok {
			n, err := strconv.ParseUint(strings.TrimSpace(number), 10, 64)
			if err == nil && n > 0 && n < 1<<(63-u.shift) {
				return n << u.shift, nil
			}
			break
		}
	}
	return 0, fmt.Errorf("%q is no size: want one such as 512MiB or 2GiB", text)
}

// matcher returns what tells whether a test's name matches a pattern of go test -run: an expression for each part between slashes. A name
// of fewer parts matches if these do, for there may be subtests of it that do.
func matcher(pattern string) (func(string) bool, error) {
	var parts []*regexp.Regexp
	for _, p := range strings.Split(pattern, "/") {
		re, err := regexp.Compile(p)
		if err != nil {
			return nil, usage("--run: %w", err)
		}
		parts = append(parts, re)
	}
	return func(test string) bool {
		for i, name := range strings.Split(test, "/") {
			if i < len(parts) && !parts[i].MatchString(name) {
				return false
			}
		}
		return true
	}, nil
}

// interrupted returns a context that the first interrupt ends. The second ends the process.
func interrupted() (context.Context, func()) {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, endings...)
	go func() {
		if _, ok := <-signals; !ok {
			return
		}
		fmt.Fprintln(os.Stderr, "terrella: ending; interrupt again to end at once")
		cancel()
		if s, ok := <-signals; ok {
			os.Exit(exitSignal + signalNumber(s)) // workers end when their input does
		}
	}()
	return ctx, func() { signal.Stop(signals); close(signals); cancel() }
}

// report prints what was found, and returns the error that ends the command.
func (f *fuzz) report(c *campaign.Campaign, config *campaign.Config, trouble error) error {
	s := c.Status()
	fmt.Printf("terrella: %s\n", summaryOf(s))
	if again := f.again(config.Seed); again != "" {
		fmt.Printf("terrella: the same worlds again: add %s\n", again)
	}
	report := findings.Report{Found: c.Found(), Ran: c.Ran()}
	fmt.Println()
	if err := report.WriteTable(os.Stdout); err != nil {
		return environment(err)
	}
	if all, looked := c.Seen(); all > uint64(looked) {
		fmt.Printf("\nOf %d worlds that failed %d were looked into; the others broke the same properties at the same places, and are counted with them.\n", all, looked)
	}
	var missed []campaign.Target
	if f.nats == "" { // else others may have found it
		missed = c.Missed()
	}
	for _, t := range missed {
		fmt.Printf("\n%s has a bug that was put there on purpose (Config.Planted), and no world failed.\n", t)
	}
	switch {
	case trouble != nil:
		return environment(trouble)
	case c.Trouble() != nil:
		return environment(fmt.Errorf("failure files are missing: %w", c.Trouble()))
	case report.Found.Worst() == findings.Nondeterminism:
		return &exitError{code: exitNondeterministic}
	case report.Found.Len() > 0:
		return &exitError{code: exitFailed}
	case s.Seeds == 0 && f.nats != "":
		return environment(fmt.Errorf("others have run what there was of campaign %s: see `%s report`, or begin another with --campaign NAME", f.campaign, natsProgram))
	case s.Seeds == 0:
		return environment(errors.New("no world was run to its end"))
	}
	return nil
}

// again returns the flags that run the same worlds again, empty if time has decided which there were.
func (f *fuzz) again(seed uint64) string {
	if f.duration > 0 {
		return ""
	}
	return fmt.Sprintf("--seed 0x%x --runs %d", seed, f.runs)
}

func tests(packages []*campaign.Package) int {
	n := 0
	for _, p := range packages {
		n += len(p.Tests)
	}
	return n
}
