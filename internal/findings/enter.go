package findings

import (
	"errors"
	"time"

	"github.com/terrella-go/terrella/internal/wholefile"
)

// lockWait is how long another process may hold a record. It reads and writes a file meanwhile, nothing else.
const lockWait = time.Minute

// Enter enters a run into the record that a file holds, and returns the record. It may be called for one file by several processes at a time: none
// undoes what another has entered. With a record and an error all is well but for the file, which is as it was.
func Enter(name string, run Run) (*Record, error) {
	unlock, locked := wholefile.Lock(name, lockWait)
	if locked == nil {
		defer unlock()
	}
	r, err := ReadRecord(name)
	if err == nil {
		err = r.Update(run)
	}
	if err != nil {
		return nil, errors.Join(err, locked)
	}
	if locked != nil {
		return r, locked
	}
	return r, r.Write(name)
}
