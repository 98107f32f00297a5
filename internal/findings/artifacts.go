package findings

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Collect copies the failure files, traces and pictures of all findings that the set keeps into one folder, with a folder a bucket, and
// makes the findings name the copies. The folder is made if need be; files of the same name in it are replaced. A file
// that can't be copied is an error; the others are copied all the same.
func (s *Set) Collect(dir string) error {
	var trouble []error
	for _, b := range s.Buckets() {
		used := make(map[string]bool)
		for _, f := range b.Smallest {
			first := f.File
			if first == "" {
				first = f.Trace
			}
			if first == "" {
				first = f.Picture
			}
			if first == "" {
				continue
			}
			base := filepath.Join(dir, b.Key.ID, strings.TrimSuffix(filepath.Base(first), filepath.Ext(first)))
			for stem, n := base, 2; used[base]; n++ {
				base = fmt.Sprintf("%s-%d", stem, n)
			}
			used[base] = true
			for _, name := range []*string{&f.File, &f.Trace, &f.Picture} {
				if *name == "" {
					continue
				}
				to := base + filepath.Ext(*name)
				if err := copyFile(to, *name); err != nil {
					trouble = append(trouble, err)
					continue
				}
				*name = to
			}
		}
	}
	return errors.Join(trouble...)
}

// copyFile copies a file, unless it is its own copy already.
func copyFile(to, from string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
		return err
	}
	if a, err := os.Stat(to); err == nil {
		if b, err := in.Stat(); err == nil && os.SameFile(a, b) {
			return nil
		}
	}
	out, err := os.CreateTemp(filepath.Dir(to), ".writing-*")
	if err != nil {
		return err
	}
	defer os.Remove(out.Name()) // fails once it has its name
	_, err = io.Copy(out, in)
	err = errors.Join(err, out.Chmod(0o644), out.Close())
	if err != nil {
		return err
	}
	return os.Rename(out.Name(), to)
}
