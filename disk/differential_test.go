package disk_test

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/terrella-go/terrella/disk"
	"pgregory.net/rapid"
)

// TestDifferential carries out random operations on a real directory and on a
// simulated disk and wants the same results and the same tree at the end.
// TERRELLA_DISK_SEQUENCES sets the number of sequences.
func TestDifferential(t *testing.T) {
	setChecks(t, sequences(t))
	root := t.TempDir()
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		dir := fmt.Sprintf("%s/%d", root, n)
		if err := os.Mkdir(dir, 0o755); err != nil {
			rt.Fatal(err)
		}
		defer os.RemoveAll(dir)
		p := personalities[rapid.IntRange(0, len(personalities)-1).Draw(rt, "personality")]
		d := &differ{t: rt, real: side{fsys: disk.Dir(dir)}, sim: side{fsys: disk.New(disk.Options{Personality: p})}}
		defer d.closeAll()
		for range rapid.IntRange(1, 60).Draw(rt, "operations") {
			d.step()
		}
		d.same("tree", tree(d.real.fsys), tree(d.sim.fsys))
	})
}

var personalities = []disk.Personality{disk.Strict, disk.Ext4Ordered, disk.Ext4Writeback, disk.XFS}

// sequences returns how many sequences are asked for.
func sequences(t *testing.T) int {
	text := os.Getenv("TERRELLA_DISK_SEQUENCES")
	if text == "" {
		return 400
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("TERRELLA_DISK_SEQUENCES=%q is not a number of sequences", text)
	}
	return n
}

// setChecks sets rapid's number of checks during a test.
func setChecks(t *testing.T, n int) {
	old := flag.Lookup("rapid.checks").Value.String()
	if err := flag.Set("rapid.checks", strconv.Itoa(n)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { flag.Set("rapid.checks", old) })
}

// A side is one of the two file systems, with the files open on it.
type side struct {
	fsys  disk.FS
	files []disk.File
}

func (s *side) isDir(a args) bool {
	info, err := s.files[a.file].Stat()
	return err == nil && info.IsDir()
}

type differ struct {
	t         *rapid.T
	real, sim side
}

func (d *differ) closeAll() {
	for _, s := range []side{d.real, d.sim} {
		for _, f := range s.files {
			f.Close()
		}
	}
}

func (d *differ) same(what, real, sim string) {
	if real != sim {
		d.t.Fatalf("%s:\nreal      %s\nsimulated %s", what, real, sim)
	}
}

var (
	paths = []string{"a", "b", "c", "d", "d/a", "d/b", "d/e", "d/e/a", "a/x", "./b", "d//a", "d/../c", "../a", "/b", ".", "", "d/", "nul\x00"}
	flags = []int{os.O_RDONLY, os.O_WRONLY, os.O_RDWR, os.O_RDWR | os.O_CREATE, os.O_RDWR | os.O_CREATE,
		os.O_WRONLY | os.O_CREATE | os.O_EXCL, os.O_RDWR | os.O_CREATE | os.O_TRUNC, os.O_RDWR | os.O_APPEND,
		os.O_WRONLY | os.O_APPEND | os.O_CREATE, os.O_RDWR | os.O_SYNC, os.O_WRONLY | os.O_RDWR}
	sizes = []int{0, 1, 10, 511, 512, 513, 4095, 4096, 4097, 10000}
)

// step draws one operation and does it on both sides.
func (d *differ) step() {
	draw := func(n int, label string) int { return rapid.IntRange(0, n-1).Draw(d.t, label) }
	name := paths[draw(len(paths), "name")]
	if len(d.real.files) == 0 || draw(3, "on name") == 0 {
		op := nameOps[draw(len(nameOps), "operation")]
		other, fl, size := paths[draw(len(paths), "other")], flags[draw(len(flags), "flag")], sizes[draw(len(sizes), "size")]
		a := args{name: name, other: other, flag: fl, size: int64(size)}
		d.same(fmt.Sprintf("%s %+v", op.name, a), op.do(&d.real, a), op.do(&d.sim, a))
		return
	}
	op := fileOps[draw(len(fileOps), "operation")]
	a := args{
		file: draw(len(d.real.files), "file"), size: int64(sizes[draw(len(sizes), "size")]),
		off: int64(sizes[draw(len(sizes), "offset")]) - int64(draw(2, "before")), whence: []int{io.SeekStart, io.SeekCurrent, io.SeekEnd, 99}[draw(4, "whence")],
	}
	d.same(fmt.Sprintf("%s %+v", op.name, a), op.do(&d.real, a), op.do(&d.sim, a))
}

type args struct {
	name, other string
	flag        int
	file        int
	size, off   int64
	whence      int
}

type operation struct {
	name string
	do   func(*side, args) string
}

var nameOps = []operation{
	{"open", func(s *side, a args) string {
		f, err := s.fsys.OpenFile(a.name, a.flag, 0o644)
		if err == nil {
			s.files = append(s.files, f)
		}
		return describe(err)
	}},
	{"open", func(s *side, a args) string {
		f, err := s.fsys.OpenFile(a.name, os.O_RDWR|os.O_CREATE, 0o644)
		if err == nil {
			s.files = append(s.files, f)
		}
		return describe(err)
	}},
	{"mkdir", func(s *side, a args) string { return describe(s.fsys.Mkdir(a.name, 0o755)) }},
	{"mkdirall", func(s *side, a args) string { return describe(s.fsys.MkdirAll(a.name, 0o755)) }},
	{"remove", func(s *side, a args) string { return describe(s.fsys.Remove(a.name)) }},
	{"removeall", func(s *side, a args) string { return describe(s.fsys.RemoveAll(a.name)) }},
	{"rename", func(s *side, a args) string { return describe(s.fsys.Rename(a.name, a.other)) }},
	{"rename", func(s *side, a args) string { return describe(s.fsys.Rename(a.other, a.name)) }},
	{"link", func(s *side, a args) string { return describe(s.fsys.Link(a.name, a.other)) }},
	{"truncate", func(s *side, a args) string { return describe(s.fsys.Truncate(a.name, a.size-1)) }},
	{"chmod", func(s *side, a args) string { return describe(s.fsys.Chmod(a.name, 0o700|fs.FileMode(a.size&0o77))) }},
	{"stat", func(s *side, a args) string {
		info, err := s.fsys.Stat(a.name)
		return describeInfo(info) + describe(err)
	}},
	{"readdir", func(s *side, a args) string {
		list, err := s.fsys.ReadDir(a.name)
		return describeList(list) + describe(err)
	}},
	{"readfile", func(s *side, a args) string {
		data, err := disk.ReadFile(s.fsys, a.name)
		return describeData(data) + describe(err)
	}},
	{"writefile", func(s *side, a args) string {
		return describe(disk.WriteFile(s.fsys, a.name, pattern(int(a.size), 7), 0o644))
	}},
	{"fsopen", func(s *side, a args) string {
		f, err := s.fsys.Open(a.name)
		if err == nil {
			f.Close()
		}
		return describe(err)
	}},
}

var fileOps = []operation{
	{"read", func(s *side, a args) string {
		b := make([]byte, a.size)
		n, err := s.files[a.file].Read(b)
		if s.isDir(a) && len(b) > 0 {
			// It is EISDIR, or EINVAL where the offset is one that only a listing has.
			return fmt.Sprint(n, err != nil)
		}
		return describeData(b[:n]) + describe(err)
	}},
	{"readat", func(s *side, a args) string {
		b := make([]byte, a.size)
		n, err := s.files[a.file].ReadAt(b, a.off)
		return describeData(b[:n]) + describe(err)
	}},
	{"write", func(s *side, a args) string {
		n, err := s.files[a.file].Write(pattern(int(a.size), int(a.off)))
		return fmt.Sprint(n, describe(err))
	}},
	{"writeat", func(s *side, a args) string {
		n, err := s.files[a.file].WriteAt(pattern(int(a.size), int(a.off)), a.off)
		return fmt.Sprint(n, describe(err))
	}},
	{"seek", func(s *side, a args) string {
		if s.isDir(a) {
			return "" // what an offset means for a directory differs from file system to file system
		}
		n, err := s.files[a.file].Seek(a.off, a.whence)
		return fmt.Sprint(n, describe(err))
	}},
	{"truncate", func(s *side, a args) string { return describe(s.files[a.file].Truncate(a.size - 1)) }},
	{"sync", func(s *side, a args) string { return describe(s.files[a.file].Sync()) }},
	{"lock", func(s *side, a args) string { return describe(s.files[a.file].TryLock()) }},
	{"rlock", func(s *side, a args) string { return describe(s.files[a.file].TryRLock()) }},
	{"unlock", func(s *side, a args) string { return describe(s.files[a.file].Unlock()) }},
	{"close", func(s *side, a args) string { return describe(s.files[a.file].Close()) }},
	{"stat", func(s *side, a args) string {
		info, err := s.files[a.file].Stat()
		return describeInfo(info) + describe(err)
	}},
	{"readdir", func(s *side, a args) string {
		list, err := s.files[a.file].ReadDir(-1)
		return describeList(list) + describe(err)
	}},
}

// pattern returns n bytes that tell where they were meant to go.
func pattern(n, salt int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*7 + i>>8 + salt + 1)
	}
	return b
}

// describe tells what both sides must agree on of an error.
func describe(err error) string {
	if err == nil {
		return " ok"
	}
	if err == io.EOF {
		return " EOF"
	}
	var pe *fs.PathError
	var le *os.LinkError
	what := "plain"
	switch {
	case errors.As(err, &pe):
		what = fmt.Sprintf("path %s %q", pe.Op, pe.Path)
	case errors.As(err, &le):
		what = fmt.Sprintf("link %s %q %q", le.Op, le.Old, le.New)
	}
	var no syscall.Errno
	switch {
	case errors.As(err, &no):
		return fmt.Sprintf(" %s errno %d (%v)", what, int(no), no)
	case errors.Is(err, fs.ErrClosed):
		return " " + what + " closed"
	case errors.Is(err, fs.ErrInvalid):
		return " " + what + " invalid"
	}
	return " " + what
}

func describeInfo(info fs.FileInfo) string {
	if info == nil {
		return "none"
	}
	if info.IsDir() {
		return fmt.Sprint(info.Name(), info.Mode())
	}
	return fmt.Sprint(info.Name(), info.Mode(), info.Size())
}

func describeList(list []fs.DirEntry) string {
	var names []string
	for _, e := range list {
		names = append(names, e.Name()+e.Type().String())
	}
	// A real directory that is read by its file has no order.
	slices.Sort(names)
	return strings.Join(names, " ")
}

func describeData(b []byte) string {
	if len(b) <= 16 {
		return fmt.Sprintf("%x", b)
	}
	sum := uint64(len(b))
	for _, c := range b {
		sum = sum*1099511628211 + uint64(c)
	}
	return fmt.Sprintf("%d bytes %x", len(b), sum)
}

// tree describes all that is on a file system.
func tree(fsys disk.FS) string {
	var b strings.Builder
	err := fs.WalkDir(fsys, ".", func(name string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := fsys.Stat(name)
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "%s %s", name, describeInfo(info))
		if !info.IsDir() {
			data, err := disk.ReadFile(fsys, name)
			fmt.Fprintf(&b, " %s%s", describeData(data), describe(err))
		}
		b.WriteString("\n")
		return nil
	})
	return b.String() + describe(err)
}
