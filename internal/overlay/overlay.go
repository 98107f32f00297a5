// Package overlay makes the patched runtime: a copy of the few standard-library files
// that have to behave otherwise inside a world, with the changes made.
//
// The files are made from the user's own GOROOT by anchored edits, so nothing of Go's
// source is kept here, and written into the user's cache directory together with an
// overlay file as the go command's -overlay flag takes it. Their folder's name holds a hash of all
// that went into them: a changed GOROOT or a changed edit makes a new folder, and
// several processes may make the same one at once.
//
// The go command refuses overlays of files in the module cache, where it keeps the toolchains that
// it fetches itself. For such a toolchain the patched runtime is a shadow GOROOT: symbolic
// links to all of it but the patched packages. It is used, too, in the root folder of the file
// system, where the go command looks for an overlay's files without end (seen in Go 1.26).
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
	"time"
)

// Tag is the build tag that goes with the patched runtime: packages that reach into it are
// built with it, and compile to stubs without.
const Tag = "terrella"

//go:embed inserts
var inserts embed.FS

// ignore keeps the inserted files out of this module's own builds. It is the first or only term of their
// build constraints, and taken out of the copies.
const ignore = "//go:build ignore"

// A Toolchain is a Go installation.
type Toolchain struct {
	Command string // path of the go command
	Release string // "go1.26.8"
	Root    string // GOROOT
	Sealed  bool   // its files can't be overlaid where it is, or where it is used
}

// An Overlay is a patched runtime on disk. Its toolchain's Command is the one to build with.
type Overlay struct {
	Toolchain
	File    string // for go build -overlay; empty if there is a Shadow
	Shadow  string // GOROOT that holds the patch; empty if there is a File
	Dir     string // where the patched files are
	Patched int    // standard-library files changed or added
	Fresh   bool   // it was made just now
}

// Flags returns the flags with which Command builds on the patched runtime, but for the tag.
func (o *Overlay) Flags() []string {
	if o.File == "" {
		return nil
	}
	return []string{"-overlay=" + o.File}
}

// Env returns the variables with which Command builds on the patched runtime, as "NAME=value".
func (o *Overlay) Env() []string {
	if o.Shadow == "" {
		return nil
	}
	return []string{"GOROOT=" + o.Shadow}
}

// ErrNoGo is wrapped by Find's error where there is no go command.
var ErrNoGo = errors.New("no go command")

// Find returns the toolchain that the go command on the path uses in dir.
func Find(dir string) (Toolchain, error) {
	command, err := exec.LookPath("go")
	if err != nil {
		return Toolchain{}, fmt.Errorf("%w on the path: the patched runtime is built with it; install Go 1.%d or newer, or set PATH", ErrNoGo, oldest)
	}
	cmd := exec.Command(command, "env", "-json", "GOROOT", "GOVERSION", "GOMODCACHE")
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return Toolchain{}, fmt.Errorf("go env: %w: %s", err, bytes.TrimSpace(stderr.Bytes()))
	}
	var env struct{ GOROOT, GOVERSION, GOMODCACHE string }
	if err := json.Unmarshal(out, &env); err != nil {
		return Toolchain{}, fmt.Errorf("go env: %w", err)
	}
	tc := Toolchain{Command: command, Release: env.GOVERSION, Root: env.GOROOT}
	if original, ok := shadowed(tc.Root); ok {
		// The process was started by a test on the patched runtime, or under what `terrella env` prints.
		tc.Root, tc.Sealed = original, true
	}
	if env.GOMODCACHE != "" && strings.HasPrefix(tc.Root, env.GOMODCACHE+string(filepath.Separator)) {
		tc.Sealed = true
	}
	if dir, err = filepath.Abs(dir); err == nil && filepath.Dir(dir) == dir {
		tc.Sealed = true
	}
	return tc, nil
}

// oldest and newest are the minor releases that the edits were made for.
const (
	oldest = 25
	newest = 27
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
	if tc.Sealed {
		fmt.Fprintln(sum, shadowMark)
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(sum, "%s %d\n", name, len(files[name]))
		sum.Write(files[name])
	}
	parent := filepath.Join(cache, "terrella", "runtime")
	dir := filepath.Join(parent, tc.Release+"-"+hex.EncodeToString(sum.Sum(nil))[:16])
	o := &Overlay{Toolchain: tc, Dir: dir, Patched: len(files)}
	if tc.Sealed {
		o.Shadow = filepath.Join(dir, "goroot")
		o.Command = filepath.Join(o.Shadow, "bin", "go"+exeSuffix)
	} else {
		o.File = filepath.Join(dir, "overlay.json")
	}
	if o.complete() {
		now := time.Now()
		_ = os.Chtimes(dir, now, now) // a cache that can't be written still serves
		return o, nil
	}
	RemoveUnused(parent, maxAge)
	if err := o.write(parent, files); err != nil {
		return nil, fmt.Errorf("cannot write the patched runtime: %w; make the cache writable, or set XDG_CACHE_HOME to a folder that is", err)
	}
	o.Fresh = true
	return o, nil
}

// maxAge is how long a patched runtime that nobody uses stays in the cache.
const maxAge = 30 * 24 * time.Hour

// RemoveUnused removes what lies in a folder of the cache and was not changed, nor its time set, for so long. What can't be removed stays.
func RemoveUnused(folder string, age time.Duration) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > age {
			os.RemoveAll(filepath.Join(folder, e.Name()))
		}
	}
}

// complete reports whether the patched runtime is on disk.
func (o *Overlay) complete() bool {
	last := o.File
	if o.Shadow != "" {
		last = o.Command
	}
	_, err := os.Stat(last)
	return err == nil
}

// write puts the files into a folder of a temporary name and renames it, so that
// the final name never holds half a runtime.
func (o *Overlay) write(parent string, files map[string][]byte) error {
	if err := os.MkdirAll(parent, 0o777); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(parent, "new-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	if o.Shadow != "" {
		err = shadow(filepath.Join(tmp, "goroot"), o.Root, files)
	} else {
		err = o.writeOverlay(tmp, files)
	}
	if err != nil {
		return err
	}
	err = os.Rename(tmp, o.Dir)
	if o.complete() {
		return nil // ours, or that of a process that was quicker
	}
	return err
}

// writeOverlay writes the files and the overlay file that names them into dir, which will be o.Dir.
func (o *Overlay) writeOverlay(dir string, files map[string][]byte) error {
	replace := make(map[string]string, len(files))
	for name, data := range files {
		if err := writeFile(filepath.Join(dir, filepath.FromSlash(name)), data); err != nil {
			return err
		}
		replace[filepath.Join(o.Root, "src", filepath.FromSlash(name))] = filepath.Join(o.Dir, filepath.FromSlash(name))
	}
	data, err := json.MarshalIndent(map[string]any{"Replace": replace}, "", "\t")
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(dir, "overlay.json"), data)
}

// writeFile writes a file and makes the folders that it lies in.
func writeFile(name string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return err
	}
	return os.WriteFile(name, data, 0o666)
}

// patch returns the changed and added files of a toolchain by their names below GOROOT/src.
func patch(tc Toolchain) (map[string][]byte, error) {
	n, err := supported(tc.Release)
	if err != nil {
		return nil, err
	}
	files, err := edited(tc, n)
	if err != nil {
		return nil, err
	}
	return files, addInserts(files)
}

// supported returns the second number of a release whose runtime can be patched, or an error that says that it can't.
func supported(release string) (int, error) {
	n, ok := minor(release)
	if !ok || n < oldest || n > newest {
		return 0, fmt.Errorf("%s is not supported: this version of Terrella patches the runtime of Go 1.%d to 1.%d; select one with GOTOOLCHAIN, or update Terrella", release, oldest, newest)
	}
	return n, nil
}

// editsOf returns the edits for release 1.n, by file.
func editsOf(n int) map[string][]edit {
	byFile := make(map[string][]edit)
	for _, e := range edits {
		if n >= e.from && (e.to == 0 || n <= e.to) {
			byFile[e.file] = append(byFile[e.file], e)
		}
	}
	return byFile
}

// edited returns the standard library's files that edits change in release 1.n, changed.
func edited(tc Toolchain, n int) (map[string][]byte, error) {
	byFile := editsOf(n)
	files := make(map[string][]byte)
	moved := &MovedError{Release: tc.Release}
	for _, file := range slices.Sorted(maps.Keys(byFile)) {
		source, err := os.ReadFile(filepath.Join(tc.Root, "src", filepath.FromSlash(file)))
		if errors.Is(err, fs.ErrNotExist) {
			moved.Moved = append(moved.Moved, &AnchorError{File: file})
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("cannot patch the runtime of %s: %w", tc.Release, err)
		}
		var here *MovedError
		files[file], err = apply(tc.Release, file, source, byFile[file])
		if errors.As(err, &here) {
			moved.Moved = append(moved.Moved, here.Moved...)
		} else if err != nil {
			return nil, err
		}
	}
	if moved.Moved != nil {
		return nil, moved
	}
	return files, nil
}

// addInserts adds the files that are ours alone.
func addInserts(files map[string][]byte) error {
	return fs.WalkDir(inserts, "inserts", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".go" {
			return err
		}
		data, err := inserts.ReadFile(name)
		if err != nil {
			return err
		}
		files[strings.TrimPrefix(name, "inserts/")], err = unignore(name, data)
		return err
	})
}

// unignore returns an insert as it stands in the patched runtime. What is left of its build
// constraint, a release as a rule, is the go command's to judge.
func unignore(name string, data []byte) ([]byte, error) {
	first, rest, _ := bytes.Cut(data, []byte("\n"))
	term, constraint, more := strings.Cut(string(first), " && ")
	switch {
	case term != ignore:
		return nil, fmt.Errorf("%s does not begin with %q", name, ignore)
	case more:
		return append([]byte("//go:build "+constraint+"\n"), rest...), nil
	}
	return bytes.TrimPrefix(rest, []byte("\n")), nil
}
