package disk_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/terrella-go/terrella/disk"
)

// A wal is a write-ahead log with snapshots, of the kind that databases have, written for
// [disk.FS]. It holds numbered records in segments; a snapshot takes the place of
// the segments before it. With the zero defects it is right on every disk.
type wal struct {
	fsys    disk.FS
	defects defects
	seg     disk.File // the segment that is written to
	segs    int       // number of the next segment
	end     int64     // of the segment
	records []uint32  // all records, from the first on
}

// defects are planted mistakes, each of which is made in earnest somewhere.
type defects struct {
	noDirSync   bool // the directory is not synced when a segment is made
	renameFirst bool // a snapshot gets its name before it is synced
	trustLength bool // all that is within a segment's size is taken for records
	retrySync   bool // a sync that fails is tried again
	noChecksum  bool // a record is taken for whole if it begins well
}

const (
	recordSize     = 1000
	recordsPerSeg  = 5
	snapshot       = "snapshot"
	snapshotUnborn = "snapshot.new"
)

// encode returns the record with a number: the number, a checksum, and a payload
// that follows from the number.
func encode(n uint32) []byte {
	b := make([]byte, recordSize)
	binary.LittleEndian.PutUint32(b, n)
	for i := 8; i < len(b); i++ {
		b[i] = byte(n) + byte(i)
	}
	binary.LittleEndian.PutUint32(b[4:], crc32.ChecksumIEEE(b[8:])^n)
	return b
}

// A corrupt record is one that the log has taken for good.
const corrupt = ^uint32(0)

// decode returns the number of a record, and whether the log accepts it.
func (l *wal) decode(b []byte) (uint32, bool) {
	n, sum := binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint32(b[4:])
	whole := sum == crc32.ChecksumIEEE(b[8:])^n
	accepted := whole && n > 0 || l.defects.trustLength || l.defects.noChecksum && n == l.next()
	if accepted && (!whole || n == 0) {
		return corrupt, true // what a user of the log would come to see
	}
	return n, accepted
}

func (l *wal) next() uint32 { return uint32(len(l.records)) + 1 }

// recover opens the log and reads what is there.
func recoverWAL(fsys disk.FS, d defects) (*wal, error) {
	l := &wal{fsys: fsys, defects: d}
	if err := l.readSnapshot(); err != nil {
		return nil, err
	}
	list, err := fsys.ReadDir(".")
	if err != nil {
		return nil, err
	}
	for _, e := range list {
		var n int
		if _, err := fmt.Sscanf(e.Name(), "seg-%04d", &n); err != nil {
			continue
		}
		l.segs = n + 1
		if err := l.readRecords(e.Name()); err != nil {
			return nil, err
		}
	}
	return l, l.newSegment()
}

func (l *wal) readSnapshot() error {
	data, err := disk.ReadFile(l.fsys, snapshot)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if len(data) < 8 || crc32.ChecksumIEEE(data[4:]) != binary.LittleEndian.Uint32(data) {
		return fmt.Errorf("the snapshot is damaged")
	}
	for n := range binary.LittleEndian.Uint32(data[4:]) {
		l.records = append(l.records, n+1)
	}
	return nil
}

// readRecords reads a segment up to the first record that was not written
// to the end.
func (l *wal) readRecords(name string) error {
	f, err := l.fsys.OpenFile(name, os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	b := make([]byte, recordSize)
	for {
		if _, err := io.ReadFull(f, b); err == io.EOF || err == io.ErrUnexpectedEOF {
			return nil
		} else if err != nil {
			return err
		}
		n, ok := l.decode(b)
		if !ok {
			return nil
		}
		if n == l.next() || n == corrupt { // a record of the snapshot may be here again
			l.records = append(l.records, n)
		}
	}
}

func (l *wal) newSegment() error {
	if l.seg != nil {
		if err := l.seg.Close(); err != nil {
			return err
		}
	}
	f, err := l.fsys.OpenFile(fmt.Sprintf("seg-%04d", l.segs), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	l.seg, l.end = f, 0
	l.segs++
	if l.defects.noDirSync {
		return nil
	}
	return disk.SyncDir(l.fsys, ".")
}

// append adds the next record. It is durable when append returns without an error.
func (l *wal) append() error {
	if l.end >= recordsPerSeg*recordSize {
		if err := l.newSegment(); err != nil {
			return err
		}
	}
	if _, err := l.seg.WriteAt(encode(l.next()), l.end); err != nil {
		return err
	}
	err := l.seg.Sync()
	for try := 0; err != nil && l.defects.retrySync && try < 3; try++ {
		err = l.seg.Sync()
	}
	if err != nil {
		return err // nobody knows what is on the disk now: the log is not used again
	}
	l.end += recordSize
	l.records = append(l.records, l.next())
	return nil
}

// snapshot puts all records into a snapshot and removes the segments.
func (l *wal) snapshot() error {
	b := make([]byte, 2000)
	binary.LittleEndian.PutUint32(b[4:], uint32(len(l.records)))
	binary.LittleEndian.PutUint32(b, crc32.ChecksumIEEE(b[4:]))
	// A crash in the middle of the last rename may have left one file under both
	// names, and to write over the new one would be to write over both.
	if err := l.fsys.RemoveAll(snapshotUnborn); err != nil {
		return err
	}
	if err := disk.WriteFile(l.fsys, snapshotUnborn, b, 0o644); err != nil {
		return err
	}
	if !l.defects.renameFirst {
		if err := disk.SyncDir(l.fsys, snapshotUnborn); err != nil {
			return err
		}
	}
	if err := l.fsys.Rename(snapshotUnborn, snapshot); err != nil {
		return err
	}
	if err := disk.SyncDir(l.fsys, "."); err != nil {
		return err
	}
	if err := l.newSegment(); err != nil {
		return err
	}
	return l.removeBefore(fmt.Sprintf("seg-%04d", l.segs-1))
}

func (l *wal) removeBefore(name string) error {
	list, err := l.fsys.ReadDir(".")
	if err != nil {
		return err
	}
	for _, e := range list {
		if strings.HasPrefix(e.Name(), "seg-") && e.Name() < name {
			if err := l.fsys.Remove(e.Name()); err != nil {
				return err
			}
		}
	}
	return nil
}

// wholeUpTo tells how a log that was recovered differs from one that has
// acknowledged its first n records; at most one more may be there.
func (l *wal) wholeUpTo(n int) error {
	if i := slices.Index(l.records, corrupt); i >= 0 {
		return fmt.Errorf("record %d is corrupt", i+1)
	}
	if len(l.records) < n {
		return fmt.Errorf("%d records were acknowledged, %d are there", n, len(l.records))
	}
	if len(l.records) > n+1 {
		return fmt.Errorf("%d records were begun, %d are there", n+1, len(l.records))
	}
	return nil
}
