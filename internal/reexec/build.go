package reexec

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"time"

	"github.com/terrella-go/terrella/internal/overlay"
)

// build builds the binary's package in dir, as a test with the patched runtime.
func (b *binary) build(dir string, o *overlay.Overlay, out string) error {
	tags := overlay.Tag
	if b.tags != "" {
		tags = b.tags + "," + tags
	}
	args := []string{"test", "-c", "-vet=off", "-overlay=" + o.File, "-tags=" + tags, "-o", out}
	args = append(args, b.flags...)
	args = append(args, b.packages...)
	cmd := exec.Command(o.Command, args...)
	cmd.Dir = dir
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	notice := time.AfterFunc(patience, func() {
		fmt.Fprintln(os.Stderr, "terrella: building with the patched runtime; the first build takes about a minute, later ones are cached")
	})
	err := cmd.Run()
	notice.Stop()
	if err != nil {
		return fmt.Errorf("cannot build this package with the patched runtime: %w\n%s", err, bytes.TrimSpace(output.Bytes()))
	}
	return nil
}
