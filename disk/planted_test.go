package disk_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	"github.com/terrella-go/terrella/disk"
)

// TestPlantedBugsAreFound runs write-ahead logs with one mistake each until a
// crash brings it to light, which must not take more than a thousand seeds.
func TestPlantedBugsAreFound(t *testing.T) {
	for _, bug := range []struct {
		name        string
		defects     defects
		personality disk.Personality
	}{
		{"forgets to sync the directory", defects{noDirSync: true}, disk.Strict},
		{"renames before syncing", defects{renameFirst: true}, disk.Strict},
		{"renames before syncing, on xfs", defects{renameFirst: true}, disk.XFS},
		{"renames before syncing, on ext4 in writeback mode", defects{renameFirst: true}, disk.Ext4Writeback},
		{"trusts the length", defects{trustLength: true}, disk.Strict},
		{"trusts the length, on ext4 in writeback mode", defects{trustLength: true}, disk.Ext4Writeback},
		{"retries a failed sync", defects{retrySync: true}, disk.Strict},
		{"retries a failed sync, on ext4", defects{retrySync: true}, disk.Ext4Ordered},
		{"has no checksums", defects{noChecksum: true}, disk.Strict},
	} {
		t.Run(bug.name, func(t *testing.T) {
			for seed := range uint64(1000) {
				if err := crashWAL(seed, bug.personality, bug.defects); err != nil {
					t.Logf("found with seed %d: %v", seed, err)
					return
				}
			}
			t.Error("not found with 1000 seeds")
		})
	}
}

// TestWhatAPersonalityForgives checks that a mistake is none where the
// file system promises more.
func TestWhatAPersonalityForgives(t *testing.T) {
	for name, c := range map[string]struct {
		defects     defects
		personality disk.Personality
	}{
		"ext4 syncs the entry with the file": {defects{noDirSync: true}, disk.Ext4Ordered},
		"xfs syncs the entry with the file":  {defects{noDirSync: true}, disk.XFS},
	} {
		t.Run(name, func(t *testing.T) {
			for seed := range seeds(t) {
				if err := crashWAL(seed, c.personality, c.defects); err != nil {
					t.Fatalf("seed %d: %v", seed, err)
				}
			}
		})
	}
}

// TestRepairedIsClean runs the log without mistakes. TERRELLA_DISK_SEEDS sets the
// number of seeds.
func TestRepairedIsClean(t *testing.T) {
	for _, p := range personalities {
		t.Run(p.String(), func(t *testing.T) {
			for seed := range seeds(t) {
				if err := crashWAL(seed, p, defects{}); err != nil {
					t.Fatalf("seed %d: %v", seed, err)
				}
			}
		})
	}
}

func seeds(t *testing.T) uint64 {
	text := os.Getenv("TERRELLA_DISK_SEEDS")
	if text == "" {
		return 1000
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("TERRELLA_DISK_SEEDS=%q is not a number of seeds", text)
	}
	return n
}

// crashWAL uses a log, takes the power away somewhere on the way, recovers it and
// so on, and returns what is wrong with what it recovers.
func crashWAL(seed uint64, p disk.Personality, bugs defects) error {
	rng := rand.New(rand.NewPCG(seed, 0))
	d := disk.New(disk.Options{Seed: seed, Personality: p})
	acknowledged := 0
	for crash := range 4 {
		// The power goes with some operation: that one and all later ones fail.
		faults := []disk.Fault{{Effect: disk.Vanish, Skip: rng.IntN(80)}}
		if rng.IntN(2) == 0 {
			faults = append(faults, disk.Fault{Ops: disk.OpSync, Chance: disk.Ratio{Num: 1, Den: 10}})
		}
		if crash == 3 {
			faults = nil
		}
		if err := d.Inject(faults...); err != nil {
			return err
		}
		l, err := recoverWAL(d, bugs)
		if err == nil {
			if err := l.wholeUpTo(acknowledged); err != nil {
				return fmt.Errorf("after crash %d: %w", crash, err)
			}
			acknowledged = use(l, rng)
		} else if faults == nil {
			return fmt.Errorf("recovery after crash %d: %w", crash, err)
		}
		d.ClearFaults()
		d.Attach()
		d = d.Crash()
	}
	return nil
}

// use appends and takes snapshots until something fails, and returns how many
// records are acknowledged.
func use(l *wal, rng *rand.Rand) int {
	for range 20 {
		err := l.append()
		if err == nil && rng.IntN(8) == 0 {
			err = l.snapshot()
		}
		if err != nil {
			break
		}
	}
	return len(l.records)
}
