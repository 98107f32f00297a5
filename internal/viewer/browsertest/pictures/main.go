// Command pictures makes the pictures of the documentation: it runs the planted bugs of four examples until they fail,
// opens the pages that the failing tests leave, and takes a picture of each.
//
//	go run ./pictures        # into docs/pictures
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/terrella-go/terrella/internal/viewer/browsertest"
)

// A picture is one of an example's page.
type picture struct {
	example, bug, test string
	media              map[string]string
	hash               string // added to the page's address
}

var pictures = []picture{
	{example: "hashiraft", bug: "HASHIRAFT_FORGET_VOTES", test: "TestHashiRaft"},
	{example: "register", bug: "REGISTER_BUG", test: "TestRegister"},
	{example: "queue", bug: "QUEUE_BUG", test: "TestQueue", media: map[string]string{"prefers-color-scheme": "dark"}},
	{example: "twophase", bug: "TWOPHASE_BUG", test: "TestTwoPhase", hash: "#q=kind%3Ddrop,crash,exit"},
}

func main() {
	root := flag.String("root", "../../..", "the library's `folder`")
	flag.Parse()
	if err := run(*root); err != nil {
		fmt.Fprintf(os.Stderr, "pictures: %v\n", err)
		os.Exit(1)
	}
}

func run(root string) error {
	into := filepath.Join(root, "docs", "pictures")
	if err := os.MkdirAll(into, 0o777); err != nil {
		return err
	}
	b, err := browsertest.Start(1280, 800)
	if err != nil {
		return err
	}
	defer b.Close()
	for _, p := range pictures {
		png, err := p.take(b, root)
		if err != nil {
			return fmt.Errorf("%s: %w", p.example, err)
		}
		name := filepath.Join(into, p.example+".png")
		if err := os.WriteFile(name, png, 0o666); err != nil {
			return err
		}
		fmt.Printf("%s: %d KB\n", name, len(png)/1000)
	}
	return nil
}

func (p picture) take(b *browsertest.Browser, root string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "terrella-pictures-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	cmd := exec.Command("go", "test", "-count=1", "-run", "^"+p.test+"$", "-sim.runs=300", "-sim.dir=", "-sim.shrinktime=3s", "-artifacts", "-outputdir="+dir)
	cmd.Dir = filepath.Join(root, "examples", p.example)
	cmd.Env = append(os.Environ(), p.bug+"=1")
	out, err := cmd.CombinedOutput()
	pages, globErr := filepath.Glob(filepath.Join(dir, "_artifacts", "*", "run.html"))
	if err == nil || globErr != nil || len(pages) != 1 {
		return nil, fmt.Errorf("go test left %d pages of a failure (%v):\n%s", len(pages), err, out)
	}
	page, err := b.Tab()
	if err != nil {
		return nil, err
	}
	defer page.Close()
	if err := page.Size(1280, 800); err != nil {
		return nil, err
	}
	if err := page.Media(p.media); err != nil {
		return nil, err
	}
	if err := page.Go("file://" + filepath.ToSlash(pages[0]) + p.hash); err != nil {
		return nil, err
	}
	if err := page.Settle(); err != nil {
		return nil, err
	}
	if text := page.Problems(); text != "" {
		return nil, fmt.Errorf("the page complains: %s", strings.TrimSpace(text))
	}
	return page.Screenshot()
}
