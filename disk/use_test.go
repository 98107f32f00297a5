package disk_test

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/terrella-go/terrella/disk"
	"github.com/terrella-go/terrella/internal/trace"
	"pgregory.net/rapid"
)

func TestUseAfterCrash(t *testing.T) {
	for name, crash := range map[string]func(*disk.Disk) *disk.Disk{
		"power": (*disk.Disk).Crash, "process": (*disk.Disk).CrashProcess,
	} {
		t.Run(name, func(t *testing.T) {
			d := disk.New(disk.Options{})
			w := &world{t, d}
			w.durable("a", "hello")
			f := w.open("a", os.O_RDWR)
			w.check(f.TryLock())
			c := crash(d)
			_, statErr := d.Stat("a")
			_, readErr := f.Read(make([]byte, 1))
			_, writeErr := f.WriteAt([]byte("x"), 0)
			for _, err := range []error{statErr, readErr, writeErr, f.Sync(), f.Close(), d.Rename("a", "b"), d.Remove("a")} {
				if !errors.Is(err, disk.ErrCrashed) || !errors.Is(err, fs.ErrClosed) || errorText(err) != "closed" {
					t.Errorf("%v", err)
				}
			}
			if n, all := d.CountCrashStates(0); n != 0 || !all {
				t.Errorf("the dead disk has %d crash states", n)
			}
			if _, err := d.Crash().Stat("."); !errors.Is(err, disk.ErrCrashed) {
				t.Errorf("a crash brought a dead disk back: %v", err)
			}
			if got := picture(t, c); got != "a=hello" {
				t.Errorf("the new disk holds %q", got)
			}
			if err := (&world{t, c}).open("a", os.O_RDWR).TryLock(); err != nil {
				t.Errorf("the lock outlived its program: %v", err)
			}
		})
	}
}

func TestProcessCrashKeepsThePageCache(t *testing.T) {
	d := disk.New(disk.Options{Capacity: 1 << 20})
	w := &world{t, d}
	w.write("a", "hello", 0)
	w.write("b", "gone", 0)
	w.open("b", os.O_RDONLY)
	w.remove("b")
	before, _ := d.CountCrashStates(0)
	c := d.CrashProcess()
	if got := picture(t, c); got != "a=hello" {
		t.Errorf("the process left %q", got)
	}
	w.space(c, 1<<20, 1<<20-4096)
	if after, _ := c.CountCrashStates(0); after != before {
		t.Errorf("%d crash states before, %d after", before, after)
	}
}

func TestCrashStatesLeaveTheDiskAlone(t *testing.T) {
	d := disk.New(disk.Options{})
	w := &world{t, d}
	w.durable("a", blocks("ab"))
	w.write("a", blocks("AB"), 0)
	f := w.open("a", os.O_RDWR)
	before := d.Hash()
	for s := range d.CrashStates() {
		// Each is a disk of its own: what is done to it shows nowhere else.
		x := &world{t, s}
		x.write("a", blocks("zz"), 0)
		x.write("b", "new", 0)
		x.sync("a", "b", ".")
		if got := picture(t, s.Crash()); got != "a=zz b=new" {
			t.Fatalf("a crash state became %q", got)
		}
		if d.Hash() != before {
			t.Fatal("the disk changed with one of its crash states")
		}
	}
	if _, err := f.WriteAt([]byte(blocks("c")), 0); err != nil {
		t.Errorf("a file open before: %v", err)
	}
	if got := contents(t, d); got != "cB" {
		t.Errorf("the disk holds %q", got)
	}
}

func TestCrashStatesStopWhenTold(t *testing.T) {
	d := disk.New(disk.Options{})
	w := &world{t, d}
	w.write("a", strings.Repeat("x", 1<<20), 0) // more states than could ever be counted
	w.sync(".")
	seen := 0
	for range d.CrashStates() {
		if seen++; seen == 100 {
			break
		}
	}
	if n, all := d.CountCrashStates(100); n != 100 || all || seen != 100 {
		t.Errorf("%d, %v; saw %d", n, all, seen)
	}
}

// TestCrashesAreRepeatable checks that a seed decides what a crash leaves, and
// that another leaves something else.
func TestCrashesAreRepeatable(t *testing.T) {
	run := func(seed uint64) string {
		var log strings.Builder
		d := disk.New(disk.Options{Seed: seed})
		for i := range 10 {
			w := &world{t, d}
			for j := range 5 {
				w.write(fmt.Sprint(j), blocks(fmt.Sprint(i)), int64(j)*1000)
			}
			w.sync("1")
			d = d.Crash()
			fmt.Fprintf(&log, "%x\n", d.Hash())
		}
		return log.String()
	}
	different := map[string]bool{}
	for seed := range uint64(20) {
		if run(seed) != run(seed) {
			t.Fatalf("seed %d crashes in two ways", seed)
		}
		different[run(seed)] = true
	}
	if len(different) < 18 {
		t.Errorf("20 seeds crash in %d ways", len(different))
	}
}

// TestSyncedIsKept crashes random programs and checks what every
// personality owes: synced contents under a synced name.
func TestSyncedIsKept(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := disk.New(disk.Options{
			Seed:        rapid.Uint64().Draw(rt, "seed"),
			Personality: personalities[rapid.IntRange(0, 3).Draw(rt, "personality")],
			Drive:       disk.Drive(rapid.IntRange(0, 1).Draw(rt, "drive")),
			Capacity:    64 << 20,
		})
		want := map[string]string{}
		for range rapid.IntRange(1, 6).Draw(rt, "crashes") {
			w := &world{t, d}
			for i := range rapid.IntRange(1, 12).Draw(rt, "files") {
				name := fmt.Sprintf("%d", i)
				data := strings.Repeat(string(rune('a'+i)), rapid.IntRange(0, 9000).Draw(rt, "size"))
				w.check(disk.WriteFile(d, "tmp", []byte(data), 0o644))
				w.sync("tmp")
				w.rename("tmp", name)
				w.sync(".")
				want[name] = data
			}
			w.write("loose", "never synced", int64(rapid.IntRange(0, 5000).Draw(rt, "offset")))
			d = d.Crash()
		}
		for name, data := range want {
			got, err := disk.ReadFile(d, name)
			if err != nil || string(got) != data {
				rt.Fatalf("%s: %d bytes, %v; want %d", name, len(got), err, len(data))
			}
		}
		checkSpace(rt, d)
	})
}

// checkSpace compares the room in use with the files that are there.
func checkSpace(t rapid.TB, d *disk.Disk) {
	space, err := d.Space()
	if err != nil {
		t.Fatal(err)
	}
	used := int64(0)
	list, err := d.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		data, err := disk.ReadFile(d, e.Name())
		if err != nil {
			t.Fatal(err)
		}
		used += int64(len(data)+4095) / 4096 * 4096
	}
	if got := space.Total - space.Free; got > used {
		t.Fatalf("%d bytes in use, but the files have %d", got, used)
	}
}

func TestImpossibleOptions(t *testing.T) {
	for _, o := range []disk.Options{
		{Personality: 99}, {Drive: 99}, {SectorSize: 100}, {SectorSize: 32}, {SectorSize: 8192}, {SectorSize: -512}, {Capacity: -1},
		{DirtyLimit: -1}, {Latency: disk.Latency{Read: -1}}, {Faults: []disk.Fault{{Times: -1}}},
	} {
		if err := o.Validate(); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("%+v: %v", o, err)
		}
		d := disk.New(o)
		_, err := disk.Create(d, "a")
		var pe *fs.PathError
		if !errors.As(err, &pe) || !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("%+v: %v", o, err)
		}
		d.DropCaches()
		if _, err := d.Crash().Stat("."); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("after a crash: %v", err)
		}
	}
	if err := new(disk.Options).Validate(); err != nil {
		t.Errorf("the zero options: %v", err)
	}
}

func TestPermissions(t *testing.T) {
	d := disk.New(disk.Options{})
	w := &world{t, d}
	w.write("a", "hello", 0)
	w.check(d.Chmod("a", 0o400))
	_, err := d.OpenFile("a", os.O_RDWR, 0)
	w.wantErr(err, syscall.EACCES)
	w.wantErr(d.Truncate("a", 0), syscall.EACCES)
	w.check(d.Chmod("a", 0o200))
	_, err = disk.ReadFile(d, "a")
	w.wantErr(err, syscall.EACCES)
	w.mkdir("d")
	w.write("d/a", "", 0)
	w.check(d.Chmod("d", 0o500))
	w.wantErr(d.Remove("d/a"), syscall.EACCES)
	w.wantErr(d.Rename("a", "d/b"), syscall.EACCES)
	w.wantErr(d.Link("a", "d/b"), syscall.EACCES)
	w.check(d.Chmod("d", 0o600))
	_, err = d.Stat("d/a")
	w.wantErr(err, syscall.EACCES)
}

func (w *world) wantErr(err error, want syscall.Errno) {
	w.t.Helper()
	if !errors.Is(err, want) || errorText(err) == "error" {
		w.t.Errorf("got %v, want %v", err, want)
	}
}

func TestTooLarge(t *testing.T) {
	d := disk.New(disk.Options{})
	w := &world{t, d}
	f := w.open("a", os.O_RDWR|os.O_CREATE)
	_, err := f.WriteAt([]byte("x"), math.MaxInt64)
	w.wantErr(err, syscall.EFBIG)
	w.wantErr(f.Truncate(math.MaxInt64), syscall.EFBIG)
	_, err = f.Seek(math.MaxInt64, 1)
	w.check(err)
	_, err = f.Seek(math.MaxInt64, 1)
	w.wantErr(err, syscall.EINVAL)
	// A file that is mostly a hole costs what was written to it.
	_, err = f.WriteAt([]byte("end"), 1<<43)
	w.check(err)
	buf := make([]byte, 4)
	n, err := f.ReadAt(buf, 1<<43-1)
	w.check(err)
	if string(buf[:n]) != "\x00end" {
		t.Errorf("%q", buf[:n])
	}
	w.check(f.Truncate(10))
	w.check(f.Sync())
}

func TestDirtyLimitWritesBack(t *testing.T) {
	d := disk.New(disk.Options{DirtyLimit: 8192})
	w := &world{t, d}
	w.durable("a", "")
	w.write("a", blocks("abcdefgh"), 0)
	if n, _ := d.CountCrashStates(2); n != 2 {
		t.Error("written back too early")
	}
	w.write("a", blocks("abcdefghi"), 4096)
	if got, _ := d.CountCrashStates(0); got != 1 {
		t.Errorf("%d crash states beyond the limit", got)
	}
}

func TestEvents(t *testing.T) {
	log := trace.NewLog(0, nil)
	d := disk.New(disk.Options{Log: log, Node: "n"})
	w := &world{t, d}
	w.durable("a", "hello")
	w.rename("a", "b")
	w.sync(".")
	w.remove("b")
	w.sync(".")
	for i := 0; !lost(log) && i < 100; i++ {
		w = &world{t, d}
		w.write(fmt.Sprint("c", i), "lost", 0)
		d = d.Crash()
	}
	if !lost(log) {
		t.Error("a hundred crashes left no event of a loss")
	}
	var got []string
	for e := range log.Events() {
		if e.Node != "n" {
			t.Fatalf("event of node %q", e.Node)
		}
		got = append(got, e.Kind.String()+" "+e.Subject)
	}
	for _, want := range []string{"open a", "write a", "sync a", "sync .", "rename b", "remove b"} {
		if !slices.Contains(got, want) {
			t.Errorf("no event %q in %q", want, got)
		}
	}
}

// lost tells whether the log has an event of a loss.
func lost(log *trace.Log) bool {
	for e := range log.Events() {
		if e.Kind == trace.Lost {
			return true
		}
	}
	return false
}

func TestConcurrentUse(t *testing.T) {
	d := disk.New(disk.Options{})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			w := &world{t, d}
			name := fmt.Sprint(i)
			for j := range 50 {
				w.write(name, name, int64(j))
				w.sync(name, ".")
			}
		})
	}
	wg.Go(func() {
		for range 20 {
			d.Hash()
			d.CountCrashStates(3)
		}
	})
	wg.Wait()
	for i := range 8 {
		data, err := disk.ReadFile(d, fmt.Sprint(i))
		if err != nil || string(data) != strings.Repeat(fmt.Sprint(i), 50) {
			t.Errorf("%d: %q, %v", i, data, err)
		}
	}
}
