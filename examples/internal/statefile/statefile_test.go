package statefile

import (
	"errors"
	"io/fs"
	"testing"

	"github.com/terrella-go/terrella/disk"
)

// TestCrashes: wherever the power fails, in two writes one after the other that are not synced, the disk holds one of two versions.
func TestCrashes(t *testing.T) {
	states := 0
	var try func(d *disk.Disk, held, writes int)
	try = func(d *disk.Disk, held, writes int) {
		states++
		got := 0
		if err := (File{d, "state"}).Load(&got); err != nil {
			t.Fatalf("after version %d: %v", held, err)
		}
		if got != held && got != held+1 {
			t.Fatalf("the disk holds version %d; want %d or %d", got, held, held+1)
		}
		if writes == 0 {
			return
		}
		for operations, done := 0, false; !done; operations++ {
			for same := range d.CrashStates() { // only one: all that is on d is durable
				m := &machine{same, operations}
				err := File{m, "state"}.Write(got + 1)
				if done = err == nil; !done && !errors.Is(err, errPower) {
					t.Fatal(err)
				}
				for crashed := range same.CrashStates() {
					try(crashed, got, writes-1)
				}
			}
		}
	}
	try(disk.New(disk.Options{}), 0, 2)
	if states < 100 {
		t.Errorf("%d states were looked at; want more", states)
	}
}

// A machine has its power fail after some operations.
type machine struct {
	*disk.Disk
	left int
}

var errPower = errors.New("the power has failed")

func (m *machine) power() error {
	if m.left--; m.left < 0 {
		return errPower
	}
	return nil
}

func (m *machine) OpenFile(name string, flag int, perm fs.FileMode) (disk.File, error) {
	if err := m.power(); err != nil {
		return nil, err
	}
	f, err := m.Disk.OpenFile(name, flag, perm)
	return opened{f, m}, err
}

func (m *machine) Rename(from, to string) error {
	if err := m.power(); err != nil {
		return err
	}
	return m.Disk.Rename(from, to)
}

func (m *machine) Remove(name string) error {
	if err := m.power(); err != nil {
		return err
	}
	return m.Disk.Remove(name)
}

// opened is a file of a machine.
type opened struct {
	disk.File
	m *machine
}

func (o opened) Write(b []byte) (int, error) {
	if err := o.m.power(); err != nil {
		return 0, err
	}
	return o.File.Write(b)
}

func (o opened) Sync() error {
	if err := o.m.power(); err != nil {
		return err
	}
	return o.File.Sync()
}
