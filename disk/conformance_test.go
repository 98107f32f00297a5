package disk_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/terrella-go/terrella/disk"
)

// TestConformance runs the cases of testdata/conformance.txt on a real directory
// and on simulated disks of all personalities.
func TestConformance(t *testing.T) {
	text, err := os.ReadFile("testdata/conformance.txt")
	if err != nil {
		t.Fatal(err)
	}
	cases := strings.Split(string(text), "\n-- ")[1:]
	if len(cases) < 80 {
		t.Errorf("only %d cases", len(cases))
	}
	for _, c := range cases {
		name, script, _ := strings.Cut(c, "\n")
		t.Run("real/"+name, func(t *testing.T) { runScript(t, disk.Dir(t.TempDir()), script) })
		for _, p := range personalities {
			t.Run(p.String()+"/"+name, func(t *testing.T) {
				runScript(t, disk.New(disk.Options{Personality: p}), script)
			})
		}
	}
}

func runScript(t *testing.T, fsys disk.FS, script string) {
	s := &scripted{fsys: fsys, files: map[string]disk.File{}}
	t.Cleanup(s.closeAll)
	for line := range strings.Lines(script) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		call, want, _ := strings.Cut(line, "=>")
		want = strings.TrimSpace(want)
		if got := s.run(strings.Fields(call)); got != want {
			t.Fatalf("%s: got %q, want %q", call, got, want)
		}
	}
}

// A scripted file system carries out the lines of a case.
type scripted struct {
	fsys  disk.FS
	files map[string]disk.File
}

func (s *scripted) closeAll() {
	for _, f := range s.files {
		f.Close()
	}
}

// run carries out one operation and describes what it returned.
func (s *scripted) run(words []string) string {
	words = append(words, "", "", "")
	for i, w := range words {
		words[i] = strings.NewReplacer("%00", "\x00", "%long", strings.Repeat("n", 256), `""`, "").Replace(w)
	}
	if out, ok := s.onName(words[0], words[1], words[2], words[3]); ok {
		return out
	}
	f := s.files[words[1]]
	if f == nil {
		return "no file " + words[1]
	}
	return onFile(f, words[0], words[2], words[3])
}

func (s *scripted) onName(op, a, b, c string) (string, bool) {
	switch op {
	case "open":
		f, err := s.fsys.OpenFile(b, parseFlags(c), 0o644)
		if err == nil {
			s.files[a] = f
		}
		return result("", err), true
	case "put":
		return result("", disk.WriteFile(s.fsys, a, []byte(b), 0o644)), true
	case "cat":
		data, err := disk.ReadFile(s.fsys, a)
		return result(string(data), err), true
	case "stat":
		info, err := s.fsys.Stat(a)
		return result(infoText(info), err), true
	case "ls":
		list, err := s.fsys.ReadDir(a)
		return result(listText(list), err), true
	case "mkdir":
		return result("", s.fsys.Mkdir(a, 0o755)), true
	case "mkdirall":
		return result("", s.fsys.MkdirAll(a, 0o755)), true
	case "remove":
		return result("", s.fsys.Remove(a)), true
	case "removeall":
		return result("", s.fsys.RemoveAll(a)), true
	case "rename":
		return result("", s.fsys.Rename(a, b)), true
	case "link":
		return result("", s.fsys.Link(a, b)), true
	case "resize":
		return result("", s.fsys.Truncate(a, number(b))), true
	case "chmod":
		mode, _ := strconv.ParseUint(b, 8, 32)
		return result("", s.fsys.Chmod(a, fs.FileMode(mode))), true
	case "fsopen":
		f, err := s.fsys.Open(a)
		if err == nil {
			f.Close()
		}
		return result("", err), true
	}
	return "", false
}

func onFile(f disk.File, op, a, b string) string {
	switch op {
	case "read":
		buf := make([]byte, number(a))
		n, err := f.Read(buf)
		return result(string(buf[:n]), err)
	case "readat":
		buf := make([]byte, number(b))
		n, err := f.ReadAt(buf, number(a))
		return result(string(buf[:n]), err)
	case "write":
		n, err := f.Write([]byte(a))
		return count(int64(n), err)
	case "writeat":
		n, err := f.WriteAt([]byte(b), number(a))
		return count(int64(n), err)
	case "seek":
		whence := map[string]int{"start": io.SeekStart, "current": io.SeekCurrent, "end": io.SeekEnd, "99": 99}[b]
		n, err := f.Seek(number(a), whence)
		return count(n, err)
	case "truncate":
		return result("", f.Truncate(number(a)))
	case "sync":
		return result("", f.Sync())
	case "close":
		return result("", f.Close())
	case "statf":
		info, err := f.Stat()
		return result(infoText(info), err)
	case "readdirf":
		list, err := f.ReadDir(int(number(a)))
		return result(listText(list), err)
	case "lock":
		return result("", f.TryLock())
	case "rlock":
		return result("", f.TryRLock())
	case "unlock":
		return result("", f.Unlock())
	}
	return "no operation " + op
}

func number(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		panic(err)
	}
	return n
}

func parseFlags(text string) int {
	flag := 0
	for _, name := range strings.Split(text, "|") {
		flag |= map[string]int{"rdonly": os.O_RDONLY, "wronly": os.O_WRONLY, "rdwr": os.O_RDWR, "create": os.O_CREATE,
			"excl": os.O_EXCL, "trunc": os.O_TRUNC, "append": os.O_APPEND, "sync": os.O_SYNC}[name]
	}
	return flag
}

func infoText(info fs.FileInfo) string {
	switch {
	case info == nil:
		return ""
	case info.IsDir():
		return fmt.Sprintf("dir %o", info.Mode().Perm())
	}
	return fmt.Sprintf("file %d %o", info.Size(), info.Mode().Perm())
}

func listText(list []fs.DirEntry) string {
	var names []string
	for _, e := range list {
		name := e.Name()
		if e.IsDir() {
			name += "/"
		}
		names = append(names, name)
	}
	slices.Sort(names) // a directory read by its file has no order on a real disk
	return strings.Join(names, " ")
}

func count(n int64, err error) string {
	if err != nil && n == 0 {
		return errorText(err)
	}
	return result(strconv.FormatInt(n, 10), err)
}

func result(text string, err error) string {
	text = strings.ReplaceAll(text, "\x00", "_")
	if err == nil {
		return text
	}
	return strings.TrimSpace(text + " " + errorText(err))
}

// errorText names an error, and insists on its shape.
func errorText(err error) string {
	var pe *fs.PathError
	var le *os.LinkError
	switch {
	case err == io.EOF:
		return "EOF"
	case !errors.As(err, &pe) && !errors.As(err, &le):
		return "error"
	case errors.Is(err, fs.ErrClosed):
		return "closed"
	case errors.Is(err, fs.ErrInvalid):
		return "invalid"
	}
	for name, no := range map[string]syscall.Errno{
		"ENOENT": syscall.ENOENT, "EEXIST": syscall.EEXIST, "ENOTDIR": syscall.ENOTDIR, "EISDIR": syscall.EISDIR,
		"EINVAL": syscall.EINVAL, "EBADF": syscall.EBADF, "ENOTEMPTY": syscall.ENOTEMPTY, "EBUSY": syscall.EBUSY,
		"EXDEV": syscall.EXDEV, "EPERM": syscall.EPERM, "ENAMETOOLONG": syscall.ENAMETOOLONG, "EAGAIN": syscall.EAGAIN,
		"EIO": syscall.EIO, "ENOSPC": syscall.ENOSPC, "EROFS": syscall.EROFS, "EACCES": syscall.EACCES, "EFBIG": syscall.EFBIG,
	} {
		if errors.Is(err, no) {
			return name
		}
	}
	if strings.Contains(err.Error(), "negative offset") {
		return "negative"
	}
	return err.Error()
}

func TestFS(t *testing.T) {
	for name, fsys := range map[string]disk.FS{"real": disk.Dir(t.TempDir()), "simulated": disk.New(disk.Options{})} {
		t.Run(name, func(t *testing.T) {
			w := &world{t, fsys}
			w.check(w.MkdirAll("d/e/f", 0o755))
			files := []string{"a", "b.txt", "d/a", "d/e/large", "d/e/f/x"}
			for _, name := range files {
				w.write(name, "contents of "+name, 0)
			}
			w.write("d/e/large", strings.Repeat("0123456789", 1000), 10)
			w.write("empty", "", 0)
			if err := fstest.TestFS(fsys, append(files, "empty")...); err != nil {
				t.Error(err)
			}
		})
	}
}
