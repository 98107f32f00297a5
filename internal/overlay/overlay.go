// Package overlay makes the patched runtime: a copy of the few standard-library files
// that have to behave otherwise inside a world, with the changes made.
//
// The files are made from the user's own GOROOT by anchored edits, so nothing of Go's
// source is kept here, and written into the user's cache directory together with an
// overlay file as the go command's -overlay flag takes it. Their folder's name holds a hash of all
// that went into them: a changed GOROOT or a changed edit makes a new folder, and
// several processes may make the same one at once.
//
// A Go release that the edits were not made for is refused with an error
// that names the file and the anchor. Nothing falls back to the runtime as it was.
package overlay

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Tag is the build tag that goes with the patched runtime: packages that reach into it are
// built with it, and compile to stubs without.
const Tag = "terrella"

//go:embed inserts
var inserts embed.FS

// insertHeader marks the inserted files in this module; it is taken out of the copies.
const insertHeader = "//go:build ignore\n\n"

// A Toolchain is a Go installation.
type Toolchain struct {
	Command string // path of the go command
	Release string // "go1.26.8"
	Root    string // GOROOT
}

// An Overlay is a patched runtime on disk.
type Overlay struct {
	Toolchain
	File    string // for go build -overlay
	Dir     string // where the patched files are
	Patched int    // standard-library files changed or added
	Fresh   bool   // it was made just now
}

// ErrNoGo is wrapped by Find's error where there is no go command.
var ErrNoGo = errors.New("no go command")

// Find returns the toolchain that the go command on the path uses in dir.
func Find(dir string) (Toolchain, error) {
	command, err := exec.LookPath("go")
	if err != nil {
		return Toolchain{}, fmt.Errorf("%w on the path: the patched runtime is built with it; install Go 1.%d or newer, or set PATH", ErrNoGo, oldest)
	}
	cmd := exec.Command(command, "env", "-json", "GOROOT", "GOVERSION")
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return Toolchain{}, fmt.Errorf("go env: %w: %s", err, bytes.TrimSpace(stderr.Bytes()))
	}
	var env struct{ GOROOT, GOVERSION string }
	if err := json.Unmarshal(out, &env); err != nil {
		return Toolchain{}, fmt.Errorf("go env: %w", err)
	}
	return Toolchain{Command: command, Release: env.GOVERSION, Root: env.GOROOT}, nil
}

// oldest and newest are the minor releases that the edits were made for.
const (
	oldest = 26
	newest = 26
)

// Releases names the oldest and the newest release whose runtime can be patched, without
// the third number: "go1.26".
func Releases() (first, last string) {
	return fmt.Sprintf("go1.%d", oldest), fmt.Sprintf("go1.%d", newest)
}

// minor returns the second number of a release name such as go1.26.8 or go1.27rc1.
func minor(release string) (int, bool) {
	rest, ok := strings.CutPrefix(release, "go1.")
	if !ok {
		return 0, false
	}
	end := 0
	for end < len(rest) && '0' <= rest[end] && rest[end] <= '9' {
		end++
	}
	n, err := strconv.Atoi(rest[:end])
	return n, err == nil
}

// Make returns the patched runtime for a toolchain, making it if the cache does not hold it.
func Make(tc Toolchain) (*Overlay, error) {
	files, err := patch(tc)
	if err != nil {
		return nil, err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, fmt.Errorf("no place for the patched runtime: %w; set HOME or XDG_CACHE_HOME", err)
	}
	sum := sha256.New()
	fmt.Fprintf(sum, "%s\n%s\n", tc.Release, tc.Root)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(sum, "%s %d\n", name, len(files[name]))
		sum.Write(files[name])
	}
	parent := filepath.Join(cache, "terrella", "runtime")
	dir := filepath.Join(parent, tc.Release+"-"+hex.EncodeToString(sum.Sum(nil))[:16])
	o := &Overlay{Toolchain: tc, Dir: dir, File: filepath.Join(dir, "overlay.json"), Patched: len(files)}
	if _, err := os.Stat(o.File); err == nil {
		return o, nil
	}
	if err := write(parent, o, files); err != nil {
		return nil, fmt.Errorf("cannot write the patched runtime: %w; make the cache writable, or set XDG_CACHE_HOME to a folder that is", err)
	}
	o.Fresh = true
	return o, nil
}

// write puts the files into a folder of a temporary name and renames it, so that
// the final name never holds half a runtime.
func write(parent string, o *Overlay, files map[string][]byte) error {
	if err := os.MkdirAll(parent, 0o777); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(parent, "new-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	replace := make(map[string]string, len(files))
	for name, data := range files {
		file := filepath.Join(tmp, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(file, data, 0o666); err != nil {
			return err
		}
		replace[filepath.Join(o.Root, "src", filepath.FromSlash(name))] = filepath.Join(o.Dir, filepath.FromSlash(name))
	}
	data, err := json.MarshalIndent(map[string]any{"Replace": replace}, "", "\t")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(tmp, "overlay.json"), data, 0o666); err != nil {
		return err
	}
	err = os.Rename(tmp, o.Dir)
	if _, statErr := os.Stat(o.File); statErr == nil {
		return nil // ours, or that of a process that was quicker
	}
	return err
}

// patch returns the changed and added files of a toolchain by their names below GOROOT/src.
func patch(tc Toolchain) (map[string][]byte, error) {
	n, ok := minor(tc.Release)
	if !ok || n < oldest || n > newest {
		return nil, fmt.Errorf("%s is not supported: this version of Terrella patches the runtime of Go 1.%d to 1.%d; select one with GOTOOLCHAIN, or update Terrella", tc.Release, oldest, newest)
	}
	byFile := make(map[string][]edit)
	for _, e := range edits {
		if n >= e.from && (e.to == 0 || n <= e.to) {
			byFile[e.file] = append(byFile[e.file], e)
		}
	}
	files := make(map[string][]byte)
	for _, file := range slices.Sorted(maps.Keys(byFile)) {
		source, err := os.ReadFile(filepath.Join(tc.Root, "src", filepath.FromSlash(file)))
		if err != nil {
			return nil, fmt.Errorf("cannot patch the runtime of %s: %w", tc.Release, err)
		}
		if files[file], err = apply(tc.Release, file, source, byFile[file]); err != nil {
			return nil, err
		}
	}
	err := fs.WalkDir(inserts, "inserts", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".go" {
			return err
		}
		data, err := inserts.ReadFile(name)
		if err != nil {
			return err
		}
		files[strings.TrimPrefix(name, "inserts/")] = bytes.TrimPrefix(data, []byte(insertHeader))
		return nil
	})
	return files, err
}
