package hashiraft

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"testing"

	"github.com/hashicorp/raft"
	"github.com/terrella-go/terrella/disk"
)

// entry returns an entry whose data is long enough to be torn.
func entry(index, term uint64) *raft.Log {
	return &raft.Log{Index: index, Term: term, Data: bytes.Repeat([]byte{byte(index), byte(term)}, 300)}
}

func entries(term uint64, from, to uint64) []*raft.Log {
	var list []*raft.Log
	for i := from; i <= to; i++ {
		list = append(list, entry(i, term))
	}
	return list
}

// TestLogStoreCrash: whenever the power fails, the log is afterwards as the last completed operation left it, or
// as the one under way would have. Of a batch that was under way a beginning may be there.
func TestLogStoreCrash(t *testing.T) {
	steps := []struct {
		do    func(*LogStore) error
		after string // indexes and terms
	}{
		{func(s *LogStore) error { return s.StoreLogs(entries(1, 1, 3)) }, "1.1 2.1 3.1 "},
		{func(s *LogStore) error { return s.StoreLogs(entries(2, 4, 5)) }, "1.1 2.1 3.1 4.2 5.2 "},
		{func(s *LogStore) error { return s.DeleteRange(3, 5) }, "1.1 2.1 "},
		{func(s *LogStore) error { return s.StoreLogs(entries(3, 3, 4)) }, "1.1 2.1 3.3 4.3 "},
		{func(s *LogStore) error { return s.DeleteRange(1, 2) }, "3.3 4.3 "},
		{(*LogStore).rewrite, "3.3 4.3 "},
		{func(s *LogStore) error { return s.DeleteRange(3, 4) }, ""},
		{func(s *LogStore) error { return s.StoreLogs(entries(4, 9, 9)) }, "9.4 "},
	}
	after := func(done int) string {
		if done == 0 {
			return ""
		}
		return steps[done-1].after
	}
	failEverywhere(t, func(fsys disk.FS) (done int, err error) {
		s, err := OpenLogStore(fsys, "log")
		if err != nil {
			return 0, err
		}
		for i, step := range steps {
			if err := step.do(s); err != nil {
				return i, err
			}
		}
		return len(steps), nil
	}, func(fsys disk.FS, done int) error {
		s, err := OpenLogStore(fsys, "log")
		if err != nil {
			return err
		}
		allowed := []string{after(done)}
		if done < len(steps) {
			before, next := after(done), after(done+1)
			allowed = append(allowed, next)
			for i := len(before); i < len(next); i++ { // a batch under way
				if next[i] == ' ' && next[:len(before)] == before {
					allowed = append(allowed, next[:i+1])
				}
			}
		}
		got := describe(s)
		for _, a := range allowed {
			if got == a {
				// It has to be usable, too.
				return s.StoreLog(entry(max(s.next(), 1), 9))
			}
		}
		return fmt.Errorf("the log is %q; want one of %q", got, allowed)
	})
}

// describe lists a log's entries and checks their contents.
func describe(s *LogStore) string {
	var b bytes.Buffer
	for i := range s.entries {
		e := &s.entries[i]
		fmt.Fprintf(&b, "%d.%d ", e.Index, e.Term)
		if !bytes.Equal(e.Data, entry(e.Index, e.Term).Data) {
			b.WriteString("(damaged) ")
		}
	}
	return b.String()
}

// TestStableStoreCrash: a value that was set is there; one that was being set is the old or the new one.
func TestStableStoreCrash(t *testing.T) {
	key, other := []byte("term"), []byte("vote")
	failEverywhere(t, func(fsys disk.FS) (done int, err error) {
		s, err := OpenStableStore(fsys, "stable")
		if err != nil {
			return 0, err
		}
		for i := range 4 {
			if err := s.SetUint64(key, uint64(i+1)); err != nil {
				return i, err
			}
			if err := s.Set(other, bytes.Repeat([]byte{byte(i + 1)}, 700)); err != nil {
				return i, err
			}
		}
		return 4, nil
	}, func(fsys disk.FS, done int) error {
		s, err := OpenStableStore(fsys, "stable")
		if err != nil {
			return err
		}
		got, err := s.GetUint64(key)
		if err != nil || got != uint64(done) && got != uint64(done)+1 {
			return fmt.Errorf("the value is %d, %v; want %d or one more", got, err, done)
		}
		v, err := s.Get(other)
		if err != nil || !bytes.Equal(v, bytes.Repeat([]byte{byte(done)}, len(v))) && !bytes.Equal(v, bytes.Repeat([]byte{byte(done + 1)}, 700)) {
			return fmt.Errorf("the other value is %q, %v, after %d", v, err, done)
		}
		if done > 0 && len(v) != 700 {
			return fmt.Errorf("the other value has %d bytes, after %d", len(v), done)
		}
		return s.SetUint64(key, 9)
	})
}

// TestSnapshotStoreCrash: the newest snapshot that is listed is whole, and is one that was made or being made.
func TestSnapshotStoreCrash(t *testing.T) {
	state := func(i int) []byte { return bytes.Repeat([]byte{byte(i)}, 900) }
	failEverywhere(t, func(fsys disk.FS) (done int, err error) {
		s, err := OpenSnapshotStore(fsys, "snapshots")
		if err != nil {
			return 0, err
		}
		for i := 1; i <= 3; i++ {
			sink, err := s.Create(1, uint64(i), 1, raft.Configuration{}, 1, nil)
			if err != nil {
				return i - 1, err
			}
			if _, err := sink.Write(state(i)); err != nil {
				return i - 1, err
			}
			if err := sink.Close(); err != nil {
				return i - 1, err
			}
		}
		return 3, nil
	}, func(fsys disk.FS, done int) error {
		s, err := OpenSnapshotStore(fsys, "snapshots")
		if err != nil {
			return err
		}
		list, err := s.List()
		if err != nil {
			return err
		}
		if len(list) == 0 {
			if done > 0 {
				return fmt.Errorf("no snapshot is left of %d", done)
			}
			return nil
		}
		if i := int(list[0].Index); i != done && i != done+1 {
			return fmt.Errorf("the newest snapshot is %d; want %d or one more", i, done)
		}
		for _, m := range list {
			_, r, err := s.Open(m.ID)
			if err != nil {
				return err
			}
			if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, state(int(m.Index))) {
				return fmt.Errorf("snapshot %d has another state, %v", m.Index, err)
			}
		}
		return nil
	})
}

// TestLogStoreRefuses: what would make a hole in the log is an error and changes nothing.
func TestLogStoreRefuses(t *testing.T) {
	s, err := OpenLogStore(disk.New(disk.Options{}), "log")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.StoreLogs(entries(1, 1, 4)); err != nil {
		t.Fatal(err)
	}
	if err := s.StoreLog(entry(6, 1)); err == nil {
		t.Error("StoreLog left out an index")
	}
	if err := s.DeleteRange(2, 3); err == nil {
		t.Error("DeleteRange took entries out of the middle")
	}
	if got := describe(s); got != "1.1 2.1 3.1 4.1 " {
		t.Errorf("the log is %q afterwards", got)
	}
	var e raft.Log
	if err := s.GetLog(5, &e); !errors.Is(err, raft.ErrLogNotFound) {
		t.Errorf("GetLog of what is not there: %v", err)
	}
}

// TestLogStoreRewrite: a journal does not grow with what has been deleted.
func TestLogStoreRewrite(t *testing.T) {
	d := disk.New(disk.Options{})
	s, err := OpenLogStore(d, "log")
	if err != nil {
		t.Fatal(err)
	}
	for i := uint64(1); i <= 2000; i++ {
		if err := s.StoreLog(entry(i, 1)); err != nil {
			t.Fatal(err)
		}
		if i > 10 {
			if err := s.DeleteRange(i-10, i-10); err != nil {
				t.Fatal(err)
			}
		}
	}
	info, err := d.Stat("log")
	if err != nil {
		t.Fatal(err)
	}
	if most := int64(2 * rewriteAfter * 700); info.Size() > most {
		t.Errorf("the journal has %d bytes for 10 entries; want %d at most", info.Size(), most)
	}
}

// errPower is what an operation gets that comes after the power has failed.
var errPower = errors.New("the power failed")

// failEverywhere runs a script again and again on new disks, each time with the power failing one operation
// later, and calls check for the states in which the disk may be afterwards. The script returns how
// much of it was done.
func failEverywhere(t *testing.T, script func(disk.FS) (done int, err error), check func(fsys disk.FS, done int) error) {
	t.Helper()
	const mostStates = 200 // of a disk
	checked := 0
	for operations := 0; ; operations++ {
		d := disk.New(disk.Options{Seed: uint64(operations)})
		done, err := script(&failingFS{FS: d, left: operations})
		if err != nil && !errors.Is(err, errPower) {
			t.Fatal(err)
		}
		states := 0
		for after := range d.CrashStates() {
			if states++; states > mostStates {
				break
			}
			if err := check(after, done); err != nil {
				t.Fatalf("the power failed after %d operations, with %d steps done: in state %d: %v", operations, done, states, err)
			}
		}
		checked += states
		if err == nil {
			t.Logf("%d operations, %d states", operations, checked)
			return
		}
	}
}

// A failingFS fails all operations that change something after a number of them.
type failingFS struct {
	disk.FS
	left int
}

// do executes an operation if there is power.
func (f *failingFS) do(operation func() error) error {
	if f.left == 0 {
		return errPower
	}
	f.left--
	return operation()
}

func (f *failingFS) OpenFile(name string, flag int, perm fs.FileMode) (file disk.File, err error) {
	err = f.do(func() error {
		file, err = f.FS.OpenFile(name, flag, perm)
		return err
	})
	return &failingFile{file, f}, err
}

func (f *failingFS) Rename(oldname, newname string) error {
	return f.do(func() error { return f.FS.Rename(oldname, newname) })
}

func (f *failingFS) Remove(name string) error {
	return f.do(func() error { return f.FS.Remove(name) })
}

type failingFile struct {
	disk.File
	fs *failingFS
}

func (f *failingFile) WriteAt(p []byte, off int64) (n int, err error) {
	err = f.fs.do(func() error {
		n, err = f.File.WriteAt(p, off)
		return err
	})
	return n, err
}

func (f *failingFile) Sync() error { return f.fs.do(f.File.Sync) }

func (f *failingFile) Truncate(size int64) error {
	return f.fs.do(func() error { return f.File.Truncate(size) })
}
