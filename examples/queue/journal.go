package queue

import (
	"bufio"
	"encoding/json"
	"errors"
	"io/fs"
	"os"

	"github.com/terrella-go/terrella/disk"
)

// journalName is the file of a server's journal.
const journalName = "journal"

// A journal is what a server must not forget, one record a line.
type journal struct{ file disk.File }

// openJournal reads the records of a journal, whole lines only, and opens it to add more.
func openJournal[R any](d disk.FS, replay func(R)) (*journal, error) {
	data, err := fs.ReadFile(d, journalName)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	whole := int64(0)
	for rest := data; ; {
		n, line, err := bufio.ScanLines(rest, false)
		if n == 0 || err != nil {
			break
		}
		var r R
		if json.Unmarshal(line, &r) != nil {
			break // torn by a crash: it was not acknowledged
		}
		replay(r)
		rest = rest[n:]
		whole += int64(n)
	}
	f, err := d.OpenFile(journalName, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	if err := f.Truncate(whole); err != nil {
		return nil, err
	}
	if _, err := f.Seek(whole, 0); err != nil {
		return nil, err
	}
	folder, err := d.OpenFile(".", os.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	return &journal{f}, errors.Join(f.Sync(), folder.Sync(), folder.Close())
}

// add appends a record. It is on the disk when add returns. After an error nobody knows, and the
// server has to end: when it starts again it reads what is there.
func (j *journal) add(record any) error {
	line, err := json.Marshal(record)
	if err != nil {
		return err
	}
	if _, err := j.file.Write(append(line, '\n')); err != nil {
		return err
	}
	return j.file.Sync()
}
