// Package counter is a program that needs all that the platform promises, for tests of terrella mutate.
package counter

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"time"

	"github.com/terrella-go/terrella/disk"
	"github.com/terrella-go/terrella/sim/prop"
)

const file = "counter"

// Save replaces the number on a disk.
func Save(d disk.FS, n uint64) error {
	f, err := d.OpenFile(file+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(binary.BigEndian.AppendUint64(nil, n))
	if !prop.Mutate("no sync") {
		err = errors.Join(err, f.Sync())
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := d.Rename(file+".new", file); err != nil {
		return err
	}
	dir, err := d.OpenFile(".", os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// Load returns the number on a disk; 0 if none was saved.
func Load(d disk.FS) (uint64, error) {
	// A crash may have left the new name as a second one of the file, which Save would then write into.
	if err := d.Remove(file + ".new"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, err
	}
	data, err := disk.ReadFile(d, file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return 0, nil
	case err != nil:
		return 0, err
	case len(data) != 8:
		return 0, nil // torn
	}
	return binary.BigEndian.Uint64(data), nil
}

// Tell tells the time to whoever connects.
func Tell(l net.Listener) error {
	for {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		fmt.Fprint(c, time.Now().UnixNano())
		c.Close()
	}
}

// Ask asks a host for its time.
func Ask(dial func(network, address string) (net.Conn, error), host string) (at time.Time, err error) {
	c, err := dial("tcp", host+":80")
	if err != nil {
		return at, err
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(time.Second)); err != nil {
		return at, err
	}
	var n int64
	if _, err := fmt.Fscan(c, &n); err != nil {
		return at, err
	}
	return time.Unix(0, n), nil
}

// Shout is not called by the tests.
func Shout(s string) string {
	if prop.Mutate("whisper") {
		return strings.ToLower(s)
	}
	return strings.ToUpper(s)
}
