// Command guidance measures how many worlds it takes to find planted bugs, with fresh seeds alone and with guidance: from several
// seeds each, and medians are compared. Run it from the module's root:
//
//	go run ./internal/campaign/guidance -campaigns 11
//
// Half of the worlds of a guided campaign are fresh, so it can take twice as many as one of fresh seeds, if
// variations are no good, and no more.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/terrella-go/terrella/internal/campaign"
	"github.com/terrella-go/terrella/internal/overlay"
)

// A bug is planted in a test of a package.
type bug struct {
	dir, test string
	most      int // worlds after which a campaign gives up
}

var bugs = []bug{
	{"examples/register", "TestEarlyAcknowledgement", 1500},
	{"examples/deposed", "TestDeposedLeaderAnswers", 1500},
	{"examples/lease", "TestTrustedClocks", 1500},
	{"examples/queue", "TestCountedTwice", 3000},
	{"examples/twophase", "TestForgottenPromise", 3000},
	{"examples/concurrency", "TestMistakes/Ledger", 3000},
	{"internal/campaign/testdata/stairs", "TestStairs", 20000},
	{"internal/campaign/testdata/stairs", "TestStairsWithoutState", 5000},
}

func main() {
	campaigns := flag.Int("campaigns", 11, "run `N` campaigns of each kind for each bug")
	only := flag.String("only", "", "measure the bugs whose test's name holds this `text`")
	flag.Parse()
	if err := run(*campaigns, *only); err != nil {
		fmt.Fprintf(os.Stderr, "guidance: %v\n", err)
		os.Exit(1)
	}
}

func run(campaigns int, only string) error {
	if campaigns < 1 {
		return fmt.Errorf("-campaigns is %d; want 1 at least", campaigns)
	}
	work, err := os.MkdirTemp("", "guidance-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "TEST\tWORLDS, FRESH\tGUIDED\tFRESH/GUIDED")
	for _, b := range bugs {
		if !strings.Contains(b.test, only) {
			continue
		}
		p, err := b.build(work)
		if err != nil {
			return err
		}
		var took [2][]int
		for seed := range uint64(campaigns) {
			for i, guide := range []bool{false, true} {
				n, err := b.measure(p, seed, guide)
				if err != nil {
					return err
				}
				took[i] = append(took[i], n)
			}
		}
		fresh, guided := b.median(took[0]), b.median(took[1])
		fmt.Fprintf(w, "%s\t%s\t%s\t%.2f\n", b.test, b.describe(took[0]), b.describe(took[1]), float64(fresh)/float64(guided))
		if err := w.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// build builds the bug's package with counters of coverage, on the patched runtime.
func (b bug) build(work string) (*campaign.Package, error) {
	tc, err := overlay.Find(b.dir)
	if err != nil {
		return nil, err
	}
	o, err := overlay.Make(tc)
	if err != nil {
		return nil, err
	}
	goCommand := func(args ...string) *exec.Cmd {
		cmd := exec.Command(o.Command, args...)
		cmd.Dir = b.dir
		cmd.Env = append(os.Environ(), o.Env()...)
		return cmd
	}
	flags := append(o.Flags(), "-tags="+overlay.Tag)
	top, _, _ := strings.Cut(b.test, "/")
	found, err := campaign.Discover(goCommand, flags, []string{"."}, func(test string) bool { return test == top })
	if err != nil {
		return nil, err
	}
	if len(found) != 1 {
		return nil, fmt.Errorf("there is no %s in %s", b.test, b.dir)
	}
	return found[0], found[0].Build(goCommand, append(flags, campaign.Counted...), filepath.Join(work, b.test))
}

// measure returns how many worlds a campaign took, one more than the most if it did not find the bug.
func (b bug) measure(p *campaign.Package, seed uint64, guide bool) (int, error) {
	c, err := campaign.New(campaign.Config{Packages: []*campaign.Package{p}, Seed: seed, Guide: guide})
	if err != nil {
		return 0, err
	}
	n, failed, err := c.Until(context.Background(), b.test, b.most)
	if err != nil {
		return 0, errors.Join(fmt.Errorf("seed %d", seed), err)
	}
	if !failed {
		return b.most + 1, nil
	}
	return n, nil
}

func (b bug) median(n []int) int {
	slices.Sort(n)
	return n[len(n)/2]
}

// describe returns the median and the range of sorted numbers.
func (b bug) describe(n []int) string {
	text := func(n int) string {
		if n > b.most {
			return fmt.Sprintf("over %d", b.most)
		}
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s (%s to %s)", text(n[len(n)/2]), text(n[0]), text(n[len(n)-1]))
}
