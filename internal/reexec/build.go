package reexec

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/terrella-go/terrella/internal/overlay"
)

// build builds the binary's package in dir, as a test with the patched runtime, and
// returns where it is: in the cache, under a name that depends on the package and the flags. Tests
// that start their own binary again, by os.Args, find it there as long as they run.
func (b *binary) build(dir string, o *overlay.Overlay, name string) (string, error) {
	tags := overlay.Tag
	if b.tags != "" {
		tags = b.tags + "," + tags
	}
	args := append([]string{"test", "-c", "-vet=off", "-tags=" + tags}, o.Flags()...)
	args = append(args, b.flags...)
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no place for the test binary: %w; set HOME or XDG_CACHE_HOME", err)
	}
	binaries := filepath.Join(cache, "terrella", "tests")
	key := sha256.Sum256([]byte(dir + "\n" + o.Dir + "\n" + strings.Join(append(args, b.packages...), "\n")))
	folder := filepath.Join(binaries, hex.EncodeToString(key[:8]))
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return "", fmt.Errorf("no place for the test binary: %w; make the cache writable, or set XDG_CACHE_HOME to a folder that is", err)
	}
	overlay.RemoveUnused(binaries, maxAge)
	tmp, err := os.MkdirTemp(folder, "new-")
	if err != nil {
		return "", fmt.Errorf("no place for the test binary: %w; make the cache writable, or set XDG_CACHE_HOME to a folder that is", err)
	}
	defer os.RemoveAll(tmp)
	built := filepath.Join(tmp, name)
	cmd := exec.Command(o.Command, append(append(args, "-o", built), b.packages...)...)
	cmd.Dir = dir
	cmd.Env = append(cmd.Environ(), o.Env()...)
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	notice := time.AfterFunc(patience, func() {
		fmt.Fprintln(os.Stderr, "terrella: building with the patched runtime; the first build takes about a minute, later ones are cached")
	})
	err = cmd.Run()
	notice.Stop()
	if err != nil {
		return "", fmt.Errorf("cannot build this package with the patched runtime: %w\n%s", err, bytes.TrimSpace(output.Bytes()))
	}
	final := filepath.Join(folder, name)
	if err := os.Rename(built, final); err != nil {
		return "", fmt.Errorf("cannot keep the test binary: %w", err)
	}
	return final, nil
}

// maxAge is how long an unused test binary stays in the cache.
const maxAge = 5 * 24 * time.Hour
