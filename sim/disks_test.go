package sim_test

import (
	"context"
	"errors"
	"syscall"
	"testing"

	"github.com/terrella-go/terrella/disk"
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
