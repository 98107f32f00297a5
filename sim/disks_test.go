package sim_test

import (
	"context"
	"errors"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/terrella-go/terrella/disk"
	"github.com/terrella-go/terrella/internal/plan"
	"github.com/terrella-go/terrella/sim"
)

// A file that was synced without its directory: POSIX lets a crash take its name, XFS does not.
func TestDisksAreAsChosen(t *testing.T) {
	lost := map[disk.Personality]int{}
	for _, p := range []disk.Personality{disk.Strict, disk.XFS} {
		sim.Config{Runs: 40}.Test(t, func(w *sim.World) {
			w.SetDisks(disk.Options{Personality: p, Capacity: 64 << 10})
			n := w.Node("n", func(_ context.Context, n *sim.Node) error {
				if n.Incarnation() > 0 {
					if _, err := n.Disk().Stat("f"); err != nil {
						lost[p]++
					}
					return nil
				}
				f, err := disk.Create(n.Disk(), "f")
				if err != nil {
					return err
				}
				if _, err := f.Write(make([]byte, 100<<10)); !errors.Is(err, syscall.ENOSPC) {
					w.Errorf("a write of 100 KiB to a disk of 64: %v; want no space", err)
				}
				return f.Sync()
			})
			w.Run(1)
			n.Crash()
			n.Restart()
			w.Run(1)
		})
	}
	if lost[disk.Strict] == 0 || lost[disk.XFS] != 0 {
		t.Errorf("the file was lost %d times by a strict file system, %d times by XFS; want some, and none", lost[disk.Strict], lost[disk.XFS])
	}
}

// In half of the worlds with a storm, nodes have disks of many models, which the plan tells; in the others, and where the test has chosen, they are as usual.
func TestStormsDrawModelsOfDisks(t *testing.T) {
	type seen struct{ worlds, models, strict, slow int }
	count := func(choose bool, storm sim.Storm) (s seen) {
		sim.Config{Runs: 60}.Test(t, func(w *sim.World) {
			if choose {
				w.SetDisks(disk.Options{})
			}
			var nodes []*sim.Node
			for _, name := range []string{"a", "b", "c"} {
				nodes = append(nodes, w.Node(name, idle))
			}
			w.Inject(storm)
			before := s.models
			for _, n := range nodes {
				began := w.Now()
				if err := write(n.Disk(), "file", n.Name()); err != nil {
					w.Fatal(err)
				}
				if w.Now() != began {
					s.slow++
				}
			}
			for _, line := range sim.Planned(w) {
				if strings.HasPrefix(line, "disk-model ") {
					s.models++
					if !strings.Contains(line, "fs=") {
						s.strict++
					}
				}
			}
			if s.models > before {
				s.worlds++
			}
		})
		return s
	}
	storm := sim.Storm{Kinds: []string{"pause", "disk-model"}, Every: time.Hour}
	if s := count(false, storm); s.worlds < 20 || s.worlds > 45 || s.models < 50 || s.slow < 20 || s.slow == s.models || s.strict == 0 || s.strict == s.models {
		t.Errorf("%+v; want models in about half of 64 worlds, some slow, some strict", s)
	}
	for name, s := range map[string]seen{"chosen": count(true, storm), "without": count(false, sim.Storm{Without: []string{"disk-model"}, Every: time.Hour})} {
		if s != (seen{}) {
			t.Errorf("%s: %+v; want none", name, s)
		}
	}
}

// A plan's model decides what a loss of power leaves, how long operations take, and nothing on other nodes.
func TestModelsOfDisksHold(t *testing.T) {
	lost := map[string]int{}
	for _, fs := range plan.FileSystems {
		sim.Config{Runs: 40}.Test(t, func(w *sim.World) {
			w.Inject(sim.Plan{"disk-model n fs=" + fs + " sync=5ms io=1ms"})
			var took time.Duration
			n := w.Node("n", func(_ context.Context, n *sim.Node) error {
				if n.Incarnation() > 0 {
					if _, err := n.Disk().Stat("f"); err != nil {
						lost[fs]++
					}
					return nil
				}
				began := w.Now()
				f, err := disk.Create(n.Disk(), "f")
				if err != nil {
					return err
				}
				err = f.Sync()
				took = w.Now().Sub(began)
				return err
			})
			other := w.Node("other", idle)
			w.Run(time.Second)
			if took != 6*time.Millisecond {
				w.Errorf("a file is made and synced in %v; want 6ms", took)
			}
			began := w.Now()
			if err := write(other.Disk(), "f", "x"); err != nil || w.Now() != began {
				w.Errorf("on another node it takes %v, %v; want no time", w.Now().Sub(began), err)
			}
			n.Crash()
			n.Restart()
			w.Run(time.Second)
		})
	}
	for fs, n := range lost {
		if fs != "strict" {
			t.Errorf("the file was lost %d times on %s; want it there", n, fs)
		}
	}
	if lost["strict"] == 0 {
		t.Error("the file was never lost on a strict file system; want it lost in some worlds")
	}
}
