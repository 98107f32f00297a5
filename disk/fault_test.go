package disk_test

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/terrella-go/terrella/disk"
	"pgregory.net/rapid"
)

// faulty returns a disk whose file a holds eight sectors and is durable.
func faulty(t *testing.T, seed uint64, o disk.Options, faults ...string) (*world, *disk.Disk) {
	t.Helper()
	o.Seed = seed
	d := disk.New(o)
	w := &world{t, d}
	w.durable("a", blocks("abcdefgh"))
	for _, text := range faults {
		f, err := disk.ParseFault(text)
		w.check(err)
		w.check(d.Inject(f))
	}
	return w, d
}

func contents(t *testing.T, fsys disk.FS) string {
	t.Helper()
	data, err := disk.ReadFile(fsys, "a")
	if err != nil {
		t.Fatal(err)
	}
	return pictureData(data)
}

func TestFailEveryOperation(t *testing.T) {
	for text, op := range map[string]func(*world, disk.File) error{
		"open":     func(w *world, _ disk.File) error { _, err := w.OpenFile("a", os.O_RDONLY, 0); return err },
		"read":     func(_ *world, f disk.File) error { _, err := f.ReadAt(make([]byte, 1), 0); return err },
		"write":    func(_ *world, f disk.File) error { _, err := f.WriteAt([]byte("X"), 0); return err },
		"sync":     func(_ *world, f disk.File) error { return f.Sync() },
		"truncate": func(_ *world, f disk.File) error { return f.Truncate(0) },
		"rename":   func(w *world, _ disk.File) error { return w.Rename("a", "b") },
		"remove":   func(w *world, _ disk.File) error { return w.Remove("a") },
		"mkdir":    func(w *world, _ disk.File) error { return w.Mkdir("d", 0o755) },
		"link":     func(w *world, _ disk.File) error { return w.Link("a", "b") },
		"chmod":    func(w *world, _ disk.File) error { return w.Chmod("a", 0o600) },
		"stat":     func(w *world, _ disk.File) error { _, err := w.Stat("a"); return err },
		"readdir":  func(w *world, _ disk.File) error { _, err := w.ReadDir("."); return err },
		"lock":     func(_ *world, f disk.File) error { return f.TryLock() },
	} {
		t.Run(text, func(t *testing.T) {
			w, d := faulty(t, 1, disk.Options{})
			f := w.open("a", os.O_RDWR)
			before := d.Hash()
			w.check(d.Inject(disk.Fault{Ops: must(disk.ParseFault("fail ops=" + text)).Ops, Times: 1, Err: syscall.EDQUOT}))
			if err := op(w, f); !errors.Is(err, syscall.EDQUOT) || errorText(err) == "error" {
				t.Errorf("first time: %v", err)
			}
			if d.Hash() != before {
				t.Error("an operation that failed changed the disk")
			}
			if err := op(w, f); err != nil {
				t.Errorf("second time: %v", err)
			}
		})
	}
}

func must(f disk.Fault, err error) disk.Fault {
	if err != nil {
		panic(err)
	}
	return f
}

func TestFaultPicksItsVictims(t *testing.T) {
	w, d := faulty(t, 1, disk.Options{}, "fail ops=stat path=a* skip=1 times=2")
	w.write("b", "", 0)
	var got []string
	for _, name := range []string{"a", "b", "a", "b", "a", "a"} {
		_, err := d.Stat(name)
		got = append(got, name+errorOrOK(err))
	}
	if diff := cmp.Diff([]string{"a ok", "b ok", "a EIO", "b ok", "a EIO", "a ok"}, got); diff != "" {
		t.Error(diff)
	}
}

func errorOrOK(err error) string {
	if err == nil {
		return " ok"
	}
	return " " + errorText(err)
}

// TestFaultDrawsAreKeyed checks that what happens to one file does not depend
// on what is done to another.
func TestFaultDrawsAreKeyed(t *testing.T) {
	run := func(others int) string {
		w, d := faulty(t, 7, disk.Options{}, "fail ops=stat chance=1/2")
		w.write("b", "", 0)
		var got strings.Builder
		for range 40 {
			for range others {
				d.Stat("b")
			}
			_, err := d.Stat("a")
			got.WriteString(errorOrOK(err))
		}
		return got.String()
	}
	alone, crowded := run(0), run(3)
	if alone != crowded {
		t.Errorf("the faults of a depend on b:\n%s\n%s", alone, crowded)
	}
	if n := strings.Count(alone, "EIO"); n < 10 || n > 30 {
		t.Errorf("%d of 40 failed with a chance of a half", n)
	}
}

func TestFailedSyncLosesWhatItWasToWrite(t *testing.T) {
	lost := 0
	for seed := range uint64(50) {
		w, d := faulty(t, seed, disk.Options{}, "fail ops=sync times=1")
		f := w.open("a", os.O_RDWR)
		f.WriteAt([]byte(blocks("ABCDEFGH")), 0)
		if err := f.Sync(); !errors.Is(err, syscall.EIO) {
			t.Fatalf("first sync: %v", err)
		}
		w.check(f.Sync())
		if got := contents(t, d); got != "ABCDEFGH" {
			t.Fatalf("the cache shows %s", got)
		}
		if n, _ := d.CountCrashStates(0); n != 1 {
			t.Fatalf("%d crash states: the file should count as clean", n)
		}
		if got := contents(t, d.Crash()); got != "ABCDEFGH" {
			lost++
			if strings.ToLower(got) != "abcdefgh" {
				t.Fatalf("the crash left %s", got)
			}
		}
	}
	if lost < 25 {
		t.Errorf("only %d of 50 failed syncs lost anything", lost)
	}
}

func TestWritingAgainMakesAFailedSyncGood(t *testing.T) {
	for seed := range uint64(20) {
		w, d := faulty(t, seed, disk.Options{}, "fail ops=sync times=1")
		f := w.open("a", os.O_RDWR)
		f.WriteAt([]byte(blocks("ABCDEFGH")), 0)
		if err := f.Sync(); err == nil {
			t.Fatal("the sync did not fail")
		}
		f.WriteAt([]byte(blocks("ABCDEFGH")), 0)
		w.check(f.Sync())
		if got := contents(t, d.Crash()); got != "ABCDEFGH" {
			t.Fatalf("seed %d: the crash left %s", seed, got)
		}
	}
}

func TestDropCachesShowsWhatAFailedSyncLost(t *testing.T) {
	seen := map[string]bool{}
	for seed := range uint64(20) {
		w, d := faulty(t, seed, disk.Options{}, "fail ops=sync times=1")
		f := w.open("a", os.O_RDWR)
		f.WriteAt([]byte(blocks("A")), 0)
		f.Sync()
		d.DropCaches()
		seen[contents(t, d)] = true
	}
	if diff := cmp.Diff(map[string]bool{"abcdefgh": true, "Abcdefgh": true}, seen); diff != "" {
		t.Error(diff)
	}
}

func TestShortWrite(t *testing.T) {
	w, d := faulty(t, 3, disk.Options{}, "short-write times=1")
	f := w.open("a", os.O_RDWR)
	n, err := f.WriteAt([]byte(strings.Repeat("X", 1000)), 0)
	if !errors.Is(err, syscall.ENOSPC) || n >= 1000 {
		t.Fatalf("%d, %v", n, err)
	}
	data, err := disk.ReadFile(d, "a")
	w.check(err)
	if got := strings.Count(string(data), "X"); got != n {
		t.Errorf("%d bytes were written, %d were told", got, n)
	}
}

func TestNoSpace(t *testing.T) {
	d := disk.New(disk.Options{Capacity: 4 * 4096})
	w := &world{t, d}
	f := w.open("a", os.O_RDWR|os.O_CREATE)
	n, err := f.Write(make([]byte, 5*4096))
	if n != 4*4096 || !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("%d, %v", n, err)
	}
	w.space(d, 4*4096, 0)
	if _, err := f.WriteAt([]byte("x"), 100); err != nil {
		t.Errorf("overwriting needs no room: %v", err)
	}
	w.remove("a")
	w.space(d, 4*4096, 0) // it is still open
	w.check(f.Close())
	w.space(d, 4*4096, 4*4096)
	w.write("b", "x", 0)
	w.space(d, 4*4096, 3*4096)
	w.resize("b", 0)
	w.space(d, 4*4096, 4*4096)
}

func (w *world) space(d *disk.Disk, total, free int64) {
	w.t.Helper()
	got, err := d.Space()
	w.check(err)
	if want := (disk.Space{Total: total, Free: free}); got != want {
		w.t.Errorf("space: %+v, want %+v", got, want)
	}
}

func TestLatentError(t *testing.T) {
	w, d := faulty(t, 1, disk.Options{}, "latent-error times=1")
	f := w.open("a", os.O_RDWR)
	buf := make([]byte, 4096)
	for range 2 {
		if _, err := f.ReadAt(buf, 0); !errors.Is(err, syscall.EIO) {
			t.Fatalf("read: %v", err)
		}
	}
	f = (&world{t, d.Crash()}).open("a", os.O_RDWR)
	bad := 0
	for i := range int64(8) {
		if _, err := f.ReadAt(buf[:512], i*512); err != nil {
			bad++
		}
	}
	if bad != 1 {
		t.Errorf("%d sectors are bad after a crash", bad)
	}
	f.WriteAt([]byte(blocks("ABCDEFGH")), 0)
	if _, err := f.ReadAt(buf, 0); err != nil {
		t.Errorf("after it was written again: %v", err)
	}
}

func TestBitRot(t *testing.T) {
	w, d := faulty(t, 1, disk.Options{}, "bit-rot times=1")
	data, err := disk.ReadFile(d, "a")
	w.check(err)
	again, err := disk.ReadFile(d.Crash(), "a")
	w.check(err)
	if string(data) != string(again) {
		t.Error("the bit rotted in memory only")
	}
	flipped := 0
	for i, want := range []byte(blocks("abcdefgh")) {
		for x := data[i] ^ want; x != 0; x &= x - 1 {
			flipped++
		}
	}
	if flipped != 1 {
		t.Errorf("%d bits flipped", flipped)
	}
}

func TestPhantomWrite(t *testing.T) {
	w, d := faulty(t, 1, disk.Options{}, "phantom-write times=1")
	w.write("a", blocks("A"), 0)
	w.sync("a")
	w.write("a", blocks("H"), 7*512)
	w.sync("a")
	if got := contents(t, d); got != "AbcdefgH" {
		t.Errorf("the cache shows %s", got)
	}
	// The second sync writes the whole block, and makes the first write good.
	if got := contents(t, d.Crash()); got != "AbcdefgH" {
		t.Errorf("the block was written again, but the crash left %s", got)
	}

	w, d = faulty(t, 1, disk.Options{}, "phantom-write times=1")
	w.write("a", blocks("A"), 0)
	w.sync("a")
	if got := contents(t, d.Crash()); got != "abcdefgh" {
		t.Errorf("the crash left %s", got)
	}
}

func TestMisdirectedWrite(t *testing.T) {
	places := map[string]bool{}
	for seed := range uint64(100) {
		w, d := faulty(t, seed, disk.Options{}, "misdirected-write times=1")
		w.write("a", blocks("X"), 512)
		w.sync("a")
		got := contents(t, d.Crash())
		if strings.Count(got, "X") != 1 || got[1] != 'b' {
			t.Fatalf("the crash left %s", got)
		}
		places[got] = true
	}
	if len(places) != 7 {
		t.Errorf("the write went to %d places", len(places))
	}
}

func TestLostSync(t *testing.T) {
	w, d := faulty(t, 1, disk.Options{}, "lost-sync")
	w.write("a", blocks("A"), 0)
	w.sync("a")
	if n, _ := d.CountCrashStates(0); n != 2 {
		t.Errorf("%d crash states", n)
	}
}

func TestReadOnly(t *testing.T) {
	w, d := faulty(t, 1, disk.Options{}, "read-only ops=write times=1")
	f := w.open("a", os.O_RDWR)
	if _, err := f.WriteAt([]byte("x"), 0); !errors.Is(err, syscall.EROFS) {
		t.Fatal(err)
	}
	before := d.Hash()
	for name, err := range map[string]error{
		"create": d.Mkdir("d", 0o755), "rename": d.Rename("a", "b"), "truncate": f.Truncate(0),
		"remove": d.Remove("a"), "write": disk.WriteFile(d, "b", nil, 0o644),
	} {
		if !errors.Is(err, syscall.EROFS) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if contents(t, d) != "abcdefgh" || d.Hash() != before {
		t.Error("a read-only file system was changed")
	}
	d.Remount(false)
	w.rename("a", "b")
}

func TestVanish(t *testing.T) {
	w, d := faulty(t, 1, disk.Options{}, "vanish ops=read times=1")
	f := w.open("a", os.O_RDWR)
	for range 2 {
		if _, err := f.ReadAt(make([]byte, 1), 0); !errors.Is(err, syscall.EIO) {
			t.Fatal(err)
		}
	}
	d.Attach()
	if _, err := f.ReadAt(make([]byte, 1), 0); err != nil {
		t.Error(err)
	}
}

func TestSwap(t *testing.T) {
	w, d := faulty(t, 1, disk.Options{})
	f := w.open("a", os.O_RDWR)
	e := disk.New(disk.Options{Seed: 2})
	disk.Swap(d, e)
	if contents(t, e) != "abcdefgh" || picture(t, d) != "" {
		t.Error("the disks did not change places")
	}
	if _, err := f.Read(make([]byte, 1)); !errors.Is(err, disk.ErrCrashed) {
		t.Errorf("an open file: %v", err)
	}
	w.check((&world{t, e}).Rename("a", "b"))
}

func TestStallAndLatencyTakeVirtualTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, d := faulty(t, 1, disk.Options{})
		w.check(d.Inject(disk.Fault{Effect: disk.Stall, Ops: disk.OpSync, Delay: time.Hour, Times: 1}))
		start := time.Now()
		w.sync("a")
		if got := time.Since(start); got != time.Hour {
			t.Errorf("the stalled sync took %v", got)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		w := &world{t, disk.New(disk.Options{Latency: disk.Latency{
			Open: time.Millisecond, Write: 2 * time.Millisecond, Read: 3 * time.Millisecond, Sync: 5 * time.Millisecond, Bandwidth: 1 << 20,
		}})}
		start := time.Now()
		f := w.open("a", os.O_RDWR|os.O_CREATE)
		f.WriteAt(make([]byte, 1<<20), 0)
		f.ReadAt(make([]byte, 1<<19), 0)
		w.check(f.Sync())
		want := time.Millisecond + 2*time.Millisecond + time.Second + 3*time.Millisecond + time.Second/2 + 5*time.Millisecond
		if got := time.Since(start); got != want {
			t.Errorf("took %v, want %v", got, want)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		w, d := faulty(t, 1, disk.Options{})
		w.check(d.SetLatency(disk.Latency{Sync: time.Minute}))
		if err := d.SetLatency(disk.Latency{Sync: -1}); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("a negative latency: %v", err)
		}
		start := time.Now()
		w.sync("a")
		if got := time.Since(start); got != time.Minute {
			t.Errorf("the sync took %v", got)
		}
	})
}

func TestFaultsPrintAndParse(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f := disk.Fault{
			Effect: disk.Effect(rapid.IntRange(0, 9).Draw(rt, "effect")),
			Path:   rapid.SampledFrom([]string{"", "*", "wal/*.log"}).Draw(rt, "path"),
			Skip:   rapid.IntRange(0, 3).Draw(rt, "skip"),
			Times:  rapid.IntRange(0, 3).Draw(rt, "times"),
			Err:    rapid.SampledFrom([]syscall.Errno{0, syscall.EIO, syscall.ENOSPC, 77}).Draw(rt, "err"),
		}
		if rapid.Bool().Draw(rt, "chance") {
			f.Chance = disk.Ratio{Num: 1, Den: rapid.Uint64Range(1, 1<<60).Draw(rt, "den")}
		}
		if f.Effect == disk.Fail {
			f.Ops = disk.Op(rapid.IntRange(0, 1<<13-1).Draw(rt, "ops"))
		}
		if f.Effect == disk.Stall {
			f.Delay = time.Duration(rapid.Int64Range(0, 1e12).Draw(rt, "delay"))
		}
		got, err := disk.ParseFault(f.String())
		if err != nil || got != f {
			rt.Fatalf("%q: %+v, %v", f.String(), got, err)
		}
	})
}

func TestFaultsThatMakeNoSense(t *testing.T) {
	for _, text := range []string{"", "explode", "fail ops=dance", "fail times=x", "fail chance=2", "fail chance=2/1",
		"fail err=EFOO", "fail delay=1s", "stall delay=-1s", "stall delay=fast", "fail skip=-1", "fail times=-1", "fail path=[",
		"bit-rot ops=write", "fail colour=red"} {
		if f, err := disk.ParseFault(text); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("%q: %+v, %v", text, f, err)
		}
	}
	d := disk.New(disk.Options{})
	if err := d.Inject(disk.Fault{}, disk.Fault{Effect: 99}); !errors.Is(err, fs.ErrInvalid) {
		t.Error(err)
	}
	if _, err := d.Stat("."); err != nil {
		t.Errorf("faults were added all the same: %v", err)
	}
}
