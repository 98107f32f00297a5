package campaign

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// mount mounts a file system of a size, and reports whether this process may.
func mount(t *testing.T, size string, flags uintptr) (dir string, ok bool) {
	t.Helper()
	dir = t.TempDir()
	err := syscall.Mount("tmpfs", dir, "tmpfs", flags, "size="+size)
	if errors.Is(err, os.ErrPermission) {
		return "", false
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir, true
}

// The disk is full when the first failure is to be kept. Where this process may not mount one, a folder that can't be
// made stands for it.
func TestFullDisk(t *testing.T) {
	out, ok := mount(t, "64k", 0)
	if !ok {
		out = filepath.Join(os.DevNull, "out")
	}
	r := start(t, 30, func(c *Config, r *run) { c.Out = out }, "TestSevens")
	r.wantUnkept(t)
	if ok {
		kept := 0
		for _, b := range r.Found().Buckets() {
			for _, f := range b.Smallest {
				if f.File != "" {
					kept++
				}
			}
		}
		checkWhole(t, out, kept)
	}
}

func TestReadOnlyFolder(t *testing.T) {
	out, ok := mount(t, "1m", syscall.MS_RDONLY)
	if !ok {
		out = t.TempDir()
		if err := os.Chmod(out, 0o555); err != nil {
			t.Fatal(err)
		}
		if os.Geteuid() == 0 {
			out = filepath.Join(os.DevNull, "out") // permissions are not for root
		}
	}
	r := start(t, 30, func(c *Config, r *run) { c.Out = out }, "TestSevens")
	r.wantUnkept(t)
}
