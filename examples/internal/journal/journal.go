// Package journal keeps the lines of the example services: in a file, durable one by one.
package journal

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"

	"github.com/terrella-go/terrella/disk"
)

// A Journal is a file of lines, each behind its checksum.
type Journal struct {
	file disk.File
	err  error // the first one; nothing is written after it
	// SkipSync acknowledges lines that are not durable: a bug for tests to find.
	SkipSync bool
}

// Open opens or makes a journal and returns what it holds, which is durable then.
func Open(fsys disk.FS, name string) (*Journal, []string, error) {
	f, err := fsys.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, nil, err
	}
	data, err := io.ReadAll(f)
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	lines, size := scan(data)
	// What a crash left after the last whole line goes away, or the next line would begin in it. And if only the
	// process has died, what it wrote last was perhaps never synced, though it can be read.
	err = errors.Join(f.Truncate(size), f.Sync(), syncDirectory(fsys))
	if err == nil {
		_, err = f.Seek(size, io.SeekStart)
	}
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return &Journal{file: f}, lines, nil
}

// scan returns the lines before the first that is damaged, and where they end.
func scan(data []byte) (lines []string, size int64) {
	for {
		line, rest, whole := bytes.Cut(data, []byte("\n"))
		if !whole || len(line) < 9 || string(line[:9]) != checksum(line[9:]) {
			return lines, size
		}
		lines = append(lines, string(line[9:]))
		size += int64(len(line) + 1)
		data = rest
	}
}

func checksum(line []byte) string { return fmt.Sprintf("%08x ", crc32.ChecksumIEEE(line)) }

// Add makes a line durable. After an error it is not known whether the line is there: then all
// calls fail until the journal is opened anew.
func (j *Journal) Add(line string) error {
	if j.err != nil {
		return j.err
	}
	if _, j.err = io.WriteString(j.file, checksum([]byte(line))+line+"\n"); j.err != nil || j.SkipSync {
		return j.err
	}
	j.err = j.file.Sync()
	return j.err
}

// Close closes the file.
func (j *Journal) Close() error { return j.file.Close() }

func syncDirectory(fsys disk.FS) error {
	d, err := fsys.OpenFile(".", os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
