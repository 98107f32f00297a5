package disk

import (
	"fmt"
	"io/fs"
	"time"

	"github.com/terrella-go/terrella/internal/trace"
)

// Options describe a simulated disk. The zero value is a disk without limit,
// delay or fault that promises no more than POSIX does.
type Options struct {
	// Seed decides everything that is left to chance: what a crash keeps, which
	// faults strike.
	Seed uint64
	// Personality is the file system whose promises hold. The zero value is Strict.
	Personality Personality
	// Drive is what the file system lies on. The zero value is VolatileCache.
	Drive Drive
	// SectorSize is the unit, in bytes, that a drive writes as a whole or not at
	// all: a power of two from 64 to 4096. 0 means 512.
	SectorSize int
	// Capacity is the room for file contents in bytes, counted in blocks of
	// 4096; writes beyond it fail with ENOSPC. 0 means no limit.
	Capacity int64
	// DirtyLimit is how many bytes may be remembered of one file that are not
	// durable, old versions included. A file written to beyond it is
	// synced, much as a kernel writes it back (vm.dirty_bytes on Linux).
	// 0 means 256 MiB.
	DirtyLimit int64
	// Latency is how long operations take.
	Latency Latency
	// Faults are there from the beginning; see also [Disk.Inject].
	Faults []Fault
	// Now gives the times of modification. If it is nil they count operations
	// from the first second of the year 2000 on, a microsecond each, so that no
	// two runs differ.
	Now func() time.Time

	// Weakness are promises that the disk does not keep, nil for none.
	Weakness *Weakness

	// Log records what happens to the disk, and Node is the machine it belongs
	// to. A world sets them; both may be empty.
	Log  *trace.Log
	Node string
}

// Latency is how long the operations of a disk take. An operation sleeps as by
// [time.Sleep] before it takes effect: in virtual time within a world (the world's, whatever the
// node's clock shows) or a [testing/synctest] bubble, in real time elsewhere.
type Latency struct {
	// Open, Read, Write and Sync are the times that one operation takes; Open
	// stands for all operations on names too.
	Open, Read, Write, Sync time.Duration
	// Bandwidth is how many bytes pass in a second when reading or writing.
	// 0 means no limit.
	Bandwidth int64
	// Jitter is added to each operation: a time between 0 and Jitter, drawn
	// by seed, file and operation.
	Jitter time.Duration
}

// A Personality is a file system, reduced to the promises that it makes about
// crashes. The package's documentation tells them one by one.
type Personality uint8

// The personalities.
const (
	// Strict promises what POSIX does and nothing more: what is right on it is
	// right everywhere.
	Strict Personality = iota
	// Ext4Ordered is ext4 as it is mounted by default, with data=ordered.
	Ext4Ordered
	// Ext4Writeback is ext4 with data=writeback.
	Ext4Writeback
	// XFS is XFS as it is mounted by default.
	XFS
	personalities
)

// String returns the name of the personality.
func (p Personality) String() string {
	return enumName("Personality", uint8(p), "strict", "ext4-ordered", "ext4-writeback", "xfs")
}

// A Drive is the device under a file system.
type Drive uint8

// The drives.
const (
	// VolatileCache is a drive that loses what it has not been told to flush,
	// and that tears writes at the borders of sectors.
	VolatileCache Drive = iota
	// ProtectedCache is a drive whose cache survives a loss of power: a
	// block of 4096 bytes that the kernel has handed over is kept whole.
	ProtectedCache
	drives
)

// String returns the name of the drive.
func (d Drive) String() string {
	return enumName("Drive", uint8(d), "volatile-cache", "protected-cache")
}

// enumName returns the name of value i of an enumeration.
func enumName(kind string, i uint8, names ...string) string {
	if int(i) < len(names) {
		return names[i]
	}
	return fmt.Sprintf("%s(%d)", kind, i)
}

const (
	defaultSector     = 512
	smallestSector    = 64
	defaultDirtyLimit = 256 << 20
)

// Validate returns an error that tells which option makes no sense. The error
// is [fs.ErrInvalid] to [errors.Is]. All operations of a disk with such
// options fail with it.
func (o *Options) Validate() error {
	switch {
	case o.Personality >= personalities:
		return invalid("Personality", o.Personality)
	case o.Drive >= drives:
		return invalid("Drive", o.Drive)
	case o.SectorSize != 0 && (o.SectorSize < smallestSector || o.SectorSize > pageSize || o.SectorSize&(o.SectorSize-1) != 0):
		return invalid("SectorSize", o.SectorSize)
	case o.Capacity < 0:
		return invalid("Capacity", o.Capacity)
	case o.DirtyLimit < 0:
		return invalid("DirtyLimit", o.DirtyLimit)
	}
	if err := o.Latency.validate(); err != nil {
		return err
	}
	for i := range o.Faults {
		if err := o.Faults[i].validate(); err != nil {
			return err
		}
	}
	return nil
}

func (l *Latency) validate() error {
	if l.Open < 0 || l.Read < 0 || l.Write < 0 || l.Sync < 0 || l.Bandwidth < 0 || l.Jitter < 0 {
		return invalid("Latency", fmt.Sprintf("%+v", *l))
	}
	return nil
}

// An optionError is an option or fault that makes no sense.
type optionError struct{ text string }

func invalid(field string, value any) error {
	return &optionError{fmt.Sprintf("disk: invalid %s: %v", field, value)}
}

func (e *optionError) Error() string        { return e.text }
func (e *optionError) Is(target error) bool { return target == fs.ErrInvalid }

// unit is the number of bytes that reach the medium together.
func (o *Options) unit() int {
	switch {
	case o.Drive == ProtectedCache:
		return pageSize
	case o.SectorSize == 0:
		return defaultSector
	}
	return o.SectorSize
}

// rules are the promises of a personality.
type rules struct {
	// journaled: changes of metadata reach the disk in their order, whatever
	// syncs one of them syncs those before it, and a rename is one change.
	journaled bool
	// stale: a block new to a file may show what was in it before, if it was
	// not written back.
	stale bool
	// cover tells how much of a file's new blocks is there if its size is.
	cover cover
	// replace: a rename that replaces a file carries the contents along.
	replace bool
}

// A cover is what the size of a file after a crash says about its new blocks.
type cover uint8

const (
	coverNothing cover = iota // any of them may be missing
	coverLast                 // the last one has been written
	coverAll                  // all of them have been written
)

func (p Personality) rules() rules {
	switch p {
	case Ext4Ordered:
		return rules{journaled: true, cover: coverAll, replace: true}
	case Ext4Writeback:
		return rules{journaled: true, stale: true}
	case XFS:
		return rules{journaled: true, cover: coverLast}
	default:
		return rules{stale: true}
	}
}
