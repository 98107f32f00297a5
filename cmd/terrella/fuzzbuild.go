package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/terrella-go/terrella/internal/campaign"
)

// build finds the packages that have worlds, and builds their test binaries into a folder.
func (f *fuzz) build(ctx context.Context, patterns []string, match func(string) bool, dir string) ([]*campaign.Package, error) {
	home, err := os.Getwd()
	if err != nil {
		return nil, environment(err)
	}
	if len(patterns) == 0 {
		patterns = []string{"."}
	}
	patterns, err = withModulesBelow(home, patterns)
	if err != nil {
		return nil, environment(err)
	}
	known := make(toolchains)
	runs, err := known.plan(home, patterns)
	if err != nil {
		return nil, err
	}
	b := builder{limit: make(chan struct{}, runtime.NumCPU()), dir: dir}
	for _, r := range runs {
		tc, err := known.in(r.dir)
		if err != nil {
			return nil, err
		}
		flags := f.flags(tc)
		b.wait.Go(func() { b.packages(ctx, f, tc, flags, r.packages, match) })
	}
	b.wait.Wait()
	switch {
	case ctx.Err() != nil:
		return nil, environment(errors.New("interrupted before the first world"))
	case b.err != nil:
		return nil, environment(b.err)
	case len(b.built) == 0:
		return nil, environment(fmt.Errorf("no test in %s has worlds: none that --run matches uses package sim", strings.Join(patterns, " ")))
	}
	slices.SortFunc(b.built, func(a, b *campaign.Package) int { return strings.Compare(a.Path, b.Path) })
	return b.built, nil
}

// flags returns the build flags of a toolchain.
func (f *fuzz) flags(tc *toolchain) []string {
	tags := f.tags
	if tags == "" {
		tags, _ = tc.flags.value("tags")
	}
	flags := tc.buildFlags(tags)
	if f.race {
		flags = append(flags, "-race")
	}
	return flags
}

// A builder builds several packages at a time.
type builder struct {
	limit chan struct{} // go commands that run
	dir   string
	wait  sync.WaitGroup

	mu    sync.Mutex
	built []*campaign.Package
	err   error
}

// packages finds the packages of one module and has them built.
func (b *builder) packages(ctx context.Context, f *fuzz, tc *toolchain, flags, patterns []string, match func(string) bool) {
	b.limit <- struct{}{}
	found, err := campaign.Discover(tc.command, flags, patterns, match)
	if f.guide {
		flags = append(slices.Clip(flags), campaign.Counted...)
	}
	<-b.limit
	if err != nil {
		b.fail(err)
		return
	}
	for _, p := range found {
		b.wait.Go(func() {
			b.limit <- struct{}{}
			defer func() { <-b.limit }()
			if ctx.Err() != nil || b.failed() {
				return
			}
			if err := p.Build(tc.command, flags, b.dir); err != nil {
				b.fail(err)
				return
			}
			b.mu.Lock()
			defer b.mu.Unlock()
			b.built = append(b.built, p)
		})
	}
}

func (b *builder) fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err == nil {
		b.err = err
	}
}

func (b *builder) failed() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err != nil
}

// withModulesBelow adds to patterns that end in "..." those for the modules that lie below, which the go command leaves out.
func withModulesBelow(home string, patterns []string) ([]string, error) {
	var out []string
	for _, p := range patterns {
		out = append(out, p)
		dir, rest, ok := splitPattern(home, p)
		if !ok || rest != "..." {
			continue
		}
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil && path == dir:
				return nil // the go command tells what is wrong with it
			case err != nil:
				return err
			case !d.IsDir() || path == dir:
				return nil
			case d.Name() == "testdata" || d.Name() == "vendor" || strings.HasPrefix(d.Name(), ".") || strings.HasPrefix(d.Name(), "_"):
				return fs.SkipDir
			}
			if info, err := os.Stat(filepath.Join(path, "go.mod")); err == nil && !info.IsDir() {
				out = append(out, filepath.Join(path, "..."))
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}
