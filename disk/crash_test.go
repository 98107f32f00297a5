package disk_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/terrella-go/terrella/disk"
)

// A promise is a test of what a personality promises about a crash: what
// prepare has done is durable, what change has done is not.
type promise struct {
	name        string
	personality disk.Personality
	drive       disk.Drive
	sector      int
	prepare     func(*world)
	change      func(*world)
	want        string // the states, a line each, in the notation of picture
}

// A world is a disk under test. Its methods fail the test instead of returning errors.
type world struct {
	t *testing.T
	disk.FS
}

func (w *world) check(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// write writes at an offset of a file, which it makes if need be.
func (w *world) write(name, data string, off int64) {
	w.t.Helper()
	f := w.open(name, os.O_RDWR|os.O_CREATE)
	_, err := f.WriteAt([]byte(data), off)
	w.check(err)
	w.check(f.Close())
}

func (w *world) open(name string, flag int) disk.File {
	w.t.Helper()
	f, err := w.OpenFile(name, flag, 0o644)
	w.check(err)
	return f
}

// sync syncs files or directories.
func (w *world) sync(names ...string) {
	w.t.Helper()
	for _, name := range names {
		w.check(disk.SyncDir(w.FS, name))
	}
}

// durable writes a file that is there to stay.
func (w *world) durable(name, data string) {
	w.t.Helper()
	w.write(name, data, 0)
	w.sync(name, ".")
}

func (w *world) rename(from, to string) { w.t.Helper(); w.check(w.Rename(from, to)) }
func (w *world) remove(name string)     { w.t.Helper(); w.check(w.Remove(name)) }
func (w *world) mkdir(name string)      { w.t.Helper(); w.check(w.Mkdir(name, 0o755)) }
func (w *world) resize(name string, size int64) {
	w.t.Helper()
	w.check(w.Truncate(name, size))
}

// blocks returns a text of one sector of 512 bytes for each letter.
func blocks(letters string) string {
	var b strings.Builder
	for _, c := range letters {
		b.WriteString(strings.Repeat(string(c), 512))
	}
	return b.String()
}

// picture describes a tree in a line. Short contents are told as they are; of long ones
// each sector is a letter: 0 for zeros, ? for a mixture; times tell a repetition.
func picture(t *testing.T, fsys disk.FS) string {
	var parts []string
	err := fs.WalkDir(fsys, ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil || name == ".":
			return err
		case e.IsDir():
			parts = append(parts, name+"/")
			return nil
		}
		data, err := disk.ReadFile(fsys, name)
		parts = append(parts, name+"="+pictureData(data))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(parts, " ")
}

func pictureData(data []byte) string {
	if len(data) < 100 {
		if slices.ContainsFunc(data, func(c byte) bool { return c >= 127 || c > 0 && c < 32 }) {
			return "?"
		}
		return strings.ReplaceAll(string(data), "\x00", "_")
	}
	var b strings.Builder
	for sector := range slices.Chunk(data, 512) {
		switch {
		case !bytes.Equal(bytes.Repeat(sector[:1], len(sector)), sector):
			b.WriteByte('?')
		case sector[0] == 0:
			b.WriteByte('0')
		default:
			b.WriteByte(sector[0])
		}
	}
	if rest := len(data) % 512; rest != 0 {
		fmt.Fprintf(&b, "+%d", rest)
	}
	return b.String()
}

func TestCrashStatesAreExact(t *testing.T) {
	for _, p := range promises {
		t.Run(p.name, func(t *testing.T) {
			d := p.disk(t)
			var got []string
			for s := range d.CrashStates() {
				got = append(got, picture(t, s))
			}
			n, all := d.CountCrashStates(0)
			if n != len(got) || !all {
				t.Errorf("CountCrashStates: %d, %v; there are %d", n, all, len(got))
			}
			want := lines(p.want)
			slices.Sort(got)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("crash states, -want +got:\n%s", diff)
			}
		})
	}
}

// TestCrashReachesAllStates checks that Crash yields one of the crash states and
// comes to each of them with some seed.
func TestCrashReachesAllStates(t *testing.T) {
	for _, p := range promises {
		t.Run(p.name, func(t *testing.T) {
			missing := map[string]bool{}
			for _, s := range lines(p.want) {
				missing[s] = true
			}
			legal := len(missing)
			for seed := uint64(0); len(missing) > 0 && seed < 5000; seed++ {
				p.seed(seed, t, missing)
			}
			if len(missing) > 0 {
				t.Errorf("of %d states these were never reached: %v", legal, missing)
			}
		})
	}
}

// seed crashes with one seed and takes the state off the list of those missing.
func (p *promise) seed(seed uint64, t *testing.T, missing map[string]bool) {
	d := disk.New(disk.Options{Seed: seed, Personality: p.personality, Drive: p.drive, SectorSize: p.sector})
	w := &world{t, d}
	p.prepare(w)
	p.change(w)
	got := picture(t, d.Crash())
	if !slices.Contains(lines(p.want), got) {
		t.Fatalf("seed %d: the crash left %q, which is not a crash state", seed, got)
	}
	delete(missing, got)
}

// disk returns a disk with all that the promise is about.
func (p *promise) disk(t *testing.T) *disk.Disk {
	d := disk.New(disk.Options{Personality: p.personality, Drive: p.drive, SectorSize: p.sector})
	w := &world{t, d}
	p.prepare(w)
	if n, _ := d.CountCrashStates(0); n != 1 {
		t.Fatalf("%d crash states of what was made durable", n)
	}
	p.change(w)
	return d
}

// lines returns the lines of a text without the space around them, in order.
func lines(text string) []string {
	var list []string
	for _, line := range strings.Split(text, "\n") {
		list = append(list, strings.TrimSpace(line))
	}
	slices.Sort(list)
	return list
}
