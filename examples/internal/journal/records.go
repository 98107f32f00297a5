package journal

import (
	"bufio"
	"encoding/json"
	"errors"
	"io/fs"
	"os"

	"github.com/terrella-go/terrella/disk"
)

// recordsName is the file of a server's records.
const recordsName = "journal"

// Records are what a server must not forget: values in JSON, one a line, in a file of their own.
type Records struct{ file disk.File }

// OpenRecords calls replay for each record that the disk holds, whole lines only, and opens the file to add more.
func OpenRecords[R any](d disk.FS, replay func(R)) (*Records, error) {
	data, err := fs.ReadFile(d, recordsName)
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
	f, err := d.OpenFile(recordsName, os.O_CREATE|os.O_WRONLY, 0o600)
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
	return &Records{f}, errors.Join(f.Sync(), folder.Sync(), folder.Close())
}

// Add appends a record. It is on the disk when Add returns. After an error nobody knows, and the
// server has to end: when it starts again it reads what is there.
func (r *Records) Add(record any) error {
	line, err := json.Marshal(record)
	if err != nil {
		return err
	}
	if _, err := r.file.Write(append(line, '\n')); err != nil {
		return err
	}
	return r.file.Sync()
}
