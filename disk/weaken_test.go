package disk_test

import (
	"errors"
	"io/fs"
	"testing"

	"github.com/terrella-go/terrella/disk"
)

// states returns what a file may hold after a crash; "-" if it may be missing.
func states(t *testing.T, d *disk.Disk, name string) map[string]bool {
	t.Helper()
	all := make(map[string]bool)
	for s := range d.CrashStates() {
		data, err := disk.ReadFile(s, name)
		switch {
		case err == nil:
			all[string(data)] = true
		case errors.Is(err, fs.ErrNotExist):
			all["-"] = true
		default:
			t.Fatal(err)
		}
	}
	return all
}

// replace replaces the file x, which holds "old" for good, by "new", as careful programs do.
func replace(t *testing.T, d *disk.Disk) {
	t.Helper()
	dir, err := d.OpenFile(".", 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	put := func(name, text string) {
		if err := disk.WriteFile(d, name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		f, err := d.OpenFile(name, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if err := f.Sync(); err != nil {
			t.Fatal(err)
		}
	}
	put("x", "old")
	if err := dir.Sync(); err != nil {
		t.Fatal(err)
	}
	put("y", "new")
	if err := d.Rename("y", "x"); err != nil {
		t.Fatal(err)
	}
}

// Each weakness takes away one promise: what a crash may leave says which.
func TestWeakness(t *testing.T) {
	for _, p := range []disk.Personality{disk.Strict, disk.Ext4Ordered, disk.XFS} {
		for _, test := range []struct {
			name     string
			weak     disk.Weakness
			may, not []string
		}{
			{"none", disk.Weakness{}, []string{"old", "new"}, []string{"-", ""}},
			{"sync", disk.Weakness{Sync: true}, []string{"old"}, nil},
			{"dirsync", disk.Weakness{SyncDir: true}, []string{"new"}, nil},
			{"rename", disk.Weakness{Rename: true}, []string{"old", "new", "-"}, []string{""}},
		} {
			used := 0
			test.weak.Used = func() { used++ }
			d := disk.New(disk.Options{Personality: p, Weakness: &test.weak})
			replace(t, d)
			got := states(t, d, "x")
			for _, want := range test.may {
				if !got[want] {
					t.Errorf("%v, %s: a crash never leaves %q: %v", p, test.name, want, got)
				}
			}
			for _, bad := range test.not {
				if got[bad] {
					t.Errorf("%v, %s: a crash may leave %q", p, test.name, bad)
				}
			}
			if (used > 0) != (test.name != "none") {
				t.Errorf("%v, %s: used %d times", p, test.name, used)
			}
		}
	}
}

// Without the sync of a directory a file in it may be gone; without that of a file its contents may.
func TestWeakSyncs(t *testing.T) {
	for _, test := range []struct {
		weak disk.Weakness
		want string // what may be left, besides the whole
	}{{disk.Weakness{SyncDir: true}, "-"}, {disk.Weakness{Sync: true}, ""}} {
		for _, weak := range []bool{false, true} {
			o := disk.Options{}
			if weak {
				o.Weakness = &test.weak
			}
			d := disk.New(o)
			if err := disk.WriteFile(d, "x", []byte("all of it"), 0o644); err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{"x", "."} {
				f, err := d.OpenFile(name, 0, 0)
				if err != nil {
					t.Fatal(err)
				}
				if err := f.Sync(); err != nil {
					t.Fatal(err)
				}
				f.Close()
			}
			got := states(t, d, "x")
			if !got["all of it"] || got[test.want] != weak || !weak && len(got) != 1 {
				t.Errorf("%+v, in force %t: a crash may leave %v", test.weak, weak, got)
			}
		}
	}
}
