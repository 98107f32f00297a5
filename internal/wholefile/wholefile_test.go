package wholefile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "new", "x.json")
	for _, text := range []string{"first", "second, longer", ""} {
		if err := Write(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(name); err != nil || string(got) != text {
			t.Errorf("read %q, %v; want %q", got, err, text)
		}
	}
	if left, err := os.ReadDir(filepath.Dir(name)); err != nil || len(left) != 1 {
		t.Errorf("%d files are left, %v; want one", len(left), err)
	}
}

// What can't be written leaves the old file, and nothing beside it.
func TestWriteFails(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "x.json")
	if err := os.Mkdir(name, 0o777); err != nil { // no file can take a folder's name
		t.Fatal(err)
	}
	if err := Write(name, []byte("data"), 0o644); err == nil {
		t.Error("a file took the place of a folder")
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("%d entries are left, %v; want one", len(left), err)
	}
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	err := Write(filepath.Join(dir, "file", "x.json"), nil, 0o644)
	var path *fs.PathError
	if !errors.As(err, &path) {
		t.Errorf("below a file: %v; want an error of package os", err)
	}
}
