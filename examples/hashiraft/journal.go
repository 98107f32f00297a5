package hashiraft

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path"

	"github.com/terrella-go/terrella/disk"
)

// A journal is an append-only file of records. Each has its length and a checksum in front
// of it:
//
//	length   4 bytes, little endian, not 0
//	checksum 4 bytes, CRC-32C of all lengths and records up to this one
//	record
//
// A crash can leave the end of the file in any state, but nothing that append had returned
// for is lost. Reading stops at the first record that is not whole; the checksum covers
// what came before, so that no left-over of an earlier file or write is taken for one.
type journal struct {
	file disk.File
	end  int64  // where the last whole record ends
	sum  uint32 // up to there
}

const recordHeader = 8

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// openJournal opens a journal, or makes an empty one, and calls each for its records.
func openJournal(fsys disk.FS, name string, each func(record []byte) error) (*journal, error) {
	f, err := fsys.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, err
	}
	j := &journal{file: f}
	if err := j.recover(each); err != nil {
		return nil, errors.Join(fmt.Errorf("journal %s: %w", name, err), f.Close())
	}
	if err := disk.SyncDir(fsys, path.Dir(name)); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return j, nil
}

// recover reads the records and cuts off what follows the last whole one.
func (j *journal) recover(each func([]byte) error) error {
	info, err := j.file.Stat()
	if err != nil {
		return err
	}
	data := make([]byte, info.Size())
	if _, err := j.file.ReadAt(data, 0); err != nil && err != io.EOF {
		return err
	}
	for {
		record, sum, ok := firstRecord(data[j.end:], j.sum)
		if !ok {
			break
		}
		if err := each(record); err != nil {
			return fmt.Errorf("record at %d: %w", j.end, err)
		}
		j.end += recordHeader + int64(len(record))
		j.sum = sum
	}
	if j.end == info.Size() {
		return nil
	}
	if err := j.file.Truncate(j.end); err != nil {
		return err
	}
	return j.file.Sync()
}

// firstRecord returns the record that data begins with, and the checksum up to its end.
func firstRecord(data []byte, sum uint32) ([]byte, uint32, bool) {
	if len(data) < recordHeader {
		return nil, 0, false
	}
	length := binary.LittleEndian.Uint32(data)
	if length == 0 || uint64(length) > uint64(len(data)-recordHeader) {
		return nil, 0, false
	}
	record := data[recordHeader : recordHeader+int(length)]
	sum = checksum(sum, data[:4], record)
	return record, sum, sum == binary.LittleEndian.Uint32(data[4:])
}

func checksum(sum uint32, length, record []byte) uint32 {
	return crc32.Update(crc32.Update(sum, castagnoli, length), castagnoli, record)
}

// append adds records. They are durable when it returns. After an error none of them counts, though
// some may be found by who opens the journal next.
func (j *journal) append(records ...[]byte) error {
	var data []byte
	sum := j.sum
	for _, r := range records {
		start := len(data)
		data = binary.LittleEndian.AppendUint32(data, uint32(len(r)))
		sum = checksum(sum, data[start:], r)
		data = binary.LittleEndian.AppendUint32(data, sum)
		data = append(data, r...)
	}
	if _, err := j.file.WriteAt(data, j.end); err != nil {
		return err
	}
	if err := j.file.Sync(); err != nil {
		return err
	}
	j.end += int64(len(data))
	j.sum = sum
	return nil
}

// replaceJournal makes a journal of these records in the place of the one of that name, or
// of none. A crash leaves either the old or the new one. The new one is returned
// open.
func replaceJournal(fsys disk.FS, name string, records ...[]byte) (*journal, error) {
	next := name + ".new"
	f, err := fsys.OpenFile(next, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o666)
	if err != nil {
		return nil, err
	}
	j := &journal{file: f}
	if err := j.append(records...); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if err := fsys.Rename(next, name); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if err := disk.SyncDir(fsys, path.Dir(name)); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return j, nil
}

func (j *journal) close() error { return j.file.Close() }
