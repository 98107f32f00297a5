package campaign

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Build builds the package's test binary, once for the campaign, into the folder dir. The binary that is built lies in the user's cache,
// where the go command finds next time that there is nothing to link; dir gets a name for it that later builds do not take away.
func (p *Package) Build(goCommand func(args ...string) *exec.Cmd, flags []string, dir string) error {
	sum := sha256.Sum256([]byte(p.Dir + "\n" + p.Path + "\n" + strings.Join(flags, "\n")))
	key := hex.EncodeToString(sum[:8])
	built := filepath.Join(dir, key, "built")
	if cache, err := os.UserCacheDir(); err == nil {
		built = filepath.Join(cache, "terrella", "tests", "fuzz-"+key)
	}
	if err := os.MkdirAll(built, 0o777); err != nil {
		built = filepath.Join(dir, key, "built") // without a cache, it is built anew each time
		if err := os.MkdirAll(built, 0o777); err != nil {
			return fmt.Errorf("no place for test binaries: %w", err)
		}
	}
	built = filepath.Join(built, filepath.Base(p.Path)+".test")
	args := append([]string{"test", "-c", "-vet=off", "-o", built}, flags...)
	cmd := goCommand(append(args, p.Path)...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("cannot build %s with the patched runtime: %w\n%s", p.Path, err, bytes.TrimSpace(out.Bytes()))
	}
	p.Race = slices.Contains(flags, "-race")
	now := time.Now()
	_ = os.Chtimes(filepath.Dir(built), now, now) // binaries that are not used for long are removed
	p.Binary = filepath.Join(dir, key, filepath.Base(built))
	return linkOrCopy(built, p.Binary)
}

// Counted are the build flags with which worlds are guided by the coverage of the package under test.
var Counted = []string{"-cover", "-covermode=count"}

// linkOrCopy gives a file a second name, or where that can't be done makes a copy.
func linkOrCopy(from, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
		return err
	}
	if os.Link(from, to) == nil {
		return nil
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o777)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
